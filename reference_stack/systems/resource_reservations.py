"""Reserving resources for an order and taking them into use: SIM, IMSI, temporary number, device, ported number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from ringback.reference_stack.clock import text_of
from ringback.reference_stack.kernel.errors import conflict, invalid, missing
from ringback.reference_stack.kernel.resource import Resource
from ringback.reference_stack.schema import NUM_TN, RINV_CHAR, RINV_RESOURCE

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

# An order that takes longer than this has lost its place; the same for all kinds.
RESERVED_FOR = timedelta(days=30)
AGEING = timedelta(days=90)
ANY_NUMBER = "any"
LINE_TYPES = {"MSISDN": "mobile", "VOICE_TN": "fixed"}  # which numbers a kind of resource is made of


def reserved_by_item(tx: Connection, item: str, kind: str) -> RowMapping | None:
    """What a resource order item has reserved already: asking again is no second reservation."""
    asked = select(RINV_CHAR.c.resource_id).where(RINV_CHAR.c.name == "reservedFor", RINV_CHAR.c.value == item)
    query = select(RINV_RESOURCE).where(RINV_RESOURCE.c.id.in_(asked), RINV_RESOURCE.c.kind == kind)
    return tx.execute(query).mappings().first()


def reserve(stack: Stack, tx: Connection, resource: Resource, wish: Mapping[str, str]) -> str:
    """Reserves one resource for an order and returns its id.

    Args:
        stack: the stack.
        tx: the caller's transaction.
        resource: the inventory's own resource, which publishes the change.
        wish: `kind`, `orderId` (the product order), `itemId` (the resource order item), `value` for one chosen
            resource, and for an IMSI `pairedWith`, the resource id of its SIM.

    Raises:
        TmfError: 400 an unknown kind, 409 nothing is available.
    """
    known = reserved_by_item(tx, wish["itemId"], wish["kind"])
    if known is not None:
        return str(known["id"])
    choose = _CHOICES.get(wish["kind"])
    if choose is None:
        raise invalid(f"resources of kind {wish['kind']} are not reserved here", f"reserved are {', '.join(_CHOICES)}")
    identity = choose(stack, tx, resource, wish)
    until = text_of(stack.clock.now() + RESERVED_FOR)
    describe(tx, identity, {"reservedFor": wish["itemId"]})
    values = {"resource_status": "reserved", "reserved_by": wish["orderId"], "reserved_until": until}
    resource.update(stack, tx, identity, values)
    return identity


def _sim(_stack: Stack, tx: Connection, _resource: Resource, wish: Mapping[str, str]) -> str:
    """The card that was chosen, or the first that nobody has."""
    return _stocked(tx, "SIM", wish.get("value", ""))


def _stocked(tx: Connection, kind: str, value: str = "") -> str:
    """A card or profile that nobody has; it must have come in a vendor's batch."""
    query = select(RINV_RESOURCE.c.id).where(
        RINV_RESOURCE.c.kind == kind,
        RINV_RESOURCE.c.resource_status == "available",
        RINV_RESOURCE.c.usage_state == "idle",
        RINV_RESOURCE.c.batch_file_id.is_not(None),
    )
    if value:
        query = query.where(RINV_RESOURCE.c.value == value)
    found = tx.execute(query.order_by(RINV_RESOURCE.c.value).limit(1)).scalar()
    if found is None:
        named = f"{kind} {value} is not" if value else f"no {kind} is"
        raise conflict(f"{named} available", "load a new batch, or free reservations of dead orders")
    return str(found)


def _esim(stack: Stack, tx: Connection, resource: Resource, wish: Mapping[str, str]) -> str:
    """The profile that the SM-DP+ has set aside for a device, with its IMSI; unnamed, the next one of a batch."""
    if not wish.get("value") and not wish.get("imsi"):
        return _stocked(tx, "ESIM_PROFILE")
    if not wish.get("value") or not wish.get("imsi"):
        raise invalid("an eSIM profile needs value (its ICCID) and imsi", "wait until the SM-DP+ has confirmed it")
    identity = known_or_new(stack, tx, resource, "ESIM_PROFILE", wish["value"])
    describe(tx, identity, {"imsi": wish["imsi"], "eid": wish.get("eid", "")})
    known_or_new(stack, tx, resource, "IMSI", wish["imsi"])
    return identity


def _imsi(_stack: Stack, tx: Connection, _resource: Resource, wish: Mapping[str, str]) -> str:
    """The IMSI that the vendor wrote onto the SIM."""
    value = descriptions(tx, wish.get("pairedWith", "")).get("imsi")
    found = tx.execute(
        select(RINV_RESOURCE.c.id).where(RINV_RESOURCE.c.kind == "IMSI", RINV_RESOURCE.c.value == value)
    ).scalar()
    if found is None:
        raise conflict(f"SIM {wish.get('pairedWith')} has no IMSI in the inventory", "check the vendor's batch")
    return str(found)


def _assignable(stack: Stack) -> tuple[str, ...]:
    """The states in which a number may be given to a customer."""
    return ("ageing", "available") if stack.defects.on("D73") else ("available",)


def _number(stack: Stack, tx: Connection, resource: Resource, wish: Mapping[str, str]) -> str:
    """A number of our own that is not ageing, as the temporary or lasting number of a line; the chosen one, if any."""
    return _choose_number(stack, tx, resource, wish, kind="MSISDN")


def _choose_number(stack: Stack, tx: Connection, resource: Resource, wish: Mapping[str, str], *, kind: str) -> str:
    chosen = wish.get("value", "")
    of_kind = NUM_TN.c.line_type == LINE_TYPES[kind]
    query = select(NUM_TN.c.tn).where(NUM_TN.c.status.in_(_assignable(stack)), of_kind)
    if chosen and chosen != ANY_NUMBER:
        mine = (NUM_TN.c.status == "reserved") & (NUM_TN.c.reserved_by == wish["orderId"])
        query = select(NUM_TN.c.tn).where(
            NUM_TN.c.tn == chosen, of_kind, NUM_TN.c.status.in_(_assignable(stack)) | mine
        )
    number = tx.execute(query.order_by(NUM_TN.c.status, NUM_TN.c.tn).limit(1)).scalar()
    if number is None:
        named = f"number {chosen} is not" if chosen and chosen != ANY_NUMBER else "no telephone number is"
        raise conflict(f"{named} available", "wait until ageing numbers are free, or ask for a new block")
    set_number(stack, tx, number, {"status": "reserved", "reserved_by": wish["orderId"]})
    return known_or_new(stack, tx, resource, kind, number)


def _landline(stack: Stack, tx: Connection, resource: Resource, wish: Mapping[str, str]) -> str:
    """A number of the landline block; the chosen one, if any."""
    return _choose_number(stack, tx, resource, wish, kind="VOICE_TN")


def _stock(_stack: Stack, tx: Connection, _resource: Resource, wish: Mapping[str, str]) -> str:
    """The first resource of a kind that nobody has."""
    query = select(RINV_RESOURCE.c.id).where(
        RINV_RESOURCE.c.kind == wish["kind"],
        RINV_RESOURCE.c.resource_status == "available",
        RINV_RESOURCE.c.usage_state == "idle",
    )
    found = tx.execute(query.order_by(RINV_RESOURCE.c.value).limit(1)).scalar()
    if found is None:
        raise conflict(f"no {wish['kind']} is available", "build more, or free reservations of dead orders")
    return str(found)


_CHOICES: Mapping[str, Callable[[Stack, Connection, Resource, Mapping[str, str]], str]] = {
    "SIM": _sim,
    "ESIM_PROFILE": _esim,
    "IMSI": _imsi,
    "MSISDN": _number,
    "VOICE_TN": _landline,
    **dict.fromkeys(("OLT_PORT", "VLAN", "IP", "HANDOVER_VLAN", "DSLAM_PORT", "ACCESS"), _stock),
}


def known_or_new(stack: Stack, tx: Connection, resource: Resource, kind: str, value: str) -> str:
    """The resource of this kind and value, made available if the inventory does not have it yet."""
    same = (RINV_RESOURCE.c.kind == kind) & (RINV_RESOURCE.c.value == value)
    found = tx.execute(select(RINV_RESOURCE.c.id).where(same)).scalar()
    if found is not None:
        return str(found)
    values = {"kind": kind, "spec_id": kind, "value": value, "resource_status": "available", "usage_state": "idle"}
    return resource.insert(stack, tx, values)


def use(stack: Stack, tx: Connection, resource: Resource, identity: str) -> None:
    """Takes a resource into use. The inventory knows reserved before standby, so a new one passes through it."""
    row = resource.row(tx, identity)
    if row is None:
        raise missing("resource", identity)
    if row["resource_status"] == "available":
        resource.update(stack, tx, identity, {"resource_status": "reserved"})
    values = {"resource_status": "standby", "usage_state": "active", "reserved_by": None, "reserved_until": None}
    resource.update(stack, tx, identity, values)


def release(stack: Stack, tx: Connection, resource: Resource, identity: str) -> None:
    """Gives a resource back."""
    values = {"resource_status": "available", "usage_state": "idle", "reserved_by": None, "reserved_until": None}
    resource.update(stack, tx, identity, values)
    tx.execute(delete(RINV_CHAR).where(RINV_CHAR.c.resource_id == identity, RINV_CHAR.c.name == "reservedFor"))


def retire(stack: Stack, tx: Connection, resource: Resource, identity: str) -> None:
    """Takes a resource out of use for good: a card that was in a customer's hands is not sold again."""
    row = resource.row(tx, identity)
    if row is None:
        raise missing("resource", identity)
    if row["resource_status"] == "standby":
        ended = {"reserved_by": None, "reserved_until": None, "administrative_state": "locked"}
        resource.update(stack, tx, identity, {"resource_status": "suspended", "usage_state": "idle", **ended})
    tx.execute(delete(RINV_CHAR).where(RINV_CHAR.c.resource_id == identity, RINV_CHAR.c.name == "reservedFor"))


def set_number(stack: Stack, tx: Connection, number: str, values: Mapping[str, object]) -> None:
    """Changes a number of the number inventory."""
    stamped = {**values, "changed_at": stack.clock.stamp()}
    if not tx.execute(update(NUM_TN).where(NUM_TN.c.tn == number).values(**stamped)).rowcount:
        tx.execute(insert(NUM_TN).values(tn=number, **stamped))


def descriptions(tx: Connection, identity: str) -> dict[str, str]:
    """The characteristics of a resource."""
    rows = tx.execute(select(RINV_CHAR).where(RINV_CHAR.c.resource_id == identity))
    return {row.name: row.value for row in rows}


def describe(tx: Connection, identity: str, values: Mapping[str, str]) -> None:
    """Sets characteristics of a resource."""
    for name, value in values.items():
        tx.execute(delete(RINV_CHAR).where(RINV_CHAR.c.resource_id == identity, RINV_CHAR.c.name == name))
        tx.execute(insert(RINV_CHAR).values(resource_id=identity, name=name, value=value))


def drop_descriptions(tx: Connection, identity: str) -> None:
    """Deletes the characteristics of a resource."""
    tx.execute(delete(RINV_CHAR).where(RINV_CHAR.c.resource_id == identity))
