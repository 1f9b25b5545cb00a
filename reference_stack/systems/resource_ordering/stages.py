"""What resource ordering asks of the other systems in each stage of an item."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import RowMapping

from ringback.reference_stack.systems.fallout_report import report
from ringback.reference_stack.systems.reading import Document, at, listed, text
from ringback.reference_stack.systems.resource_ordering.fixed_stages import FIXED_STAGES, line_parameters
from ringback.reference_stack.systems.resource_ordering.records import (
    ATTEMPT,
    SERVICE,
    asked,
    begin,
    done,
    refuse,
    replace,
    set_values,
)
from ringback.reference_stack.systems.resource_ordering.stage import Stage
from ringback.reference_stack.systems.subscriber import NAMES, subscriber

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_CONFIGURED: Mapping[str, str] = {"PCRF_PROFILE": "PCRF", "VOICEMAIL_BOX": "VM"}
_PHYSICAL = ("OLT_PORT", "VLAN", "ACCESS", "HANDOVER_VLAN")  # real equipment, no function that a MANO knows
# The characteristic by which an order chooses one resource of the kind instead of the next free one.
_WISHES: Mapping[str, str] = {"SIM": "wishedIccid", "MSISDN": "newNumber"}


@dataclass(frozen=True, slots=True)
class Item:
    """A resource item with everything known of it."""

    row: RowMapping
    values: Mapping[str, str]

    @property
    def id(self) -> str:
        """Id of the resource order item."""
        return str(self.row["id"])

    @property
    def spec(self) -> str:
        """Kind of resource."""
        return str(self.row["resource_spec_id"])


@dataclass(frozen=True, slots=True)
class Order:
    """A resource order with all its items."""

    row: RowMapping
    items: tuple[Item, ...]

    def of(self, spec: str, near: Item) -> Item | None:
        """The item of this kind: of the same service or product where there is one, otherwise any of the order."""
        same = [item for item in self.items if item.spec == spec]
        own = [item for item in same if item.values.get("@service") == near.values.get("@service")]
        product = [item for item in same if item.values.get("@productItem") == near.values.get("@productItem")]
        return next(iter(own or product or same), None)

    def value(self, spec: str, near: Item) -> str:
        """The value of the resource of this kind, e.g. the ICCID of the SIM; empty when it has none yet."""
        item = self.of(spec, near)
        return item.values.get("@value", "") if item else ""


async def perform(stack: Stack, order: Order, item: Item, stage: Stage) -> None:
    """Carries out one stage, or asks the system that ends it."""
    begin(stack, item.id, stage.name)
    if _is_skipped(stack, item, stage):
        done(stack, item.id, stage.name)
    elif stage.how == "activation":
        await _activate(stack, order, item, stage.name)
    else:
        await _STAGES[stage.name](stack, order, item)


def _is_skipped(stack: Stack, item: Item, stage: Stage) -> bool:
    """Whether a release defect passes a stage by."""
    if stage.name == "HLR-REMOVE" and stage.undoes and stack.defects.on("D40"):
        return True
    return stage.how == "activation" and item.spec in _PHYSICAL and stack.defects.on("D44")


_PRIVATE = frozenset({"pin", "accountNumber", *NAMES})
# The parameters of a command that are the value of a neighbouring resource, and the kinds of that resource.
NEIGHBOURS: Mapping[str, tuple[str, ...]] = {
    "imsi": ("IMSI",),
    "iccid": ("SIM", "ESIM_PROFILE"),
    "msisdn": ("MSISDN",),
    "newMsisdn": ("MSISDN",),
}
# What is not said under the first name is taken from the second: a line's own number stays its key while it changes.
_SAID: Mapping[str, str] = {"msisdn": "currentMsisdn", "newMsisdn": "portInTn"}


def parameters(order: Order, item: Item) -> dict[str, str]:
    """What a command is told: what the item knows, the values of its neighbours, and what is said above both."""
    own = {name.removeprefix(SERVICE): value for name, value in item.values.items() if _may_be_told(name)}
    near = {
        name: next(filter(None, (order.value(spec, item) for spec in kinds)), "") for name, kinds in NEIGHBOURS.items()
    }
    said = {name: item.values.get(source, "") for name, source in _SAID.items()}
    return (
        own
        | line_parameters(order, item)
        | {name: value for name, value in near.items() if value}
        | {name: value for name, value in said.items() if value}
    )


def _may_be_told(name: str) -> bool:
    """Whether the network may know a value: not what identifies a person to the old provider, not our own notes."""
    return name not in _PRIVATE and not name.startswith(("@", "stage:"))


async def _activate(stack: Stack, order: Order, item: Item, command: str) -> None:
    body = {
        "state": "active",
        "command": command,
        "controller": item.row["controller"],
        "resourceOrderItemId": item.id,
        "idempotencyKey": f"{item.id}:{command}{item.values.get(ATTEMPT, '')}",
        "changeKind": item.row["change_kind"],
        "productOrder": {"id": item.values["@order"]},
        "relatedParty": [{"id": item.values["@customer"], "role": "customer", "@referredType": "Customer"}],
        "serviceSpecification": {"id": item.values.get("@serviceSpec", "")},
        "serviceCharacteristic": listed(parameters(order, item)),
    }
    (await stack.http.post("activation", "/service", json=body)).need()
    asked(stack, item.id, command)


async def _reserve(stack: Stack, order: Order, item: Item) -> None:
    sim = order.of("SIM", item) or order.of("ESIM_PROFILE", item)
    wished = item.values.get(_WISHES.get(item.spec, ""), "")
    body = {"kind": item.spec, "orderId": item.values["@order"], "itemId": item.id, "value": wished}
    if item.spec == "IMSI" and sim is not None:
        body["pairedWith"] = str(sim.row["resource_id"])
    if item.spec == "ESIM_PROFILE":
        body |= {
            "value": item.values.get("iccid", ""),
            "imsi": item.values.get("imsi", ""),
            "eid": item.values.get("eid", ""),
        }
    reply = await stack.http.post("resource-inventory", "/resource-inventory/v1/reservations", json=body)
    done(stack, item.id, "reserve", reply.document())


async def _bind(stack: Stack, order: Order, item: Item) -> None:
    """The SIM that the shipment names must be the one that was reserved: otherwise two orders share a carton."""
    device = order.of("DEVICE", item)
    shipped = device.values.get("iccid", "") if device else ""
    if device is None or shipped == item.values.get("@value"):
        done(stack, item.id, "bind")
        return
    found = f"the shipment names ICCID {shipped or 'none'}, reserved is {item.values.get('@value')}"
    refuse(stack, item.id, "bind", "held", found)
    await report(stack, system="resource-ordering", order=item.values["@order"], code="SIM-MISMATCH", detail=found)


async def _order_device(stack: Stack, order: Order, item: Item) -> None:
    """Orders the device, with the SIM that goes into its box, from the logistics partner."""
    number = item.values.get("@po") or stack.ids.new("DEV")
    with stack.db.begin() as tx:
        set_values(tx, item.id, {"@po": number})
    await _tell_logistics(stack, order, item, "850", number)
    done(stack, item.id, "order")


async def _take_device_back(stack: Stack, order: Order, item: Item) -> None:
    """Changes the purchase order to nothing; logistics refuses once the box is under way."""
    await _tell_logistics(stack, order, item, "860", item.values["@po"])
    done(stack, item.id, "take-back")


async def _tell_logistics(stack: Stack, order: Order, item: Item, feed: str, number: str) -> None:
    """Sends a purchase order (850) or its cancellation (860)."""
    sku = item.values.get("deviceSku", "")
    record = {
        "po": number,
        "order_id": item.values["@order"],
        "order_item_id": item.values["@productItem"],
        "sku": sku,
        "qty": 1,
        "price": await _price(stack, sku),
        "ship_to": await _ship_to(stack, item),
        "iccid": order.value("SIM", item),
    }
    body = {
        "partner": "device-logistics",
        "feed": feed,
        "key": number,
        "record": record,
        "correlation": order.row["correlation_id"],
    }
    (await stack.http.post("gateway", "/gateway/v1/outbound", json=body)).need()


async def _price(stack: Stack, sku: str) -> str:
    """What the device costs in all, for the insurance of the parcel."""
    query = {"productOffering.id": sku, "lifecycleStatus": "Active"}
    prices = (await stack.http.get("catalogue", "/productOfferingPrice", params=query)).documents()
    found = next((price for price in prices if text(price, "priceType") in ("installment", "oneTime")), {})
    total = Decimal(text(found, "price.value") or "0") * int(text(found, "months") or "1")
    return f"{total:.2f}"


async def _ship_to(stack: Stack, item: Item) -> Document:
    """Name and address for the parcel."""
    values = item.values
    found = await subscriber(stack, values["@customer"], values.get("@place", ""), values)
    return {
        "name": f"{found['firstName']} {found['lastName']}".strip(),
        "street": f"{found['streetNr']} {found['streetName']}".strip(),
        "city": found["city"],
        "state": found["stateOrProvince"],
        "zip": found["zip"],
    }


async def _register(stack: Stack, _order: Order, item: Item) -> None:
    body = {
        "imei": item.values.get("imei", ""),
        "orderId": item.values["@order"],
        "itemId": item.id,
        "sku": item.values.get("deviceSku", ""),
    }
    reply = await stack.http.post("resource-inventory", "/resource-inventory/v1/devices", json=body)
    done(stack, item.id, "register", reply.document())


async def _use(stack: Stack, order: Order, item: Item) -> None:
    prefix = _CONFIGURED.get(item.spec)
    if prefix:
        path, body = "configurations", {"kind": item.spec, "value": f"{prefix}-{order.value('IMSI', item)}"}
    else:
        path, body = f"resources/{item.row['resource_id']}/use", {"serviceId": item.values["@service"]}
    reply = await stack.http.post("resource-inventory", f"/resource-inventory/v1/{path}", json=body)
    done(stack, item.id, "use", reply.document())


async def _port(stack: Stack, _order: Order, item: Item) -> None:
    values = item.values
    body = {
        "tn": values.get("portInTn", ""),
        "orderId": values["@order"],
        "orderItemId": values["@productItem"],
        "customerId": values["@customer"],
        "placeId": values.get("@place", ""),
        "donorSpid": values.get("donorSpid", ""),
        "accountNumber": values.get("accountNumber", ""),
        "pin": values.get("pin", ""),
        "subscriber": {name: values[name] for name in NAMES if name in values},
    }
    (await stack.http.post("portability", "/ports", json=body)).need()
    asked(stack, item.id, "port")


async def _release(stack: Stack, _order: Order, item: Item) -> None:
    if item.row["resource_id"] != (item.values.get("@oldId") or None):  # what the line had before stays with it
        path = f"/resource-inventory/v1/resources/{item.row['resource_id']}/release"
        (await stack.http.post("resource-inventory", path)).need()
    done(stack, item.id, "release")


async def _retire(stack: Stack, _order: Order, item: Item) -> None:
    """Gives up the resource that the item brought along: what was in use is not given to another customer as it is."""
    path = f"/resource-inventory/v1/resources/{item.values['@oldId']}/retire"
    (await stack.http.post("resource-inventory", path, json={})).need()
    done(stack, item.id, "retire")


async def _return(stack: Stack, _order: Order, item: Item) -> None:
    """A number that had come to us goes back to its native holder."""
    body = {"tn": item.values.get("@value", "")}
    (await stack.http.post("portability", "/returns", json=body)).need()
    done(stack, item.id, "return")


async def _give_away(stack: Stack, _order: Order, item: Item) -> None:
    """The number goes to another provider."""
    path = f"/resource-inventory/v1/resources/{item.values['@oldId']}/retire"
    body = {"newSpid": item.values.get("newSpid", "")}
    (await stack.http.post("resource-inventory", path, json=body)).need()
    done(stack, item.id, "give-away")


async def _order_profile(stack: Stack, _order: Order, item: Item) -> None:
    """Orders an eSIM profile for the device; the answer comes as events of the gateway."""
    body = {
        "eid": item.values.get("eid", ""),
        "orderId": item.values["@order"],
        "orderItemId": item.values["@productItem"],
        "resourceOrderItemId": item.id,
    }
    (await stack.http.post("gateway", "/gateway/v1/esim-orders", json=body)).need()
    asked(stack, item.id, "profile")


async def _return_profile(stack: Stack, _order: Order, item: Item) -> None:
    """Gives an eSIM profile back that nobody has downloaded."""
    body = {"resourceOrderItemId": item.id, "reason": item.values.get("@reason", "order cancelled")}
    (await stack.http.post("gateway", "/gateway/v1/esim-orders/cancel", json=body)).need()
    done(stack, item.id, "return-profile")


async def _withdraw(stack: Stack, _order: Order, item: Item) -> None:
    """The port request was withdrawn when the cancellation was accepted; nothing else is held."""
    done(stack, item.id, "withdraw")


async def _number(stack: Stack, order: Order, item: Item) -> None:
    """The ported number replaces the temporary one in the inventories; the line has it from now on."""
    line = order.of("MSISDN", item)
    body = {
        "tn": item.values.get("portInTn", ""),
        "donorSpid": item.values.get("donorSpid", ""),
        "serviceId": line.values["@service"] if line else item.values["@service"],
        "temporaryNumber": order.value("MSISDN", item),
    }
    reply = await stack.http.post("resource-inventory", "/resource-inventory/v1/ported-numbers", json=body)
    document = reply.document()
    subscriber, entry = at(document, "subscriberNumber"), at(document, "numberingEntry")
    if line is not None and isinstance(subscriber, dict):
        with stack.db.begin() as tx:
            replace(tx, line.id, subscriber)
    done(stack, item.id, "number", entry if isinstance(entry, dict) else None)


_STAGES: Mapping[str, Callable[[Stack, Order, Item], Awaitable[None]]] = {
    "reserve": _reserve,
    "bind": _bind,
    "order": _order_device,
    "take-back": _take_device_back,
    "register": _register,
    "use": _use,
    "port": _port,
    "number": _number,
    "release": _release,
    "withdraw": _withdraw,
    "retire": _retire,
    "return": _return,
    "give-away": _give_away,
    "profile": _order_profile,
    "return-profile": _return_profile,
    **FIXED_STAGES,
}
