"""Tests of a service: reads the network back and compares it with what the inventory says is built there."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import RowMapping, insert, select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.kernel.errors import invalid, missing
from ringback.reference_stack.schema import ASR_SERVICE_TEST
from ringback.reference_stack.systems.assurance.tickets import TICKET
from ringback.reference_stack.systems.reading import Document, characteristics, documents, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

PATH = "/assurance/v1/service-tests"
_FILTERS = {"serviceId": ASR_SERVICE_TEST.c.service_id, "ticketId": ASR_SERVICE_TEST.c.ticket_id}


@dataclass(frozen=True, slots=True)
class Check:
    """What is read back of a resource-facing service.

    Args:
        element: kind of network element.
        key: the characteristic that names its entry.
        working: what the entry holds when the service works.
        same: columns that must be as the characteristics of these names.
    """

    element: str
    key: str
    working: Mapping[str, str]
    same: Mapping[str, str] = field(default_factory=dict)


_SPEED = {"down_mbps": "downMbps", "up_mbps": "upMbps"}
CHECKS: Mapping[str, Check] = {
    "RFS-HLR-SUB": Check("hlr", "imsi", {"state": "active", "odb": "none"}, {"msisdn": "msisdn"}),
    "RFS-GPON-ACCESS": Check("olt", "oltPort", {"state": "up"}, {"ont_serial": "ontSerial", "vlan": "vlan", **_SPEED}),
    "RFS-INTERNET-EDGE": Check("edge", "edge", {"state": "active"}, {"ip": "ip", **_SPEED}),
    "RFS-IMS-SUB": Check("ims", "tn", {"state": "registered"}),
    "RFS-DSL": Check("dsl", "dslamPort", {"state": "active"}, {"pvc": "pvc"}),
}


async def post_test(stack: Stack, request: Request) -> Response:
    """``{"serviceId", "ticketId"?}``: tests a service with all that it relies on; the ticket gets the result."""
    body = await body_of(request)
    service, ticket = text(body, "serviceId"), text(body, "ticketId") or None
    reply = await stack.http.get("service-inventory", f"/service/{service}")
    if not service or not reply.ok:
        raise invalid(f"there is no service {service!r}", "give serviceId of a service in the inventory")
    with stack.db.begin() as tx:
        if ticket and TICKET.row(tx, ticket) is None:
            raise missing("troubleTicket", ticket)
    findings = [finding async for finding in _findings(stack, reply.document())]
    if not findings:
        raise invalid(f"service {service} cannot be tested", f"tests exist for {', '.join(CHECKS)}")
    state = "passed" if all(not finding["differences"] for finding in findings) else "failed"
    identity = stack.ids.new("TEST")
    shown = {"measurement": findings, "startDateTime": stack.clock.stamp()}
    values = {
        "id": identity, "service_id": service, "ticket_id": ticket, "state": state, "document": json.dumps(shown),
        "created_at": stack.clock.stamp(), "correlation_id": CORRELATION.get(),
    }  # fmt: skip
    with stack.db.begin() as tx:
        tx.execute(insert(ASR_SERVICE_TEST).values(**values))
        if ticket:
            known = documents(TICKET.find(tx, ticket) or {}, "note")
            note = {"text": f"service test {identity} {state}", "author": "assurance", "date": stack.clock.stamp()}
            TICKET.merge_attributes(stack, tx, ticket, {"note": [*known, note]})
        row = tx.execute(select(ASR_SERVICE_TEST).where(ASR_SERVICE_TEST.c.id == identity)).mappings().one()
    return JSONResponse(_shown(row), 201, {"Location": f"{PATH}/{identity}"})


async def _findings(stack: Stack, service: Document) -> AsyncIterator[Document]:
    """What the network says of a service and of those it relies on."""
    check = CHECKS.get(text(service, "serviceSpecification.id"))
    if check is not None:
        yield await _compared(stack, service, check)
    for relation in documents(service, "serviceRelationship"):
        below = await stack.http.get("service-inventory", f"/service/{text(relation, 'service.id')}")
        if below.ok and text(relation, "relationshipType") == "reliesOn":
            async for finding in _findings(stack, below.document()):
                yield finding


async def _compared(stack: Stack, service: Document, check: Check) -> Document:
    """One read-back."""
    shown = characteristics(service, "serviceCharacteristic")
    key = shown.get(check.key, "")
    reply = await stack.http.get("network", f"/network/v1/{check.element}/{key}")
    found = reply.json if reply.ok else {}
    expected = dict(check.working) | {column: shown[name] for column, name in check.same.items() if name in shown}
    differences = {
        column: {"expected": value, "found": text(found, column)}
        for column, value in expected.items()
        if text(found, column) != value
    }
    named = {"serviceId": service["id"], "element": check.element, "key": key}
    return {**named, "expected": expected, "differences": differences}


async def list_tests(stack: Stack, request: Request) -> Response:
    """The tests in the order of their time; filters are serviceId and ticketId."""
    wanted = [_FILTERS[name] == value for name, value in request.query_params.items() if name in _FILTERS]
    ordered = select(ASR_SERVICE_TEST).where(*wanted).order_by(ASR_SERVICE_TEST.c.created_at, ASR_SERVICE_TEST.c.id)
    with stack.db.begin() as tx:
        rows = tx.execute(ordered).mappings().all()
    return JSONResponse([_shown(row) for row in rows])


async def get_test(stack: Stack, request: Request) -> Response:
    """One test."""
    identity = request.path_params["id"]
    with stack.db.begin() as tx:
        row = tx.execute(select(ASR_SERVICE_TEST).where(ASR_SERVICE_TEST.c.id == identity)).mappings().first()
    if row is None:
        raise missing("service test", identity)
    return JSONResponse(_shown(row))


def _shown(row: RowMapping) -> Document:
    named = {"id": row["id"], "href": f"{PATH}/{row['id']}", "state": row["state"]}
    about = {"relatedService": {"id": row["service_id"]}, "ticketId": row["ticket_id"]}
    return {**named, **about, **json.loads(row["document"])}
