"""The order page: the order, its item tree, the port of its number, and the timeline of all systems."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from ringback.reference_stack.care.customer_view import item_name
from ringback.reference_stack.care.documents import Document, characteristics, party, record, records, ref_id, text
from ringback.reference_stack.care.moments import Moment, moment
from ringback.reference_stack.care.prices import Totals, document_prices, totals
from ringback.reference_stack.care.words import Pill, phone, pill, port_pill, reason, spaced

STATE_KEYS = ("state", "status", "decision")
# What a rep tells a customer about; everything else is for the people who look after the network.
OPEN = frozenset({"acknowledged", "inProgress", "pending", "held", "assessingCancellation"})
WAITING = frozenset({"acknowledged", "inProgress", "pending", "held", "failed"})
TOLD = frozenset({"productOrder", "creditDecision", "serviceOrder", "port", "shipment", "product", "installment"})


@dataclass(frozen=True, slots=True)
class Item:
    """One order item; `depth` is its place in the bundle."""

    no: str
    depth: int
    name: str
    action: str
    state: Pill
    detail: str
    prices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Port:
    """How the port of the customer's number stands."""

    id: str
    number: str
    status: Pill
    reason: str
    due: Moment | None
    promised: Moment | None
    version: str

    @property
    def needs_resolution(self) -> bool:
        """Whether the rep has to correct what was sent."""
        return self.status.state == "resolutionRequired"


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the timeline."""

    at: Moment | None
    what: str
    state: Pill
    detail: str
    resource_id: str
    is_technical: bool


@dataclass(frozen=True, slots=True)
class Order:
    """A product order as a rep sees it."""

    id: str
    number: str
    state: Pill
    customer_id: str
    placed: Moment | None
    completed: Moment | None
    totals: Totals
    items: tuple[Item, ...]
    ported: dict[str, str]
    waits: str

    @property
    def is_open(self) -> bool:
        """Whether the order can still be cancelled."""
        return self.state.state in OPEN


@dataclass(frozen=True, slots=True)
class Cancellation:
    """A wish to cancel the order, and what became of it."""

    state: Pill
    reason: str


@dataclass(frozen=True, slots=True)
class EsimProfile:
    """An eSIM that the order has asked for; the activation code is what the customer scans."""

    iccid: str
    state: Pill
    activation_code: str


def cancellation(document: Document) -> Cancellation:
    """The wish of a cancelProductOrder document."""
    return Cancellation(pill(document.get("state")), text(document.get("cancellationReason")))


def esim_profile(document: Document) -> EsimProfile:
    """The profile of the gateway's document; before it is confirmed there is no code to scan."""
    return EsimProfile(
        iccid=text(document.get("iccid")),
        state=pill(document.get("state")),
        activation_code=text(document.get("activationCode")),
    )


def order(document: Document) -> Order:
    """The order of a TMF622 document."""
    items = _all_items(document)
    return Order(
        id=text(document.get("id")),
        number=text(document.get("externalId") or document.get("id")),
        state=pill(document.get("state")),
        customer_id=text(party(document).get("id")),
        placed=moment(document.get("orderDate")),
        completed=moment(document.get("completionDate")),
        totals=_totals(document, items),
        items=item_tree(items),
        ported=_port_characteristics(items),
        waits="; ".join(dict.fromkeys(_waits(document, items))),
    )


def item_tree(items: Sequence[Document]) -> tuple[Item, ...]:
    """The items in bundle order, each parent before its children."""
    by_no = {text(item.get("id")): item for item in items}
    children: dict[str, list[str]] = {}
    for number, item in by_no.items():
        children.setdefault(_parent_no(item, by_no), []).append(number)

    def branch(number: str, depth: int) -> Iterable[Item]:
        yield _item(by_no[number], depth)
        yield from chain.from_iterable(branch(child, depth + 1) for child in children.get(number, ()))

    return tuple(chain.from_iterable(branch(root, 0) for root in children.get("", ())))


def port(documents: Sequence[Document]) -> Port | None:
    """The latest port of the order; None when no number is ported."""
    if not documents:
        return None
    document = documents[-1]
    return Port(
        id=text(document.get("id")),
        number=phone(document.get("tn")),
        status=port_pill(document.get("status")),
        reason=reason(document.get("reasonCode") or document.get("delayCode")),
        due=moment(document.get("due")),
        promised=moment(document.get("promisedAt")),
        version=text(document.get("version")),
    )


def timeline(events: Iterable[Document]) -> tuple[Step, ...]:
    """The state changes of all systems for one order, in order of time."""
    steps = [_step(event) for event in events if _tells_a_state(event)]
    return tuple(_changes(sorted(steps, key=lambda step: step.at.iso if step.at else "")))


def _totals(document: Document, items: Sequence[Document]) -> Totals:
    """The order system's own totals; an order without them is summed up from its items."""
    stated = document_prices(document.get("orderTotalPrice"))
    return totals(stated or chain.from_iterable(document_prices(item.get("itemPrice")) for item in items))


def _all_items(document: Document) -> list[Document]:
    found: list[Document] = []
    waiting = records(document.get("productOrderItem"))
    while waiting:
        item, *waiting = waiting
        found.append(item)
        waiting = [{**child, "parentItemNo": item.get("id")} for child in _nested(item)] + waiting
    return found


def _waits(document: Document, items: Iterable[Document]) -> Iterable[str]:
    """What the order and its unfinished items say of themselves."""
    if text(document.get("state")) not in OPEN:
        return
    for said in (document, *(item for item in items if text(item.get("state")) in WAITING)):
        yield from (text(note.get("text")) for note in records(said.get("note")) if note.get("text"))


def _nested(item: Document) -> list[Document]:
    return records(item.get("productOrderItem"))


def _parent_no(item: Document, known: dict[str, Document]) -> str:
    named = text(item.get("parentItemNo"))
    related = [text(relation.get("id")) for relation in records(item.get("productOrderItemRelationship"))]
    own = text(item.get("id"))
    is_bundle = bool(record(item.get("product")).get("isBundle"))
    choices = [named] if named else ([] if is_bundle else related)
    return next((number for number in choices if number in known and number != own), "")


def _item(document: Document, depth: int) -> Item:
    found = characteristics(record(document.get("product")))
    details = [phone(found["portInTn"])] if found.get("portInTn") else []
    details += [found[name] for name in ("donorName", "deviceSku") if found.get(name)]
    details += [text(note.get("text")) for note in records(document.get("note"))]
    prices = document_prices(document.get("itemPrice"))
    return Item(
        no=text(document.get("id")),
        depth=depth,
        name=item_name(document),
        action=text(document.get("action")),
        state=pill(document.get("state")),
        detail=" · ".join(filter(None, details)),
        prices=tuple(price.label for price in prices if price.amount.value),
    )


def _port_characteristics(items: Iterable[Document]) -> dict[str, str]:
    found = (characteristics(record(item.get("product"))) for item in items)
    return next((values for values in found if values.get("portInTn")), {})


def _changes(steps: Iterable[Step]) -> Iterable[Step]:
    """The steps in which a resource's state is another one than before."""
    latest: dict[str, str] = {}
    for step in steps:
        if not step.resource_id or latest.get(step.resource_id) != step.state.state:
            yield step
        latest[step.resource_id] = step.state.state


def _tells_a_state(event: Document) -> bool:
    kind = text(event.get("eventType"))
    return "AttributeValue" not in kind and bool(_state(event))


def _state(event: Document) -> str:
    document = _subject(event)
    candidates = [event.get("state"), *(document.get(key) for key in STATE_KEYS)]
    return next((text(candidate) for candidate in candidates if candidate), "")


def _subject(event: Document) -> Document:
    """The resource inside an event's envelope, `event: {resourceType: document}`."""
    payload = record(event.get("event"))
    return next((record(value) for value in payload.values() if isinstance(value, dict)), {})


def _step(event: Document) -> Step:
    document = _subject(event)
    kind, state = text(event.get("resourceType")), _state(event)
    return Step(
        at=moment(event.get("eventTime")),
        what=spaced(kind or text(event.get("eventType")).removesuffix("Event")),
        state=port_pill(state) if kind == "port" else pill(state),
        detail=" · ".join(filter(None, _details(document))),
        resource_id=text(event.get("resourceId") or document.get("id")),
        is_technical=kind not in TOLD,
    )


def _details(document: Document) -> Iterable[str]:
    """What a rep tells the customer beside the state: reason, promise, due time, score, tracking."""
    yield reason(document.get("reasonCode") or document.get("delayCode"))
    for name, words in (("promisedAt", "answer promised by"), ("due", "due")):
        at = moment(document.get(name))
        yield f"{words} {at.local}" if at else ""
    if document.get("score"):
        yield f"score {document['score']}"
    if document.get("tracking"):
        yield f"{text(document.get('carrier'))} {document['tracking']}".strip()
    if document.get("productOffering"):
        yield item_name(document)
    yield ref_id(document, "serviceSpecification")
