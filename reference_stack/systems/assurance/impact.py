"""Whom a broken resource hits: resource, services that hold it, services that rely on those, products, customers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ringback.reference_stack.systems.assurance.priorities import segment_of
from ringback.reference_stack.systems.reading import Document, documents, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_LIVE = ("active", "suspended", "pendingTerminate")


@dataclass(frozen=True, slots=True)
class Hit:
    """One customer whom a problem hits.

    Args:
        customer: whom.
        segment: how important.
        service: the first of the customer's services that is hit; the customer's ticket is about it.
        product: the product that it realizes, empty where none is known.
        account: who pays for that.
    """

    customer: str
    segment: str
    service: str
    product: str
    account: str


@dataclass(frozen=True, slots=True)
class Impact:
    """What depends on a resource."""

    services: tuple[str, ...]
    hits: tuple[Hit, ...]


async def analyse(stack: Stack, root: str) -> Impact:
    """Asks the inventories what depends on a resource, or on a piece of equipment and its parts."""
    parts = await stack.http.get("resource-inventory", "/resource-inventory/v1/parts", params={"of": root})
    names = ",".join(text(part, "id") for part in parts.documents())
    path = "/service-inventory/v1/dependents"
    standing = (await stack.http.get("service-inventory", path, params={"resource": names})).document()
    direct = stack.defects.on("D38")  # joins resources and products without the services between them
    services = documents(standing, "holding" if direct else "relying")
    hit: dict[str, list[str]] = {}
    for service in services:
        hit.setdefault(text(service, "customerId"), []).append(text(service, "id"))
    hits = [await _hit(stack, customer, mine) for customer, mine in hit.items() if customer]
    if direct:
        hits = [one for one in hits if one.product]
        return Impact(tuple(one.service for one in hits), tuple(hits))
    return Impact(tuple(text(service, "id") for service in services), tuple(hits))


async def _hit(stack: Stack, customer: str, services: list[str]) -> Hit:
    query = {"relatedParty.id": customer}
    products = (await stack.http.get("product-inventory", "/product", params=query)).documents()
    live = [product for product in products if text(product, "status") in _LIVE]
    sold = next((product for product in live if _realizes(product, services)), {})
    realized = [text(one, "id") for one in documents(sold, "realizingService")]
    service = next((one for one in services if one in realized), services[0])
    segment = await segment_of(stack, customer)
    return Hit(customer, segment or "consumer", service, text(sold, "id"), text(sold, "billingAccount.id"))


def _realizes(product: Document, services: list[str]) -> bool:
    return any(text(one, "id") in services for one in documents(product, "realizingService"))
