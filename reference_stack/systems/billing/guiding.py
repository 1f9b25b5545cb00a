"""Whose usage it is: which service had a number or an IMSI at an instant, and which product that service realizes.

Service inventory tells every change of a line's number and IMSI by its events; billing keeps from when to when each was
valid, so that a record of yesterday finds the line of yesterday.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, insert, select, update

from ringback.reference_stack.schema import BIL_IDENTITY
from ringback.reference_stack.systems.reading import Document, characteristics, documents, event_document, party, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_KINDS = ("imsi", "msisdn")
_OVER = ("terminated", "retired")


async def on_service(stack: Stack, envelope: Document) -> None:
    """A line changed: the number and the IMSI it has now are valid from the event on, others ended with it."""
    service = event_document(envelope)
    values = characteristics(service, "serviceCharacteristic")
    if not any(values.get(kind) for kind in _KINDS):
        return
    when = text(envelope, "eventTime") or stack.clock.stamp()
    over = text(service, "state") in _OVER
    with stack.db.begin() as tx:
        for kind in _KINDS:
            _note(stack, tx, service, (kind, "" if over else values.get(kind, "")), when)


def _note(stack: Stack, tx: Connection, service: Document, told: tuple[str, str], when: str) -> None:
    kind, value = told
    identity = text(service, "id")
    valid = (BIL_IDENTITY.c.service_id == identity) & (BIL_IDENTITY.c.kind == kind) & BIL_IDENTITY.c.valid_to.is_(None)
    row = tx.execute(select(BIL_IDENTITY).where(valid)).mappings().first()
    if row is not None and row["value"] == value:
        return
    if row is not None:
        tx.execute(update(BIL_IDENTITY).where(BIL_IDENTITY.c.id == row["id"]).values(valid_to=when))
    if value:
        start = when if row is not None else min(when, text(service, "startDate") or when)
        values = {"id": stack.ids.new("LID"), "service_id": identity, "kind": kind, "value": value}
        tx.execute(insert(BIL_IDENTITY).values(**values, customer_id=party(service) or None, valid_from=start))


def number_of(written: str) -> str:
    """The ten digits of a number that comes with its country."""
    digits = written.removeprefix("+")
    return digits[1:] if len(digits) == 11 and digits.startswith("1") else digits


async def product_of(stack: Stack, record: Document, instant: str) -> str:
    """The product whose line a record belongs to; empty when nobody had its number and IMSI at that instant."""
    told = {"imsi": text(record, "imsi"), "msisdn": number_of(text(record, "msisdn"))}
    with stack.db.begin() as tx:
        found = [row for kind, value in told.items() if value and (row := _holder(tx, kind, value, instant))]
    if not found:
        return ""
    row = found[0]
    product = str(row["product_id"] or "") or await _realized(stack, row)
    if product and not row["product_id"]:
        with stack.db.begin() as tx:
            mine = BIL_IDENTITY.c.service_id == row["service_id"]
            tx.execute(update(BIL_IDENTITY).where(mine).values(product_id=product))
    return product


def _holder(tx: Connection, kind: str, value: str, instant: str) -> RowMapping | None:
    held = (BIL_IDENTITY.c.kind == kind) & (BIL_IDENTITY.c.value == value) & (BIL_IDENTITY.c.valid_from <= instant)
    rows = tx.execute(select(BIL_IDENTITY).where(held).order_by(BIL_IDENTITY.c.valid_from.desc())).mappings()
    return next((row for row in rows if row["valid_to"] is None or instant < row["valid_to"]), None)


async def _realized(stack: Stack, row: RowMapping) -> str:
    """The product of the customer that a service realizes, itself or through the service that relies on it."""
    query = {"relatedParty.id": row["customer_id"] or ""}
    for product in (await stack.http.get("product-inventory", "/product", params=query)).documents():
        for service in documents(product, "realizingService"):
            if await _relies(stack, text(service, "id"), row["service_id"]):
                return text(product, "id")
    return ""


async def _relies(stack: Stack, service: str, wanted: str) -> bool:
    if service == wanted:
        return True
    reply = await stack.http.get("service-inventory", f"/service/{service}")
    related = documents(reply.json, "serviceRelationship") if reply.ok else []
    return any(text(relation, "service.id") == wanted for relation in related)
