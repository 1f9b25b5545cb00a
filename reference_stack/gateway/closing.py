"""Closes a received file: its row, its place in archive or quarantine, and the answer to the partner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ringback.reference_stack.gateway.arrival import Arrival
from ringback.reference_stack.gateway.codecs.acks import Ack, write_ack
from ringback.reference_stack.gateway.codecs.model import FeedProblem, Severity
from ringback.reference_stack.gateway.content import Content
from ringback.reference_stack.gateway.folders import ACK, SIDE_CAR, move, publish
from ringback.reference_stack.gateway.functional import answers_to
from ringback.reference_stack.gateway.ledger import Stream, consume_sequence, update_file
from ringback.reference_stack.gateway.outbound import folders_of, send_functional, send_rap
from ringback.reference_stack.gateway.partners import X12_FEEDS
from ringback.reference_stack.systems.fallout_report import report

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

Counts = tuple[int | None, int | None, int | None, int | None]  # declared, actual, accepted, rejected


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a file.

    Args:
        status: accepted, partial, rejected or duplicate.
        problems: what goes into the acknowledgement.
        content: the file as read, when it could be.
        counts: those of the original, for a copy.
        step: the sequence number that the file uses up in its stream.
    """

    status: str
    problems: tuple[FeedProblem, ...] = ()
    content: Content | None = None
    counts: Counts | None = None
    step: tuple[Stream, int] | None = None

    def four_counts(self) -> Counts:
        """Declared, actual, accepted and rejected records."""
        if self.counts is not None or self.content is None:
            return self.counts or (None, None, 0, 0)
        actual = self.content.actual_count or 0
        if self.status == "rejected":
            return self.content.declared_count, actual, 0, actual
        rejected = sum(problem.severity is Severity.RECORD for problem in self.problems)
        return self.content.declared_count, actual, actual - rejected, rejected


def close(stack: Stack, arrival: Arrival, decision: Decision) -> None:
    """Answer the partner, note the decision and put the file away; a crash in between repeats, it loses nothing."""
    ack_name = _answer(stack, arrival, decision)
    declared, actual, accepted, rejected = decision.four_counts()
    content = decision.content
    with stack.db.begin() as tx:
        update_file(
            tx,
            arrival.file_id,
            status=decision.status,
            declared_count=declared,
            actual_count=actual,
            accepted_count=accepted,
            rejected_count=rejected,
            declared_total=content.declared_total if content else None,
            actual_total=content.actual_total if content else None,
            ack_file_name=ack_name,
            rap_seq=(content.rap_sequence or None) if content else None,
        )
        if decision.step is not None:
            consume_sequence(tx, *decision.step)
        _put_away(stack, arrival, decision)  # inside: a file that cannot be moved is not noted as decided
    stack.log.info("%s from %s: %s", arrival.name, arrival.partner.id, decision.status)
    if decision.status in {"rejected", "partial"}:
        worst = decision.problems[0]
        detail = f"{arrival.name}: {worst.text}"
        stack.spawn(report(stack, system="gateway", order=arrival.file_id, code=f"PGW-{worst.code}", detail=detail))


def _answer(stack: Stack, arrival: Arrival, decision: Decision) -> str:
    """Write the `.ack` (or send the 997) and answer its name; a 997 is not answered."""
    if arrival.feed in X12_FEEDS:
        groups = decision.content is not None and decision.content.groups
        if not groups or decision.content is None:
            return ""
        answers = answers_to(decision.content, file_rejected=decision.status == "rejected")
        return send_functional(stack, arrival.partner, answers) if answers else ""
    said = arrival.said
    numbers = (said.sequence if said else None, decision.status.upper(), *decision.four_counts())
    ack = Ack(arrival.name, *numbers, arrival.received, arrival.sha256, decision.problems)
    if arrival.feed == "TAP" and decision.status in {"rejected", "partial"}:
        send_rap(stack, arrival.partner, arrival.name, decision.problems)
    name = arrival.name + ACK
    publish(folders_of(stack, arrival.partner.id).acks_to_partner / name, write_ack(ack))
    return name


def _put_away(stack: Stack, arrival: Arrival, decision: Decision) -> None:
    folders = folders_of(stack, arrival.partner.id)
    day = arrival.received[:10].replace("-", "")
    folder = folders.quarantine if decision.status == "rejected" else folders.archive(day)
    side_car = folders.to_us / (arrival.name + SIDE_CAR)
    if side_car.exists():
        move(side_car, folder)
    move(arrival.path, folder)
