"""The fibre lines that customers already have: orders, products, services, resources, network and charges agree."""

from __future__ import annotations

import json

from ringback.reference_stack import schema as t
from ringback.reference_stack.seed.decomposition import DECOMPOSITION
from ringback.reference_stack.seed.offers import FIBRE, FIBRE_CENTS, FIBRE_PRICE, FIBRE_VERSION
from ringback.reference_stack.seed.people import Person
from ringback.reference_stack.seed.planting import Rows

_ORDERED = "2025-03-03T10:00:00.000Z"
_LIVE = "2025-03-10T15:30:00.000Z"
_SERVICE_DATE = json.dumps({"serviceDate": _ORDERED})
_PARTS = tuple(row for row in DECOMPOSITION if row[0] == "PS-FIBRE")


def fibre(rows: Rows, person: Person) -> None:
    """Adds one customer's active FIBRE-500 line."""
    _order(rows, person)
    _service_order(rows, person)
    _product(rows, person)
    _services(rows, person)
    _network(rows, person)


def _key(person: Person) -> str:
    return f"F{person.number:05d}"


def _journey(person: Person) -> str:
    return f"CORR-{_key(person)}"


def _order(rows: Rows, person: Person) -> None:
    key = _key(person)
    rows.add(
        t.COM_PRODUCT_ORDER,
        id=f"PO-{key}",
        external_id=f"MIGRATED-{key}",
        customer_id=person.customer,
        billing_account_id=person.account,
        channel="migration",
        state="completed",
        order_date=_ORDERED,
        completion_date=_LIVE,
        handed_over_at=_ORDERED,
        state_changed_at=_LIVE,
        correlation_id=_journey(person),
    )
    rows.add(
        t.COM_ORDER_ITEM,
        id=f"POI-{key}",
        order_id=f"PO-{key}",
        item_no="1",
        action="add",
        offering_id=FIBRE,
        offering_version=FIBRE_VERSION,
        product_id=f"PROD-{key}",
        state="completed",
        quantity=1,
        address_id=person.address,
        state_changed_at=_LIVE,
    )
    rows.add(
        t.COM_ORDER_PRICE,
        item_id=f"POI-{key}",
        price_id=FIBRE_PRICE,
        price_type="recurring",
        amount=FIBRE_CENTS,
        currency="USD",
    )
    for entity, identity in (("productOrder", f"PO-{key}"), ("productOrderItem", f"POI-{key}")):
        rows.add(
            t.COM_STATE_HISTORY,
            entity=entity,
            entity_id=identity,
            from_state=None,
            to_state="completed",
            at=_LIVE,
            actor="migration",
            reason="taken over as completed",
        )


def _service_order(rows: Rows, person: Person) -> None:
    key = _key(person)
    order = {"state": "completed", "order_date": _ORDERED, "completion_date": _LIVE, "state_changed_at": _LIVE}
    journey = _journey(person)
    rows.add(
        t.SOM_SERVICE_ORDER,
        id=f"SO-{key}",
        product_order_id=f"PO-{key}",
        customer_id=person.customer,
        correlation_id=journey,
        **order,
    )
    rows.add(t.ROM_RESOURCE_ORDER, id=f"RO-{key}", service_order_id=f"SO-{key}", correlation_id=journey, **order)
    item = {"service_order_id": f"SO-{key}", "action": "add", "product_order_item_id": f"POI-{key}"}
    rows.add(
        t.SOM_ORDER_ITEM,
        id=f"SOI-{key}",
        category="CFS",
        spec_id="CFS-BROADBAND",
        service_id=f"CFS-{key}",
        parent_item_id=None,
        state="completed",
        **item,
    )
    for rfs in _specs():
        rows.add(
            t.SOM_ORDER_ITEM,
            id=f"SOI-{key}-{rfs}",
            category="RFS",
            spec_id=rfs,
            service_id=f"{rfs}-{key}",
            parent_item_id=f"SOI-{key}",
            state="completed",
            **item,
        )


def _specs() -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(row[2]) for row in _PARTS))


def _product(rows: Rows, person: Person) -> None:
    key = _key(person)
    rows.add(
        t.PINV_PRODUCT,
        id=f"PROD-{key}",
        customer_id=person.customer,
        billing_account_id=person.account,
        offering_id=FIBRE,
        offering_version=FIBRE_VERSION,
        status="active",
        start_date=_LIVE,
        order_item_id=f"POI-{key}",
        address_id=person.address,
        correlation_id=_journey(person),
    )
    rows.add(
        t.PRODUCT_ITEM,
        product_id=f"PROD-{key}",
        order_item_id=f"POI-{key}",
        order_id=f"PO-{key}",
        action="add",
        offering_id=FIBRE,
        completed_at=_LIVE,
    )
    money = {"price_id": FIBRE_PRICE, "amount": FIBRE_CENTS, "currency": "USD"}
    rows.add(t.PINV_PRICE, product_id=f"PROD-{key}", price_type="recurring", **money)
    rows.add(t.PINV_SERVICE, product_id=f"PROD-{key}", service_id=f"CFS-{key}")
    rows.add(
        t.BIL_CHARGE,
        id=f"CHG-{key}",
        account_id=person.account,
        product_id=f"PROD-{key}",
        charge_type="recurring",
        charge_code="MRC-FIBRE",
        start_date=_LIVE,
        status="active",
        order_id=f"PO-{key}",
        correlation_id=_journey(person),
        **money,
    )


def _services(rows: Rows, person: Person) -> None:
    key = _key(person)
    service = {
        "state": "active",
        "start_date": _LIVE,
        "service_order_id": f"SO-{key}",
        "customer_id": person.customer,
        "address_id": person.address,
        "correlation_id": _journey(person),
    }
    cfs = f"CFS-{key}"
    for identity in (cfs, *(f"{rfs}-{key}" for rfs in _specs())):
        rows.add(t.TMF_EXTENSION, resource="service", id=identity, document=_SERVICE_DATE)
    rows.add(
        t.SINV_SERVICE, id=cfs, category="CFS", spec_id="CFS-BROADBAND", service_order_item_id=f"SOI-{key}", **service
    )
    for rfs in _specs():
        identity = f"{rfs}-{key}"
        rows.add(
            t.SINV_SERVICE,
            id=identity,
            category="RFS",
            spec_id=rfs,
            service_order_item_id=f"SOI-{key}-{rfs}",
            **service,
        )
        rows.add(t.SINV_REL, service_id=cfs, rel_type="reliesOn", related_service_id=identity)


def _network(rows: Rows, person: Person) -> None:
    """One resource per part, in use by its service, with a verified activation and the port up in the OLT."""
    key, number = _key(person), person.number
    values = {
        "OLT_PORT": f"OLT-BOS-{number // 64 + 1:02d}/1/{number % 64}",
        "VLAN": f"OLT-BOS-{number // 64 + 1:02d}/{1000 + number}",
        "IP": f"100.64.{number // 250}.{number % 250 + 1}",
        "ONT": f"HWTC{number:08X}",
    }
    for _, _, rfs, resource, controller, _ in _PARTS:
        _part(rows, key, str(rfs), str(resource), str(controller), values[str(resource)])
    access = f"RFS-GPON-ACCESS-{key}"
    for name, value in (
        ("oltPort", values["OLT_PORT"]),
        ("ontSerial", values["ONT"]),
        ("vlan", str(1000 + number)),
        ("downMbps", "500"),
        ("upMbps", "500"),
    ):
        rows.add(t.SINV_CHAR, service_id=access, name=name, value=value)
    rows.add(
        t.NE_OLT,
        port=values["OLT_PORT"],
        ont_serial=values["ONT"],
        down_mbps=500,
        up_mbps=500,
        vlan=1000 + number,
        state="up",
    )
    _edge(rows, key, values["IP"])


def _edge(rows: Rows, key: str, address: str) -> None:
    """The line's end at the edge: a network service of the MANO, named by its address."""
    name = f"VBNG-{address}"
    rows.add(t.NE_EDGE, name=name, kind="vBNG", ip=address, down_mbps=500, up_mbps=500, state="active")
    rows.add(
        t.MANO_NS_INSTANCE,
        id=f"NS-{key}",
        ns_name=f"edge-{name}",
        nsd_id="nsd-edge",
        state="INSTANTIATED",
        created_at=_LIVE,
    )
    for characteristic, value in (("ip", address), ("edge", name), ("downMbps", "500"), ("upMbps", "500")):
        rows.add(t.SINV_CHAR, service_id=f"RFS-INTERNET-EDGE-{key}", name=characteristic, value=value)


def _part(rows: Rows, key: str, rfs: str, resource: str, controller: str, value: str) -> None:
    identity, item = f"{resource}-{key}", f"ROI-{key}-{resource}"
    rows.add(
        t.RINV_RESOURCE,
        id=identity,
        kind=resource,
        spec_id=resource,
        value=value,
        resource_status="standby",
        usage_state="active",
    )
    rows.add(t.SINV_RESOURCE, service_id=f"{rfs}-{key}", resource_id=identity)
    rows.add(
        t.ROM_ORDER_ITEM,
        id=item,
        resource_order_id=f"RO-{key}",
        action="add",
        resource_spec_id=resource,
        resource_id=identity,
        service_order_item_id=f"SOI-{key}-{rfs}",
        controller=controller,
        state="completed",
        state_changed_at=_LIVE,
    )
    rows.add(
        t.ACT_TASK,
        id=f"ACT-{key}-{resource}",
        resource_order_item_id=item,
        controller=controller,
        ne_name="OLT-BOS",
        command=f"ADD-{resource}",
        idempotency_key=f"{item}:ADD",
        status="done",
        http_status=201,
        ne_result="OK",
        requested_at=_ORDERED,
        acked_at=_ORDERED,
        verified_at=_LIVE,
        correlation_id=f"CORR-{key}",
    )
