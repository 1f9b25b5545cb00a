"""Service qualification (TMF645): whether this service can be built at this address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.machines import ACCEPTED_TASK
from ringback.reference_stack.kernel.resource import Created, Resource
from ringback.reference_stack.kernel.system import System
from ringback.reference_stack.schema import LOC_QUALIFICATION
from ringback.reference_stack.systems.documents import store_document
from ringback.reference_stack.systems.reading import at, characteristics, documents, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

BASE = "/tmf-api/serviceQualificationManagement/v4"
_FIBRE = {"FIBRE"}
_REACHES = {  # service or product specification -> the access technologies over which it can be had; others need none
    "CFS-BROADBAND": _FIBRE,
    "CFS-TV": _FIBRE,
    "PS-FIBRE": _FIBRE,
    "PS-FIBRE-W": {"FIBRE", "WHOLESALE"},
    "PS-TV": {"FIBRE", "WHOLESALE"},
    "PS-DSL": {"FIBRE", "WHOLESALE", "DSL"},
}


def _obstacle(item: dict[str, object], address: dict[str, object] | None) -> str:
    """Why the service cannot be built there; empty when it can."""
    if address is None or text(address, "validationResult") != "success":
        return "the address is not validated"
    wanted = (text(item, "productSpecification.id"), text(item, "service.serviceSpecification.id"))
    technologies = next((_REACHES[name] for name in wanted if name in _REACHES), None)
    if technologies and text(address, "accessTechnology") not in technologies:
        return "no fibre reaches the address"
    speed = characteristics(item, "service.serviceCharacteristic").get("downMbps", "0")
    most = int(text(address, "maxDownMbps") or "0")
    if technologies and speed.isdigit() and int(speed) > most:
        return f"only {most} Mbit/s reach the address"
    return ""


async def _qualified(stack: Stack, number: int, item: dict[str, object]) -> dict[str, object]:
    place = text(item, "service.place.0.id")
    reply = await stack.http.get("location", f"/geographicAddress/{place}") if place else None
    address = reply.document() if reply is not None and reply.ok else None
    obstacle = _obstacle(item, address)
    done = (
        {"id": str(number)}
        | item
        | {"state": "done", "qualificationResult": "unqualified" if obstacle else "qualified"}
    )
    if obstacle:
        return done | {"eligibilityUnavailabilityReason": [{"code": "notServiceable", "label": obstacle}]}
    return done | {"maxDownMbps": at(address, "maxDownMbps")}


async def check(stack: Stack, body: dict[str, object], _request: Request) -> Created:
    """Qualifies each item; the whole is qualified when all of them can be built."""
    items = [
        await _qualified(stack, number, item)
        for number, item in enumerate(documents(body, "serviceQualificationItem"), 1)
    ]
    obstructed = any(item["qualificationResult"] == "unqualified" for item in items)
    done = body | {
        "serviceQualificationItem": items,
        "state": "done",
        "qualificationResult": "unqualified" if obstructed else "qualified",
        "checkServiceQualificationDate": stack.clock.stamp(),
    }
    with stack.db.begin() as tx:
        return Created(store_document(stack, tx, CHECK, done))


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
SYSTEM = System(id="qualification", prefix="loc_", base=BASE, resources=(CHECK,))
