"""The resource inventory (TMF639) and the number inventory: who holds which SIM, number and device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.errors import conflict, invalid, missing
from ringback.reference_stack.kernel.machines import RESOURCE as LIFE
from ringback.reference_stack.kernel.resource import Created, Resource
from ringback.reference_stack.kernel.system import System, route
from ringback.reference_stack.schema import NUM_TN, RINV_RESOURCE
from ringback.reference_stack.systems.nightly_sync import post_nightly_sync, start_nightly
from ringback.reference_stack.systems.number_inventory import (
    OUR_SPID,
    age,
    free_what_has_ended,
    get_number,
    give_back,
    list_numbers,
)
from ringback.reference_stack.systems.reading import Document, characteristics, listed, text
from ringback.reference_stack.systems.resource_parts import get_parts
from ringback.reference_stack.systems.resource_reservations import (
    LINE_TYPES,
    describe,
    descriptions,
    drop_descriptions,
    known_or_new,
    release,
    reserve,
    retire,
    set_number,
    use,
)
from ringback.reference_stack.systems.sim_batches import post_batch

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

BASE = "/tmf-api/resourceInventoryManagement/v4"
_FREE_TURN_S = 5.0
_NOT_AGAIN = ("SIM", "ESIM_PROFILE", "IMSI", "DEVICE")  # once a customer had them, nobody else gets them
_USAGE = {"available": ("idle",), "reserved": ("idle",), "standby": ("active", "busy"), "suspended": ("idle",)}
_IN_TABLES = ("resourceCharacteristic", "resourceSpecification")


def _shape(tx: Connection, row: RowMapping) -> Document:
    """What a resource shows beside its columns."""
    return {
        "name": f"{row['kind']} {row['value']}",
        "resourceSpecification": {"id": row["spec_id"] or row["kind"]},
        "resourceCharacteristic": listed(descriptions(tx, row["id"])),
    }


async def _create(stack: Stack, body: Document, _request: Request) -> Created:
    """Stores a resource with its characteristics; kind and value together are unique."""
    kind, value = text(body, "category"), text(body, "value")
    with stack.db.begin() as tx:
        same = select(RINV_RESOURCE.c.id).where(RINV_RESOURCE.c.kind == kind, RINV_RESOURCE.c.value == value)
        if tx.execute(same).first() is not None:
            raise conflict(f"there is a {kind} {value} already", "category and value name one resource")
        identity = stack.ids.new("RES")
        columns = {column: body[name] for name, column in RESOURCE.columns.items() if name in body}
        beyond = {name: known for name, known in body.items() if name not in _IN_TABLES}
        RESOURCE.extend(tx, identity, beyond)
        describe(tx, identity, characteristics(body, "resourceCharacteristic"))
        specification = text(body, "resourceSpecification.id") or kind
        RESOURCE.insert(stack, tx, columns | {"id": identity, "spec_id": specification})
    return Created(identity)


def _merge(stack: Stack, tx: Connection, identity: str, changes: Document) -> None:
    """Sets characteristics by their names, everything else as it is kept."""
    describe(tx, identity, characteristics(changes, "resourceCharacteristic"))
    rest = {name: value for name, value in changes.items() if name != "resourceCharacteristic"}
    if not RESOURCE.merge_attributes(stack, tx, identity, rest) and changes:
        RESOURCE.publish(stack, tx, identity, "AttributeValueChangeEvent")


async def _before_patch(_stack: Stack, before: Document, changes: Document) -> None:
    """Refuses what fits no life of a resource: one that is available is idle, one in use stands by."""
    status = text(changes, "resourceStatus") or text(before, "resourceStatus")
    usage = text(changes, "usageState") or text(before, "usageState")
    allowed = _USAGE.get(status)
    if allowed is not None and usage not in allowed:
        raise conflict(f"a resource that is {status} cannot be {usage}", f"it may be {' or '.join(allowed)}")


RESOURCE = Resource(
    name="resource",
    path=f"{BASE}/resource",
    table=RINV_RESOURCE,
    prefix="RES",
    columns={
        "category": "kind",
        "value": "value",
        "resourceStatus": "resource_status",
        "usageState": "usage_state",
        "operationalState": "operational_state",
        "administrativeState": "administrative_state",
        "reservedBy": "reserved_by",
        "reservedUntil": "reserved_until",
    },
    shape=_shape,
    overridable=("name",),
    mergeable=("resourceCharacteristic",),
    create=_create,
    before_patch=_before_patch,
    merge=_merge,
    remove=drop_descriptions,
    mandatory=("name",),
    defaults={
        "category": "LOGICAL",
        "value": lambda stack: stack.ids.new("VALUE"),
        "resourceStatus": "available",
        "usageState": "idle",
        "operationalState": "enable",
        "administrativeState": "unlocked",
    },
    machine=LIFE,
    state="resourceStatus",
    required=("name", "category", "resourceStatus", "usageState"),
    tag="Resource Inventory",
    properties={
        "name": shapes.TEXT,
        "category": shapes.TEXT,
        "value": shapes.TEXT,
        "resourceStatus": shapes.states(LIFE),
        "usageState": shapes.one_of("idle", "active", "busy"),
        "operationalState": shapes.one_of("enable", "disable"),
        "administrativeState": shapes.one_of("locked", "unlocked", "shutdown"),
        "reservedBy": shapes.TEXT,
        "reservedUntil": shapes.TIME,
        "resourceSpecification": shapes.REFERENCE,
        "resourceCharacteristic": shapes.many(shapes.CHARACTERISTIC),
    },
)


async def post_reservation(stack: Stack, request: Request) -> Response:
    """Reserves one resource for an order; the same item asking again gets the same resource."""
    body = await body_of(request)
    wish = {name: text(body, name) for name in ("kind", "orderId", "itemId", "pairedWith", "value", "imsi", "eid")}
    absent = [name for name in ("kind", "orderId", "itemId") if not wish[name]]
    if absent:
        raise invalid(f"a reservation needs {', '.join(absent)}")
    with stack.db.begin() as tx:
        document = RESOURCE.find(tx, reserve(stack, tx, RESOURCE, wish))
    return JSONResponse(document, 201)


async def post_device(stack: Stack, request: Request) -> Response:
    """Registers the device that a shipment names, reserved for the order it goes to."""
    body = await body_of(request)
    imei, order = text(body, "imei"), text(body, "orderId")
    if not imei or not order:
        raise invalid("a device needs imei and orderId")
    with stack.db.begin() as tx:
        identity = known_or_new(stack, tx, RESOURCE, "DEVICE", imei)
        row = RESOURCE.row(tx, identity)
        if row is not None and row["resource_status"] == "available":
            RESOURCE.update(stack, tx, identity, {"resource_status": "reserved", "reserved_by": order})
        describe(tx, identity, {"sku": text(body, "sku"), "reservedFor": text(body, "itemId")})
        document = RESOURCE.find(tx, identity)
    return JSONResponse(document, 201)


async def post_use(stack: Stack, request: Request) -> Response:
    """Takes a resource into use for a service; a number of ours becomes assigned to it."""
    body, identity = await body_of(request), request.path_params["id"]
    with stack.db.begin() as tx:
        row = RESOURCE.row(tx, identity)
        if row is None:
            raise missing("resource", identity)
        use(stack, tx, RESOURCE, identity)
        if row["kind"] in LINE_TYPES:
            number = tx.execute(select(NUM_TN.c.status).where(NUM_TN.c.tn == row["value"])).scalar()
            status = number if number == "portedIn" else "assigned"
            values = {"status": status, "service_id": text(body, "serviceId"), "reserved_by": None}
            set_number(stack, tx, row["value"], values | {"ageing_until": None})
        document = RESOURCE.find(tx, identity)
    return JSONResponse(document)


async def post_release(stack: Stack, request: Request) -> Response:
    """Gives a resource back; a number that was in use ages first."""
    identity = request.path_params["id"]
    with stack.db.begin() as tx:
        row = RESOURCE.row(tx, identity)
        if row is None:
            raise missing("resource", identity)
        if row["kind"] in LINE_TYPES and row["usage_state"] == "active":
            age(stack, tx, RESOURCE, row["value"])
        elif row["kind"] in _NOT_AGAIN and row["usage_state"] == "active":
            retire(stack, tx, RESOURCE, identity)
        else:
            release(stack, tx, RESOURCE, identity)
            if row["kind"] in LINE_TYPES:
                set_number(stack, tx, row["value"], {"status": "available", "reserved_by": None})
        document = RESOURCE.find(tx, identity)
    return JSONResponse(document)


async def post_retirement(stack: Stack, request: Request) -> Response:
    """Takes a resource out of use when its line ends or changes: each kind has its own way."""
    body, identity = await body_of(request), request.path_params["id"]
    with stack.db.begin() as tx:
        row = RESOURCE.row(tx, identity)
        if row is None:
            raise missing("resource", identity)
        if row["kind"] in LINE_TYPES:
            give_back(stack, tx, RESOURCE, row["value"], text(body, "newSpid"))
        elif row["kind"] in _NOT_AGAIN:
            retire(stack, tx, RESOURCE, identity)
        elif row["resource_status"] != "available":
            release(stack, tx, RESOURCE, identity)
        document = RESOURCE.find(tx, identity)
    return JSONResponse(document)


async def post_configuration(stack: Stack, request: Request) -> Response:
    """Takes a resource into use that exists as soon as it is configured: a policy, a mailbox."""
    body = await body_of(request)
    kind, value = text(body, "kind"), text(body, "value")
    if not kind or not value:
        raise invalid("a configured resource needs kind and value")
    with stack.db.begin() as tx:
        identity = known_or_new(stack, tx, RESOURCE, kind, value)
        use(stack, tx, RESOURCE, identity)
        document = RESOURCE.find(tx, identity)
    return JSONResponse(document, 201)


async def post_ported_number(stack: Stack, request: Request) -> Response:
    """A number has come to us: it belongs to the line's service now, and the temporary number begins to age."""
    body = await body_of(request)
    number, donor, temporary = text(body, "tn"), text(body, "donorSpid"), text(body, "temporaryNumber")
    if not number or not donor:
        raise invalid("a ported number needs tn and donorSpid")
    with stack.db.begin() as tx:
        values = {"status": "portedIn", "native_spid": donor, "current_spid": OUR_SPID}
        set_number(stack, tx, number, values | {"service_id": text(body, "serviceId") or None, "ageing_until": None})
        for kind in ("MSISDN", "TN"):
            use(stack, tx, RESOURCE, known_or_new(stack, tx, RESOURCE, kind, number))
        if temporary and temporary != number:
            age(stack, tx, RESOURCE, temporary)
        subscriber, entry = (
            RESOURCE.find(tx, known_or_new(stack, tx, RESOURCE, kind, number)) for kind in ("MSISDN", "TN")
        )
    return JSONResponse({"subscriberNumber": subscriber, "numberingEntry": entry})


async def start(stack: Stack) -> None:
    """Begins to free what nobody holds any longer, and to compare with last night's copy."""

    async def free() -> None:
        free_what_has_ended(stack, RESOURCE)

    stack.every(_FREE_TURN_S, free)
    start_nightly(stack)


SYSTEM = System(
    id="resource-inventory",
    prefix="rinv_",
    base=BASE,
    routes=(
        route("POST", "/resource-inventory/v1/reservations", post_reservation),
        route("POST", "/resource-inventory/v1/sim-batches", post_batch),
        route("POST", "/resource-inventory/v1/devices", post_device),
        route("POST", "/resource-inventory/v1/resources/{id}/use", post_use),
        route("POST", "/resource-inventory/v1/resources/{id}/release", post_release),
        route("POST", "/resource-inventory/v1/resources/{id}/retire", post_retirement),
        route("POST", "/resource-inventory/v1/configurations", post_configuration),
        route("POST", "/resource-inventory/v1/ported-numbers", post_ported_number),
        route("GET", "/resource-inventory/v1/parts", get_parts),
        route("GET", "/resource-inventory/v1/numbers", list_numbers),
        route("GET", "/resource-inventory/v1/numbers/{tn}", get_number),
        route("POST", "/resource-inventory/v1/nightly-sync", post_nightly_sync),
    ),
    resources=(RESOURCE,),
    start=start,
)
