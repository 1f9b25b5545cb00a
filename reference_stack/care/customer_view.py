"""Customer pages: search results and the customer 360, read from what CRM, inventory and billing answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from ringback.reference_stack.care.amounts import Amount, from_cents, from_money
from ringback.reference_stack.care.assortment import Catalogue
from ringback.reference_stack.care.documents import Document, characteristics, record, records, ref_id, text
from ringback.reference_stack.care.forms import AddressPage
from ringback.reference_stack.care.moments import Moment, moment
from ringback.reference_stack.care.prices import INSTALMENT, Price, document_prices
from ringback.reference_stack.care.words import Pill, phone, pill

EMPTY = Catalogue((), {})
NUMBER_CHARACTERISTICS = ("msisdn", "portInTn", "phoneNumber", "tn")


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer as the header of each page shows it."""

    id: str
    name: str
    status: Pill
    segment: str
    phone: str
    email: str
    party_id: str
    address_id: str
    address: AddressPage


@dataclass(frozen=True, slots=True)
class ProductRow:
    """One product of the customer; `depth` is its place in the bundle tree."""

    id: str
    name: str
    depth: int
    status: Pill
    number: str
    started: Moment | None
    prices: tuple[str, ...]
    note: str
    offering: str = ""
    specification: str = ""
    address_id: str = ""
    service_id: str = ""


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order in a list."""

    id: str
    number: str
    state: Pill
    placed: Moment | None
    channel: str
    summary: str


@dataclass(frozen=True, slots=True)
class BillRow:
    """One bill in a list."""

    id: str
    number: str
    state: Pill
    date: Moment | None
    due: Moment | None
    total: Amount | None
    remaining: Amount | None


@dataclass(frozen=True, slots=True)
class Ticket:
    """One trouble ticket in a list."""

    id: str
    name: str
    severity: str
    state: Pill
    opened: Moment | None


def tickets(documents: Iterable[Document]) -> tuple[Ticket, ...]:
    """The tickets of TMF621 documents, latest first."""
    rows = [
        Ticket(
            id=text(document.get("id")),
            name=text(document.get("name") or document.get("description")),
            severity=text(document.get("severity") or document.get("priority")),
            state=pill(document.get("status")),
            opened=moment(document.get("creationDate")),
        )
        for document in documents
    ]
    return tuple(sorted(rows, key=lambda row: row.opened.iso if row.opened else "", reverse=True))


def customer(document: Document) -> Customer:
    """The customer of a TMF629 document."""
    media = [record(medium.get("characteristic")) for medium in records(document.get("contactMedium"))]
    return Customer(
        id=text(document.get("id")),
        name=text(document.get("name")),
        status=pill(document.get("status")),
        segment=_segment(document),
        phone=phone(_medium(media, "phoneNumber")),
        email=_medium(media, "emailAddress"),
        party_id=ref_id(document, "engagedParty"),
        address_id=_address_id(document),
        address=_postal_address(media),
    )


def located(document: Document) -> AddressPage:
    """The address of a TMF673 document, as a rep types it."""
    street = " ".join(filter(None, (text(document.get("streetName")), text(document.get("streetType")))))
    units = records(document.get("geographicSubAddress"))
    return AddressPage(
        street_number=text(document.get("streetNr")),
        street=street,
        unit=next((text(unit.get("subUnitNumber")) for unit in units), ""),
        city=text(document.get("city")),
        state=text(document.get("stateOrProvince")),
        zip=text(document.get("postcode")),
    )


def products(
    documents: Iterable[Document], plans: Iterable[Document] = (), sold: Catalogue = EMPTY
) -> tuple[ProductRow, ...]:
    """The products as an indented tree, each bundle before its children.

    Args:
        documents: TMF637 products.
        plans: instalment plans of billing, in cents; a plan's progress is the note of its device.
        sold: The catalogue, for names and specifications of offerings.
    """
    by_id = {text(document.get("id")): document for document in documents}
    parents = _parents(by_id)
    plan_of = {text(plan.get("productId")): plan for plan in plans}
    children: dict[str, list[str]] = {}
    for product_id in by_id:
        children.setdefault(parents.get(product_id, ""), []).append(product_id)

    def branch(product_id: str, depth: int) -> Iterable[ProductRow]:
        yield _product_row(by_id[product_id], depth, plan_of.get(product_id), sold)
        yield from chain.from_iterable(branch(child, depth + 1) for child in children.get(product_id, ()))

    return tuple(chain.from_iterable(branch(root, 0) for root in children.get("", ())))


def orders(documents: Iterable[Document]) -> tuple[OrderRow, ...]:
    """The orders, latest first."""
    rows = [_order_row(document) for document in documents]
    return tuple(sorted(rows, key=lambda row: row.placed.iso if row.placed else "", reverse=True))


def bills(documents: Iterable[Document]) -> tuple[BillRow, ...]:
    """The bills, latest first."""
    rows = [_bill_row(document) for document in documents]
    return tuple(sorted(rows, key=lambda row: row.date.iso if row.date else "", reverse=True))


def item_name(document: Document) -> str:
    """The name of a product or order item: its offering's name where it has one."""
    offering = record(document.get("productOffering"))
    return text(offering.get("name") or document.get("name") or offering.get("id") or document.get("id"))


def _segment(document: Document) -> str:
    found = {text(item.get("name")): text(item.get("value")) for item in records(document.get("characteristic"))}
    return text(document.get("segment")) or found.get("segment", "")


def _medium(media: Sequence[Document], name: str) -> str:
    return next((text(medium[name]) for medium in media if medium.get(name)), "")


def _address_id(document: Document) -> str:
    """The address where CRM only refers to location's."""
    media = records(document.get("contactMedium"))
    return next((ref_id(medium, "place") for medium in media if ref_id(medium, "place")), "")


def _postal_address(media: Sequence[Document]) -> AddressPage:
    """The address where CRM itself holds it."""
    postal = next((medium for medium in media if medium.get("street1")), {})
    number, _, street = text(postal.get("street1")).partition(" ")
    return AddressPage(
        street_number=number,
        street=street,
        city=text(postal.get("city")),
        state=text(postal.get("stateOrProvince")),
        zip=text(postal.get("postCode")),
    )


def _parents(by_id: Mapping[str, Document]) -> dict[str, str]:
    """Each product's parent, whichever side of the bundle names the other."""
    parents: dict[str, str] = {}
    for product_id, document in by_id.items():
        for relation in records(document.get("productRelationship")):
            other = ref_id(relation, "product") or text(relation.get("id"))
            child, parent = (product_id, other) if _points_up(relation) else (other, product_id)
            if child in by_id and parent in by_id and child != parent:
                parents[child] = parent
    return parents


def _points_up(relation: Document) -> bool:
    kind = text(relation.get("relationshipType")).lower()
    return kind.endswith(("by", "of")) or "parent" in kind or kind == "bundledin"


def _product_row(document: Document, depth: int, plan: Document | None, sold: Catalogue) -> ProductRow:
    prices = document_prices(document.get("productPrice"))
    offering = ref_id(document, "productOffering")
    known = sold.offering(offering)
    return ProductRow(
        id=text(document.get("id")),
        name=sold.names.get(offering) or item_name(document),
        depth=depth,
        status=pill(text(document.get("status")).strip()),
        number=_number(document),
        started=moment(document.get("startDate")),
        prices=tuple(price.label for price in prices if price.amount.value),
        note=_instalment_note(plan, prices),
        offering=offering,
        specification=known.specification if known else "",
        address_id=next((text(place.get("id")) for place in records(document.get("place"))), ""),
        service_id=next((text(one.get("id")) for one in records(document.get("realizingService"))), ""),
    )


def _number(document: Document) -> str:
    found = characteristics(document)
    return next((phone(found[name]) for name in NUMBER_CHARACTERISTICS if found.get(name)), "")


def _instalment_note(plan: Document | None, prices: Iterable[Price]) -> str:
    if plan is not None:
        months, billed = (int(plan.get("months") or 0), int(plan.get("billedMonths") or 0))
        monthly = from_cents(int(plan.get("monthly") or 0))
        return f"{months} instalments of {monthly}, {billed} billed, plan {text(plan.get('state'))}"
    price = next((price for price in prices if price.kind in INSTALMENT), None)
    return f"{price.months} instalments of {price.amount}" if price and price.months else ""


def _order_row(document: Document) -> OrderRow:
    items = records(document.get("productOrderItem"))
    channel = next((text(item.get("name") or item.get("id")) for item in records(document.get("channel"))), "")
    return OrderRow(
        id=text(document.get("id")),
        number=text(document.get("externalId") or document.get("id")),
        state=pill(document.get("state")),
        placed=moment(document.get("orderDate")),
        channel=channel,
        summary=", ".join(dict.fromkeys(item_name(item) for item in items)),
    )


def _bill_row(document: Document) -> BillRow:
    return BillRow(
        id=text(document.get("id")),
        number=text(document.get("billNo") or document.get("id")),
        state=pill(document.get("state")),
        date=moment(document.get("billDate")),
        due=moment(document.get("paymentDueDate")),
        total=from_money(document.get("taxIncludedAmount")),
        remaining=from_money(document.get("remainingAmount")),
    )
