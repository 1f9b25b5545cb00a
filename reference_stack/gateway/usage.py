"""Usage files: all records of a file go to billing in one call, and a roaming partner is told what was wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from ringback.reference_stack.clock import text_of
from ringback.reference_stack.gateway.arrival import Arrival
from ringback.reference_stack.gateway.codecs.model import FeedProblem, file_problem, record_problem
from ringback.reference_stack.gateway.codecs.udr_layout import KINDS, begin_of, bytes_of, quantity_of
from ringback.reference_stack.gateway.content import Content, Entry
from ringback.reference_stack.gateway.ledger import APPLIED, add_record, is_known_record, recorded_lines
from ringback.reference_stack.schema import PGW_FILE
from ringback.reference_stack.systems.reading import documents, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_BILLING = "/billing/v1/usage-batches"


async def take_usage(stack: Stack, arrival: Arrival, content: Content) -> tuple[FeedProblem, ...]:
    """Hands the good records of a file over and notes what became of each; SystemDown when billing is away."""
    with stack.db.begin() as tx:
        decided = recorded_lines(tx, arrival.file_id)
    found = {entry.line_no: _problem(stack, arrival, entry) for entry in content.entries}
    good = [entry for entry in content.entries if found[entry.line_no] is None and entry.line_no not in decided]
    effects = await _hand_over(stack, arrival, good)
    for entry in content.entries:
        problem, entity = found[entry.line_no], effects.get(entry.line_no, ("", ""))[0]
        if entry.line_no in decided:
            continue
        if problem is None and not entity:
            code, said = effects.get(entry.line_no, ("", "R102"))[1], "billing refused the record"
            problem = record_problem(code, said, line_no=entry.line_no, key=entry.key)
            found[entry.line_no] = problem
        values: dict[str, object] = {"status": "rejected" if problem else "accepted"}
        values |= {"error_code": problem.code} if problem else {"entity_type": "bil_usage", "entity_id": entity}
        with stack.db.begin() as tx:
            add_record(tx, arrival.file_id, entry.line_no, entry.key, **values)
    return tuple(problem for problem in found.values() if problem is not None)


def _problem(stack: Stack, arrival: Arrival, entry: Entry) -> FeedProblem | None:
    """What is wrong with a record by itself, or that an earlier file had it."""
    if entry.problem is not None or arrival.known_by_name:
        return entry.problem
    with stack.db.begin() as tx:
        known = is_known_record(tx, arrival.partner.id, arrival.feed, entry.key, besides=arrival.file_id)
    if not known:
        return None
    said = f"record {entry.field('record_id')} was in an earlier file"
    return record_problem("R107", said, line_no=entry.line_no, key=entry.key)


async def _hand_over(stack: Stack, arrival: Arrival, entries: list[Entry]) -> dict[int, tuple[str, str]]:
    """For each line the entity that billing made of it, or the code of its refusal."""
    if not entries:
        return {}
    body = {"file_id": arrival.file_id, "file_name": arrival.name, "feed": arrival.feed}
    records = [_record(entry) for entry in entries]
    reply = (await stack.http.post("billing", _BILLING, json={**body, "records": records})).document()
    return {
        int(text(result, "line_no") or 0): (text(result, "entityId"), text(result, "code") or "R102")
        for result in documents(reply, "results")
    }


def _record(entry: Entry) -> dict[str, object]:
    """A record as billing rates it: what was used, how much of it, and when in the world."""
    fields = {name: str(value) for name, value in entry.body.items()}
    kind, unit = KINDS[fields["record_type"]]
    told = ("imsi", "msisdn", "utc_offset", "other_party", "apn", "serving_network", "charging_id", "record_type")
    return {
        **{name: fields[name] for name in told},
        "line_no": entry.line_no,
        "record_id": fields["record_id"],
        "record_key": entry.key,
        "usage_type": kind,
        "started_at": text_of(begin_of(fields)),
        "local_start": fields["event_start"],
        "quantity": quantity_of(fields),
        "unit": unit,
        "duration_s": int(fields["duration_s"] or 0),
        "bytes": bytes_of(fields),
        "charge": int(fields["charge"]),
        "tax": int(fields["tax"]),
        "partial_seq": fields["partial_seq"],
    }


def rap_problems(stack: Stack, arrival: Arrival, content: Content) -> tuple[FeedProblem, ...]:
    """A file that answers a RAP file of ours: there must be one of that number, and it is answered once."""
    number = content.rap_sequence
    if not number:
        return ()
    mine = (PGW_FILE.c.partner == arrival.partner.id, PGW_FILE.c.id != arrival.file_id)
    sent = select(PGW_FILE.c.id).where(*mine, PGW_FILE.c.feed == "RC", PGW_FILE.c.seq_no == number)
    answered = select(PGW_FILE.c.file_name).where(
        *mine, PGW_FILE.c.direction == "in", PGW_FILE.c.rap_seq == number, PGW_FILE.c.status.in_(APPLIED)
    )
    with stack.db.begin() as tx:
        is_known, before = tx.execute(sent).first() is not None, tx.execute(answered).scalar()
    if not is_known:
        return (file_problem("G002", f"RAP sequence {number:05d} is no RAP file of ours", line_no=1),)
    if before is not None:
        return (file_problem("G007", f"RAP file {number:05d} was answered already by {before}", line_no=1),)
    return ()
