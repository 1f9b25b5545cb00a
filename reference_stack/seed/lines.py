"""A line that a customer already has: orders, product, services, resources, activations and charge agree."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from ringback.reference_stack import schema as t
from ringback.reference_stack.seed.decomposition import DECOMPOSITION
from ringback.reference_stack.seed.offers import OFFERINGS, PRICES
from ringback.reference_stack.seed.people import Person
from ringback.reference_stack.seed.planting import Rows

ORDERED = "2025-03-03T10:00:00.000Z"
LIVE = "2025-03-10T15:30:00.000Z"
_SERVICE_DATE = json.dumps({"serviceDate": ORDERED})
_VERSIONS = {identity: version for identity, _, version, _ in OFFERINGS}
_SPECIFICATIONS = {identity: specification for identity, _, _, specification in OFFERINGS}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of one customer.

    Args:
        person: whose it is.
        offering: what was sold.
        values: the value of each kind of resource; a kind that is not here the line does not have.
        shown: the characteristics of each resource-facing service.
        stocked: resources that are in stock under an id of their own, by kind.
        network: what carried the commands out.
        prefix: with the customer's number it makes the ids of everything.
        characteristics: of the product.
    """

    person: Person
    offering: str
    values: Mapping[str, str]
    shown: Mapping[str, Mapping[str, str]]
    stocked: Mapping[str, str] = field(default_factory=dict)
    network: str = "OLT-BOS"
    prefix: str = "F"
    characteristics: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What the ids of the line end with."""
        return f"{self.prefix}{self.person.number:05d}"

    @property
    def journey(self) -> str:
        """The correlation id of the order that built the line."""
        return f"CORR-{self.key}"

    @property
    def parts(self) -> tuple[tuple[str, str, str], ...]:
        """Service, kind of resource and controller of each part, as the catalogue breaks the product down."""
        mine = _SPECIFICATIONS[self.offering]
        return tuple(
            (rfs, kind, via) for spec, _, rfs, kind, via, _ in DECOMPOSITION if spec == mine and kind in self.values
        )

    @property
    def cfs(self) -> str:
        """The customer-facing service specification."""
        mine = _SPECIFICATIONS[self.offering]
        return next(cfs or "" for spec, cfs, *_ in DECOMPOSITION if spec == mine)

    @property
    def services(self) -> tuple[str, ...]:
        """The resource-facing service specifications, each once."""
        return tuple(dict.fromkeys(rfs for rfs, _, _ in self.parts))


def plant_line(rows: Rows, line: Line) -> None:
    """Adds everything of a line but what the network elements hold."""
    _order(rows, line)
    _service_order(rows, line)
    _product(rows, line)
    _services(rows, line)
    for rfs, kind, controller in line.parts:
        _part(rows, line, rfs, kind, controller)
    for rfs, values in line.shown.items():
        for name, value in values.items():
            rows.add(t.SINV_CHAR, service_id=f"{rfs}-{line.key}", name=name, value=value)


def _order(rows: Rows, line: Line) -> None:
    key, person = line.key, line.person
    rows.add(
        t.COM_PRODUCT_ORDER,
        id=f"PO-{key}",
        external_id=f"MIGRATED-{key}",
        customer_id=person.customer,
        billing_account_id=person.account,
        channel="migration",
        state="completed",
        order_date=ORDERED,
        completion_date=LIVE,
        handed_over_at=ORDERED,
        state_changed_at=LIVE,
        correlation_id=line.journey,
    )
    rows.add(
        t.COM_ORDER_ITEM,
        id=f"POI-{key}",
        order_id=f"PO-{key}",
        item_no="1",
        action="add",
        offering_id=line.offering,
        offering_version=_VERSIONS[line.offering],
        product_id=f"PROD-{key}",
        state="completed",
        quantity=1,
        address_id=person.address,
        state_changed_at=LIVE,
    )
    for entity, identity in (("productOrder", f"PO-{key}"), ("productOrderItem", f"POI-{key}")):
        rows.add(
            t.COM_STATE_HISTORY,
            entity=entity,
            entity_id=identity,
            from_state=None,
            to_state="completed",
            at=LIVE,
            actor="migration",
            reason="taken over as completed",
        )


def _service_order(rows: Rows, line: Line) -> None:
    key, journey = line.key, line.journey
    order = {"state": "completed", "order_date": ORDERED, "completion_date": LIVE, "state_changed_at": LIVE}
    rows.add(
        t.SOM_SERVICE_ORDER,
        id=f"SO-{key}",
        product_order_id=f"PO-{key}",
        customer_id=line.person.customer,
        correlation_id=journey,
        **order,
    )
    rows.add(t.ROM_RESOURCE_ORDER, id=f"RO-{key}", service_order_id=f"SO-{key}", correlation_id=journey, **order)
    item = {"service_order_id": f"SO-{key}", "action": "add", "product_order_item_id": f"POI-{key}"}
    parts = [("CFS", line.cfs, "", f"CFS-{key}"), *(("RFS", rfs, f"-{rfs}", f"{rfs}-{key}") for rfs in line.services)]
    for category, spec, suffix, service in parts:
        rows.add(
            t.SOM_ORDER_ITEM,
            id=f"SOI-{key}{suffix}",
            category=category,
            spec_id=spec,
            service_id=service,
            parent_item_id=f"SOI-{key}" if suffix else None,
            state="completed",
            **item,
        )


def _product(rows: Rows, line: Line) -> None:
    key, person = line.key, line.person
    rows.add(
        t.PINV_PRODUCT,
        id=f"PROD-{key}",
        customer_id=person.customer,
        billing_account_id=person.account,
        offering_id=line.offering,
        offering_version=_VERSIONS[line.offering],
        status="active",
        start_date=LIVE,
        order_item_id=f"POI-{key}",
        address_id=person.address,
        correlation_id=line.journey,
    )
    rows.add(
        t.PRODUCT_ITEM,
        product_id=f"PROD-{key}",
        order_item_id=f"POI-{key}",
        order_id=f"PO-{key}",
        action="add",
        offering_id=line.offering,
        completed_at=LIVE,
    )
    for name, value in line.characteristics.items():
        rows.add(t.PINV_CHAR, product_id=f"PROD-{key}", name=name, value=value)
    rows.add(t.PINV_SERVICE, product_id=f"PROD-{key}", service_id=f"CFS-{key}")
    for number, (price, offering, _, kind, cents, _, code) in enumerate(PRICES):
        if offering == line.offering:
            _price(
                rows, line, f"CHG-{key}" if kind == "recurring" else f"CHG-{key}-{number}", (price, kind, cents, code)
            )


def _price(rows: Rows, line: Line, charge: str, price: tuple[str, str, int, str]) -> None:
    """A price as ordered, as agreed and as charged; what is paid once was billed when the line was taken over."""
    identity, kind, cents, code = price
    money = {"price_id": identity, "amount": cents, "currency": "USD"}
    rows.add(t.COM_ORDER_PRICE, item_id=f"POI-{line.key}", price_type=kind, **money)
    rows.add(t.PINV_PRICE, product_id=f"PROD-{line.key}", price_type=kind, **money)
    rows.add(
        t.BIL_CHARGE,
        id=charge,
        account_id=line.person.account,
        product_id=f"PROD-{line.key}",
        charge_type=kind,
        charge_code=code,
        start_date=LIVE,
        status="active" if kind == "recurring" else "billed",
        order_id=f"PO-{line.key}",
        correlation_id=line.journey,
        **money,
    )


def _services(rows: Rows, line: Line) -> None:
    key, person = line.key, line.person
    service = {
        "state": "active",
        "start_date": LIVE,
        "service_order_id": f"SO-{key}",
        "customer_id": person.customer,
        "address_id": person.address,
        "correlation_id": line.journey,
    }
    cfs = f"CFS-{key}"
    for identity in (cfs, *(f"{rfs}-{key}" for rfs in line.services)):
        rows.add(t.TMF_EXTENSION, resource="service", id=identity, document=_SERVICE_DATE)
    rows.add(t.SINV_SERVICE, id=cfs, category="CFS", spec_id=line.cfs, service_order_item_id=f"SOI-{key}", **service)
    for rfs in line.services:
        identity, item = f"{rfs}-{key}", f"SOI-{key}-{rfs}"
        rows.add(t.SINV_SERVICE, id=identity, category="RFS", spec_id=rfs, service_order_item_id=item, **service)
        rows.add(t.SINV_REL, service_id=cfs, rel_type="reliesOn", related_service_id=identity)


def _part(rows: Rows, line: Line, rfs: str, kind: str, controller: str) -> None:
    """A resource in use by its service, with its order item and a verified activation."""
    key = line.key
    identity, item = line.stocked.get(kind, f"{kind}-{key}"), f"ROI-{key}-{kind}"
    if kind not in line.stocked:
        rows.add(
            t.RINV_RESOURCE,
            id=identity,
            kind=kind,
            spec_id=kind,
            value=line.values[kind],
            resource_status="standby",
            usage_state="active",
        )
    rows.add(t.SINV_RESOURCE, service_id=f"{rfs}-{key}", resource_id=identity)
    rows.add(
        t.ROM_ORDER_ITEM,
        id=item,
        resource_order_id=f"RO-{key}",
        action="add",
        resource_spec_id=kind,
        resource_id=identity,
        service_order_item_id=f"SOI-{key}-{rfs}",
        controller=controller,
        state="completed",
        state_changed_at=LIVE,
    )
    rows.add(
        t.ACT_TASK,
        id=f"ACT-{key}-{kind}",
        resource_order_item_id=item,
        controller=controller,
        ne_name=line.network,
        command=f"ADD-{kind}",
        idempotency_key=f"{item}:ADD",
        status="done",
        http_status=201,
        ne_result="OK",
        requested_at=ORDERED,
        acked_at=ORDERED,
        verified_at=LIVE,
        correlation_id=line.journey,
    )
