"""Whom the technician asks for, and to whom a box is addressed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringback.reference_stack.systems.reading import party, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack


async def customer_name(stack: Stack, product_order: str | None) -> str:
    """The name of the customer of a product order; empty where the work has no product order."""
    if not product_order:
        return ""
    order = await stack.http.get("ordering", f"/productOrder/{product_order}")
    customer = party(order.json) if order.ok else ""
    found = await stack.http.get("crm", f"/tmf-api/customerManagement/v4/customer/{customer}") if customer else None
    return text(found.json, "name") if found is not None and found.ok else ""
