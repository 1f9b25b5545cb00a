"""Anomalies of shipments, usage and credit decisions on the real stack: check digits, amounts, zones, echoes."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from ringback.synthetic_partners.anomalies import deliveries, inject
from ringback.synthetic_partners.generate import GeneratedFile, generate_file
from tests.integration.reference_stack.anomalies.conftest import House, layout_of
from tests.integration.reference_stack.conftest import RunningStack, external_id, flagship, until
from tests.integration.reference_stack.fulfilment.conftest import with_check_digit
from tests.integration.reference_stack.gateway.conftest import Door, PartnerAccount

_USES = itertools.count(1)
CALL = {"record_type": "MOC", "duration_s": "61", "other_party": "16175550123", "bytes_up": "0", "bytes_down": "0"}
CALL |= dict.fromkeys(("apn", "charging_id", "partial_seq"), "")
_SHIPMENTS = itertools.count(int(datetime.now(UTC).timestamp()) % 10**8)


@pytest.fixture(scope="module")
def login(stack: RunningStack) -> Iterator[Callable[[str], PartnerAccount]]:
    """Logs a partner in."""
    opened: dict[str, PartnerAccount] = {}

    def log_in(partner: str) -> PartnerAccount:
        if partner not in opened:
            opened[partner] = PartnerAccount(Door(stack.ready), partner)
        return opened[partner]

    yield log_in
    for one in opened.values():
        one.close()


def decided(stack: RunningStack, name: str, content: bytes) -> Mapping[str, object]:
    """A received file, once these bytes of it are decided: the number of a rejected file is used again."""
    sql = "select * from pgw_file where file_name = ? and sha256 = ? and status not in ('received', 'held')"
    return until(lambda: stack.rows(sql, name, hashlib.sha256(content).hexdigest()), f"a decision on {name}")[0]


def fates(stack: RunningStack, file: Mapping[str, object]) -> list[tuple[object, object]]:
    """What became of each record of a file."""
    rows = stack.rows("select status, error_code from pgw_record where file_id = ? order by line_no", file["id"])
    return [(row["status"], row["error_code"]) for row in rows]


@pytest.mark.anomaly("A26")
@pytest.mark.parametrize("asked", ["A26:kind=digit,field=imei", "A26:kind=transposed,field=imei"])
def test_a_wrong_check_digit_is_refused_and_the_device_is_not_bound(
    stack: RunningStack, login: Callable[[str], PartnerAccount], asked: str
) -> None:
    """R103 on the record, and a case; the right ship notice is taken."""
    po, seed = f"PUR-A26-{next(_USES)}", next(_SHIPMENTS)
    place = {"name": "Ada Finch", "street": "12 Elm Street", "city": "Cambridge", "state": "MA", "zip": "02139"}
    order = {"order_id": f"PO-{po}", "order_item_id": f"POI-{po}", "po": po, "sku": "PHX-128", "qty": 1}
    order |= {"price": "720.00", "iccid": "8901000000000000019", "ship_to": place}
    body = {"partner": "device-logistics", "feed": "850", "key": po, "record": order, "correlation": po}
    reply = stack.client.post("/gateway/v1/outbound", json=body)
    assert reply.status_code == 202, reply.text
    until(lambda: stack.rows("select id from pgw_shipment where po_no = ?", po), "the purchase order")
    layout, account = layout_of("x12-856"), login("device-logistics")
    made = generate_file(layout, rows=1, seed=seed, now=datetime.now(UTC))
    file = layout.decode(made.content, made.name)
    imei = with_check_digit(f"35490100{seed % 10**6:06d}")
    record = {**file.records[0], "po": po, "sku": "PHX-128", "qty": "1", "imei": imei, "iccid": order["iccid"]}
    good = GeneratedFile(made.name, layout.encode(file.header, [record]))
    bad = inject(good, layout, asked)

    account.upload(bad.name, bad.content)

    refused = decided(stack, bad.name, bad.content)
    assert fates(stack, refused) == [("rejected", "R103")]
    case = "select id from flt_case where order_id = ? and code = 'PGW-R103'"
    until(lambda: stack.rows(case, refused["id"]), "a case: the 997 speaks of the syntax alone")
    assert stack.rows("select imei from pgw_shipment where po_no = ?", po) == [{"imei": None}]
    other = layout.encode({**file.header, "control": f"{int(file.header['control']) % 10**8 + 1:09d}"}, [record])
    name = layout.file_name({**file.header, "control": f"{int(file.header['control']) % 10**8 + 1:09d}"})
    account.upload(name, other)
    assert fates(stack, decided(stack, name, other)) == [("accepted", None)]


def uses(stack: RunningStack, changes: Mapping[str, str] | None = None, count: int = 2) -> GeneratedFile:
    """A good file of our own mediation under the number that is due."""
    layout = layout_of("udr")
    made = generate_file(layout, rows=count, seed=next(_USES))
    file = layout.decode(made.content, made.name)
    last = stack.rows("select last_seq from pgw_sequence where partner = 'mediation' and direction = 'in'")
    number = int(str(last[0]["last_seq"])) + 1 if last else 1
    now = datetime.fromisoformat(stack.admin.get("/clock").json()["now"])
    stamp = f"{now:%Y%m%d%H%M%S}+0000"
    header = {**file.header, "sender": "USARB", "receiver": "USARB", "available": stamp, "cut_off": stamp}
    header |= {"sequence": f"{number:05d}", "rap_sequence": ""}
    start = {
        "event_start": f"{now - timedelta(hours=3):%Y%m%d%H%M%S}",
        "utc_offset": "+0000",
        "serving_network": "USARB",
    }
    records = [{**record, **start, **(changes or {})} for record in file.records]
    content = layout.encode(header, records)
    name = layout.file_name(header)
    assert [one.code for one in layout.decode(content, name).problems if one.code != "R109"] == []
    return GeneratedFile(name, content)


@pytest.mark.anomaly("A27")
@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ("A27:kind=scale,field=charge", "rejected", "G005"),
        ("A27:kind=sign,field=charge", "rejected", "G005"),
        ("A27:kind=overflow,field=duration_s", "partial", "R102"),
    ],
)
def test_amounts_of_another_scale_do_not_reach_the_bill(
    stack: RunningStack, login: Callable[[str], PartnerAccount], asked: str, status: str, code: str
) -> None:
    """Cents for dollars and a sign move the total (G005, nothing applied); a number too long for its field is R102."""
    good = uses(stack, CALL | {"charge": "1200"})
    bad = inject(good, layout_of("udr"), asked)
    account = login("mediation")

    account.upload(bad.name, bad.content)

    file = decided(stack, bad.name, bad.content)
    assert file["status"] == status
    assert f"|{code}|" in "\n".join(account.ack(bad.name, bad.content))
    told = fates(stack, file)
    assert told.count(("rejected", code)) == 1 if status == "partial" else told == []


@pytest.mark.anomaly("A23")
@pytest.mark.parametrize(
    ("start", "offset", "code"),
    [
        ("20261101013000", "-0400", None),  # the first half past one of that night
        ("20261101013000", "-0500", None),  # the second
        ("20260308023000", "-0500", "R109"),  # no clock showed that
        ("20260308033000", "-0400", None),
        ("20260308023000", "-0400", None),  # Puerto Rico does not change its clocks
        ("20261101013000", "", "R101"),
    ],
)
def test_the_explicit_offset_holds_and_the_hour_that_spring_skips_does_not_exist(
    stack: RunningStack, login: Callable[[str], PartnerAccount], start: str, offset: str, code: str | None
) -> None:
    """Both half past ones of the night in autumn are uses of their own; a time in the gap is R109."""
    good = uses(stack, {"event_start": start, "utc_offset": offset or "+0000"}, count=1)
    content = good.content.replace(b"|+0000|", b"||", 1) if not offset else good.content
    account = login("mediation")

    account.upload(good.name, content)

    told = fates(stack, decided(stack, good.name, content))
    said = "\n".join(account.ack(good.name, content))
    assert ("clocks skip in spring" in said) == (code == "R109")
    assert code is None or [one for _, one in told] == [code]


@pytest.mark.anomaly("A23")
def test_local_time_sent_as_utc_is_taken_at_its_word(house: House) -> None:
    """Nothing in the record says that it is local: the promised time is what stands there, in UTC."""
    (port,) = house.ports()
    answer = house.answer(port, "D")
    good = house.file(answer)
    local = inject(good, layout_of("npresp"), "A23:kind=local,field=due")
    (record,) = layout_of("npresp").decode(local.content, local.name).records

    told = house.deliver(local)

    assert told.decision == "ACCEPTED"
    row = house.stack.rows("select promised_at from npg_port where id = ?", port["id"])[0]
    assert datetime.fromisoformat(str(row["promised_at"])).strftime("%Y%m%d%H%M%S") == record["due"]
    assert record["due"] != answer["due"]


NAME = "Núñez de Featherstonehaugh-Cholmondeley"


@pytest.mark.anomaly("A28")
@pytest.mark.anomaly("A29")
@pytest.mark.parametrize("asked", ["A28", "A29"])
def test_a_name_cut_and_in_capitals_is_the_echo_of_ours_and_ours_stays(
    stack: RunningStack, login: Callable[[str], PartnerAccount], asked: str
) -> None:
    """The bureau echoes the last name as its field holds it: the decision is taken, the customer keeps his name."""
    customer = {"A28": "CUST-00031", "A29": "CUST-00032"}[asked]
    sql = "select i.id from crm_individual i join crm_customer c on c.party_id = i.id where c.id = ?"
    person = stack.rows(sql, customer)[0]["id"]
    stack.client.patch(f"/tmf-api/party/v4/individual/{person}", json={"familyName": NAME}).raise_for_status()
    body = flagship(external_id(), customer, f"61755508{customer[-2:]}")
    order = stack.client.post("/tmf-api/productOrderingManagement/v4/productOrder", json=body)
    assert order.status_code == 201, order.text
    sent = "select o.record, f.file_name from pgw_outbound o join pgw_file f on f.id = o.file_id "
    asks = sent + "where o.feed = 'CRDQ' and o.record like ?"
    row = until(lambda: stack.rows(asks, f'%"{order.json()["id"]}"%'), "an inquiry")[0]
    bureau = login("credit-bureau")
    inquiry = layout_of("crdq").decode(bureau.read(f"/from_us/{row['file_name']}"), "")
    (request,) = [one for one in inquiry.records if one["product_order_id"] == order.json()["id"]]
    assert len(request["last_name"]) == 25

    answer = decision(stack, request)
    (delivery,) = deliveries(answer, layout_of("crdr"), f"{asked}:field=last_name")
    bureau.upload(delivery.name, delivery.content)

    assert decided(stack, delivery.name, delivery.content)["status"] == "accepted"
    assert stack.rows("select family_name from crm_individual where id = ?", person) == [{"family_name": NAME}]


def decision(stack: RunningStack, request: Mapping[str, str]) -> GeneratedFile:
    """The bureau's good file that approves a request."""
    layout, rng = layout_of("crdr"), Random(7)
    last = stack.rows("select last_seq from pgw_sequence where partner = 'credit-bureau' and direction = 'in'")
    now = datetime.now(UTC)
    header = {"sender": "BUREAU01", "receiver": "RINGBACK", "created_ts": f"{now:%Y%m%d%H%M%S}", "mode": "P"}
    header |= {"sequence": f"{int(str(last[0]['last_seq'])) + 1 if last else 1:05d}"}
    record = {"request_id": request["request_id"], "customer_id": request["customer_id"], "decision": "A"}
    record |= {"score": "720", "credit_class": "A1", "max_lines": "04", "device_limit": "00150000"}
    record |= {"deposit": "00000000", "decided_ts": f"{now:%Y%m%d%H%M%S}", "id_last4": request["id_last4"]}
    record |= {"valid_until": f"{now + timedelta(days=30):%Y%m%d}", "bureau_ref": f"REF{rng.randrange(10**9)}"}
    record |= {"last_name": request["last_name"]}
    return GeneratedFile(layout.file_name(header), layout.encode(header, [record]))
