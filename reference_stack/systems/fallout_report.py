"""How any system puts a case into the fallout queue: over HTTP, once per order and cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringback.reference_stack.kernel.errors import SystemDown

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack


async def report(stack: Stack, *, system: str, order: str, code: str, detail: object) -> None:
    """Opens a case unless one of the same order and code is open.

    Args:
        stack: the stack.
        system: the system in which the order fell out.
        order: id of the product order.
        code: what went wrong, e.g. ``ACT-FAILED``.
        detail: what was expected and found, for the person who works the case.
    """
    body = {"system": system, "orderId": order, "code": code, "rootCause": str(detail)}
    try:
        await stack.http.post("fallout", "/cases", json=body)
    except SystemDown as down:
        stack.log.warning("no fallout case %s for order %s: %s", code, order, down)
