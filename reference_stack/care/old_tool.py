"""The line desk of the old exchange: the tool of before, that no order system hears of (defect D58 alone opens it)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from ringback.reference_stack.care import desk
from ringback.reference_stack.care.console import Visit
from ringback.reference_stack.care.customer_pages import trail_to
from ringback.reference_stack.care.customer_view import ProductRow
from ringback.reference_stack.care.documents import Document, records, text
from ringback.reference_stack.care.drafts import mint_order_number

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

LEGACY = "PS-DSL"
PROFILES = ("DSL-50", "DSL-100")


async def page(visit: Visit, product: ProductRow, customer_id: str) -> Response:
    """The circuit of a product with its profile; a posted profile goes to the exchange at once."""
    circuit = await _circuit(visit.stack, product.service_id)
    typed = await visit.typed() if visit.request.method == "POST" else {}
    profile = typed.get("profile", "")
    if profile in PROFILES:
        await _tell(visit.stack, circuit, profile)
    whom = await desk.customer(visit.stack, customer_id)
    return visit.show(
        "old_tool.html",
        section="customers",
        trail=trail_to(whom, ("Line desk", "")),
        notice="Saved." if profile in PROFILES else "",
        product=product,
        action=visit.path("action"),
        circuit=circuit,
        profile=profile or circuit.get("profile", ""),
        profiles=PROFILES,
    )


async def _circuit(stack: Stack, service_id: str) -> dict[str, str]:
    """What the service inventory shows of the circuit below a product's service."""
    top = (await stack.http.get("service-inventory", f"/service/{service_id}")).document()
    for relation in records(top.get("serviceRelationship")):
        below = await stack.http.get("service-inventory", f"/service/{_id(relation)}")
        shown = {
            text(one.get("name")): text(one.get("value")) for one in records(below.document()["serviceCharacteristic"])
        }
        if "dslamPort" in shown:
            return shown
    return {}


def _id(relation: Document) -> str:
    service = relation.get("service")
    return text(service.get("id")) if isinstance(service, dict) else ""


async def _tell(stack: Stack, circuit: dict[str, str], profile: str) -> None:
    body = {
        "requestId": mint_order_number(),
        "action": "modify",
        "device": "dsl",
        "entry": circuit.get("dslamPort", ""),
        "values": {"profile": profile, "pvc": circuit.get("pvc", "")},
        "expected": {"profile": profile},
    }
    (await stack.http.post("legacy", "/legacy/v1/orders", json=body)).need()
