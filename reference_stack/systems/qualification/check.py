"""Checking a qualification (TMF645): whether the services asked for can be built at their addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.machines import ACCEPTED_TASK
from ringback.reference_stack.kernel.resource import Created, Resource
from ringback.reference_stack.schema import LOC_QUALIFICATION
from ringback.reference_stack.systems.documents import store_document
from ringback.reference_stack.systems.qualification.reach import BASE, facts_of, obstacle_of, place_of, services_at
from ringback.reference_stack.systems.reading import Document, documents, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack


async def _qualified(stack: Stack, number: int, item: Document, *, alternatives: bool) -> Document:
    place = await place_of(stack, text(item, "service.place.0.id"))
    obstacle = obstacle_of(item, place)
    done: Document = {"id": str(number)} | item | {"state": "done"}
    if not obstacle:
        return done | {"qualificationResult": "qualified"} | facts_of(item, place)
    others = await services_at(stack, place) if alternatives else []
    proposals = [{"id": str(rank), "alternateService": other["service"]} for rank, other in enumerate(others, 1)]
    reason = {"eligibilityUnavailabilityReason": [{"code": "notServiceable", "label": obstacle}]}
    if not proposals:
        return done | {"qualificationResult": "unqualified"} | reason
    return done | {"qualificationResult": "alternate", "alternateServiceProposal": proposals} | reason


async def check(stack: Stack, body: Document, _request: Request) -> Created:
    """Qualifies each item; the whole is qualified when all of them can be built."""
    items = [
        await _qualified(stack, number, item, alternatives=body.get("provideAlternative") is True)
        for number, item in enumerate(documents(body, "serviceQualificationItem"), 1)
    ]
    results = {item["qualificationResult"] for item in items}
    done = body | {
        "serviceQualificationItem": items,
        "state": "done",
        "qualificationResult": next(result for result in _WORST if result in results or result == "qualified"),
        "checkServiceQualificationDate": stack.clock.stamp(),
    }
    with stack.db.begin() as tx:
        return Created(store_document(stack, tx, CHECK, done))


_WORST = ("unqualified", "alternate", "qualified")
_RESULT = shapes.one_of("qualified", "unqualified", "alternate")
_ITEM = shapes.record(
    {
        "id": shapes.TEXT,
        "state": shapes.states(ACCEPTED_TASK),
        "service": shapes.record({}),
        "qualificationResult": _RESULT,
    },
    "id",
    "state",
    "qualificationResult",
)
CHECK = Resource(
    name="checkServiceQualification",
    path=f"{BASE}/checkServiceQualification",
    table=LOC_QUALIFICATION,
    prefix="SQ",
    tag="Service Qualification",
    columns={"state": "state"},
    mandatory=("serviceQualificationItem",),
    machine=ACCEPTED_TASK,
    create=check,
    required=("state", "serviceQualificationItem", "checkServiceQualificationDate", "qualificationResult"),
    properties={
        "state": shapes.states(ACCEPTED_TASK),
        "serviceQualificationItem": shapes.many(_ITEM, 1),
        "checkServiceQualificationDate": shapes.TIME,
        "qualificationResult": _RESULT,
        "relatedParty": shapes.many(shapes.PARTY),
    },
)
