"""The resource order as its API shows it, and what is known of each item: what was posted, which stages are done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, delete, insert, select, update
from starlette.requests import Request

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.kernel.machines import RESOURCE_ORDER, roll_up
from ringback.reference_stack.kernel.resource import Created, Resource
from ringback.reference_stack.kernel.statements import gone_by, new_row, rows_by
from ringback.reference_stack.schema import ROM_ORDER_ITEM, ROM_ORDER_ITEM_CHAR, ROM_RESOURCE_ORDER
from ringback.reference_stack.systems.reading import Document, characteristics, documents, listed, party, text
from ringback.reference_stack.systems.resource_ordering.programs import ItemView, complete, program, stage_of

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

BASE = "/tmf-api/resourceOrderingManagement/v4"
_RESOURCES = "/tmf-api/resourceInventoryManagement/v4/resource"
_STAGE = "stage:"
_BEGUN = "begun"
ATTEMPT = "@attempt"  # ends the idempotency keys of an item that tries again, as ":2"
SERVICE = "service:"  # what an item found out that its service shall carry, e.g. the serial of the ONT
_KINDS = {"add": "add", "modify": "characteristics", "delete": "disconnect", "noChange": "noChange"}
_STOPPED = ("held", "failed", "cancelled")
_FINAL = ("completed", "failed", "cancelled", "rejected", "partial")


def items_of(tx: Connection, order: str) -> list[RowMapping]:
    """All items of a resource order, in the order in which they were posted."""
    mine = rows_by(ROM_ORDER_ITEM, "resource_order_id", ordered="id")
    return list(tx.execute(mine, {"resource_order_id": order}).mappings())


def values_of(tx: Connection, item: str) -> dict[str, str]:
    """Everything known of an item: posted characteristics, ``@`` names for references, ``stage:`` names for stages."""
    rows = tx.execute(rows_by(ROM_ORDER_ITEM_CHAR, "item_id"), {"item_id": item})
    return {row.name: row.value for row in rows}


def set_values(tx: Connection, item: str, values: dict[str, str]) -> None:
    """Keeps more about an item."""
    if values:
        before = [{"by_item_id": item, "by_name": name} for name in values]
        tx.execute(gone_by(ROM_ORDER_ITEM_CHAR, "item_id", "name"), before)
        after = [{"item_id": item, "name": name, "value": value} for name, value in values.items()]
        tx.execute(new_row(ROM_ORDER_ITEM_CHAR), after)


def view_of(item: RowMapping, values: dict[str, str]) -> ItemView:
    """The item as the planner sees it."""
    stages = {name.removeprefix(_STAGE): value for name, value in values.items() if name.startswith(_STAGE)}
    return ItemView(
        item["id"],
        item["resource_spec_id"],
        frozenset(stages),
        frozenset(name for name, value in stages.items() if value == "done"),
        cancelled=item["state"] == "pendingCancellation",
        kind=item["change_kind"],
        begun=frozenset(name for name, value in stages.items() if value == _BEGUN),
        refused=frozenset(name for name, value in stages.items() if value == "refused"),
        stopped=item["state"] in _STOPPED,
    )


def views_of(tx: Connection, states: Sequence[str]) -> dict[str, list[ItemView]]:
    """The items of all orders in these states as the planner sees them, by order."""
    open_orders = select(ROM_RESOURCE_ORDER.c.id).where(ROM_RESOURCE_ORDER.c.state.in_(states))
    mine = ROM_ORDER_ITEM.c.resource_order_id.in_(open_orders)
    items = tx.execute(select(ROM_ORDER_ITEM).where(mine).order_by(ROM_ORDER_ITEM.c.id)).mappings().all()
    stages = select(ROM_ORDER_ITEM_CHAR).where(
        ROM_ORDER_ITEM_CHAR.c.item_id.in_(select(ROM_ORDER_ITEM.c.id).where(mine)),
        ROM_ORDER_ITEM_CHAR.c.name.like(f"{_STAGE}%"),
    )
    values: dict[str, dict[str, str]] = {}
    for row in tx.execute(stages):
        values.setdefault(row.item_id, {})[row.name] = row.value
    found: dict[str, list[ItemView]] = {}
    for item in items:
        found.setdefault(item["resource_order_id"], []).append(view_of(item, values.get(item["id"], {})))
    return found


def asked(stack: Stack, item: str, stage: str) -> None:
    """Another system was asked for a stage; its answer may have been quicker than this note."""
    with stack.db.begin() as tx:
        if values_of(tx, item).get(_STAGE + stage, _BEGUN) == _BEGUN:
            set_values(tx, item, {_STAGE + stage: "asked"})


def begin(stack: Stack, item: str, stage: str) -> None:
    """A stage is about to be done or asked for: a cancellation in the middle of it must undo it, too."""
    with stack.db.begin() as tx:
        if _STAGE + stage not in values_of(tx, item):
            set_values(tx, item, {_STAGE + stage: _BEGUN})


def done(stack: Stack, item: str, stage: str, resource: Document | None = None) -> None:
    """A stage of an item is done; the last one completes the item, the last item the order."""
    with stack.db.begin() as tx:
        before = values_of(tx, item)
        set_values(tx, item, {_STAGE + stage: "done"})
        if resource is not None:
            hold(tx, item, resource)
        row = tx.execute(select(ROM_ORDER_ITEM).where(ROM_ORDER_ITEM.c.id == item)).mappings().one()
        view = view_of(row, values_of(tx, item))
        told = stage_of(view, stage)
        if row["state"] not in _FINAL and not view.stopped and complete(view):
            end(stack, tx, row)
        elif told is not None and told.milestone and before.get(_STAGE + stage) != "done":
            RESOURCE.publish(stack, tx, row["resource_order_id"], "AttributeValueChangeEvent")


def end(stack: Stack, tx: Connection, item: RowMapping) -> None:
    """An item has nothing left to do: it is completed, or all of it is taken back."""
    if item["state"] != "pendingCancellation":
        change(stack, tx, item, "completed")
        return
    failed = values_of(tx, item["id"]).get("@failed")
    set_values(tx, item["id"], {"@takenBack": "true"})
    change(stack, tx, item, "failed" if failed else "cancelled")


def refuse(stack: Stack, item: str, stage: str, state: str, reason: str) -> None:
    """A stage came to nothing: the item is held for a person, or it failed for good; the reason stays with it."""
    with stack.db.begin() as tx:
        row = tx.execute(select(ROM_ORDER_ITEM).where(ROM_ORDER_ITEM.c.id == item)).mappings().one()
        set_values(tx, item, {_STAGE + stage: "refused", "@reason": reason})
        if row["state"] in (*_FINAL, "pendingCancellation"):
            return
        if state == "failed":
            set_values(tx, item, {"@failed": stage})
        change(stack, tx, row, state)


def wait(stack: Stack, item: str, state: str, reason: str) -> None:
    """A partner makes the item wait (pending, held), or lets it go on (inProgress)."""
    with stack.db.begin() as tx:
        row = tx.execute(select(ROM_ORDER_ITEM).where(ROM_ORDER_ITEM.c.id == item)).mappings().one()
        set_values(tx, item, {"@reason": reason})
        if row["state"] in ("inProgress", "pending", "held") and row["state"] != state:
            change(stack, tx, row, state)


def hold(tx: Connection, item: str, resource: Document) -> None:
    """The item has this resource of the inventory; what it brought along before is remembered as the old one."""
    values = {"resource_id": text(resource, "id")}
    tx.execute(update(ROM_ORDER_ITEM).where(ROM_ORDER_ITEM.c.id == item).values(**values))
    set_values(tx, item, {"@value": text(resource, "value")})


def replace(tx: Connection, item: str, resource: Document) -> None:
    """Another resource has taken the place of the one that the item was given and still remembers."""
    set_values(tx, item, {"@nowId": text(resource, "id"), "@nowValue": text(resource, "value")})


def change(stack: Stack, tx: Connection, item: RowMapping, state: str) -> None:
    """Changes the state of an item, rolls the order up and tells of both."""
    now, order = stack.clock.stamp(), item["resource_order_id"]
    mine = update(ROM_ORDER_ITEM).where(ROM_ORDER_ITEM.c.id == item["id"])
    tx.execute(mine.values(state=state, state_changed_at=now))
    outcome = roll_up(_counts(tx, row) for row in items_of(tx, order))
    row = RESOURCE.row(tx, order)
    taken_back = row is not None and row["state"] == "pendingCancellation" and outcome not in _FINAL
    if row is not None and row["state"] != outcome and not taken_back:
        ended = {"completion_date": now} if outcome in _FINAL else {}
        values = {"state": outcome, "state_changed_at": now, **ended}
        tx.execute(update(ROM_RESOURCE_ORDER).where(ROM_RESOURCE_ORDER.c.id == order).values(**values))
    RESOURCE.publish(stack, tx, order, "StateChangeEvent")


def _counts(tx: Connection, item: RowMapping) -> str:
    """What an item adds to the order's state: one that failed is not over before all of it is taken back."""
    is_open = item["state"] == "failed" and not values_of(tx, item["id"]).get("@takenBack")
    return "inProgress" if is_open else str(item["state"])


def _shape(tx: Connection, row: RowMapping) -> Document:
    return {"orderItem": [_item(tx, item) for item in items_of(tx, row["id"])]}


def _item(tx: Connection, item: RowMapping) -> Document:
    values = values_of(tx, item["id"])
    document: Document = {
        "id": item["id"],
        "state": item["state"],
        "action": item["action"],
        "changeKind": item["change_kind"],
        "controller": item["controller"],
        "serviceOrderItemId": item["service_order_item_id"],
        "resourceSpecification": {"id": item["resource_spec_id"]},
        "milestone": _milestones(view_of(item, values)),
    }
    if values.get("@reason") and item["state"] in ("held", "pending", "failed", "pendingCancellation"):
        document["note"] = [{"text": values["@reason"]}]
    if values.get("@takenBack"):
        document["rolledBack"] = True
    if values.get("@oldId"):
        document["replaces"] = {"id": values["@oldId"]}
    identity = values.get("@nowId", item["resource_id"])
    if identity:  # until one is reserved the item names only the specification: TMF652 wants the id of a resource
        document["resource"] = {
            "id": identity,
            "href": f"{_RESOURCES}/{identity}",
            "category": item["resource_spec_id"],
            "value": values.get("@nowValue", values.get("@value", "")),
            "resourceSpecification": {"id": item["resource_spec_id"]},
        }
    document["serviceCharacteristic"] = listed(
        {name.removeprefix(SERVICE): value for name, value in values.items() if name.startswith(SERVICE)}
    )
    return document


def _milestones(view: ItemView) -> list[str]:
    return [stage.milestone for stage in program(view) if stage.milestone and stage.name in view.done]


async def _create(stack: Stack, body: Document, _request: Request) -> Created:
    """Takes an order in; the same service order posted again gets the same resource order."""
    service_order = text(body, "externalId") or stack.ids.new("EXT")
    known = select(ROM_RESOURCE_ORDER.c.id).where(ROM_RESOURCE_ORDER.c.service_order_id == service_order)
    with stack.db.begin() as tx:
        existing = tx.execute(known).scalar()
        if existing is not None:
            return Created(existing, 200)
        identity, now = stack.ids.new("RO"), stack.clock.stamp()
        references = {"@order": text(body, "productOrder.id"), "@customer": party(body)}
        for number, item in enumerate(documents(body, "orderItem"), start=1):
            _keep_item(tx, f"{identity}-{number:02d}", identity, item, references)
        row = {
            "id": identity, "service_order_id": service_order, "state": "acknowledged", "order_date": now,
            "state_changed_at": now, "correlation_id": CORRELATION.get(),
        }  # fmt: skip
        RESOURCE.extend(tx, identity, {name: value for name, value in body.items() if name != "orderItem"})
        RESOURCE.insert(stack, tx, row)
    return Created(identity)


def _keep_item(tx: Connection, identity: str, order: str, item: Document, references: dict[str, str]) -> None:
    action, existing = text(item, "action") or "add", text(item, "resource.id")
    row = {
        "id": identity, "resource_order_id": order, "action": action, "state": "acknowledged",
        "change_kind": text(item, "changeKind") or _KINDS.get(action, "add"), "resource_id": existing or None,
        "resource_spec_id": text(item, "resource.resourceSpecification.id"),
        "service_order_item_id": text(item, "serviceOrderItemId"), "controller": text(item, "controller") or "nso",
    }  # fmt: skip
    tx.execute(insert(ROM_ORDER_ITEM).values(**row))
    own = {
        "@service": text(item, "service.id"),
        "@serviceSpec": text(item, "service.serviceSpecification.id"),
        "@productItem": text(item, "productOrderItemId"),
        "@place": text(item, "place.0.id"),
        "@oldId": existing,
    }
    set_values(tx, identity, characteristics(item, "resource.resourceCharacteristic") | references | own)


def _remove(tx: Connection, order: str) -> None:
    """A resource order goes with its items."""
    items = select(ROM_ORDER_ITEM.c.id).where(ROM_ORDER_ITEM.c.resource_order_id == order)
    tx.execute(delete(ROM_ORDER_ITEM_CHAR).where(ROM_ORDER_ITEM_CHAR.c.item_id.in_(items)))
    tx.execute(delete(ROM_ORDER_ITEM).where(ROM_ORDER_ITEM.c.resource_order_id == order))


RESOURCE = Resource(
    name="resourceOrder",
    path=f"{BASE}/resourceOrder",
    table=ROM_RESOURCE_ORDER,
    prefix="RO",
    columns={
        "state": "state",
        "externalId": "service_order_id",
        "orderDate": "order_date",
        "completionDate": "completion_date",
    },
    shape=_shape,
    not_patchable=("id", "href", "orderDate", "state", "orderItem"),
    machine=RESOURCE_ORDER,
    create=_create,
    remove=_remove,
    required=("state", "orderDate", "orderItem"),
    tag="Resource Ordering",
    properties={
        "state": shapes.states(RESOURCE_ORDER),
        "externalId": shapes.TEXT,
        "orderDate": shapes.TIME,
        "completionDate": shapes.TIME,
        "orderItem": shapes.many(
            shapes.record(
                {
                    **dict.fromkeys(("id", "action", "controller", "serviceOrderItemId"), shapes.TEXT),
                    "state": shapes.states(RESOURCE_ORDER),
                    "resourceSpecification": shapes.REFERENCE,
                    "resource": shapes.record({"id": shapes.TEXT, "href": shapes.TEXT, "category": shapes.TEXT}),
                },
                "id",
                "action",
                "state",
            )
        ),
    },
)
