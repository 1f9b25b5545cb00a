"""What a person may do with a resource order that waits: hold an item, let it try again, or give it up for good."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, delete

from ringback.reference_stack.kernel.errors import conflict, missing
from ringback.reference_stack.kernel.machines import RESOURCE_ORDER, legal
from ringback.reference_stack.schema import ROM_ORDER_ITEM_CHAR
from ringback.reference_stack.systems.reading import Document, documents, text
from ringback.reference_stack.systems.resource_ordering.cancellation import dependent
from ringback.reference_stack.systems.resource_ordering.programs import past_return
from ringback.reference_stack.systems.resource_ordering.records import (
    ATTEMPT,
    change,
    items_of,
    set_values,
    values_of,
    view_of,
)

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

# What a person may do: from the state of an item to the one that is asked for.
_ALLOWED = (("inProgress", "held"), ("pending", "held"), ("held", "inProgress"), ("held", "failed"))
_BY_HAND = "held by hand"
_GIVEN_UP = "given up by hand"


async def steer(stack: Stack, before: Document, changes: Document) -> None:
    """Applies the states that a PATCH asks for, of single items or of all that are open.

    Raises:
        TmfError: 404 an unknown item, 409 a step that is illegal or that is nobody's to take by hand.
    """
    identity = text(before, "id")
    asked = {text(item, "id"): text(item, "state") for item in documents(changes, "orderItem")}
    changes.pop("orderItem", None)
    whole, now = text(changes, "state"), text(before, "state")
    changes.pop("state", None)
    with stack.db.begin() as tx:
        items = {str(item["id"]): item for item in items_of(tx, identity)}
        if whole and whole != now:
            asked = _of_all(items, now, whole) | asked
        _check(tx, items, asked)
        for item, state in asked.items():
            _move(stack, tx, items[item], state)


def _of_all(items: Mapping[str, RowMapping], now: str, whole: str) -> dict[str, str]:
    """What a state of the order means for its items."""
    if not legal(RESOURCE_ORDER, now, whole):
        following = ", ".join(RESOURCE_ORDER.steps.get(now, ())) or "nothing, it is final"
        raise conflict(f"a resource order cannot go {now} -> {whole}", f"legal: {following}")
    if whole not in ("held", "inProgress"):
        raise conflict(
            f"{whole} follows from the items", "hold or resume the order, or cancel it by cancelResourceOrder"
        )
    return {name: whole for name, item in items.items() if (item["state"], whole) in _ALLOWED}


def _check(tx: Connection, items: Mapping[str, RowMapping], asked: Mapping[str, str]) -> None:
    for name, state in asked.items():
        if name not in items:
            raise missing("order item", name)
        now = str(items[name]["state"])
        if state != now and (now, state) not in _ALLOWED:
            raise conflict(f"item {name} cannot go {now} -> {state} by hand", "hold, resume or give up what waits")
        if state == "failed" and _is_past(tx, items, name):
            raise conflict(f"item {name} is past its point of no return", "it can only be resumed")


def _is_past(tx: Connection, items: Mapping[str, RowMapping], name: str) -> bool:
    """Whether something that stands and falls with an item cannot be taken back any more."""
    known = {one: (item, values_of(tx, one)) for one, item in items.items()}
    return any(past_return(view_of(*known[one])) for one in dependent(known, [name]))


def _move(stack: Stack, tx: Connection, item: RowMapping, state: str) -> None:
    if state == item["state"]:
        return
    if state == "inProgress":
        tries = int(values_of(tx, item["id"]).get(ATTEMPT, ":1").removeprefix(":")) + 1
        set_values(tx, item["id"], {ATTEMPT: f":{tries}"})
        _forget_refusals(tx, item["id"])
    elif state == "failed":
        set_values(tx, item["id"], {"@failed": _GIVEN_UP, "@reason": _GIVEN_UP})
    else:
        set_values(tx, item["id"], {"@reason": _BY_HAND})
    change(stack, tx, item, state)


def _forget_refusals(tx: Connection, item: str) -> None:
    """What was refused is asked again."""
    names = ROM_ORDER_ITEM_CHAR.c.name
    refused = (
        (ROM_ORDER_ITEM_CHAR.c.item_id == item) & names.like("stage:%") & (ROM_ORDER_ITEM_CHAR.c.value == "refused")
    )
    tx.execute(
        delete(ROM_ORDER_ITEM_CHAR).where(refused | ((ROM_ORDER_ITEM_CHAR.c.item_id == item) & (names == "@failed")))
    )
