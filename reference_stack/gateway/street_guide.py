"""The master street address guide goes to location in pieces: each row is taken or refused by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ringback.reference_stack.gateway.arrival import Arrival
from ringback.reference_stack.gateway.codecs.model import FeedProblem, record_problem
from ringback.reference_stack.gateway.content import Content, Entry
from ringback.reference_stack.gateway.ledger import add_record, recorded_lines
from ringback.reference_stack.systems.reading import Document, at, documents, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_AT_ONCE = 500


async def take(stack: Stack, arrival: Arrival, content: Content) -> tuple[FeedProblem, ...]:
    """Applies the rows of a guide in their order; what was decided before a restart stays decided."""
    with stack.db.begin() as tx:
        decided = recorded_lines(tx, arrival.file_id)
    waiting = [entry for entry in content.entries if decided.get(entry.line_no) != "accepted"]
    problems: list[FeedProblem] = []
    for start in range(0, len(waiting), _AT_ONCE):
        problems += await _piece(stack, arrival, waiting[start : start + _AT_ONCE], decided)
    return tuple(problems)


async def _piece(
    stack: Stack, arrival: Arrival, entries: Sequence[Entry], decided: dict[int, str]
) -> list[FeedProblem]:
    rows = [{**entry.body, "line_no": entry.line_no} for entry in entries if entry.problem is None]
    body: Document = {"fileId": arrival.file_id, "fileName": arrival.name, "rows": rows}
    answer = (await stack.http.post("location", "/location/v1/msag", json=body)).document()
    results = {at(one, "line_no"): one for one in documents(answer, "results")}
    problems = []
    with stack.db.begin() as tx:
        for entry in entries:
            problem = entry.problem or _problem(entry, results.get(entry.line_no, {}))
            if problem is not None:
                problems.append(problem)
            if entry.line_no in decided:
                continue
            values = {"status": "rejected" if problem else "accepted", "error_code": problem.code if problem else None}
            entity = text(results.get(entry.line_no, {}), "entityId")
            values |= {"entity_type": "loc_msag" if entity else None, "entity_id": entity or None}
            add_record(tx, arrival.file_id, entry.line_no, entry.key, **values)
    return problems


def _problem(entry: Entry, result: Document) -> FeedProblem | None:
    code = text(result, "code")
    return record_problem(code, text(result, "text"), line_no=entry.line_no, key=entry.key) if code else None
