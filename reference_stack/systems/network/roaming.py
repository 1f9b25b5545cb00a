"""Roaming passes end in the network at their own instant, by the stack's clock, whether or not anybody orders it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from ringback.reference_stack.schema import NE_ROAMING

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack


def expire(stack: Stack) -> None:
    """Switches off every pass whose end has come, and tells of it."""
    over = (NE_ROAMING.c.state == "active") & (NE_ROAMING.c.ends_at <= stack.clock.stamp())
    with stack.db.begin() as tx:
        for row in tx.execute(select(NE_ROAMING).where(over).order_by(NE_ROAMING.c.msisdn)).mappings().all():
            mine = update(NE_ROAMING).where(NE_ROAMING.c.msisdn == row["msisdn"])
            tx.execute(mine.values(state="expired"))
            stack.events.publish(
                tx,
                "RoamingPolicyStateChangeEvent",
                resource_type="roamingPolicy",
                resource_id=f"{row['msisdn']}:{row['ends_at']}",
                document={"msisdn": row["msisdn"], "state": "expired", "endsAt": row["ends_at"]},
                state="expired",
            )
