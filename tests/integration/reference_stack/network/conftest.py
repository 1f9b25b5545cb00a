"""Fixed lines as tests order them: sold at the counter, built with the partners' parts in the test's hands."""

from __future__ import annotations

import io
import itertools
import uuid
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import paramiko
import pytest

from tests.integration.reference_stack.conftest import RunningStack, started, until
from tests.integration.reference_stack.ordering.conftest import Shop, item
from tests.integration.reference_stack.workforce.conftest import Booking, Desk

_SERIALS = itertools.count(1)
_DAYS = itertools.count(2)
_MESSAGES: dict[str, Iterator[int]] = defaultdict(lambda: itertools.count(1))  # by wholesale order
Row = dict[str, object]


@dataclass(frozen=True)
class Plant:
    """The field, the partners and the network of one stack."""

    stack: RunningStack
    shop: Shop
    desk: Desk

    def built(self, customer: int, *offerings: str, **characteristics: str) -> str:
        """An order of offerings that need nobody outside, completed."""
        items = [
            item(number, "add", offering=offering, characteristics=characteristics)
            for number, offering in enumerate(offerings, 1)
        ]
        order = self.shop.order(customer, *items)
        self.shop.reaches(order, "completed")
        return order

    def install(self, order: str, **told: str) -> str:
        """The technician's visit for an order; answers the serial of the terminal that he installed."""
        visit = until(lambda: self.stack.rows("select * from wfm_work_order where order_id = ?", order), "a visit")[0]
        appointment = self._window(str(visit["id"]))
        linked = self.desk.patch(
            "/tmf-api/workOrderManagement/v4/workOrder", str(visit["id"]), {"appointment": {"id": appointment}}
        )
        assert linked.status_code == 200, linked.text
        self.desk.until_state(str(visit["id"]), "inProgress")
        booking = Booking(str(visit["id"]), appointment, order, "")
        serial = f"HWTC{next(_SERIALS) + 0xB000:08X}"
        reply = self.desk.close(self.desk.close_out(booking, "DONE", ont_serial=serial, **told))
        assert reply.status_code == 200, reply.text
        return serial

    def _window(self, work_order: str) -> str:
        """A confirmed appointment at the place of a work order."""
        place = str(self.stack.rows("select address_id from wfm_work_order where id = ?", work_order)[0]["address_id"])
        first = self.desk.now() + timedelta(days=next(_DAYS))
        slots = self.desk.slots(place, first, first + timedelta(days=1))
        where = {"id": place, "role": "installationAddress"}
        return self.desk.confirmed(slots[0], relatedPlace=where)

    def fibre(self, customer: int, offering: str = "FIBRE-500") -> str:
        """A fibre line, installed; the id of its product."""
        order = self.shop.order(customer, item(1, "add", offering=offering))
        self.install(order)
        self.shop.reaches(order, "completed")
        return self.product(order)

    def product(self, order: str, offering: str = "") -> str:
        """The product that an order made."""
        rows = self.stack.rows("select * from com_order_item where order_id = ? order by item_no", order)
        return next(str(row["product_id"]) for row in rows if offering in ("", row["offering_id"]))

    def service(self, product: str, specification: str) -> Row:
        """The resource-facing service of a product."""
        sql = (
            "select s.* from sinv_service s join sinv_rel r on r.related_service_id = s.id "
            "join pinv_service p on p.service_id = r.service_id where p.product_id = ? and s.spec_id = ?"
        )
        return self.stack.rows(sql, product, specification)[0]

    def values(self, product: str, specification: str) -> dict[str, str]:
        """What a resource-facing service of a product shows."""
        service = self.service(product, specification)["id"]
        rows = self.stack.rows("select name, value from sinv_char where service_id = ?", service)
        return {str(row["name"]): str(row["value"]) for row in rows}

    def resources(self, product: str) -> dict[str, Row]:
        """The resources below a product, by kind."""
        sql = (
            "select r.* from rinv_resource r join sinv_resource x on x.resource_id = r.id "
            "join sinv_rel l on l.related_service_id = x.service_id "
            "join pinv_service p on p.service_id = l.service_id where p.product_id = ?"
        )
        return {str(row["kind"]): row for row in self.stack.rows(sql, product)}

    def element(self, element: str, key: str) -> Row:
        """An entry of a network element; empty when there is none."""
        reply = self.stack.client.get(f"/network/v1/{element}/{key}")
        found: Row = reply.json() if reply.status_code == 200 else {}
        return found

    def tasks(self, order: str) -> list[Row]:
        """The activation tasks of a product order, in the order in which they were asked for."""
        sql = (
            "select a.*, i.resource_spec_id, i.controller as planned, i.change_kind from act_task a "
            "join rom_order_item i on i.id = a.resource_order_item_id "
            "join rom_resource_order r on r.id = i.resource_order_id "
            "join som_service_order s on s.id = r.service_order_id where s.product_order_id = ? order by a.requested_at"
        )
        return self.stack.rows(sql, order)

    def partner_line(self, order: str, *kinds: str, problem: str = "", **entity: str) -> str:
        """Progress of the wholesale partner for an order; the id of the wholesale order."""
        sql = "select id from pgw_wholesale_order where order_id = ?"
        line = str(until(lambda: self.stack.rows(sql, order), "a wholesale order")[0]["id"])
        for kind in kinds:
            message = {
                "id": str(uuid.uuid4()),
                "sequenceNumber": next(_MESSAGES[line]),
                "updateType": "INFORMATIONAL",
                "entityType": "PROVIDE_ORDER",
                "entity": {"id": line, **entity},
                "information": {"type": kind},
                **({"problemCode": problem} if problem else {}),
            }
            reply = self.stack.client.post("/gateway/v1/wholesale-messages", json=message)
            assert reply.status_code == 202, reply.text
        return line

    def post_emergency_records(self) -> None:
        """The registry answers all our files: nothing is refused, so every record is posted."""
        with _registry(self.stack) as sftp:
            names = [name for name in sftp.listdir("/from_us") if name.endswith(".dat")]
            done = set(sftp.listdir("/to_us")) | self._answered()
            for name in sorted(names):
                returned = name.removesuffix(".dat") + ".err"
                if returned not in done:
                    head, *_, foot = sftp.open(f"/from_us/{name}").read().decode().split("\r\n")[:-1]
                    lines = (head, f"{foot[:61]}{0:09d}{foot[70:]}")
                    sftp.putfo(io.BytesIO("".join(f"{line}\r\n" for line in lines).encode()), f"/to_us/{returned}.part")
                    sftp.rename(f"/to_us/{returned}.part", f"/to_us/{returned}")

    def _answered(self) -> set[str]:
        rows = self.stack.rows("select file_name from pgw_file where partner = 'e911-registry' and direction = 'in'")
        return {str(row["file_name"]) for row in rows}


class _registry:  # noqa: N801  # reads as the place where the files lie
    """The registry of emergency locations, logged in with its own key."""

    def __init__(self, stack: RunningStack) -> None:
        account, server = stack.ready["partners"]["e911-registry"], stack.ready["sftp"]
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
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    """One stack for all fixed lines of these tests."""
    with started(tmp_path_factory.mktemp("network")) as stack:
        yield Plant(stack, Shop(stack), Desk(stack))
