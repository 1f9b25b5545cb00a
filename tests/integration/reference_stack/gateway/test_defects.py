"""Release defects of the partner feeds: the naive check passes with the defect on, the real one notices.

Everything is real: the partner's file over SFTP, the gateway, billing, CRM.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.reference_stack.billing.conftest import Biller
from tests.integration.reference_stack.billing.lines import Line, line
from tests.integration.reference_stack.billing.test_payments import bill_of, billed, payment, payment_run
from tests.integration.reference_stack.conftest import RunningStack, started, until
from tests.integration.reference_stack.gateway.conftest import Door, PartnerAccount
from tests.integration.reference_stack.gateway.test_gateway_more_feeds import sent
from tests.integration.reference_stack.gateway.test_gateway_payments import return_file, returned
from tests.integration.reference_stack.gateway.test_gateway_usage import CALL, usage


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A stack of its own: defects leave traces in its books."""
    with started(tmp_path_factory.mktemp("feeds")) as running:
        yield running


@pytest.fixture(scope="module")
def mobile(stack: RunningStack) -> Line:
    """A line that makes calls."""
    return line(Biller(stack))


@pytest.fixture
def partner(stack: RunningStack) -> Iterator[Any]:
    """Logs partners in."""
    opened: list[PartnerAccount] = []

    def log_in(name: str) -> PartnerAccount:
        opened.append(PartnerAccount(Door(stack.ready), name))
        return opened[-1]

    yield log_in
    for one in opened:
        one.close()


@pytest.mark.defect("D35")
@pytest.mark.parametrize("on", [True, False])
def test_d35_the_export_loses_names_that_latin_1_cannot_write(stack: RunningStack, partner: Any, on: bool) -> None:
    """A file with bytes in it leaves either way; count and names tell whether everyone is in it."""
    for family, given in (("Núñez", "Inés"), ("Wałęsa", "Łukasz")):
        person = stack.client.post("/tmf-api/party/v4/individual", json={"givenName": given, "familyName": family})
        body = {"name": f"{given} {family}", "engagedParty": {"id": person.json()["id"]}}
        assert stack.client.post("/tmf-api/customerManagement/v4/customer", json=body).status_code == 201
    warehouse = partner("data-warehouse")
    with stack.defect("D35") if on else nullcontext():
        made = stack.client.post("/crm/v1/exports", json={}).json()
        content = sent(stack, warehouse, "CUSTEXP", made["id"])

    assert len(content) > 0
    *records, trailer = list(csv.DictReader(io.StringIO(content.decode("utf-8", "replace"))))
    names = {record["name"] for record in records}
    assert (int(trailer["name"]) != len(records)) is on
    assert ({"Inés Núñez", "Łukasz Wałęsa"} <= names) is not on


def counted(stack: RunningStack, key: str) -> int:
    """How often a use was rated (R38)."""
    sql = "select id from bil_usage where record_key = ? and status in ('guided', 'rated', 'rerated', 'billed')"
    return len(stack.rows(sql, key))


def same_content(stack: RunningStack) -> list[dict[str, object]]:
    """Files of the same content that were both taken (R34)."""
    sql = (
        "select a.id from pgw_file a join pgw_file b on b.partner = a.partner and b.feed = a.feed and b.id > a.id "
        "and b.direction = 'in' and b.sha256 = a.sha256 where a.status in ('accepted', 'partial') "
        "and b.status in ('accepted', 'partial') and a.direction = 'in' and a.feed = 'UDR'"
    )
    return stack.rows(sql)


@pytest.mark.defect("D68")
def test_d68_a_usage_file_that_comes_again_under_a_new_name(stack: RunningStack, mobile: Line, partner: Any) -> None:
    """Every file is acknowledged; with the defect the same calls are rated twice, without they are a copy."""
    mediation = partner("mediation")
    start = f"{datetime.now(UTC) - timedelta(hours=4) + timedelta(seconds=1):%Y%m%d%H%M%S}"
    call = CALL | {"imsi": mobile.imsi, "msisdn": f"1{mobile.number}", "event_start": start}
    name, data = usage(1, call)
    mediation.upload(name, data)
    assert mediation.ack(name)[0].split("|")[4] == "ACCEPTED"
    key = str(stack.rows("select record_key from bil_usage where msisdn = ?", mobile.number)[0]["record_key"])
    mediation.upload("CDUSARBUSARB00002", data)
    assert mediation.ack("CDUSARBUSARB00002")[0].split("|")[4] == "DUPLICATE"
    assert (counted(stack, key), same_content(stack)) == (1, [])

    with stack.defect("D68"):
        mediation.upload("CDUSARBUSARB00002", data)
        second = "select id from pgw_file where file_name = 'CDUSARBUSARB00002' and status = 'accepted'"
        until(lambda: stack.rows(second), "an accepted file")

    assert counted(stack, key) == 2
    assert len(same_content(stack)) == 1


def unfailed(stack: RunningStack) -> list[dict[str, object]]:
    """Returned debits whose payment still counts as paid (what R44 means)."""
    sql = (
        "select p.id from pgw_record r join pgw_file f on f.id = r.file_id join bil_payment p on p.id = r.entity_id "
        "where f.feed = 'ACHRET' and r.status = 'accepted' and p.status in ('captured', 'done')"
    )
    return stack.rows(sql)


@pytest.mark.defect("D76")
@pytest.mark.parametrize(("on", "modifier"), [(False, "A"), (True, "B")])
def test_d76_a_return_that_is_read_by_an_old_layout(stack: RunningStack, partner: Any, on: bool, modifier: str) -> None:
    """The return file is accepted either way; with the defect the debit that came back still pays the bill."""
    biller, bank = Biller(stack), partner("bank")
    account, bill = billed(biller)
    owed = int(str(bill_of(biller, bill)["remaining"]))
    debit = payment(biller, payment_run(biller, account)[0])
    sent(stack, bank, "ACH", str(debit["id"]))
    with stack.defect("D76") if on else nullcontext():
        name, data = return_file([returned(str(debit["trace_no"]), ord(modifier), amount=owed)], modifier)
        bank.upload(name, data)
        ack = bank.ack(name)

    assert ack[0].split("|")[4] == "ACCEPTED"
    assert payment(biller, str(debit["id"]))["status"] == ("captured" if on else "failed")
    assert (bill_of(biller, bill)["remaining"] == 0) is on
    assert (debit["id"] in [row["id"] for row in unfailed(stack)]) is on
