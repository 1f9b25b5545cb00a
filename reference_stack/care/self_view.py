"""What a customer sees of himself: lines with what may be done to them, usage, prepaid balance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ringback.reference_stack.care.amounts import Amount, from_money
from ringback.reference_stack.care.documents import Document, record, records, text
from ringback.reference_stack.care.moments import Moment, moment
from ringback.reference_stack.care.words import phone

_MOST = 25
_KINDS = {"voice": "Call", "voiceIn": "Incoming call", "sms": "Message", "smsIn": "Incoming message", "data": "Data"}


@dataclass(frozen=True, slots=True)
class Usage:
    """One call, message or data session."""

    at: Moment | None
    kind: str
    number: str
    amount: str
    price: Amount | None


@dataclass(frozen=True, slots=True)
class Bucket:
    """The balance of a prepaid line."""

    id: str
    product_id: str
    account_id: str
    remaining: str
    until: Moment | None
    status: str


def usage(documents: Iterable[Document]) -> tuple[Usage, ...]:
    """The latest usage of TMF635 documents."""
    rows = [_usage(document) for document in documents]
    return tuple(sorted(rows, key=lambda row: row.at.iso if row.at else "", reverse=True)[:_MOST])


def bucket(document: Document) -> Bucket:
    """The bucket of a TMF654 document."""
    left = record(document.get("remainingValue"))
    product = next(iter(records(document.get("product"))), {})
    return Bucket(
        id=text(document.get("id")),
        product_id=text(product.get("id")),
        account_id=text(record(document.get("partyAccount")).get("id")),
        remaining=f"{float(left.get('amount') or 0):.2f} {text(left.get('units'))}",
        until=moment(record(document.get("validFor")).get("endDateTime")),
        status=text(document.get("status")),
    )


def quantity(amount: str, unit: str) -> str:
    """A quantity as people say it: minutes, megabytes, messages."""
    if not amount.isdecimal():
        return f"{amount} {unit}".strip()
    number = int(amount)
    if unit == "s":
        return f"{number // 60}:{number % 60:02d} min"
    if unit == "B":
        return f"{number / 1_000_000:.1f} MB"
    return str(number)


def _usage(document: Document) -> Usage:
    told = {text(one.get("name")): text(one.get("value")) for one in records(document.get("usageCharacteristic"))}
    rated = next(iter(records(document.get("ratedProductUsage"))), {})
    kind = text(document.get("usageType"))
    return Usage(
        at=moment(document.get("usageDate")),
        kind=_KINDS.get(kind, kind),
        number=phone(told.get("msisdn", "")[-10:]),
        amount=quantity(told.get("quantity", ""), told.get("unit", "")),
        price=from_money(rated.get("taxExcludedRatingAmount")),
    )
