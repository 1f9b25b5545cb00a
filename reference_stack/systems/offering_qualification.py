"""Product offering qualification (TMF679): whether this customer may be sold this offering now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.machines import TASK
from ringback.reference_stack.kernel.resource import Created, Resource
from ringback.reference_stack.kernel.system import System
from ringback.reference_stack.schema import COM_OFFER_QUALIFICATION
from ringback.reference_stack.systems.documents import store_document
from ringback.reference_stack.systems.reading import documents, party, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

BASE = "/tmf-api/productOfferingQualification/v4"


async def _obstacle(stack: Stack, item: dict[str, object]) -> str:
    """Why the offering cannot be sold; empty when it can."""
    offering = text(item, "productOffering.id")
    reply = await stack.http.get("catalogue", f"/productOffering/{offering}")
    if not reply.ok:
        return f"the catalogue has no offering {offering!r}"
    status = text(reply.document(), "lifecycleStatus")
    return "" if status in ("Active", "Launched") else f"offering {offering} is {status}"


async def _qualified(stack: Stack, number: int, item: dict[str, object], obstacle: str) -> dict[str, object]:
    obstacle = obstacle or await _obstacle(stack, item)
    done = (
        {"id": str(number)}
        | item
        | {"state": "done", "qualificationItemResult": "unqualified" if obstacle else "qualified"}
    )
    reasons = [{"code": "notEligible", "label": obstacle}]
    return done | ({"eligibilityUnavailabilityReason": reasons} if obstacle else {})


async def qualify(stack: Stack, body: dict[str, object], _request: Request) -> Created:
    """Qualifies each offering for the customer."""
    customer = party(body)
    known = not customer or (await stack.http.get("crm", f"/customer/{customer}")).ok
    stranger = "" if known else f"CRM does not know customer {customer}"
    wanted = enumerate(documents(body, "productOfferingQualificationItem"), 1)
    items = [await _qualified(stack, number, item, stranger) for number, item in wanted]
    green = all(item["qualificationItemResult"] == "qualified" for item in items)
    done = body | {
        "productOfferingQualificationItem": items,
        "state": "done",
        "qualificationResult": "green" if green else "red",
        "productOfferingQualificationDate": stack.clock.stamp(),
    }
    with stack.db.begin() as tx:
        return Created(store_document(stack, tx, QUALIFICATION, done))


_ITEM = shapes.record(
    {
        "id": shapes.TEXT,
        "state": shapes.states(TASK),
        "productOffering": shapes.REFERENCE,
        "qualificationItemResult": shapes.one_of("qualified", "unqualified", "alternate"),
    },
    "id",
    "state",
    "qualificationItemResult",
)
QUALIFICATION = Resource(
    name="productOfferingQualification",
    path=f"{BASE}/productOfferingQualification",
    table=COM_OFFER_QUALIFICATION,
    prefix="POQ",
    tag="Product Offering Qualification",
    columns={"state": "state"},
    machine=TASK,
    create=qualify,
    required=("state", "productOfferingQualificationDate", "qualificationResult"),
    properties={
        "state": shapes.states(TASK),
        "productOfferingQualificationItem": shapes.many(_ITEM),
        "productOfferingQualificationDate": shapes.TIME,
        "qualificationResult": shapes.one_of("green", "red"),
        "relatedParty": shapes.many(shapes.PARTY),
    },
)
SYSTEM = System(id="offering-qualification", prefix="com_", base=BASE, resources=(QUALIFICATION,))
