"""Usage: records of a file are guided to products at once, then rated; a record counts once, in whatever file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping, func, insert, select, update
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.clock import moment_of, text_of
from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.kernel.errors import invalid
from ringback.reference_stack.schema import BIL_SUSPENSE, BIL_USAGE
from ringback.reference_stack.systems.billing.alerts import watch_allowance
from ringback.reference_stack.systems.billing.guiding import number_of, product_of
from ringback.reference_stack.systems.billing.limits import is_whole
from ringback.reference_stack.systems.billing.owed import account_of
from ringback.reference_stack.systems.billing.passes import is_covered
from ringback.reference_stack.systems.billing.prepaid import Movement, bucket_of, move
from ringback.reference_stack.systems.billing.tariffs import OUR_NETWORK, Use, rated
from ringback.reference_stack.systems.reading import Document, documents, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

COUNTED = ("guided", "rated", "rerated", "billed")
_UNKNOWN, _DUPLICATE, _OUTSIDE, _MALFORMED = "R105", "R107", "R110", "R109"
_SAID = {
    _UNKNOWN: "no line had this number at that instant",
    _DUPLICATE: "the record was rated before",
    _OUTSIDE: "outside the life of the product",
    _MALFORMED: "no possible time or quantity",
}
_ZONE = ZoneInfo("America/New_York")  # of the switches, whose wall clocks write the records


@dataclass(frozen=True, slots=True)
class Batch:
    """The file that records came in, and the products that they were guided to so far."""

    file_id: str
    products: dict[str, Document]


async def take_batch(stack: Stack, request: Request) -> Response:
    """``{"file_id", "records": [...]}`` of the mediation: per line the usage it became, or why it was refused."""
    body = await body_of(request)
    batch = Batch(text(body, "file_id"), {})
    records = documents(body, "records")
    results = [{"line_no": record.get("line_no")} | await _take(stack, batch, record) for record in records]
    return JSONResponse({"results": results})


async def _take(stack: Stack, batch: Batch, record: Document) -> Document:
    with stack.db.begin() as tx:
        known = _known(tx, batch.file_id, record)
    if known is not None:
        return _answer(known["id"], known["reason"])
    instant = instant_of(record)
    product = await _product(stack, batch, record, instant) if instant else {}
    values = _values(stack, batch.file_id, record, instant)
    with stack.db.begin() as tx:
        reason = _refusal(stack, tx, record, instant, product)
        values |= {"status": "rejected", "reason": reason} if reason else _guided(product)
        tx.execute(insert(BIL_USAGE).values(**values))
        if not reason:
            watch_allowance(stack, tx, values, text(product, "productOffering.id"))
    return _answer(str(values["id"]), reason)


def _answer(identity: str, reason: str | None) -> Document:
    return {"code": reason, "text": _SAID.get(reason, reason)} if reason else {"entityId": identity}


def _known(tx: Connection, file_id: str, record: Document) -> RowMapping | None:
    """The usage that a line of a file became when it was handed over before."""
    line = record.get("line_no")
    if not file_id or not is_whole(line):
        return None
    same = (BIL_USAGE.c.file_id == file_id) & (BIL_USAGE.c.line_no == line)
    return tx.execute(select(BIL_USAGE).where(same)).mappings().first()


def instant_of(record: Document) -> str:
    """When usage began, in UTC: the record's time with its own offset; empty when it names no possible instant."""
    written, offset = text(record, "started_at"), text(record, "utc_offset")
    try:
        moment = moment_of(written)
        if moment.tzinfo is None:
            moment = datetime.strptime(f"{moment:%Y%m%d%H%M%S}{offset}", "%Y%m%d%H%M%S%z")
        return text_of(moment)
    except (ValueError, OverflowError):
        return ""


async def _product(stack: Stack, batch: Batch, record: Document, instant: str) -> Document:
    identity = await product_of(stack, record, instant)
    if identity and identity not in batch.products:
        reply = await stack.http.get("product-inventory", f"/product/{identity}")
        batch.products[identity] = reply.document() if reply.ok else {}
    return batch.products.get(identity, {})


def _values(stack: Stack, file_id: str, record: Document, instant: str) -> Document:
    quantity = record.get("quantity")
    return {
        "id": stack.ids.new("USG"), "record_key": text(record, "record_key"), "file_id": file_id or None,
        "msisdn": number_of(text(record, "msisdn")), "imsi": text(record, "imsi") or None,
        "usage_type": text(record, "usage_type"), "unit": text(record, "unit") or "unit",
        "started_at": instant or text(record, "started_at"), "utc_offset": text(record, "utc_offset") or None,
        "quantity": quantity if is_whole(quantity) else -1, "serving_network": text(record, "serving_network"),
        "line_no": record.get("line_no") if is_whole(record.get("line_no")) else None,
        "received_at": stack.clock.stamp(), "correlation_id": CORRELATION.get(),
    }  # fmt: skip


def _refusal(stack: Stack, tx: Connection, record: Document, instant: str, product: Document) -> str:
    """Why a record counts for nothing; empty when it counts."""
    same = (BIL_USAGE.c.record_key == text(record, "record_key")) & BIL_USAGE.c.status.in_(COUNTED)
    quantity = record.get("quantity")
    is_known = tx.execute(select(BIL_USAGE.c.id).where(same)).first() is not None
    start, end = text(product, "startDate"), text(product, "terminationDate")
    checks: Mapping[str, bool] = {
        _MALFORMED: not instant or not is_whole(quantity) or str(quantity).startswith("-"),
        _DUPLICATE: is_known and not stack.defects.on("D68"),
        _UNKNOWN: not product,
        _OUTSIDE: not start or instant < start or bool(end and instant > end),
    }
    return next((code for code, applies in checks.items() if applies), "")


def _guided(product: Document) -> Document:
    items = documents(product, "productOrderItem")
    order = text(items[0] if items else {}, "productOrderId")
    return {
        "status": "guided",
        "product_id": text(product, "id"),
        "account_id": text(product, "billingAccount.id"),
        "order_id": order or None,
    }


async def rate_usage(stack: Stack) -> None:
    """Rates what was guided, in order of time, so that the allowance of a month is used up by its first records."""
    waiting = (BIL_USAGE.c.status == "guided") & BIL_USAGE.c.reason.is_(None)
    with stack.db.begin() as tx:
        rows = tx.execute(
            select(BIL_USAGE).where(waiting).order_by(BIL_USAGE.c.started_at, BIL_USAGE.c.id).limit(200)
        ).mappings().all()  # fmt: skip
    offerings: dict[str, str] = {}
    for row in rows:
        product = row["product_id"]
        if product not in offerings:
            reply = await stack.http.get("product-inventory", f"/product/{product}")
            offerings[product] = text(reply.json, "productOffering.id") if reply.ok else ""
    with stack.db.begin() as tx:
        for row in rows:
            _rate(stack, tx, row, offerings[row["product_id"]])


def _rate(stack: Stack, tx: Connection, row: RowMapping, offering: str) -> None:
    mine = BIL_USAGE.c.id == row["id"]
    quantity = _by_wall_clock(row) if stack.defects.on("D70") else row["quantity"]
    found = rated(_use(tx, row, offering, quantity))
    if found is None:
        tx.execute(update(BIL_USAGE).where(mine).values(reason="no tariff"))
        _suspend(stack, tx, row)
        return
    name, amount = found
    values: Document = {"status": "rated", "rate": name, "amount": amount, "rated_at": stack.clock.stamp()}
    bucket = bucket_of(tx, row["product_id"])
    if bucket is not None:
        values |= {"amount": min(amount, bucket["remaining"]), "status": "billed"}
        if values["amount"]:
            move(stack, tx, bucket["id"], Movement("usage", -min(amount, bucket["remaining"]), row["id"]))
    tx.execute(update(BIL_USAGE).where(mine).values(**values, quantity=quantity))


def _by_wall_clock(row: RowMapping) -> int:
    """A duration as the hands of a clock show it, which the change of the season moves."""
    if row["unit"] != "s":
        return int(row["quantity"])
    began = moment_of(row["started_at"])
    ended = began + timedelta(seconds=row["quantity"])
    hands = [moment.astimezone(_ZONE).replace(tzinfo=None) for moment in (began, ended)]
    return int((hands[1] - hands[0]).total_seconds())


def _use(tx: Connection, row: RowMapping, offering: str, quantity: int) -> Use:
    roaming = row["serving_network"] not in ("", None, OUR_NETWORK)
    passed = roaming and is_covered(tx, row["product_id"], row["started_at"])
    before = used_before(tx, row) if row["usage_type"] == "data" and not roaming else 0
    return Use(offering, row["usage_type"], quantity, roaming=roaming, before=before, passed=passed)


def used_before(tx: Connection, row: RowMapping) -> int:
    """What a line used of its allowance earlier in the month."""
    account = account_of(tx, row["account_id"])
    zone = ZoneInfo(account["time_zone"]) if account is not None else _ZONE
    month = moment_of(row["started_at"]).astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    earlier = (
        (BIL_USAGE.c.product_id == row["product_id"])
        & (BIL_USAGE.c.usage_type == "data")
        & BIL_USAGE.c.status.in_(("rated", "billed"))
        & BIL_USAGE.c.serving_network.in_(("", OUR_NETWORK))
        & (BIL_USAGE.c.started_at >= text_of(month))
        & (BIL_USAGE.c.started_at <= row["started_at"])
        & (BIL_USAGE.c.id != row["id"])
    )
    return int(tx.execute(select(func.coalesce(func.sum(BIL_USAGE.c.quantity), 0)).where(earlier)).scalar() or 0)


def _suspend(stack: Stack, tx: Connection, row: RowMapping) -> None:
    values = {"id": stack.ids.new("SUS"), "usage_id": row["id"], "reason": "no tariff", "state": "open"}
    values |= {"account_id": row["account_id"], "product_id": row["product_id"], "at": stack.clock.stamp()}
    tx.execute(insert(BIL_SUSPENSE).values(**values, correlation_id=row["correlation_id"]))


async def rerate(stack: Stack, request: Request) -> Response:
    """``{"productId", "from"?}``: usage that is on no bill yet is rated anew, late passes and tariffs included."""
    body = await body_of(request)
    product = text(body, "productId")
    if not product:
        raise invalid("productId is missing", "name the product whose usage is to be rated again")
    reply = await stack.http.get("product-inventory", f"/product/{product}")
    offering = text(reply.json, "productOffering.id") if reply.ok else ""
    since = (BIL_USAGE.c.product_id == product) & (BIL_USAGE.c.started_at >= text(body, "from"))
    again = (BIL_USAGE.c.status == "rated") | ((BIL_USAGE.c.status == "guided") & BIL_USAGE.c.reason.is_not(None))
    with stack.db.begin() as tx:
        rows = tx.execute(select(BIL_USAGE).where(since & again).order_by(BIL_USAGE.c.started_at)).mappings().all()
        for row in rows:
            step = {"rated": "rerated"}.get(row["status"], row["status"])
            tx.execute(update(BIL_USAGE).where(BIL_USAGE.c.id == row["id"]).values(status=step, reason=None))
            open_one = (BIL_SUSPENSE.c.usage_id == row["id"]) & (BIL_SUSPENSE.c.state == "open")
            tx.execute(update(BIL_SUSPENSE).where(open_one).values(state="closed"))
            _rate(stack, tx, row, offering)
    return JSONResponse({"productId": product, "count": len(rows)})
