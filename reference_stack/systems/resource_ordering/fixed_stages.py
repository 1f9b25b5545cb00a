"""What resource ordering asks of the other systems for fixed lines: technician, partner's line, emergency record."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from ringback.reference_stack.clock import text_of
from ringback.reference_stack.systems.fallout_report import report
from ringback.reference_stack.systems.reading import Document, text
from ringback.reference_stack.systems.resource_ordering.records import SERVICE, asked, done, refuse, set_values
from ringback.reference_stack.systems.subscriber import subscriber

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack
    from ringback.reference_stack.systems.resource_ordering.stages import Item, Order

_CIRCUIT = "8/35"  # the virtual circuit that every DSL line of the old exchange has
# What a service is told by the resource that it holds, once that is built.
_DESCRIBED: Mapping[str, tuple[str, ...]] = {
    "OLT_PORT": ("oltPort", "vlan", "ontSerial", "downMbps", "upMbps"),
    "IP": ("ip", "edge", "downMbps", "upMbps"),
    "HANDOVER_VLAN": ("accessPort", "vlan", "downMbps", "upMbps"),
    "VOICE_TN": ("tn",),
    "IPTV_ENTITLEMENT": ("subscription", "package"),
    "DSLAM_PORT": ("dslamPort", "pvc", "profile", "downMbps", "upMbps"),
    "ACCESS": ("accessPort", "downMbps", "upMbps"),
    "EDGE": ("edge", "downMbps", "upMbps"),
    "ROAM_POLICY": ("passMsisdn", "passStart", "passEnd", "roamPolicy"),
}
# Resources that exist as soon as they are configured: what names them.
_CONFIGURED: Mapping[str, str] = {
    "ONT": "{ontSerial}",
    "ACCESS_LINE": "{accessLine}",
    "E911_RECORD": "E911-{tn}",
    "IPTV_ENTITLEMENT": "{subscription}",
    "PVC": "{dslamPort}:{pvc}",
    "EDGE": "{edge}",
    "ROAM_POLICY": "ROAM-{passMsisdn}-{passEnd}",
}
# What a command of a line is told by the other resources of the same product.
_NEIGHBOURS: Mapping[str, tuple[str, ...]] = {
    "oltPort": ("OLT_PORT",),
    "vlan": ("VLAN", "HANDOVER_VLAN"),
    "ip": ("IP",),
    "tn": ("VOICE_TN",),
    "dslamPort": ("DSLAM_PORT",),
    "accessPort": ("ACCESS",),
}


def line_parameters(order: Order, item: Item) -> dict[str, str]:
    """What is known of the line: the values of the resources of its product, and the names that follow from them."""
    product = item.values.get("@productItem")
    mine = {other.spec: other.values for other in order.items if other.values.get("@productItem") == product}
    near = {
        name: value
        for name, kinds in _NEIGHBOURS.items()
        for kind in kinds
        if (value := mine.get(kind, {}).get("@value", ""))
    }
    found = {
        name: value
        for name, kind in (("ontSerial", "ONT"), ("accessLine", "ACCESS_LINE"))
        if (value := mine.get(kind, {}).get(SERVICE + name, ""))
    }
    return near | found | _named(item, near)


def _named(item: Item, near: Mapping[str, str]) -> dict[str, str]:
    """Names that follow from values: a VLAN is a number, an edge is called by its address, a site by its service."""
    names: dict[str, str] = {}
    if "vlan" in near:
        names["vlan"] = near["vlan"].rpartition("/")[2]
    if item.spec == "HANDOVER_VLAN":
        names["accessPort"] = f"NNI-{near.get('vlan', '')}"
    if "ip" in near:
        names["edge"] = f"VBNG-{near['ip']}"
    if item.spec in ("DSLAM_PORT", "PVC"):
        names["pvc"] = _CIRCUIT
    if item.spec == "EDGE":
        names["edge"] = f"VCPE-{item.values.get('@service', '')}"
    if item.spec == "IPTV_ENTITLEMENT":
        names["subscription"] = f"TV-{item.values.get('@service', '')}"
    return names


def _known(order: Order, item: Item) -> dict[str, str]:
    return dict(item.values) | line_parameters(order, item)


async def _describe(stack: Stack, order: Order, item: Item) -> None:
    """The service learns what was built for it, when the network has shown it."""
    known = _known(order, item)
    told = {SERVICE + name: known[name] for name in _DESCRIBED[item.spec] if known.get(name)}
    with stack.db.begin() as tx:
        set_values(tx, item.id, told)
    done(stack, item.id, "describe")


async def _configure(stack: Stack, order: Order, item: Item) -> None:
    """Takes a resource into use that exists since it was configured."""
    body = {"kind": item.spec, "value": _CONFIGURED[item.spec].format_map(_known(order, item))}
    reply = await stack.http.post("resource-inventory", "/resource-inventory/v1/configurations", json=body)
    done(stack, item.id, "configure", reply.document())


async def _visit(stack: Stack, _order: Order, item: Item) -> None:
    """Orders a technician; his visits are the workforce's, their outcome comes as an event."""
    values = item.values
    body: Document = {
        "externalId": item.id,
        "orderId": values["@order"],
        "productOrderItemId": values["@productItem"],
        "serviceOrderItemId": item.row["service_order_item_id"],
        "resourceOrderItemId": item.id,
        "place": [{"id": values.get("@place", ""), "role": "installationAddress"}],
        "workOrderItem": [{"id": "1", "action": "add"}],
    }
    body |= {name: values[name] for name in ("appointmentId", "equipment") if values.get(name)}
    reply = (await stack.http.post("workforce", "/workOrder", json=body)).document()
    with stack.db.begin() as tx:
        set_values(tx, item.id, {"@workOrder": text(reply, "id")})
    asked(stack, item.id, "visit")


async def _dismiss(stack: Stack, _order: Order, item: Item) -> None:
    """Calls the technician off."""
    body = {"workOrder": {"id": item.values.get("@workOrder", "")}}
    (await stack.http.post("workforce", "/cancelWorkOrder", json=body)).need()
    done(stack, item.id, "dismiss")


def _wholesale(item: Item, action: str) -> Document:
    values = item.values
    body: Document = {
        "orderType": action,
        "orderItemId": values["@productItem"],
        "orderId": values["@order"],
        "resourceOrderItemId": item.id,
        "addressId": values.get("@place", ""),
        "downMbps": values.get("downMbps", ""),
    }
    optional = {"appointmentReservation": "appointmentReservation", "serviceRef": "accessLine"}
    return body | {name: values[known] for name, known in optional.items() if values.get(known)}


async def _order_line(stack: Stack, _order: Order, item: Item) -> None:
    """Orders the access line from the wholesale partner."""
    (await stack.http.post("gateway", "/gateway/v1/wholesale-orders", json=_wholesale(item, "PROVIDE"))).need()
    asked(stack, item.id, "acknowledged")


async def _cease(stack: Stack, _order: Order, item: Item) -> None:
    """Gives the partner's line back."""
    (await stack.http.post("gateway", "/gateway/v1/wholesale-orders", json=_wholesale(item, "CEASE"))).need()
    done(stack, item.id, "cease")


async def _withdraw_line(stack: Stack, _order: Order, item: Item) -> None:
    """Calls the partner's line off; before it is promised the partner has to accept that."""
    (await stack.http.post("gateway", "/gateway/v1/wholesale-orders", json=_wholesale(item, "CANCEL"))).need()
    done(stack, item.id, "withdraw-line")


def _record(order: Order, item: Item, function: str, name: str) -> Document:
    values = _known(order, item)
    return {
        "function": function,
        "tn": values["tn"],
        "addressId": values.get("@place", ""),
        "customerName": name,
        "orderId": values["@order"],
        "orderItemId": values["@productItem"],
        "resourceOrderItemId": item.id,
    }


async def _send_record(stack: Stack, order: Order, item: Item, function: str) -> None:
    values = item.values
    who = await subscriber(stack, values["@customer"], values.get("@place", ""), {})
    name = f"{who['firstName']} {who['lastName']}".strip()
    body = _record(order, item, function, name)
    (await stack.http.post("gateway", "/gateway/v1/e911-records", json=body)).need()


async def _post_record(stack: Stack, order: Order, item: Item) -> None:
    """Sends the emergency record of a new number, or takes over that of a number that was ported in."""
    ported = "portInTn" in item.values
    await _send_record(stack, order, item, "M" if ported else "I")
    asked(stack, item.id, "e911")


async def _remove_record(stack: Stack, order: Order, item: Item) -> None:
    """Takes the emergency record of a number out that nobody uses any more."""
    await _send_record(stack, order, item, "D")
    asked(stack, item.id, "e911-removed")


async def _withdraw_record(stack: Stack, order: Order, item: Item) -> None:
    """Takes back a record that was sent for an order that ends; one that was never taken needs nothing."""
    there = await stack.http.get("network", f"/e911/{_known(order, item)['tn']}")
    if there.ok:
        await _send_record(stack, order, item, "D")
    done(stack, item.id, "withdraw-e911")


async def _begin_pass(stack: Stack, order: Order, item: Item) -> None:
    """A pass runs from now for its days, to the instant, on a line that the network knows."""
    now = stack.clock.now()
    until = now + timedelta(days=int(item.values.get("passDays", "7")))
    line = item.values.get("msisdn") or item.values.get("currentMsisdn") or order.value("MSISDN", item)
    known = await stack.http.get("network", "/hlr", params={"msisdn": line, "state": "active"})
    if not line or not known.documents():
        found = f"no active line has the number {line or '(none given)'}"
        refuse(stack, item.id, "begin-pass", "failed", found)
        await report(stack, system="resource-ordering", order=item.values["@order"], code="PASS-NO-LINE", detail=found)
        return
    times = {"passStart": text_of(now), "passEnd": text_of(until)}
    with stack.db.begin() as tx:
        set_values(tx, item.id, times | {"passMsisdn": line})
    done(stack, item.id, "begin-pass")


FIXED_STAGES: Mapping[str, Callable[[Stack, Order, Item], Awaitable[None]]] = {
    "describe": _describe,
    "configure": _configure,
    "visit": _visit,
    "dismiss": _dismiss,
    "acknowledged": _order_line,
    "cease": _cease,
    "withdraw-line": _withdraw_line,
    "e911": _post_record,
    "e911-removed": _remove_record,
    "withdraw-e911": _withdraw_record,
    "begin-pass": _begin_pass,
}
