"""Applies the records of one file: each is rejected with its code, or handed to its owner and noted with its effect."""

from __future__ import annotations

import unicodedata
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import TYPE_CHECKING

from ringback.reference_stack.gateway import street_guide
from ringback.reference_stack.gateway.arrival import Arrival
from ringback.reference_stack.gateway.codecs.model import FeedProblem, record_problem
from ringback.reference_stack.gateway.content import Content, Entry
from ringback.reference_stack.gateway.emergency import returns as emergency_returns
from ringback.reference_stack.gateway.functional import note_functional
from ringback.reference_stack.gateway.handover import Effect, hand_over
from ringback.reference_stack.gateway.ledger import (
    Sent,
    add_record,
    is_known_record,
    recorded_lines,
    sent_debit,
    sent_record,
    update_record,
)
from ringback.reference_stack.gateway.payments import take_return
from ringback.reference_stack.gateway.sims import batches as sim_batches
from ringback.reference_stack.gateway.usage import take_usage
from ringback.reference_stack.gateway.wholesale import messages as wholesale_messages

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

# Feeds whose records exist once for ever; in the others the same key may come again.
_ONCE = frozenset({"NPORT", "NPRESP", "CRDR", "NPSV", "WFMCLOSE", "ACHRET", "AVRSP"})
_ECHO: Mapping[str, tuple[str, ...]] = {
    "NPRESP": ("tn", "onsp", "nnsp"),
    "CRDR": ("customer_id", "id_last4", "last_name"),
    "AVRSP": ("in_line1", "in_zip"),
    "ACHRET": ("amount",),
}

# What a record answers or concerns: our feed, how its records are found again, and the field that names them.
_REQUESTS: Mapping[str, tuple[str, str, str]] = {
    "NPRESP": ("NPORT", "reference", "req_no"),
    "CRDR": ("CRDQ", "reference", "request_id"),
    "AVRSP": ("AVREQ", "reference", "request_id"),
    "NPSV": ("NPORT", "subject", "tn"),
    "BDD": ("NPORT", "subject", "tn"),
    "855": ("850", "reference", "po"),
    "214": ("850", "reference", "po"),
    "WFMCLOSE": ("DISPATCH", "reference", "work_order_id"),
}


async def _functional(stack: Stack, arrival: Arrival, entry: Entry) -> Effect:
    return note_functional(stack, arrival.partner, entry)


# Feeds whose records the gateway itself owns, and feeds whose records are taken or refused together.
_INSIDE: Mapping[str, Callable[[Stack, Arrival, Entry], Awaitable[Effect]]] = {
    "997": _functional,
    "ACHRET": take_return,
    "KCI": wholesale_messages.take,
}
_WHOLE: Mapping[str, Callable[[Stack, Arrival, Content], Awaitable[tuple[FeedProblem, ...]]]] = {
    **dict.fromkeys(("UDR", "TAP"), take_usage),
    "E911RET": emergency_returns.take,
    "SIMBATCH": sim_batches.take,
    "MSAG": street_guide.take,
}


async def apply_entries(stack: Stack, arrival: Arrival, content: Content) -> tuple[FeedProblem, ...]:
    """Apply what can be applied; answers the problems of the records that could not.

    SystemDown passes through: records that are decided are noted, the file stays and is gone on with later.
    """
    if arrival.feed in _WHOLE:
        return await _WHOLE[arrival.feed](stack, arrival, content)
    with stack.db.begin() as tx:
        decided = recorded_lines(tx, arrival.file_id)
    problems: list[FeedProblem] = []
    for entry in content.entries:
        if decided.get(entry.line_no) == "accepted":
            continue
        if stack.defects.on("D04") and arrival.feed == "NPRESP" and entry.field("response_type") != "C":
            continue
        problem = await _apply(stack, arrival, entry, is_new=entry.line_no not in decided)
        if problem is not None:
            problems.append(problem)
    return tuple(problems)


async def _apply(stack: Stack, arrival: Arrival, entry: Entry, *, is_new: bool) -> FeedProblem | None:
    request = _request(stack, arrival.feed, entry)
    problem = entry.problem or _reference_problem(stack, arrival, entry, request)
    correlation = request.correlation if request else ""
    effect = Effect()
    if problem is None:
        effect = await _effect(stack, arrival, entry, correlation)
        if not effect.accepted:
            problem = record_problem(effect.code, effect.text, line_no=entry.line_no, key=entry.key)
    values = {"status": "rejected" if problem else "accepted", "error_code": problem.code if problem else None}
    values |= {"entity_type": effect.entity_type or None, "entity_id": effect.entity_id or None}
    with stack.db.begin() as tx:
        if is_new:
            add_record(tx, arrival.file_id, entry.line_no, entry.key, **values, correlation_id=correlation)
        elif problem is None:
            update_record(tx, arrival.file_id, entry.line_no, **values)
    return problem


async def apply_again(stack: Stack, arrival: Arrival, content: Content, lines: Collection[int]) -> int:
    """Apply records that were refused before; answers how many are accepted now, and leaves the others as they are."""
    entries = [entry for entry in content.entries if entry.line_no in lines]
    return sum([await _apply(stack, arrival, entry, is_new=False) is None for entry in entries])


async def _effect(stack: Stack, arrival: Arrival, entry: Entry, correlation: str) -> Effect:
    if arrival.feed in _INSIDE:
        return await _INSIDE[arrival.feed](stack, arrival, entry)
    origin = {"file_id": arrival.file_id, "file_name": arrival.name}
    return await hand_over(stack, arrival.feed, entry, correlation, origin)


def _request(stack: Stack, feed: str, entry: Entry) -> Sent | None:
    """What we sent that this record answers or concerns."""
    with stack.db.begin() as tx:
        if feed == "ACHRET":
            return sent_debit(tx, entry.field("original_trace"))
        if feed not in _REQUESTS:
            return None
        sent, column, field = _REQUESTS[feed]
        return sent_record(tx, sent, **{column: entry.field(field)})


def _reference_problem(stack: Stack, arrival: Arrival, entry: Entry, request: Sent | None) -> FeedProblem | None:
    """A record that answers nothing of ours, echoes it wrongly, or was taken already."""
    feed = arrival.feed
    if feed in _ONCE:
        with stack.db.begin() as tx:
            known = is_known_record(tx, arrival.partner.id, feed, entry.key, besides=arrival.file_id)
        if known:
            text = f"record {entry.key} was in an earlier file"
            return record_problem("R107", text, line_no=entry.line_no, key=entry.key)
    if feed not in _ECHO:
        return None
    if request is None:
        reference = next(filter(None, map(entry.field, ("req_no", "request_id", "original_trace"))), "")
        text = f"request {reference} was never sent"
        return record_problem("R105", text, line_no=entry.line_no, key=entry.key)
    for name in _ECHO[feed]:
        if _plain(entry.field(name)) != _plain(str(request.fields.get(name, ""))):
            text = f"{name} {entry.field(name)!r} is not the echo of the request"
            return record_problem("R102", text, line_no=entry.line_no, key=entry.key, field=name)
    return None


def _plain(text: str) -> str:
    """Text for comparison: without case and accents, which partners may strip."""
    folded = unicodedata.normalize("NFKD", text.strip().casefold())
    return "".join(letter for letter in folded if not unicodedata.combining(letter))
