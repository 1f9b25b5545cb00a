"""The gateway's books: one row per file and record, and the last sequence number of each feed and direction."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Row, and_, insert, select, update

from ringback.reference_stack.schema import PGW_FILE, PGW_OUTBOUND, PGW_RECORD, PGW_SEQUENCE

HIGHEST_SEQUENCE = 99_999
TRACE_DIGITS = 7  # of an ACH entry, after the eight of our bank
APPLIED = ("accepted", "partial", "archived")
FileRow = Row[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Stream:
    """What is numbered on its own: one partner's feed in one direction, test and live apart."""

    partner: str
    feed: str
    direction: str  # in or out
    mode: str = "P"


@dataclass(frozen=True, slots=True)
class Sent:
    """A record that we sent: what an answer refers to."""

    correlation: str
    fields: dict[str, object]


def following(sequence: int) -> int:
    """The number after a number; 99999 wraps to 1."""
    return sequence % HIGHEST_SEQUENCE + 1


def steps_ahead(sequence: int, expected: int) -> int:
    """How far a number is ahead of the expected one: 0 on time, positive in the future, negative in the past."""
    distance = (sequence - expected) % HIGHEST_SEQUENCE
    return distance if distance <= HIGHEST_SEQUENCE // 2 else distance - HIGHEST_SEQUENCE


def expected_sequence(tx: Connection, stream: Stream) -> int:
    """The number that the next file of a stream must bear."""
    last = tx.execute(select(PGW_SEQUENCE.c.last_seq).where(_is(stream))).scalar()
    return following(int(last)) if last is not None else 1


def consume_sequence(tx: Connection, stream: Stream, sequence: int) -> None:
    """Notes the number of an accepted or sent file."""
    changed = tx.execute(update(PGW_SEQUENCE).where(_is(stream)).values(last_seq=sequence)).rowcount
    if not changed:
        key = {"partner": stream.partner, "feed": stream.feed, "direction": stream.direction, "mode": stream.mode}
        tx.execute(insert(PGW_SEQUENCE).values(**key, last_seq=sequence))


def _is(stream: Stream) -> ColumnElement[bool]:
    columns = PGW_SEQUENCE.c
    return and_(
        columns.partner == stream.partner,
        columns.feed == stream.feed,
        columns.direction == stream.direction,
        columns.mode == stream.mode,
    )


def file_with_hash(tx: Connection, partner: str, sha256: str) -> FileRow | None:
    """The applied or held inbound file with the same content."""
    same = select(PGW_FILE).where(
        PGW_FILE.c.partner == partner,
        PGW_FILE.c.direction == "in",
        PGW_FILE.c.sha256 == sha256,
        PGW_FILE.c.status.in_((*APPLIED, "held")),
    )
    return tx.execute(same).first()


def file_with_name(tx: Connection, partner: str, name: str, statuses: Iterable[str]) -> FileRow | None:
    """The inbound file of a name in one of these states."""
    same = select(PGW_FILE).where(
        PGW_FILE.c.partner == partner,
        PGW_FILE.c.direction == "in",
        PGW_FILE.c.file_name == name,
        PGW_FILE.c.status.in_(tuple(statuses)),
    )
    return tx.execute(same).first()


def held_file(tx: Connection, stream: Stream, sequence: int) -> FileRow | None:
    """The file that waits for its turn under this number."""
    held = select(PGW_FILE).where(
        PGW_FILE.c.partner == stream.partner,
        PGW_FILE.c.feed == stream.feed,
        PGW_FILE.c.direction == "in",
        PGW_FILE.c.status == "held",
        PGW_FILE.c.seq_no == sequence,
    )
    return tx.execute(held).first()


def update_file(tx: Connection, file_id: str, **values: object) -> None:
    """Changes columns of a file's row."""
    tx.execute(update(PGW_FILE).where(PGW_FILE.c.id == file_id).values(**values))


def add_record(tx: Connection, file_id: str, line_no: int, key: str, **values: object) -> None:
    """One row per record of a file; values are status, error_code, entity_type, entity_id, correlation_id."""
    tx.execute(insert(PGW_RECORD).values(file_id=file_id, line_no=line_no, record_key=key, **values))


def update_record(tx: Connection, file_id: str, line_no: int, **values: object) -> None:
    """Changes the row of a record that was decided before."""
    columns = PGW_RECORD.c
    tx.execute(update(PGW_RECORD).where(columns.file_id == file_id, columns.line_no == line_no).values(**values))


def recorded_lines(tx: Connection, file_id: str) -> dict[int, str]:
    """The lines of a file that are decided already, with their status: a file may be resumed after a restart."""
    rows = tx.execute(select(PGW_RECORD.c.line_no, PGW_RECORD.c.status).where(PGW_RECORD.c.file_id == file_id))
    return {int(row.line_no): str(row.status) for row in rows}


def sent_debit(tx: Connection, trace: str) -> Sent | None:
    """The debit that we sent under a trace number: it ends in the number that the queue gave it."""
    number = int(trace[-TRACE_DIGITS:]) if trace.isascii() and trace.isdigit() else 0
    columns = PGW_OUTBOUND.c
    sent = select(columns.record, columns.correlation_id).where(columns.feed == "ACH", columns.id == number)
    row = tx.execute(sent).first()
    return Sent(str(row.correlation_id or ""), json.loads(row.record)) if row else None


def is_known_record(tx: Connection, partner: str, feed: str, key: str, *, besides: str) -> bool:
    """Whether an earlier file of the feed had this record accepted."""
    earlier = (
        select(PGW_RECORD.c.id)
        .join(PGW_FILE, PGW_FILE.c.id == PGW_RECORD.c.file_id)
        .where(
            PGW_FILE.c.partner == partner,
            PGW_FILE.c.feed == feed,
            PGW_FILE.c.direction == "in",
            PGW_RECORD.c.record_key == key,
            PGW_RECORD.c.status == "accepted",
            PGW_RECORD.c.file_id != besides,
        )
    )
    return tx.execute(earlier).first() is not None


def sent_record(tx: Connection, feed: str, *, reference: str = "", subject: str = "") -> Sent | None:
    """The latest record of a feed that we sent under a reference (request number) or about a subject (number)."""
    columns = PGW_OUTBOUND.c
    meant = columns.reference == reference if reference else columns.subject == subject
    sent = select(columns.record, columns.correlation_id).where(columns.feed == feed, meant).order_by(columns.id.desc())
    row = tx.execute(sent).first()
    return Sent(str(row.correlation_id or ""), json.loads(row.record)) if row else None
