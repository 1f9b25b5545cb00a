"""Files that we send: records wait in a queue, a worker puts those of one feed into one numbered file."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, insert, select, update

from ringback.reference_stack.clock import moment_of
from ringback.reference_stack.gateway.codecs.address import write_requests
from ringback.reference_stack.gateway.codecs.documents import FunctionalAnswer
from ringback.reference_stack.gateway.codecs.fixed import write_fixed
from ringback.reference_stack.gateway.codecs.imei import write_imei_list
from ringback.reference_stack.gateway.codecs.model import FeedHeader, FeedProblem
from ringback.reference_stack.gateway.codecs.ndjson import write_ndjson
from ringback.reference_stack.gateway.codecs.nena import write_locations
from ringback.reference_stack.gateway.codecs.pipe import VERSION, control_total, write_pipe
from ringback.reference_stack.gateway.codecs.stamps import ts14
from ringback.reference_stack.gateway.codecs.udr import write_rap
from ringback.reference_stack.gateway.codecs.x12 import (
    GROUP_OF_SET,
    Group,
    Interchange,
    Segment,
    TransactionSet,
    write_x12,
)
from ringback.reference_stack.gateway.codecs.x12_answers import write_functional
from ringback.reference_stack.gateway.codecs.x12_changes import write_cancellation
from ringback.reference_stack.gateway.codecs.x12_orders import write_order
from ringback.reference_stack.gateway.folders import SIDE_CAR, Folders, publish
from ringback.reference_stack.gateway.ledger import Stream, add_record, consume_sequence, expected_sequence
from ringback.reference_stack.gateway.names import FILES_A_DAY, file_name, modifier_of
from ringback.reference_stack.gateway.partners import NDJSON_FEEDS, OUR_NAME, PARTNERS, X12_FEEDS, Partner
from ringback.reference_stack.gateway.payments import write_debits
from ringback.reference_stack.gateway.preparation import Prepared, purchase_order
from ringback.reference_stack.schema import PGW_FILE, PGW_OUTBOUND

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

MOST_RECORDS = 500  # of one file
_MOST = {"CUSTEXP": 1}
X12_COUNTER = "X12"  # all sets to one partner share the interchange control number


@dataclass(frozen=True, slots=True)
class Queued:
    """One record of the queue."""

    id: int
    key: str
    fields: Mapping[str, object]
    correlation: str

    def texts(self) -> dict[str, str]:
        """The fields of a flat record."""
        return {name: str(value) for name, value in self.fields.items()}


Written = tuple[bytes, int | None]  # the file and its control total


@dataclass(frozen=True, slots=True)
class Batch:
    """The records of one file with the number and the time that it will bear."""

    partner: Partner
    feed: str
    records: Sequence[Queued]
    sequence: int
    now: datetime

    def texts(self) -> list[dict[str, str]]:
        """The records of a flat feed."""
        return [record.texts() for record in self.records]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A file that is ready to leave."""

    feed: str
    name: str
    sequence: int
    data: bytes
    records: Sequence[Queued]
    total: int | None = None


def folders_of(stack: Stack, partner: str) -> Folders:
    """The folders of a partner; they exist whether the SFTP server runs or not."""
    return Folders(stack.settings.home / "sftp" / partner)


def enqueue(stack: Stack, partner: str, feed: str, prepared: Prepared, correlation: str) -> int:
    """Put a record into the queue; the same record again is the one that is there already."""
    record = json.dumps(prepared.fields, sort_keys=True)
    columns = PGW_OUTBOUND.c
    same = select(columns.id, columns.record).where(columns.feed == feed, columns.reference == prepared.reference)
    with stack.db.begin() as tx:
        for row in tx.execute(same):
            if _without_time(json.loads(row.record)) == _without_time(json.loads(record)):
                return int(row.id)
        values = {"partner": partner, "feed": feed, "record_key": prepared.key, "reference": prepared.reference}
        values |= {"subject": prepared.subject, "record": record, "correlation_id": correlation}
        made = tx.execute(insert(PGW_OUTBOUND).values(**values, queued_at=stack.clock.stamp()))
    return int(made.inserted_primary_key[0]) if made.inserted_primary_key else 0


def _without_time(fields: Mapping[str, object]) -> dict[str, object]:
    """A record without the moments that a repetition would give anew."""
    return {name: value for name, value in fields.items() if name not in {"d_tsent", "date", "ddd_t"}}


async def flush(stack: Stack) -> None:
    """Send what waits, one file per partner and feed."""
    columns = PGW_OUTBOUND.c
    waits = select(columns.partner, columns.feed).where(columns.file_id.is_(None))
    queues = waits.group_by(columns.partner, columns.feed).order_by(func.min(columns.id))  # an order before its change
    with stack.db.begin() as tx:
        waiting = [(PARTNERS[str(row.partner)], str(row.feed)) for row in tx.execute(queues)]
    for partner, feed in waiting:
        await _flush_feed(stack, partner, feed)


async def _flush_feed(stack: Stack, partner: Partner, feed: str) -> None:
    waiting = _waiting(stack, partner, feed)
    if feed == "850":
        # The order must be known to logistics before the partner can answer it.
        for record in waiting:
            body = {**record.fields, "correlation": record.correlation}
            path = "/logistics/v1/purchase-orders"
            (await stack.http.post("logistics", path, json=body, correlation=record.correlation)).need()
    if feed != "ACH" or _is_settled(stack, partner, waiting):
        _send(stack, partner, feed, waiting)


def _is_settled(stack: Stack, partner: Partner, waiting: Sequence[Queued]) -> bool:
    """A bank takes few files a day: one leaves when nothing was added since the last look, and the day has room."""
    seen = stack.state.get("gateway.debits")
    stack.state["gateway.debits"] = waiting[-1].id
    today = stack.clock.stamp()[:10]
    sent = (PGW_FILE.c.partner == partner.id, PGW_FILE.c.feed == "ACH", PGW_FILE.c.business_date == today)
    with stack.db.begin() as tx:
        files = tx.execute(select(func.count()).select_from(PGW_FILE).where(*sent)).scalar_one()
    return seen == waiting[-1].id and int(files) < FILES_A_DAY


def _waiting(stack: Stack, partner: Partner, feed: str) -> list[Queued]:
    columns = PGW_OUTBOUND.c
    mine = (columns.partner == partner.id, columns.feed == feed, columns.file_id.is_(None))
    with stack.db.begin() as tx:
        rows = tx.execute(
            select(PGW_OUTBOUND).where(*mine).order_by(columns.id).limit(_MOST.get(feed, MOST_RECORDS))
        ).all()
    return [
        Queued(int(row.id), str(row.record_key), json.loads(row.record), str(row.correlation_id or "")) for row in rows
    ]


def _send(stack: Stack, partner: Partner, feed: str, records: Sequence[Queued]) -> None:
    stamp = stack.clock.stamp()
    now = moment_of(stamp)
    with stack.db.begin() as tx:
        stream = Stream(partner.id, X12_COUNTER if feed in X12_FEEDS else feed, "out")
        sequence = expected_sequence(tx, stream)
        file = _file(partner, feed, records, sequence, now)
        file_id = _book(stack, tx, partner, file, stamp)
        consume_sequence(tx, stream, sequence)
        sent = PGW_OUTBOUND.c.id.in_([record.id for record in records])
        tx.execute(update(PGW_OUTBOUND).where(sent).values(file_id=file_id))
        # Inside the transaction: when the file cannot be written, nothing is noted as sent.
        path = folders_of(stack, partner.id).from_us / file.name
        if feed in NDJSON_FEEDS:
            publish(path.with_name(file.name + SIDE_CAR), f"{hashlib.sha256(file.data).hexdigest()}\n".encode())
        publish(path, file.data)


def _file(partner: Partner, feed: str, records: Sequence[Queued], sequence: int, now: datetime) -> Outgoing:
    batch = Batch(partner, feed, records, sequence, now)
    data, total = _WRITERS[feed](batch)
    name = file_name(feed, partner.us, partner.name, ts14(now), sequence)
    return Outgoing(feed, name, sequence, data, records, total)


def _header(batch: Batch) -> FeedHeader:
    us, partner = batch.partner.us, batch.partner.name
    return FeedHeader(batch.feed, VERSION, us, partner, ts14(batch.now), batch.sequence, "P")


def _orders(batch: Batch) -> Written:
    sets = [write_order(purchase_order(record.fields)) for record in batch.records]
    return _interchange(batch.partner, batch.feed, sets, batch.sequence, batch.now), None


def _inquiries(batch: Batch) -> Written:
    texts = batch.texts()
    return write_fixed(_header(batch), texts), sum(int(text["device_amount"] or 0) for text in texts)


def _pipe_records(batch: Batch) -> Written:
    texts = batch.texts()
    return write_pipe(_header(batch), texts), control_total(batch.feed, texts)


def _locations(batch: Batch) -> Written:
    return write_locations(OUR_NAME, batch.sequence, batch.now, batch.texts()), None


def _questions(batch: Batch) -> Written:
    return write_requests(batch.texts()), None


def _messages(batch: Batch) -> Written:
    return write_ndjson(record.fields for record in batch.records), None


def _cancellations(batch: Batch) -> Written:
    sets = [write_cancellation(purchase_order(record.fields)) for record in batch.records]
    return _interchange(batch.partner, batch.feed, sets, batch.sequence, batch.now), None


def _debits(batch: Batch) -> Written:
    debits = [(record.id, record.texts()) for record in batch.records]
    return write_debits(debits, modifier_of(batch.sequence), batch.now)


def _imei_list(batch: Batch) -> Written:
    return write_imei_list(_header(batch), batch.texts()), None


def _export(batch: Batch) -> Written:
    """A system's own content as it is, with the count in the last line."""
    export = batch.records[0].texts()
    return base64.b64decode(export["content"]) + f"#TRAILER,{export['count']}\n".encode(), int(export["count"])


_WRITERS: Mapping[str, Callable[[Batch], Written]] = {
    "850": _orders,
    "860": _cancellations,
    "ACH": _debits,
    "CUSTEXP": _export,
    "IMEI": _imei_list,
    "CRDQ": _inquiries,
    **dict.fromkeys(("NPORT", "NPRESP", "DISPATCH"), _pipe_records),
    **dict.fromkeys(NDJSON_FEEDS, _messages),
    "E911SOI": _locations,
    "AVREQ": _questions,
}


def _interchange(
    partner: Partner, feed: str, sets: Sequence[tuple[Segment, ...]], sequence: int, now: datetime
) -> bytes:
    numbered = tuple(TransactionSet(feed, f"{number:04d}", segments) for number, segments in enumerate(sets, start=1))
    group = Group(GROUP_OF_SET[feed], str(sequence), numbered)
    return write_x12(Interchange(partner.us, partner.name, now, f"{sequence:09d}", "P", (group,)))


def _book(stack: Stack, tx: Connection, partner: Partner, file: Outgoing, stamp: str) -> str:
    file_id = stack.ids.new("FILE")
    count = len(file.records) or None
    values: dict[str, object] = {"partner": partner.id, "feed": file.feed, "direction": "out", "file_name": file.name}
    values |= {"seq_no": None if file.feed in X12_FEEDS else file.sequence, "business_date": stamp[:10]}
    values |= {"sha256": hashlib.sha256(file.data).hexdigest(), "size_bytes": len(file.data), "status": "sent"}
    counts = {"declared_count": count, "actual_count": count, "declared_total": file.total, "actual_total": file.total}
    tx.execute(insert(PGW_FILE).values(id=file_id, **values, **counts, received_at=stamp))
    for line, record in enumerate(file.records, start=2):
        owner = {"entity_type": "pgw_outbound", "entity_id": str(record.id), "correlation_id": record.correlation}
        add_record(tx, file_id, line, record.key, status="sent", **owner)
    return file_id


def send_functional(stack: Stack, partner: Partner, answers: Sequence[FunctionalAnswer]) -> str:
    """Send a 997 for the groups of one received file; answers the name of the file."""
    stamp = stack.clock.stamp()
    stream = Stream(partner.id, X12_COUNTER, "out")
    with stack.db.begin() as tx:
        sequence = expected_sequence(tx, stream)
        sets = [write_functional(answer) for answer in answers]
        data = _interchange(partner, "997", sets, sequence, moment_of(stamp))
        name = file_name("997", partner.us, partner.name, "", sequence)
        _book(stack, tx, partner, Outgoing("997", name, sequence, data, ()), stamp)
        consume_sequence(tx, stream, sequence)
        publish(folders_of(stack, partner.id).from_us / name, data)
    return name


def send_rap(stack: Stack, partner: Partner, about: str, problems: Sequence[FeedProblem]) -> str:
    """Send a roaming partner the RAP file about one of its files; answers the name of the file."""
    stamp = stack.clock.stamp()
    stream = Stream(partner.id, "RC", "out")
    created = ts14(moment_of(stamp))
    with stack.db.begin() as tx:
        sequence = expected_sequence(tx, stream)
        header = FeedHeader("RC", VERSION, partner.us, partner.name, created, sequence, "P")
        name = file_name("RC", partner.us, partner.name, created, sequence)
        data = write_rap(header, about, problems)
        _book(stack, tx, partner, Outgoing("RC", name, sequence, data, ()), stamp)
        consume_sequence(tx, stream, sequence)
        publish(folders_of(stack, partner.id).from_us / name, data)
    return name
