"""SIMs come into the resource inventory by batches of their vendor, each card with its IMSI, a batch as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.errors import invalid
from ringback.reference_stack.schema import RINV_CHAR, RINV_RESOURCE
from ringback.reference_stack.systems.reading import Document, documents, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_KINDS = ("SIM", "ESIM_PROFILE")
_AT_ONCE = 500  # values of one query


async def post_batch(stack: Stack, request: Request) -> Response:
    """Loads a batch; 422 names every card that the inventory has already, and then loads none."""
    body = await body_of(request)
    file_id, kind = text(body, "fileId"), text(body, "kind") or "SIM"
    sims = documents(body, "sims")
    if not file_id or kind not in _KINDS:
        raise invalid("a batch needs fileId, and its kind is SIM or ESIM_PROFILE")
    if any(not text(sim, "iccid") or not text(sim, "imsi") for sim in sims):
        raise invalid("every card of a batch needs iccid and imsi")
    with stack.db.begin() as tx:
        loaded = _loaded(tx, file_id, kind)
        problems = [] if loaded else _problems(tx, sims)
        if not loaded and not problems:
            _load(stack, tx, file_id, kind, sims)
            loaded = _loaded(tx, file_id, kind)
            _announce(stack, tx, body, len(sims))
    if problems:
        return JSONResponse({"code": "R107", "reason": text(problems[0], "text"), "problems": problems}, 422)
    return JSONResponse({"fileId": file_id, "sims": loaded}, 201)


def _loaded(tx: Connection, file_id: str, kind: str) -> list[Document]:
    """The cards of a batch that was loaded before."""
    columns = RINV_RESOURCE.c
    mine = select(columns.id, columns.value).where(columns.batch_file_id == file_id, columns.kind == kind)
    return [{"iccid": row.value, "id": row.id} for row in tx.execute(mine.order_by(columns.value))]


def _problems(tx: Connection, sims: Sequence[Document]) -> list[Document]:
    """The cards whose ICCID or IMSI is taken, in the inventory or twice in the batch."""
    taken = {
        "iccid": _known(tx, _KINDS, [text(sim, "iccid") for sim in sims]),
        "imsi": _known(tx, ("IMSI",), [text(sim, "imsi") for sim in sims]),
    }
    problems: list[Document] = []
    seen: set[str] = set()
    for sim in sims:
        for name, known in taken.items():
            value = text(sim, name)
            if value in known:
                said = f"{name.upper()} {value} is in the inventory already"
                problems.append({"iccid": text(sim, "iccid"), "code": "R107", "text": said})
            elif value in seen:
                said = f"{name.upper()} {value} is twice in the batch"
                problems.append({"iccid": text(sim, "iccid"), "code": "R106", "text": said})
            seen.add(value)
    return problems


def _known(tx: Connection, kinds: Sequence[str], values: Sequence[str]) -> set[str]:
    columns = RINV_RESOURCE.c
    found: set[str] = set()
    for start in range(0, len(values), _AT_ONCE):
        part = values[start : start + _AT_ONCE]
        query = select(columns.value).where(columns.kind.in_(kinds), columns.value.in_(part))
        found.update(tx.execute(query).scalars())
    return found


def _load(stack: Stack, tx: Connection, file_id: str, kind: str, sims: Sequence[Document]) -> None:
    """Writes a batch in bulk: a hundred thousand cards are one event, not two hundred thousand."""
    free = {"resource_status": "available", "usage_state": "idle", "batch_file_id": file_id}
    resources, pairs = [], []
    for sim in sims:
        card = stack.ids.new("RES")
        resources.append({"id": card, "kind": kind, "spec_id": kind, "value": text(sim, "iccid"), **free})
        imsi = {"id": stack.ids.new("RES"), "kind": "IMSI", "spec_id": "IMSI", "value": text(sim, "imsi"), **free}
        resources.append(imsi)
        pairs.append({"resource_id": card, "name": "imsi", "value": text(sim, "imsi")})
    if resources:
        tx.execute(insert(RINV_RESOURCE), resources)
        tx.execute(insert(RINV_CHAR), pairs)


def _announce(stack: Stack, tx: Connection, body: Document, quantity: int) -> None:
    document: Document = {"id": text(body, "fileId"), "fileName": text(body, "fileName"), "quantity": quantity}
    stack.events.publish(
        tx, "SimBatchLoadedEvent", resource_type="simBatch", resource_id=text(body, "fileId"), document=document
    )
