"""Which delivered event ends which stage: one row per kind of event, the same few lines for all of them.

A row says which field of the event's document names the resource order item, where its state stands, and what each
state means: a stage is done, the item waits, is held for a person, or has failed for good.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import RowMapping, select

from ringback.reference_stack.kernel.system import Listener
from ringback.reference_stack.schema import ROM_ORDER_ITEM, ROM_ORDER_ITEM_CHAR
from ringback.reference_stack.systems.fallout_report import report
from ringback.reference_stack.systems.reading import Document, event_document, text
from ringback.reference_stack.systems.resource_ordering.records import (
    SERVICE,
    done,
    refuse,
    set_values,
    values_of,
    wait,
)

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack


@dataclass(frozen=True, slots=True)
class News:
    """What one state of a partner's document means for the item.

    Args:
        done: stages that are done with it.
        state: the state that the item takes: inProgress, pending, held or failed; empty leaves it as it is.
        case: code of the fallout case that it opens.
    """

    done: tuple[str, ...] = ()
    state: str = ""
    case: str = ""


@dataclass(frozen=True, slots=True)
class Delivered:
    """One kind of event.

    Args:
        event: the event's type.
        states: what each state of the document means.
        stage: the stage that is refused when the item fails or is held.
        spec: kind of resource item, where the document names a product order item instead of the resource order item.
        keeps: fields of the document that the item keeps, under these names; ``service:`` names go to its service.
        system: who reports a case.
    """

    event: str
    states: Mapping[str, News]
    stage: str
    spec: str = ""
    keeps: Mapping[str, str] = field(default_factory=dict)
    system: str = "resource-ordering"


DELIVERED: tuple[Delivered, ...] = (
    Delivered(
        "PortStatusChangeEvent",
        {
            "activated": News(done=("port",), state="inProgress"),
            "confirmed": News(state="inProgress"),
            "delayed": News(state="pending"),
            "resolutionRequired": News(state="pending"),
        },
        stage="port",
        spec="TN",
    ),
    Delivered(
        "ShipmentStateChangeEvent",
        {
            "shipped": News(done=("shipped",)),
            "delivered": News(done=("shipped", "delivered")),
            "rejected": News(state="held", case="SHIP-REJECTED"),
        },
        stage="shipped",
        spec="DEVICE",
        keeps={"imei": "imei", "iccid": "iccid"},
        system="logistics",
    ),
    Delivered(
        "EsimProfileStateChangeEvent",
        {
            "confirmed": News(done=("profile",), state="inProgress"),
            "downloaded": News(done=("downloaded",)),
            "installed": News(done=("downloaded", "installed")),
            "failed": News(state="held", case="ESIM-FAILED"),
        },
        stage="profile",
        keeps={
            "iccid": "iccid",
            "imsi": "imsi",
            "matchingId": f"{SERVICE}matchingId",
            "smdpAddress": f"{SERVICE}smdpAddress",
        },
        system="gateway",
    ),
    Delivered(
        "WholesaleOrderStateChangeEvent",
        {
            "ACKNOWLEDGED": News(done=("acknowledged",)),
            "COMMITTED": News(done=("acknowledged", "committed"), state="inProgress"),
            "DELAYED": News(state="held"),
            "REAPPOINT": News(state="pending"),
            "COMPLETED": News(done=("acknowledged", "committed", "wholesale"), state="inProgress"),
            "REJECTED": News(state="failed"),
            "FAILED": News(state="failed"),
            "CANCELLED": News(done=("withdrawn",), state="failed"),
        },
        stage="wholesale",
        keeps={"serviceRef": f"{SERVICE}accessLine", "committedDate": "committedDate"},
        system="wholesale",
    ),
    Delivered(
        "WorkOrderStateChangeEvent",
        {
            "inProgress": News(done=("visit",), state="inProgress"),
            "held": News(state="held"),
            "completed": News(done=("visit", "work"), state="inProgress"),
            "cancelled": News(done=("dismissed",)),
            "failed": News(state="failed"),
        },
        stage="work",
        keeps={"ontSerial": f"{SERVICE}ontSerial", "completionDate": f"{SERVICE}installDate"},
        system="workforce",
    ),
    Delivered(
        "E911RecordStateChangeEvent",
        {
            "posted": News(done=("e911",), state="inProgress"),
            "removed": News(done=("e911-removed",), state="inProgress"),
            "held": News(state="held"),
        },
        stage="e911",
        system="gateway",
    ),
)


def listener(row: Delivered) -> Listener:
    """The listener of a row."""

    async def take(stack: Stack, envelope: dict[str, object]) -> None:
        document = event_document(envelope)
        for item in _items(stack, row, document):
            await _apply(stack, row, item, document)

    return take


async def _apply(stack: Stack, row: Delivered, item: RowMapping, document: Document) -> None:
    """One event for one item."""
    news = row.states.get(text(document, "state", "status"))
    if news is None:
        return
    kept = {name: text(document, source) for source, name in row.keeps.items()}
    with stack.db.begin() as tx:
        set_values(tx, item["id"], {name: value for name, value in kept.items() if value})
        values = values_of(tx, item["id"])
    reason = _reason(row, document)
    if news.state == "failed":
        refuse(stack, item["id"], row.stage, "failed", reason)
    elif news.state:
        wait(stack, item["id"], news.state, reason)
    for stage in news.done:
        done(stack, item["id"], stage)
    if news.case:
        await report(stack, system=row.system, order=values["@order"], code=news.case, detail=reason)


def _reason(row: Delivered, document: Document) -> str:
    """What happened, in the partner's words."""
    said = [
        text(document, name) for name in ("reasonCode", "reason", "errorCode", "closeCode", "targetDate", "promisedAt")
    ]
    what = row.event.removesuffix("StateChangeEvent").removesuffix("StatusChangeEvent")
    return f"{what} {text(document, 'state', 'status')}" + "".join(f", {word}" for word in said if word)


def _items(stack: Stack, row: Delivered, document: Document) -> list[RowMapping]:
    """The resource items that an event is about."""
    if not row.spec:
        chosen = ROM_ORDER_ITEM.c.id == text(document, "resourceOrderItemId")
    else:
        mine = select(ROM_ORDER_ITEM_CHAR.c.item_id).where(
            ROM_ORDER_ITEM_CHAR.c.name == "@productItem",
            ROM_ORDER_ITEM_CHAR.c.value == text(document, "orderItemId"),
        )
        chosen = ROM_ORDER_ITEM.c.id.in_(mine) & (ROM_ORDER_ITEM.c.resource_spec_id == row.spec)
    with stack.db.begin() as tx:
        return list(tx.execute(select(ROM_ORDER_ITEM).where(chosen).order_by(ROM_ORDER_ITEM.c.id)).mappings())
