"""The registry's return file: it lists what was refused, so everything else of our file is posted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy import RowMapping, select, update

from ringback.reference_stack.clock import text_of
from ringback.reference_stack.gateway.arrival import Arrival
from ringback.reference_stack.gateway.cases import close_cases
from ringback.reference_stack.gateway.codecs.model import FeedProblem, file_problem, record_problem
from ringback.reference_stack.gateway.codecs.nena_layouts import RETURN_CODES
from ringback.reference_stack.gateway.content import Content, Entry
from ringback.reference_stack.gateway.emergency.records import (
    LOCKED,
    RECORDS,
    REMOVING,
    TRY_AGAIN_AFTER,
    change_record,
    concerned,
)
from ringback.reference_stack.gateway.emergency.requests import (
    address_of,
    list_records,
    post_record,
    resend,
    send_again,
    show_record,
)
from ringback.reference_stack.gateway.ledger import add_record, recorded_lines
from ringback.reference_stack.gateway.partners import E911_REGISTRY
from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.kernel.errors import TmfError
from ringback.reference_stack.kernel.system import route
from ringback.reference_stack.schema import PGW_FILE, PGW_OUTBOUND
from ringback.reference_stack.systems.fallout_report import report
from ringback.reference_stack.systems.reading import text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_WATCH_S = 1.0


async def take(stack: Stack, arrival: Arrival, content: Content) -> tuple[FeedProblem, ...]:
    """Applies a return file: what it lists is held with a case, the rest of our file is posted."""
    sent = _sent_with(stack, content.sequence or 0)
    if sent is None:
        return (file_problem("R105", f"no service-order file of ours has the number {content.sequence}"),)
    problems, refused = _refused(content, sent)
    for tn, row in sent.items():
        if row["status"] == "sent":
            CORRELATION.set(row["correlation_id"] or "")
            await (_hold(stack, row, refused[tn]) if tn in refused else _post(stack, row))
    _book(stack, arrival, content, sent, problems)
    return tuple(problems.values())


def _sent_with(stack: Stack, cycle: int) -> dict[str, RowMapping] | None:
    """The records of our file of a number by telephone number; None when there is no such file."""
    ours = select(PGW_FILE.c.id).where(
        PGW_FILE.c.partner == E911_REGISTRY.id,
        PGW_FILE.c.feed == "E911SOI",
        PGW_FILE.c.direction == "out",
        PGW_FILE.c.seq_no == cycle,
    )
    with stack.db.begin() as tx:
        file_id = tx.execute(ours.order_by(PGW_FILE.c.received_at.desc())).scalar()
        if file_id is None:
            return None
        keys = tx.execute(select(PGW_OUTBOUND.c.reference).where(PGW_OUTBOUND.c.file_id == file_id)).scalars().all()
        identities = [str(key).rpartition("-")[0] for key in keys]
        rows = tx.execute(select(RECORDS).where(RECORDS.c.id.in_(identities))).mappings().all()
    tries = {str(key).rpartition("-")[0]: int(str(key).rpartition("-")[2]) for key in keys}
    return {row["tn"]: row for row in rows if row["tries"] == tries[row["id"]]}


def _refused(content: Content, sent: Mapping[str, RowMapping]) -> tuple[dict[int, FeedProblem], dict[str, str]]:
    """The lines that cannot be applied, and the error code of each refused number."""
    problems: dict[int, FeedProblem] = {}
    refused: dict[str, str] = {}
    for entry in content.entries:
        problem = entry.problem or _problem(entry, sent)
        if problem is None:
            refused[entry.key] = entry.field("general_use")
        else:
            problems[entry.line_no] = problem
    return problems, refused


def _problem(entry: Entry, sent: Mapping[str, RowMapping]) -> FeedProblem | None:
    code = entry.field("general_use")
    if entry.key not in sent:
        return record_problem("R105", f"{entry.key} was not in that file", line_no=entry.line_no, key=entry.key)
    if code not in RETURN_CODES:
        said = f"error code {code!r} is none of {' '.join(RETURN_CODES)}"
        return record_problem("R104", said, line_no=entry.line_no, key=entry.key, field="general_use")
    return None


def _book(
    stack: Stack,
    arrival: Arrival,
    content: Content,
    sent: Mapping[str, RowMapping],
    problems: Mapping[int, FeedProblem],
) -> None:
    with stack.db.begin() as tx:
        known = recorded_lines(tx, arrival.file_id)
        for entry in content.entries:
            if entry.line_no in known:
                continue
            problem, row = problems.get(entry.line_no), sent.get(entry.key)
            values = {"status": "rejected" if problem else "accepted", "error_code": problem.code if problem else None}
            values |= {"entity_type": "pgw_e911_record" if row else None, "entity_id": row["id"] if row else None}
            journey = row["correlation_id"] if row else ""
            add_record(tx, arrival.file_id, entry.line_no, entry.key, **values, correlation_id=journey)


async def _hold(stack: Stack, row: RowMapping, code: str) -> None:
    again = text_of(stack.clock.now() + TRY_AGAIN_AFTER) if code == LOCKED else None
    with stack.db.begin() as tx:
        change_record(stack, tx, row["id"], {"status": "held", "error_code": code, "due_at": again})
    detail = f"the registry refuses function {row['function']} of {row['tn']}: {RETURN_CODES[code]}"
    await report(stack, system="gateway", order=concerned(row), code=f"E911-{code}", detail=detail)


async def _post(stack: Stack, row: RowMapping) -> None:
    """The network knows it first: only then anybody may rely on it."""
    path = f"/network/v1/e911/{row['tn']}"
    if row["function"] in REMOVING:
        (await stack.http.delete("network", path)).need()
    else:
        (await stack.http.call("PUT", "network", path, json=await _entry(stack, row))).need()
    status = "removed" if row["function"] in REMOVING else "posted"
    with stack.db.begin() as tx:
        change_record(stack, tx, row["id"], {"status": status, "error_code": None, "due_at": None})
    await close_cases(stack, concerned(row), "E911-", f"the registry has {status} {row['tn']}")


async def _entry(stack: Stack, row: RowMapping) -> dict[str, object]:
    address = await address_of(stack, row["address_id"])
    return {
        "house_nr": text(address, "streetNr"),
        "street": text(address, "streetName"),
        "community": text(address, "msagCommunity"),
        "state_cd": text(address, "stateOrProvince"),
        "esn": text(address, "esn"),
        "customer_name": row["customer_name"],
        "company_id": E911_REGISTRY.us,
        "status": "posted",
        "last_function": row["function"],
    }


async def start(stack: Stack) -> None:
    """Begins to watch for return files that do not come and for numbers that may be unlocked by now."""

    async def emergency_records() -> None:
        overdue = select(RECORDS).where(RECORDS.c.due_at <= stack.clock.stamp()).order_by(RECORDS.c.id)
        with stack.db.begin() as tx:
            rows = tx.execute(overdue).mappings().all()
        for row in rows:
            CORRELATION.set(row["correlation_id"] or "")
            if row["status"] == "held":
                await _try_again(stack, row)
            else:
                await _report_late(stack, row)

    stack.every(_WATCH_S, emergency_records)


async def _try_again(stack: Stack, row: RowMapping) -> None:
    try:
        await send_again(stack, row)
    except TmfError as refusal:
        _silence(stack, row)
        detail = f"{row['tn']} cannot be sent again: {refusal.reason}"
        await report(stack, system="gateway", order=concerned(row), code="E911-REFUSED", detail=detail)


async def _report_late(stack: Stack, row: RowMapping) -> None:
    _silence(stack, row)
    detail = f"no return file for {row['tn']} within a day"
    await report(stack, system="gateway", order=concerned(row), code="E911-RETURN-LATE", detail=detail)


def _silence(stack: Stack, row: RowMapping) -> None:
    with stack.db.begin() as tx:
        tx.execute(update(RECORDS).where(RECORDS.c.id == row["id"]).values(due_at=None))


ROUTES = (
    route("POST", "/e911-records", post_record),
    route("GET", "/e911-records", list_records),
    route("GET", "/e911-records/{id}", show_record),
    route("POST", "/e911-records/{id}/resend", resend),
)
