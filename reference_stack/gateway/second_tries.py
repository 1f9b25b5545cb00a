"""Records that came before what they refer to: tried once more when the next file of their feed has been applied."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from ringback.reference_stack.gateway.application import apply_again
from ringback.reference_stack.gateway.arrival import Arrival, read_arrival
from ringback.reference_stack.gateway.cases import close_cases
from ringback.reference_stack.gateway.content import read_content
from ringback.reference_stack.gateway.ledger import APPLIED, FileRow, update_file
from ringback.reference_stack.gateway.outbound import folders_of
from ringback.reference_stack.gateway.partners import X12_FEEDS
from ringback.reference_stack.kernel.errors import SystemDown
from ringback.reference_stack.schema import PGW_FILE, PGW_RECORD

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

UNREFERENCED = "R105"
_MOST = 100  # records of one file: a file that answers nothing of ours is no matter of order
# Taken whole, or with an order of their own; X12 is sent again by who was told of the refusal.
_OTHERWISE = X12_FEEDS | {"UDR", "TAP", "E911RET", "SIMBATCH", "MSAG", "KCI"}


async def try_again(stack: Stack, arrival: Arrival) -> None:
    """Apply the records of the file before this one that had referred to something unknown."""
    if arrival.feed in _OTHERWISE:
        return
    with stack.db.begin() as tx:
        before = _file_before(tx, arrival)
        lines = _unreferenced(tx, str(before.id)) if before is not None else []
    earlier = _arrival_of(stack, arrival, before) if before is not None and 0 < len(lines) <= _MOST else None
    if before is None or earlier is None or earlier.said is None:
        return
    try:
        accepted = await apply_again(stack, earlier, read_content(earlier.said, earlier.data), lines)
    except SystemDown as down:
        stack.log.warning("records of %s are not tried again: %s", earlier.name, down)
        return
    if accepted:
        await _note(stack, before, accepted, all_of=accepted == before.rejected_count)


async def _note(stack: Stack, file: FileRow, accepted: int, *, all_of: bool) -> None:
    with stack.db.begin() as tx:
        counts = {"accepted_count": file.accepted_count + accepted, "rejected_count": file.rejected_count - accepted}
        update_file(tx, str(file.id), **counts)
    stack.log.info("%s records of %s were accepted after the next file", accepted, file.file_name)
    if all_of:
        await close_cases(
            stack, str(file.id), f"PGW-{UNREFERENCED}", "what the records refer to came with the next file"
        )


def _file_before(tx: Connection, arrival: Arrival) -> FileRow | None:
    """The file of the same feed that was applied last before this one."""
    columns = PGW_FILE.c
    mine = (columns.partner == arrival.partner.id, columns.feed == arrival.feed, columns.direction == "in")
    others = select(PGW_FILE).where(*mine, columns.id != arrival.file_id, columns.status.in_(APPLIED))
    return tx.execute(others.order_by(columns.received_at.desc(), columns.id.desc()).limit(1)).first()


def _unreferenced(tx: Connection, file_id: str) -> list[int]:
    columns = PGW_RECORD.c
    refused = (columns.file_id == file_id, columns.status == "rejected", columns.error_code == UNREFERENCED)
    return [int(line) for line in tx.execute(select(columns.line_no).where(*refused)).scalars()]


def _arrival_of(stack: Stack, arrival: Arrival, file: FileRow) -> Arrival | None:
    """The archived file; None when it is not there any more."""
    day = str(file.received_at)[:10].replace("-", "")
    path: Path = folders_of(stack, arrival.partner.id).archive(day) / str(file.file_name)
    found = read_arrival(arrival.partner, path, str(file.received_at)) if path.exists() else None
    return found.booked(str(file.id)) if found else None
