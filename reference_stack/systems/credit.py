"""Credit: each order that is paid in instalments is asked about at the bureau; its answer becomes a decision."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import RowMapping, insert, select, update
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.clock import text_of
from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.errors import TmfError
from ringback.reference_stack.kernel.system import System, route
from ringback.reference_stack.schema import CRD_DECISION, CRD_INQUIRY
from ringback.reference_stack.systems.reading import at, documents, event_document, party, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

Document = dict[str, object]
_TURN_S = 0.1
_VALID_DAYS = 30
_DECISIONS = {
    "A": "approved",
    "P": "approvedWithDeposit",
    "R": "referred",
    "D": "declined",
    "N": "referred",  # no file at the bureau: a person decides
    "Z": "referred",  # the bureau could not answer
}


async def on_order_created(stack: Stack, envelope: Document) -> None:
    """Notes that the order needs a decision; the worker asks for it."""
    order = event_document(envelope)
    instalments = [
        price
        for item in documents(order, "productOrderItem")
        for price in documents(item, "itemPrice")
        if text(price, "priceType") == "installment"
    ]
    if not instalments:
        return  # only what is paid later needs credit
    amount = sum(
        round(float(text(one, "price.dutyFreeAmount.value")) * 100) * int(text(one, "months")) for one in instalments
    )
    known = select(CRD_INQUIRY.c.id).where(CRD_INQUIRY.c.order_id == text(order, "id"))
    with stack.db.begin() as tx:
        if tx.execute(known).first() is not None:
            return
        tx.execute(
            insert(CRD_INQUIRY).values(
                id=stack.ids.new("CRQ"),
                customer_id=party(order),
                order_id=text(order, "id"),
                device_amount=amount,
                state="new",
                requested_at=stack.clock.stamp(),
                correlation_id=text(envelope, "correlationId"),
            )
        )


async def ask(stack: Stack) -> None:
    """The worker that sends new inquiries to the bureau through the gateway."""
    with stack.db.begin() as tx:
        inquiries = tx.execute(select(CRD_INQUIRY).where(CRD_INQUIRY.c.state == "new")).mappings().all()
    for inquiry in inquiries:
        await _ask(stack, inquiry)


async def _ask(stack: Stack, inquiry: RowMapping) -> None:
    journey, customer = inquiry["correlation_id"], inquiry["customer_id"]
    person = await stack.http.get("crm", f"/crm/v1/customers/{customer}/credit-identity", correlation=journey)
    who = person.document()
    place = await stack.http.get("location", f"/geographicAddress/{text(who, 'address_id')}", correlation=journey)
    address: Document = place.document() if place.ok else {}
    record = {
        "request_id": inquiry["id"],
        "customer_id": customer,
        "product_order_id": inquiry["order_id"],
        "first_name": text(who, "given_name"),
        "last_name": text(who, "family_name"),
        "birth_date": text(who, "birth_date"),
        "id_last4": text(who, "id_last4"),
        "house_number": text(address, "streetNr"),
        "street": f"{text(address, 'streetName')} {text(address, 'streetType')}".strip(),
        "postcode": text(address, "postcode"),
        "requested_lines": 1,
        "device_amount": inquiry["device_amount"],
        "consent_ts": inquiry["requested_at"],
    }
    body = {
        "partner": "credit-bureau",
        "feed": "CRDQ",
        "key": inquiry["id"],
        "record": record,
        "correlation": journey,
    }
    (await stack.http.post("gateway", "/gateway/v1/outbound", json=body, correlation=journey)).need()
    with stack.db.begin() as tx:
        tx.execute(update(CRD_INQUIRY).where(CRD_INQUIRY.c.id == inquiry["id"]).values(state="sent"))


async def decide(stack: Stack, request: Request) -> Response:
    """Takes one answer of the bureau (the fields of CRDR) and publishes the decision."""
    answer = await body_of(request)
    with stack.db.begin() as tx:
        key = CRD_INQUIRY.c.id == text(answer, "request_id").strip()
        inquiry = tx.execute(select(CRD_INQUIRY).where(key)).mappings().first()
        _refuse(answer, inquiry)
        if inquiry is None:  # _refuse has raised; this tells the type checker
            raise _refusal(404, "R105", "no such inquiry")
        values = _decision(stack, answer, inquiry)
        tx.execute(insert(CRD_DECISION).values(**values))
        answered = {"state": "answered", "answered_at": stack.clock.stamp()}
        tx.execute(update(CRD_INQUIRY).where(CRD_INQUIRY.c.id == inquiry["id"]).values(**answered))
        stack.events.publish(
            tx,
            "CreditDecisionEvent",
            resource_type="creditDecision",
            resource_id=str(values["id"]),
            document=_document(values),
            correlation=inquiry["correlation_id"],
            state=str(values["decision"]),
        )
    return JSONResponse({"entityType": "crd_decision", "entityId": values["id"]})


def _refuse(answer: Document, inquiry: RowMapping | None) -> None:
    """Answers that belong to no inquiry, or to one that is answered, or to somebody else."""
    request = text(answer, "request_id").strip()
    if inquiry is None:
        raise _refusal(404, "R105", f"no inquiry {request!r} was sent")
    if inquiry["state"] == "answered":
        raise _refusal(409, "R110", f"inquiry {request} is answered already")
    if text(answer, "customer_id").strip() != inquiry["customer_id"]:
        raise _refusal(422, "R102", f"inquiry {request} is not about customer {text(answer, 'customer_id')}")
    if text(answer, "decision") not in _DECISIONS:
        raise _refusal(422, "R102", f"decision {text(answer, 'decision')!r} is unknown")


def _refusal(status: int, code: str, reason: str) -> TmfError:
    return TmfError(status, code, reason)


def _decision(stack: Stack, answer: Document, inquiry: RowMapping) -> dict[str, object]:
    """The row of a decision; a device dearer than the limit makes an approval a case for an analyst."""
    decision = _DECISIONS[text(answer, "decision")]
    limit = _number(answer, "device_limit") or 0
    if decision.startswith("approved") and limit < inquiry["device_amount"]:
        decision = "referred"
    decided = _moment(text(answer, "decided_ts")) or stack.clock.now()
    return {
        "id": stack.ids.new("CRD"),
        "customer_id": inquiry["customer_id"],
        "order_id": inquiry["order_id"],
        "decision": decision,
        "score": _number(answer, "score"),
        "credit_class": text(answer, "credit_class").strip() or None,
        "max_lines": _number(answer, "max_lines"),
        "device_limit": limit,
        "deposit": _number(answer, "deposit"),
        "decided_at": text_of(decided),
        "valid_until": text_of(decided + timedelta(days=_VALID_DAYS)),
        "bureau_ref": text(answer, "bureau_ref").strip() or None,
        "reason_codes": text(answer, "reason_codes").strip() or None,
    }


def _document(values: dict[str, object]) -> Document:
    return {
        "id": values["id"],
        "customerId": values["customer_id"],
        "orderId": values["order_id"],
        "decision": values["decision"],
        "score": values["score"],
        "deviceLimit": values["device_limit"],
        "deposit": values["deposit"],
        "decidedAt": values["decided_at"],
        "validUntil": values["valid_until"],
        "reasonCodes": values["reason_codes"],
    }


def _number(answer: Document, name: str) -> int | None:
    digits = str(at(answer, name) or "").strip()
    return int(digits) if digits.isdigit() else None


def _moment(stamp: str) -> datetime | None:
    """YYYYMMDDHHMMSS in UTC."""
    return datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC) if len(stamp.strip()) == 14 else None


async def list_decisions(stack: Stack, request: Request) -> Response:
    """The decisions, by order or customer."""
    columns = {"orderId": CRD_DECISION.c.order_id, "customerId": CRD_DECISION.c.customer_id}
    wanted = [columns[name] == value for name, value in request.query_params.items() if name in columns]
    with stack.db.begin() as tx:
        rows = tx.execute(select(CRD_DECISION).where(*wanted).order_by(CRD_DECISION.c.decided_at)).mappings().all()
    return JSONResponse([_document(dict(row)) for row in rows])


async def start(stack: Stack) -> None:
    """Starts the worker that asks."""

    async def inquiries() -> None:
        await ask(stack)

    stack.every(_TURN_S, inquiries)


SYSTEM = System(
    id="credit",
    prefix="crd_",
    base="/credit/v1",
    routes=(route("POST", "/decisions", decide), route("GET", "/decisions", list_decisions)),
    listeners={"ProductOrderCreateEvent": on_order_created},
    start=start,
)
