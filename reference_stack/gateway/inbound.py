"""Files that partners send: looked at as a whole, held when a number is missing, applied record by record, answered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from ringback.reference_stack.clock import moment_of
from ringback.reference_stack.gateway.application import apply_entries
from ringback.reference_stack.gateway.arrival import Arrival, against_name, first_look, read_arrival
from ringback.reference_stack.gateway.closing import Decision, close
from ringback.reference_stack.gateway.codecs.model import FeedProblem, Severity, file_problem
from ringback.reference_stack.gateway.content import Content, read_content
from ringback.reference_stack.gateway.folders import PARTIAL, move
from ringback.reference_stack.gateway.ledger import (
    APPLIED,
    Stream,
    expected_sequence,
    file_with_hash,
    file_with_name,
    held_file,
    steps_ahead,
    update_file,
)
from ringback.reference_stack.gateway.outbound import folders_of
from ringback.reference_stack.gateway.partners import X12_FEEDS, Partner
from ringback.reference_stack.gateway.second_tries import try_again
from ringback.reference_stack.gateway.sftp_server import SftpService
from ringback.reference_stack.gateway.sims.batches import careless
from ringback.reference_stack.gateway.usage import rap_problems
from ringback.reference_stack.schema import PGW_FILE

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

ABANDONED_S = 3600.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file stands in its stream: on time, ahead (to be held) or behind."""

    ahead: int
    expected: int
    stream: Stream


async def poll(stack: Stack, partner: Partner) -> None:
    """Take in what a partner has completed in /to_us, in order of name."""
    folders = folders_of(stack, partner.id)
    for path in folders.arrived():
        if isinstance(stack.sftp, SftpService) and stack.sftp.is_being_written(path):
            continue
        arrival = read_arrival(partner, path, stack.clock.stamp())
        if arrival is not None:
            await take(stack, _book(stack, arrival))
    await _release(stack, partner)


def _book(stack: Stack, arrival: Arrival) -> Arrival:
    """The file with a row in the ledger; after a restart it keeps the row it had."""
    said = arrival.said
    numbered = said is not None and said.feed not in X12_FEEDS
    with stack.db.begin() as tx:
        begun = file_with_name(tx, arrival.partner.id, arrival.name, ("received",))
        if begun is not None:
            return arrival.booked(str(begun.id))
        file_id = stack.ids.new("FILE")
        values = {"partner": arrival.partner.id, "feed": arrival.feed, "direction": "in", "file_name": arrival.name}
        sizes = {"size_bytes": len(arrival.data), "seq_no": said.sequence if said and numbered else None}
        times = {"received_at": arrival.received, "business_date": arrival.received[:10]}
        tx.execute(
            insert(PGW_FILE).values(id=file_id, **values, **sizes, **times, sha256=arrival.sha256, status="received")
        )
    return arrival.booked(file_id)


async def take(stack: Stack, arrival: Arrival) -> None:
    """Decide on one file and do what the decision asks for."""
    said = arrival.said
    arrival = replace(arrival, known_by_name=arrival.feed == "UDR" and stack.defects.on("D68"))
    problems = first_look(arrival)
    if problems or said is None:
        close(stack, arrival, Decision("rejected", problems))
        return
    if _is_copy(stack, arrival):
        return
    content = read_content(said, arrival.data)
    content = careless(content) if arrival.feed == "SIMBATCH" and stack.defects.on("D71") else content
    problems = against_name(arrival, said, content, moment_of(arrival.received))
    place = _place(stack, arrival, said.sequence)
    if not problems and place is not None and place.ahead < 0:
        problems = (file_problem("G007", f"number {said.sequence} was used already, {place.expected} is next"),)
    if not problems:
        problems = (*_used_name(stack, arrival), *rap_problems(stack, arrival, content))
    if not problems and _is_control_used(stack, arrival):
        problems = (file_problem("G007", f"interchange control number {said.sequence} was used already"),)
    if problems:
        close(stack, arrival, Decision("rejected", problems, content))
    elif place is not None and place.ahead > 0:
        _hold(stack, arrival)
    else:
        await _apply(stack, arrival, content, place)


def _is_copy(stack: Stack, arrival: Arrival) -> bool:
    """Whether the same content was taken already, under whatever name: it changes nothing and is not rejected."""
    with stack.db.begin() as tx:
        original = file_with_hash(tx, arrival.partner.id, arrival.sha256)
    if original is None or (arrival.known_by_name and original.file_name != arrival.name):
        return False
    copy = FeedProblem("G006", Severity.WARNING, 0, f"copy of {original.file_name}")
    counts = (original.declared_count, original.actual_count, original.accepted_count, original.rejected_count)
    close(stack, arrival, Decision("duplicate", (copy,), counts=counts))
    return True


def _place(stack: Stack, arrival: Arrival, sequence: int | None) -> Place | None:
    """Where a numbered file stands; None for feeds without a sequence (BDD, X12)."""
    if sequence is None or arrival.feed in X12_FEEDS:
        return None
    stream = Stream(arrival.partner.id, arrival.feed, "in")
    with stack.db.begin() as tx:
        expected = expected_sequence(tx, stream)
        taken = held_file(tx, stream, sequence) is not None
    ahead = steps_ahead(sequence, expected)
    return Place(-1 if taken and ahead > 0 else ahead, expected, stream)


def _is_control_used(stack: Stack, arrival: Arrival) -> bool:
    """Whether an accepted interchange of this partner bore the same control number (ISA13 is unique for a year)."""
    if arrival.feed not in X12_FEEDS:
        return False
    same = select(PGW_FILE.c.id).where(
        PGW_FILE.c.partner == arrival.partner.id,
        PGW_FILE.c.direction == "in",
        PGW_FILE.c.file_name.like(f"%{arrival.name.rpartition('_')[2]}"),
        PGW_FILE.c.status.in_(APPLIED),
    )
    with stack.db.begin() as tx:
        return tx.execute(same).first() is not None


def _used_name(stack: Stack, arrival: Arrival) -> tuple[FeedProblem, ...]:
    """An ACH file is told by its day and modifier, a SIM batch by its number: the same name comes once."""
    if arrival.feed not in ("ACHRET", "SIMBATCH"):
        return ()
    with stack.db.begin() as tx:
        is_used = file_with_name(tx, arrival.partner.id, arrival.name, APPLIED) is not None
    return (file_problem("G007", f"a file {arrival.name} was taken already"),) if is_used else ()


def _held_path(stack: Stack, file_id: str, name: str) -> Path:
    return stack.settings.home / "held" / file_id / name


def _hold(stack: Stack, arrival: Arrival) -> None:
    """Keep a file that came before its turn; it is answered when it is applied."""
    path = _held_path(stack, arrival.file_id, arrival.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    move(arrival.path, path.parent)
    with stack.db.begin() as tx:
        update_file(tx, arrival.file_id, status="held")
    stack.log.warning("%s from %s is held: a number before it is missing", arrival.name, arrival.partner.id)


async def _apply(
    stack: Stack, arrival: Arrival, content: Content, place: Place | None, *, late: tuple[FeedProblem, ...] = ()
) -> None:
    """Apply the records of a file whose turn it is, and answer it."""
    problems = await apply_entries(stack, arrival, content)
    sequence = (arrival.said.sequence if arrival.said else None) or 0
    refused = any(problem.severity is Severity.FILE for problem in problems)
    step = (place.stream, sequence) if place is not None and not refused else None
    status = "rejected" if refused else "partial" if problems else "accepted"
    close(stack, arrival, Decision(status, (*late, *problems), content, step=step))
    if not refused:
        await try_again(stack, arrival)


async def _release(stack: Stack, partner: Partner) -> None:
    """Apply held files for as long as it is the turn of one of them."""
    folder = stack.settings.home / "held"
    if not folder.exists() or not any(folder.iterdir()):
        return
    for feed in partner.inbound:
        while (waiting := _next_held(stack, partner, Stream(partner.id, feed, "in"))) is not None:
            await _apply_held(stack, waiting)


async def _apply_held(stack: Stack, arrival: Arrival) -> None:
    said = arrival.said
    if said is None:
        raise ValueError(f"the held file {arrival.name} has lost its name")
    content = read_content(said, arrival.data)
    late = FeedProblem("G008", Severity.WARNING, 0, "held until the number before it arrived")
    place = _place(stack, arrival, said.sequence)
    await _apply(stack, arrival, content, place, late=(late,))
    arrival.path.parent.rmdir()


def _next_held(stack: Stack, partner: Partner, stream: Stream) -> Arrival | None:
    """The held file whose turn it is now."""
    with stack.db.begin() as tx:
        row = held_file(tx, stream, expected_sequence(tx, stream))
    if row is None:
        return None
    path = _held_path(stack, str(row.id), str(row.file_name))
    arrival = read_arrival(partner, path, str(row.received_at))
    return arrival.booked(str(row.id)) if arrival else None


def reject_abandoned(stack: Stack, partner: Partner) -> None:
    """Uploads that were begun and left alone for an hour are rejected as partial."""
    for path in folders_of(stack, partner.id).to_us.glob(f"*{PARTIAL}"):
        _give_up(stack, partner, path)


def _give_up(stack: Stack, partner: Partner, path: Path) -> None:
    real_now = stack.clock.now().timestamp() - stack.clock.offset_s
    if real_now - path.stat().st_mtime < ABANDONED_S:
        return
    arrival = read_arrival(partner, path, stack.clock.stamp())
    if arrival is not None:
        text = f"the upload was not finished within {ABANDONED_S / 3600:.0f} h"
        close(stack, _book(stack, arrival), Decision("rejected", (file_problem("G019", text),)))
