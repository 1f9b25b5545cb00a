"""Works a service order: decomposes it by the catalogue, designs its services, orders their resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, select, update

from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.kernel.errors import CallRefused, SystemDown
from ringback.reference_stack.schema import SOM_ORDER_ITEM, SOM_SERVICE_ORDER
from ringback.reference_stack.systems.fallout_report import report
from ringback.reference_stack.systems.patience import Patience, side_by_side
from ringback.reference_stack.systems.reading import Document, listed, text
from ringback.reference_stack.systems.service_ordering.changes import ADD, SHOWN, now_named
from ringback.reference_stack.systems.service_ordering.decomposition import Plan, ServiceNeed, plan
from ringback.reference_stack.systems.service_ordering.progress import settle_without_resources
from ringback.reference_stack.systems.service_ordering.records import (
    ORDERED,
    add_item,
    items_of,
    publish,
    set_value,
    values_of,
)
from ringback.reference_stack.systems.service_ordering.topology import (
    DECOMPOSITION,
    make_change_items,
    rows_of,
    shown_by,
    topology,
)

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_TURN_S = 0.05
_PAUSE_S = 5.0  # after a refusal: long enough for a person to mend the cause, short enough for a test
_DEFAULTS = {"profile": "POSTPAID-GOLD", "policy": "GOLD-DATA"}


async def start(stack: Stack) -> None:
    """Begins to work all orders that have items nobody has worked on yet."""
    patience = Patience(stack.pace(_PAUSE_S))

    async def service_orders() -> None:
        new = select(SOM_ORDER_ITEM.c.service_order_id).where(SOM_ORDER_ITEM.c.state == "acknowledged")
        waiting = select(SOM_SERVICE_ORDER).where(SOM_SERVICE_ORDER.c.id.in_(new))
        with stack.db.begin() as tx:
            orders = tx.execute(waiting.order_by(SOM_SERVICE_ORDER.c.order_date)).mappings().all()
        await side_by_side(_work(stack, order, patience) for order in orders if patience.ready(order["id"]))

    stack.every(_TURN_S, service_orders)


async def _work(stack: Stack, order: RowMapping, patience: Patience) -> None:
    """One order as far as it goes now; what another system refuses becomes a fallout case."""
    CORRELATION.set(order["correlation_id"])
    try:
        if order["state"] == "acknowledged":
            await _decompose(stack, order)
        await _design(stack, order)
        await _order_resources(stack, order)
    except SystemDown as down:
        stack.log.info("service order %s waits: %s", order["id"], down)
    except CallRefused as refusal:
        patience.later(order["id"])
        product_order = order["product_order_id"]
        await report(stack, system="service-ordering", order=product_order, code="SOM-REFUSED", detail=refusal)


async def _decompose(stack: Stack, order: RowMapping) -> None:
    """Reads the catalogue's decomposition, or what the customer has, and makes the items that follow from it."""
    with stack.db.begin() as tx:
        roots = [item for item in items_of(tx, order["id"]) if item["category"] == ORDERED]
        values = {item["id"]: values_of(tx, item["id"]) for item in roots}
    plans = {item["id"]: await _plan(stack, item, values[item["id"]]) for item in roots if _is_new(item)}
    existing = {item["id"]: await topology(stack, item, values[item["id"]]) for item in roots if not _is_new(item)}
    with stack.db.begin() as tx:
        for item in roots:
            if _is_new(item):
                _make_items(tx, item, plans[item["id"]])
            else:
                make_change_items(tx, item, existing[item["id"]], values[item["id"]])
        now = stack.clock.stamp()
        change = update(SOM_SERVICE_ORDER).where(SOM_SERVICE_ORDER.c.id == order["id"])
        tx.execute(change.values(state="inProgress", state_changed_at=now))
        publish(stack, tx, order["id"])


def _is_new(item: RowMapping) -> bool:
    return bool(item["change_kind"] == ADD)


async def _plan(stack: Stack, item: RowMapping, values: dict[str, str]) -> Plan:
    """The catalogue's plan of a new product; what its offering fixes about the service is kept with the item."""
    made = plan(await rows_of(stack, item["spec_id"]), values)
    if not made.services:
        raise CallRefused("catalogue", DECOMPOSITION, 200, f"{item['spec_id']} decomposes to nothing")
    offered = await _offered(stack, values.get("@offering", ""))
    if values.get("@reliesOn"):
        offered |= now_named(await shown_by(stack, values["@reliesOn"]))
    with stack.db.begin() as tx:
        for name, value in offered.items():
            if name not in values:
                set_value(tx, item["id"], name, value)
    return made


async def _offered(stack: Stack, offering: str) -> dict[str, str]:
    """What an offering fixes: profile, policy, speed. An offering that fixes nothing is fine, too."""
    if not offering:
        return {}
    reply = await stack.http.get("catalogue", f"/catalogue/v1/offerings/{offering}/characteristics")
    found = reply.json if reply.ok and isinstance(reply.json, dict) else {}
    return {str(name): str(value) for name, value in found.items()}


def _make_items(tx: Connection, item: RowMapping, made: Plan) -> None:
    """The ordered item becomes the CFS with one RFS item per service; without a CFS it becomes the first RFS."""
    needs = list(made.services)
    root = {"category": "CFS", "spec_id": made.cfs}
    if made.cfs is None:
        own = needs.pop(0)
        root = {"category": "RFS", "spec_id": own.spec}
        set_value(tx, item["id"], "@resources", _written(own))
    tx.execute(update(SOM_ORDER_ITEM).where(SOM_ORDER_ITEM.c.id == item["id"]).values(**root))
    for number, need in enumerate(needs, start=1):
        row = {
            "service_order_id": item["service_order_id"],
            "action": item["action"],
            "category": "RFS",
            "spec_id": need.spec,
            "product_order_item_id": item["product_order_item_id"],
            "parent_item_id": item["id"],
        }
        add_item(tx, f"{item['id']}-{number}", row, {"@resources": _written(need)})


def _written(need: ServiceNeed) -> str:
    """The resources of a service as they are kept with its item: ``SIM:nso IMSI:nso``."""
    return " ".join(f"{resource.spec}:{resource.controller}" for resource in need.resources)


async def _design(stack: Stack, order: RowMapping) -> None:
    """Puts each item's service into the inventory as designed, an RFS before the CFS that relies on it."""
    with stack.db.begin() as tx:
        items = items_of(tx, order["id"])
        values = {item["id"]: values_of(tx, item["id"]) for item in items}
    made: dict[str, str] = {item["id"]: item["service_id"] for item in items if item["service_id"]}
    for item in sorted(items, key=lambda item: item["category"] != "RFS"):
        if item["id"] in made or not _is_new(item):
            continue
        relies_on = [made[child["id"]] for child in items if child["parent_item_id"] == item["id"]]
        place = values.get(item["parent_item_id"] or item["id"], {}).get("@place", "")
        shown = {
            name: value
            for name, value in (_DEFAULTS | _own(item, values)).items()
            if name in SHOWN.get(item["spec_id"], ())
        }
        body = _service(order, item, relies_on, place, shown)
        service = text((await stack.http.post("service-inventory", "/service", json=body)).document(), "id")
        made[item["id"]] = service
        with stack.db.begin() as tx:
            tx.execute(update(SOM_ORDER_ITEM).where(SOM_ORDER_ITEM.c.id == item["id"]).values(service_id=service))


def _service(order: RowMapping, item: RowMapping, relies_on: list[str], place: str, shown: dict[str, str]) -> Document:
    return {
        "state": "designed",
        "category": item["category"],
        "serviceSpecification": {"id": item["spec_id"]},
        "serviceCharacteristic": listed(shown),
        "serviceRelationship": [{"relationshipType": "reliesOn", "service": {"id": service}} for service in relies_on],
        "relatedParty": [{"id": order["customer_id"], "role": "customer", "@referredType": "Customer"}],
        "place": [{"id": place, "role": "installationAddress"}] if place else [],
        "serviceOrderItem": [{"itemId": item["id"], "serviceOrderId": order["id"]}],
    }


async def _order_resources(stack: Stack, order: RowMapping) -> None:
    """Orders the resources of all services at once; from then on the services are reserved and the items run."""
    with stack.db.begin() as tx:
        items = items_of(tx, order["id"])
        values = {item["id"]: values_of(tx, item["id"]) for item in items}
    body = _resource_order(order, items, values)
    if body["orderItem"]:
        (await stack.http.post("resource-ordering", "/resourceOrder", json=body)).need()
    for item in items:
        if _is_new(item):
            await _reserve(stack, item["service_id"])
    with stack.db.begin() as tx:
        mine = (SOM_ORDER_ITEM.c.service_order_id == order["id"]) & (SOM_ORDER_ITEM.c.state == "acknowledged")
        tx.execute(update(SOM_ORDER_ITEM).where(mine).values(state="inProgress"))
        publish(stack, tx, order["id"])
    await settle_without_resources(stack, order["id"])


async def _reserve(stack: Stack, service: str) -> None:
    """A designed service becomes reserved; one that is further already stays as it is."""
    reply = await stack.http.patch("service-inventory", f"/service/{service}", json={"state": "reserved"})
    if reply.status != 409:
        reply.need()


def _resource_order(order: RowMapping, items: list[RowMapping], values: dict[str, dict[str, str]]) -> Document:
    shared = {name: value for posted in values.values() for name, value in posted.items() if not name.startswith("@")}
    return {
        "externalId": order["id"],
        "productOrder": {"id": order["product_order_id"]},
        "relatedParty": [{"id": order["customer_id"], "role": "customer", "@referredType": "Customer"}],
        "orderItem": [
            _resource_item(f"{item['id']}-{number}", item, wanted, _DEFAULTS | shared | _own(item, values))
            | {"place": _place(item, values)}
            for item in items
            for number, wanted in enumerate(values[item["id"]].get("@resources", "").split(), start=1)
        ],
    }


def _place(item: RowMapping, values: dict[str, dict[str, str]]) -> list[Document]:
    posted = values.get(item["parent_item_id"] or item["id"], {})
    return [{"id": posted["@place"], "role": "installationAddress"}] if "@place" in posted else []


def _own(item: RowMapping, values: dict[str, dict[str, str]]) -> dict[str, str]:
    """What the ordered product said itself comes before what other products of the order said."""
    posted = values.get(item["parent_item_id"] or item["id"], {})
    offering = {"deviceSku": posted["@offering"]} if "@offering" in posted and item["spec_id"] == "RFS-SHIP" else {}
    return offering | {name: value for name, value in posted.items() if not name.startswith("@")}


def _resource_item(identity: str, item: RowMapping, wanted: str, values: dict[str, str]) -> Document:
    spec, controller, existing = [*wanted.split(":"), ""][:3]
    known: Document = {"id": existing} if existing else {}
    return {
        "id": identity,
        "action": item["action"],
        "changeKind": item["change_kind"],
        "quantity": 1,
        "controller": controller,
        "serviceOrderItemId": item["id"],
        "productOrderItemId": item["product_order_item_id"],
        "service": {"id": item["service_id"], "serviceSpecification": {"id": item["spec_id"]}},
        "resource": known | {"resourceSpecification": {"id": spec}, "resourceCharacteristic": listed(values)},
    }
