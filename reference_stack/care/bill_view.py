"""The bill viewer: one bill, its lines, and how its total comes about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ringback.reference_stack.care.amounts import Amount, from_money, total
from ringback.reference_stack.care.documents import Document, party, record, records, ref_id, text
from ringback.reference_stack.care.moments import Moment, moment
from ringback.reference_stack.care.words import Pill, pill


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill, before tax."""

    id: str
    description: str
    product_id: str
    product: str
    usage: str
    file_id: str
    period: str
    amount: Amount
    tax: Amount | None


@dataclass(frozen=True, slots=True)
class Bill:
    """A bill as a customer would be told about it."""

    id: str
    number: str
    account_id: str
    customer_id: str
    state: Pill
    date: Moment | None
    due: Moment | None
    period: str
    charges: Amount
    discount: Amount
    net: Amount
    tax: Amount
    total: Amount
    remaining: Amount
    lines: tuple[Line, ...]


def bill(document: Document, rates: Iterable[Document], names: Mapping[str, str] = MappingProxyType({})) -> Bill:
    """The bill of a TMF678 document and its applied billing rates; `names` tells products by their ids."""
    lines = tuple(_line(rate, names) for rate in rates)
    net = from_money(document.get("taxExcludedAmount")) or total([line.amount for line in lines])
    whole = from_money(document.get("taxIncludedAmount")) or net
    return Bill(
        id=text(document.get("id")),
        number=text(document.get("billNo") or document.get("id")),
        account_id=ref_id(document, "billingAccount"),
        customer_id=text(party(document).get("id")),
        state=pill(document.get("state")),
        date=moment(document.get("billDate")),
        due=moment(document.get("paymentDueDate")),
        period=_period(document.get("billingPeriod")),
        charges=total([line.amount for line in lines if not line.amount.is_credit]),
        discount=total([line.amount for line in lines if line.amount.is_credit]),
        net=net,
        tax=_tax(document, whole, net),
        total=whole,
        remaining=from_money(document.get("remainingAmount")) or whole,
        lines=lines,
    )


def _line(rate: Document, names: Mapping[str, str]) -> Line:
    usage = record(rate.get("usage"))
    amount = from_money(rate.get("taxExcludedAmount")) or from_money(rate.get("taxIncludedAmount")) or total([])
    taxes = [from_money(item.get("taxAmount")) for item in records(rate.get("appliedTax"))]
    known = [tax for tax in taxes if tax is not None]
    return Line(
        id=text(rate.get("id")),
        description=text(rate.get("description") or rate.get("name")),
        product_id=ref_id(rate, "product"),
        product=names.get(ref_id(rate, "product"), ""),
        usage=text(usage.get("recordKey") or usage.get("id")),
        file_id=text(usage.get("fileId")),
        period=_period(rate.get("periodCoverage")),
        amount=amount,
        tax=total(known) if known else None,
    )


def _tax(document: Document, whole: Amount, net: Amount) -> Amount:
    taxes = [from_money(item.get("taxAmount")) for item in records(document.get("taxItem"))]
    known = [tax for tax in taxes if tax is not None]
    return total(known) if known else Amount(whole.value - net.value, whole.currency)


def _period(value: object) -> str:
    period = record(value)
    start, end = moment(period.get("startDateTime")), moment(period.get("endDateTime"))
    return " to ".join(dict.fromkeys(part.day for part in (start, end) if part is not None))
