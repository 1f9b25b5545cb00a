"""Wholesale access end to end: orders leave as files, progress comes back by SFTP and by HTTP, each message once."""

from __future__ import annotations

import hashlib
import itertools
import json
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.integration.reference_stack.conftest import until

_SEQUENCE = itertools.count(1)
_ITEMS = itertools.count(1)
_KINDS = {"REAPPOINT": ("ACTION_REQUIRED", "action"), "INFORMATION_REQUIRED": ("ACTION_REQUIRED", "action")}


class Supplier:
    """The supplier of access lines: sends messages about one order, by file or by HTTP."""

    def __init__(self, running: Any, account: Any, order: dict[str, Any]) -> None:
        self.running = running
        self.account = account
        self.order = order

    def message(self, number: int, kind: str, **more: object) -> dict[str, object]:
        """One progress message; entity attributes go into the entity."""
        update, member = _KINDS.get(kind, ("INFORMATIONAL", "information"))
        entity = {"id": self.order["id"], "orderType": "NEW", "supplierOrderNumber": f"S-{self.order['id']}"}
        entity |= more.pop("entity", {})  # type: ignore[arg-type]  # tests pass objects
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        return {
            "id": str(uuid.uuid4()),
            "supplier": "ACCESSCO",
            "sequenceNumber": number,
            "issuedOn": now,
            "updateType": update,
            "entityType": "PROVIDE_ORDER",
            "entity": entity,
            member: {"type": kind},
            **more,
        }

    def file(self, *messages: dict[str, object], side_car: bool = True) -> str:
        """Uploads messages as one file; answers its name."""
        number = next(_SEQUENCE) if side_car else 99_000
        name = f"KCI_ACCESSCO_RINGBACK_{datetime.now(UTC):%Y%m%d%H%M%S}_{number:05d}.ndjson"
        data = "".join(json.dumps(message) + "\n" for message in messages).encode()
        if side_car:
            self.account.upload(f"{name}.sha256", f"{hashlib.sha256(data).hexdigest()}\n".encode())
        self.account.upload(name, data)
        return name

    def call(self, message: object) -> int:
        """Delivers a message by HTTP; answers the status."""
        return int(self.running.client.post("/gateway/v1/wholesale-messages", json=message).status_code)

    def now(self) -> dict[str, Any]:
        """The order as the gateway holds it."""
        found: dict[str, Any] = self.running.client.get(f"/gateway/v1/wholesale-orders/{self.order['id']}").json()
        return found

    def reaches(self, **wanted: object) -> dict[str, Any]:
        """The order once it has these values."""
        return until(
            lambda: (now := self.now()) if all(self.now()[name] == wanted[name] for name in wanted) else None,
            f"{wanted}",
        )

    def cases(self, code: str) -> list[dict[str, object]]:
        """The fallout cases of the order with a code."""
        params = {"orderId": self.order["orderId"], "code": code}
        found: list[dict[str, object]] = self.running.client.get("/fallout/v1/cases", params=params).json()
        return found


def _post(running: Any, **more: object) -> Any:
    number = next(_ITEMS)
    body = {"orderType": "PROVIDE", "orderItemId": f"POI-W{number}", "orderId": f"PO-W{number}"}
    body |= {"resourceOrderItemId": f"ROI-W{number}", "addressId": "ADR-00001", "downMbps": 300}
    headers = {"x-correlation-id": f"CORR-W{number}"}
    return running.client.post("/gateway/v1/wholesale-orders", json=body | more, headers=headers)


@pytest.fixture
def supplier(running: Any, account: Any) -> Supplier:
    """The supplier with a fresh order."""
    made = _post(running)
    assert made.status_code == 201, made.text
    return Supplier(running, account("wholesale-access"), made.json())


def test_an_order_leaves_as_a_file_with_its_side_car(running: Any, supplier: Supplier) -> None:
    """The message carries the whole order; the file is numbered, hashed and booked; asking again sends nothing."""
    order = supplier.order
    again = _post(running, orderItemId=order["orderItemId"])
    files = "select f.* from pgw_file f join pgw_record r on r.file_id = f.id where r.record_key = ?"
    (file,) = until(lambda: running.rows(files, f"{order['id']}-1"), "the file of the order")
    name = str(file["file_name"])
    data = until(
        lambda: name in supplier.account.names("/from_us") and supplier.account.read(f"/from_us/{name}"), "the file"
    )
    sent = next(line for line in map(json.loads, data.decode().splitlines()) if line["entity"]["id"] == order["id"])

    assert (again.status_code, again.json()["id"]) == (200, order["id"])
    assert name.startswith("WSORDER_RINGBACK_ACCESSCO_")
    assert supplier.account.read(f"/from_us/{name}.sha256").decode() == f"{hashlib.sha256(data).hexdigest()}\n"
    assert (sent["action"], sent["entityType"], sent["entity"]["orderType"]) == ("PROVIDE", "PROVIDE_ORDER", "NEW")
    assert sent["entity"]["address"]["postcode"]
    assert sent["entity"]["serviceOrderItem"]["serviceCharacteristics"] == [{"name": "downMbps", "value": 300}]
    assert order["status"] == "SENT_TO_SUPPLIER"


def test_progress_by_file_is_applied_in_order(running: Any, supplier: Supplier) -> None:
    """Committed date once, target date moved by a delay, reappointment pending, the line's reference at the end."""
    name = supplier.file(
        supplier.message(1, "ACKNOWLEDGED"),
        supplier.message(2, "COMMITTED", entity={"committedDate": "2026-12-01", "targetDate": "2026-12-01"}),
        supplier.message(
            3, "DELAY", entity={"committedDate": "2026-12-09", "targetDate": "2026-12-09"}, problemCode="P02"
        ),
    )

    delayed = supplier.reaches(status="DELAYED")

    assert (delayed["committedDate"], delayed["targetDate"], delayed["reasonCode"]) == (
        "2026-12-01",
        "2026-12-09",
        "P02",
    )
    assert supplier.account.ack(name)[0].split("|")[4:9] == ["ACCEPTED", "", "3", "3", "0"]

    supplier.file(supplier.message(4, "REAPPOINT", problemCode="P03"))
    supplier.reaches(status="REAPPOINT", reasonCode="P03")
    amended = _post(
        running, orderType="AMEND", orderItemId=supplier.order["orderItemId"], appointmentReservation="APR-2"
    )
    assert (amended.status_code, amended.json()["appointmentReservation"]) == (202, "APR-2")
    supplier.file(
        supplier.message(5, "REAPPOINTED"), supplier.message(6, "COMPLETED", entity={"serviceId": "ACC-000017"})
    )

    done = supplier.reaches(status="COMPLETED")
    states = [
        event["state"]
        for event in running.rows(
            "select state from evt_event where resource_type = ? and resource_id = ? order by seq",
            "wholesaleOrder",
            supplier.order["id"],
        )
    ]
    repeated = _post(running, **{name: done[name] for name in ("orderItemId", "resourceOrderItemId")})
    assert (repeated.status_code, repeated.json()["id"]) == (200, done["id"])
    assert (done["serviceRef"], done["lastSequenceNumber"], done["committedDate"]) == ("ACC-000017", 6, "2026-12-01")
    assert list(dict.fromkeys(states)) == [
        *("SENT_TO_SUPPLIER", "ACKNOWLEDGED", "COMMITTED", "DELAYED", "REAPPOINT", "COMPLETED"),
    ]


def test_a_duplicate_is_ignored_and_a_gap_is_waited_for(running: Any, supplier: Supplier) -> None:
    """Message 3 waits for 2; a message that comes again, also by the other way, changes nothing."""
    first = supplier.message(1, "ACKNOWLEDGED")
    third = supplier.message(3, "COMPLETED", entity={"serviceId": "ACC-3"})
    supplier.file(first, third)
    supplier.reaches(lastSequenceNumber=1)
    status = f"/gateway/v1/wholesale-messages/{third['id']}"
    until(lambda: running.client.get(status).json().get("status") == "held", "message 3 held")

    assert supplier.call(first) == 202
    assert supplier.call(third) == 202
    assert supplier.now()["status"] == "ACKNOWLEDGED"

    assert supplier.call(supplier.message(2, "COMMITTED", entity={"committedDate": "2026-12-01"})) == 202

    done = supplier.reaches(status="COMPLETED")
    messages = running.client.get(f"/gateway/v1/wholesale-orders/{supplier.order['id']}/messages").json()
    assert done["lastSequenceNumber"] == 3
    assert [(one["sequenceNumber"], one["status"]) for one in messages] == [
        (1, "applied"),
        (2, "applied"),
        (3, "applied"),
    ]


@pytest.mark.parametrize(
    ("kind", "entity", "status"),
    [("TERMINATED", {}, "FAILED"), ("TERMINATED", {"status": "REJECTED"}, "REJECTED")],
)
def test_a_terminated_order_fails_and_needs_a_person(
    supplier: Supplier, kind: str, entity: dict[str, object], status: str
) -> None:
    """After the commitment the supplier may still give up; the order is over and a case says so."""
    supplier.file(
        supplier.message(1, "COMMITTED", entity={"committedDate": "2026-12-01"}),
        supplier.message(2, kind, entity=entity, text="duct collapsed"),
    )

    supplier.reaches(status=status)

    case = until(lambda: supplier.cases(f"WHS-{status}"), "the case")[0]
    assert "duct collapsed" in str(case["rootCause"])
    late = supplier.message(3, "COMPLETED")
    name = supplier.file(late)
    assert "|R110|R|" in supplier.account.ack(name)[1]
    assert supplier.now()["status"] == status


def test_a_cease_that_we_never_sent_opens_a_case(running: Any, supplier: Supplier) -> None:
    """A message about an unknown order is refused with R105 and lands on a person's desk; the next one is applied."""
    stranger = supplier.message(1, "CREATED", entity={"id": "WHO-STRANGER", "supplierOrderNumber": "S-STRANGER"})
    name = supplier.file(stranger | {"entityType": "CEASE_ORDER"}, supplier.message(1, "ACKNOWLEDGED"))

    supplier.reaches(status="ACKNOWLEDGED")

    ack = supplier.account.ack(name)
    params = {"orderId": "WHO-STRANGER", "code": "WHS-UNKNOWN-ORDER"}
    case = until(lambda: running.client.get("/fallout/v1/cases", params=params).json(), "the case")[0]
    assert ack[0].split("|")[4] == "PARTIAL"
    assert "CEASE_ORDER" in case["rootCause"]


def test_a_file_without_its_side_car_is_rejected(supplier: Supplier) -> None:
    """The feed has no trailer, so the hash is all that proves a file to be whole."""
    name = supplier.file(supplier.message(1, "ACKNOWLEDGED"), side_car=False)

    assert supplier.account.ack(name)[1].split("|")[3] == "G017"
    assert supplier.now()["status"] == "SENT_TO_SUPPLIER"


def test_a_call_back_is_answered_later_by_business(running: Any, supplier: Supplier) -> None:
    """A message that is wrong inside is taken with 202; the answer with its code leaves in a file. No id is 400."""
    wrong = supplier.message(1, "DELAY")  # without its problem code

    assert supplier.call(wrong) == 202
    assert supplier.call({"entity": {}}) == 400
    assert supplier.call([]) == 400

    def answer() -> dict[str, Any] | None:
        for name in supplier.account.names("/from_us"):
            if name.startswith("KCIRSP_") and name.endswith(".ndjson"):
                lines = map(json.loads, supplier.account.read(f"/from_us/{name}").decode().splitlines())
                found = [line for line in lines if line["messageId"] == wrong["id"]]
                if found:
                    return found[0]
        return None

    found = until(answer, "the business answer")
    assert (found["result"], found["code"]) == ("REJECTED", "R101")
    assert until(lambda: supplier.cases("WHS-R101"), "the case")


def test_a_cancellation_is_refused_once_the_line_is_committed(running: Any, supplier: Supplier) -> None:
    """Before the commitment CANCEL is sent and the order ends cancelled; after it, it is refused."""
    item = supplier.order["orderItemId"]
    assert _post(running, orderType="CANCEL", orderItemId=item).status_code == 202
    supplier.call(supplier.message(1, "CANCELLED", problemCode="P08"))
    supplier.reaches(status="CANCELLED")

    other = Supplier(running, supplier.account, _post(running).json())
    other.call(other.message(1, "COMMITTED", entity={"committedDate": "2026-12-01"}))
    other.reaches(status="COMMITTED")

    assert _post(running, orderType="CANCEL", orderItemId=other.order["orderItemId"]).status_code == 409
    assert _post(running, orderType="CANCEL", orderItemId="POI-NONE").status_code == 409
    assert _post(running, orderType="TELEPORT").status_code == 400
    assert _post(running, addressId="ADR-NOWHERE").status_code == 400
