"""The field force and its dispatcher, as tests play them: bookings over HTTP, jobs and close-outs over SFTP."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
import paramiko
import pytest

from ringback.reference_stack.gateway.codecs.model import FeedHeader
from ringback.reference_stack.gateway.codecs.pipe import read_pipe, write_pipe
from tests.integration.reference_stack.conftest import RunningStack, external_id, until

APPOINTMENT = "/tmf-api/appointment/v4/appointment"
SEARCH = "/tmf-api/appointment/v4/searchTimeSlot"
WORK_ORDER = "/tmf-api/workOrderManagement/v4/workOrder"
CANCEL = "/tmf-api/workOrderManagement/v4/cancelWorkOrder"
CLOSE_OUTS = "/workforce/v1/close-outs"
SERIAL = "HWTC0000A001"
Document = dict[str, object]
_DAYS = itertools.count(2)
_CLOSE_OUTS = itertools.count(1)


@dataclass(frozen=True)
class Booking:
    """A work order of a test with its appointment."""

    work_order: str
    appointment: str
    order: str
    item: str


class Desk:
    """What a dispatcher and a technician do."""

    def __init__(self, stack: RunningStack) -> None:
        self.stack = stack
        self._sequence = 0
        found = stack.rows("select id from loc_address where postcode = ? order by id", "02115")
        self.addresses = [str(row["id"]) for row in found]

    @property
    def address(self) -> str:
        """A validated address in Boston."""
        return self.addresses[0]

    def now(self) -> datetime:
        """The time of the stack."""
        return datetime.fromisoformat(str(self.stack.client.get("/clock").json()["now"]))

    def slots(self, address: str, first: datetime, last: datetime) -> list[Document]:
        """The free windows of a place between two moments."""
        window = {"validFor": {"startDateTime": first.isoformat(), "endDateTime": last.isoformat()}}
        place = {"id": address, "role": "installationAddress"}
        reply = self.stack.client.post(SEARCH, json={"relatedPlace": place, "requestedTimeSlot": [window]})
        assert reply.status_code == 201, reply.text
        found: list[Document] = reply.json()["availableTimeSlot"]
        return found

    def a_slot(self) -> Document:
        """The first free window of a day that no other test uses."""
        first = self.now() + timedelta(days=next(_DAYS))
        return self.slots(self.address, first, first + timedelta(days=1))[0]

    def book(self, slot: Mapping[str, object], **further: object) -> httpx.Response:
        """Chooses a window."""
        body = {"validFor": slot["validFor"], "relatedPlace": {"id": self.address, "role": "installationAddress"}}
        return self.stack.client.post(APPOINTMENT, json={**body, **further})

    def confirmed(self, slot: Mapping[str, object] | None = None, **further: object) -> str:
        """Chooses a window and confirms it; answers the appointment."""
        identity = str(self.book(slot or self.a_slot(), **further).json()["id"])
        assert self.patch(APPOINTMENT, identity, {"status": "confirmed"}).status_code == 200
        return identity

    def patch(self, path: str, identity: str, changes: Document) -> httpx.Response:
        """Changes a resource."""
        return self.stack.client.patch(f"{path}/{identity}", json=changes)

    def get(self, path: str, identity: str) -> Document:
        """A resource."""
        found: Document = self.stack.client.get(f"{path}/{identity}").json()
        return found

    def order(self, **attributes: object) -> httpx.Response:
        """Posts a work order as resource ordering does."""
        name = external_id()
        body: Document = {
            "externalId": f"RO-{name}",
            "orderId": f"PO-{name}",
            "productOrderItemId": f"POI-{name}",
            "serviceOrderItemId": f"SOI-{name}",
            "resourceOrderItemId": f"RO-{name}-01",
            "place": [{"id": self.address}],
            "workOrderItem": [{"id": "1", "action": "add"}],
        }
        headers = {"x-correlation-id": f"CORR-{name}"}
        return self.stack.client.post(WORK_ORDER, json=body | attributes, headers=headers)

    def dispatched(self) -> Booking:
        """A work order for which a technician has been sent."""
        appointment = self.confirmed()
        made = self.order(appointmentId=appointment).json()
        self.until_state(made["id"], "inProgress")
        return Booking(made["id"], appointment, made["orderId"], made["productOrderItemId"])

    def until_state(self, work_order: str, state: str) -> Document:
        """The work order, once it is in a state."""

        def look() -> Document | None:
            found = self.get(WORK_ORDER, work_order)
            return found if found["state"] == state else None

        return until(look, f"work order {work_order} {state}")

    def until_readiness(self, work_order: str, said: str) -> str:
        """What the work order says of its readiness, once it says this."""

        def look() -> str:
            found = str(self.get(WORK_ORDER, work_order).get("readiness", ""))
            return found if said in found else ""

        return until(look, f"readiness of {work_order} with {said}")

    def close_out(self, booking: Booking, code: str, *, visit: int = 1, **fields: str) -> dict[str, str]:
        """The record with which the technician ends a visit."""
        ended = self.now()
        record = {
            "close_id": f"CL{next(_CLOSE_OUTS):06d}",
            "work_order_id": booking.work_order,
            "visit": f"{visit:02d}",
            "appointment_id": booking.appointment,
            "technician": "T-17",
            "close_code": code,
            "started_at": (ended - timedelta(minutes=40)).strftime("%Y%m%d%H%M%S"),
            "ended_at": ended.strftime("%Y%m%d%H%M%S"),
            "ont_serial": SERIAL if code == "DONE" else "",
            "signal_dbm": "-19.5",
        }
        return record | fields

    def close(self, record: Mapping[str, str]) -> httpx.Response:
        """Hands a close-out over as the gateway does."""
        return self.stack.client.post(CLOSE_OUTS, json=dict(record))

    def upload(self, *records: Mapping[str, str]) -> Document:
        """Sends close-outs as the field force does; answers what the gateway made of the file."""
        self._sequence += 1
        created = self.now().strftime("%Y%m%d%H%M%S")
        name = f"WFMCLOSE_FIELD01_RINGBACK_{created}_{self._sequence:05d}.txt"
        header = FeedHeader("WFMCLOSE", "0100", "FIELD01", "RINGBACK", created, self._sequence, "P")
        with field_force(self.stack) as sftp:
            sftp.putfo(io.BytesIO(write_pipe(header, records)), f"/to_us/{name}.part")
            sftp.rename(f"/to_us/{name}.part", f"/to_us/{name}")
        sql = "select * from pgw_file where file_name = ? and status <> 'received'"
        return until(lambda: self.stack.rows(sql, name), f"a decision on {name}")[0]

    def jobs(self, work_order: str, count: int) -> list[dict[str, str]]:
        """What the dispatch files say of a work order, once it is that much."""

        def look() -> list[dict[str, str]]:
            with field_force(self.stack) as sftp:
                names = sorted(
                    name for name in sftp.listdir("/from_us") if name.startswith("DISPATCH_RINGBACK_FIELD01_")
                )
                files = [sftp.open(f"/from_us/{name}").read() for name in names if name.endswith(".txt")]
            read = [read_pipe("DISPATCH", data) for data in files]
            assert [file.problems for file in read] == [()] * len(read)
            records = [dict(record.fields) for file in read for record in file.records]
            found = [record for record in records if record["work_order_id"] == work_order]
            return found if len(found) >= count else []

        return until(look, f"{count} dispatch records of {work_order}")

    def cases(self, order: str) -> list[Document]:
        """The cases of an order in the fallout queue."""
        found: list[Document] = self.stack.client.get("/fallout/v1/cases", params={"orderId": order}).json()
        return found


class field_force:  # noqa: N801  # reads as a place where a file is put
    """The field force, logged in to its SFTP account with its own key."""

    def __init__(self, stack: RunningStack) -> None:
        account, server = stack.ready["partners"]["field-force"], stack.ready["sftp"]
        key = paramiko.Ed25519Key.from_private_key_file(account["key_file"])
        self._transport = paramiko.Transport((server["host"], server["port"]))
        self._transport.connect(username=account["user"], pkey=key)

    def __enter__(self) -> paramiko.SFTPClient:
        client = paramiko.SFTPClient.from_transport(self._transport)
        assert client is not None
        return client

    def __exit__(self, *_error: object) -> None:
        self._transport.close()


@pytest.fixture(scope="package")
def desk(running: RunningStack) -> Iterator[Desk]:
    """The desk of the shared stack."""
    return Desk(running)
