"""Closes the fallout cases of the gateway once what they told of is mended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringback.reference_stack.systems.reading import text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack


async def close_cases(stack: Stack, order: str, prefix: str, cause: str) -> None:
    """Closes the open cases of an order whose code begins with a prefix.

    Args:
        stack: the stack.
        order: what the cases are filed under.
        prefix: the beginning of their codes, e.g. ``E911-``.
        cause: what the case is closed with.
    """
    params = {"orderId": order, "system": "gateway"}
    for case in (await stack.http.get("fallout", "/cases", params=params)).documents():
        if text(case, "code").startswith(prefix) and text(case, "status") != "closed":
            body = {"status": "closed", "rootCause": cause}
            await stack.http.patch("fallout", f"/cases/{text(case, 'id')}", json=body)
