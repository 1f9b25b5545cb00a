"""How services stand: whether each is up in the inventory, and which have a problem that is not solved."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import select

from ringback.reference_stack.schema import ASR_PROBLEM, ASR_PROBLEM_SERVICE
from ringback.reference_stack.systems.reading import text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

OVER = ("resolved", "closed", "cancelled", "rejected")  # states of a problem that is no problem any more
_UP = ("active", "terminated")


async def troubles(stack: Stack, services: Iterable[str]) -> list[str]:
    """What speaks against telling a customer that these services work again."""
    wanted = list(services)
    open_ones = (
        select(ASR_PROBLEM_SERVICE.c.service_id, ASR_PROBLEM.c.id)
        .join(ASR_PROBLEM, ASR_PROBLEM.c.id == ASR_PROBLEM_SERVICE.c.problem_id)
        .where(ASR_PROBLEM_SERVICE.c.service_id.in_(wanted), ASR_PROBLEM.c.status.not_in(OVER))
        .order_by(ASR_PROBLEM.c.id)
    )
    with stack.db.begin() as tx:
        found = [f"service {row.service_id} has the open problem {row.id}" for row in tx.execute(open_ones)]
    for service in wanted:
        reply = await stack.http.get("service-inventory", f"/service/{service}")
        state = text(reply.json, "state") if reply.ok else ""
        if state and state not in _UP:
            found.append(f"service {service} is {state}")
    return found
