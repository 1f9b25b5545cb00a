"""Querying a qualification (TMF645): which services there are at an address, with the speeds that its line carries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.machines import ACCEPTED_TASK
from ringback.reference_stack.kernel.resource import Created, Resource
from ringback.reference_stack.schema import LOC_QUERY
from ringback.reference_stack.systems.documents import store_document
from ringback.reference_stack.systems.qualification.reach import BASE, place_of, services_at
from ringback.reference_stack.systems.reading import Document, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack


async def query(stack: Stack, body: Document, _request: Request) -> Created:
    """Answers at once with everything that can be built at the place of the search; nowhere is nothing."""
    place = await place_of(stack, text(body, "searchCriteria.service.place.0.id"))
    wanted = text(body, "searchCriteria.service.serviceSpecification.id")
    found: Document = {
        "serviceQualificationItem": await services_at(stack, place, wanted),
        "state": "done",
        "queryServiceQualificationDate": stack.clock.stamp(),
    }
    with stack.db.begin() as tx:
        return Created(store_document(stack, tx, QUERY, body | found))


QUERY = Resource(
    name="queryServiceQualification",
    path=f"{BASE}/queryServiceQualification",
    table=LOC_QUERY,
    prefix="QSQ",
    tag="Service Qualification",
    columns={"state": "state"},
    mandatory=("searchCriteria",),
    machine=ACCEPTED_TASK,
    create=query,
    required=("state", "searchCriteria", "serviceQualificationItem", "queryServiceQualificationDate"),
    properties={
        "state": shapes.states(ACCEPTED_TASK),
        "searchCriteria": shapes.record({"service": shapes.record({})}),
        "serviceQualificationItem": shapes.many(shapes.record({"id": shapes.TEXT, "service": shapes.record({})}, "id")),
        "queryServiceQualificationDate": shapes.TIME,
        "relatedParty": shapes.many(shapes.PARTY),
    },
)
