"""What partners send about our ports: the old provider's answers, NPAC's messages and its bulk download."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, delete, insert, select, update
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.schema import NPG_SV
from ringback.reference_stack.systems.portability.life_cycle import (
    SV_STATES,
    Port,
    Refusal,
    activation_proven,
    answer_of,
)
from ringback.reference_stack.systems.portability.port_out import left
from ringback.reference_stack.systems.portability.records import (
    OUR_LRN,
    OUR_SPID,
    change,
    iso,
    port_by,
    set_values,
    values_of,
)
from ringback.reference_stack.systems.reading import Document, at, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack


async def post_response(stack: Stack, request: Request) -> Response:
    """Applies one NPRESP record to the port request it answers."""
    record = _record(await body_of(request))
    try:
        with stack.db.begin() as tx:
            port = _apply_answer(stack, tx, record)
    except Refusal as refusal:
        return _refused(refusal)
    return JSONResponse({"entityType": "npg_port", "entityId": port})


async def post_subscription_version(stack: Stack, request: Request) -> Response:
    """Mirrors one NPSV message or one row of the bulk download, and goes live when both agree."""
    body = await body_of(request)
    record, file_id = _record(body), text(body, "file_id", "file.id")
    in_download = text(body, "feed").upper() == "BDD" or "version_id" in record
    try:
        with stack.db.begin() as tx:
            version = _mirror(tx, record, file_id, in_download=in_download)
            port = _port_of(tx, version)
            if port is not None:
                seen = "inDownload" if in_download else "inMessage"
                set_values(tx, port["id"], {seen: version["status"]})
                _go_live(stack, tx, port["id"])
            if version["spid"] != OUR_SPID and version["status"] == "active":
                left(stack, tx, version["tn"], version["sv_id"])
    except Refusal as refusal:
        return _refused(refusal)
    return JSONResponse({"entityType": "npg_sv", "entityId": version["sv_id"]})


def _refused(refusal: Refusal) -> Response:
    body = {"code": refusal.code, "reason": refusal.text, "text": refusal.text}
    return JSONResponse(body, 422)


def _record(body: Document) -> dict[str, str]:
    """The record of a hand-over, whole or inside its envelope, as texts."""
    inner = at(body, "record")
    fields = inner if isinstance(inner, dict) else body
    return {str(name): str(value) for name, value in fields.items() if isinstance(value, str | int)}


def _apply_answer(stack: Stack, tx: Connection, record: Mapping[str, str]) -> str:
    row = port_by(tx, req_no=record.get("req_no", ""))
    if row is None:
        raise Refusal("R105", f"no port request has the number {record.get('req_no')}")
    answer = answer_of(Port(row["tn"], row["version"], row["status"]), record)
    answer = replace(answer, reason_code="", reason="") if stack.defects.on("D13") else answer
    due = iso(answer.due)
    values: Document = {
        "status": answer.status,
        "response_type": answer.response_type,
        "reason_code": answer.reason_code or None,
    }
    if answer.status == "confirmed":
        values |= {"due_at": due, "confirmed_at": stack.clock.stamp()}
    if answer.status == "delayed":
        values |= {"due_at": due, "promised_at": due}
    set_values(tx, row["id"], {"reason": answer.reason})
    change(stack, tx, row["id"], values)
    _go_live(stack, tx, row["id"])
    return str(row["id"])


def _mirror(tx: Connection, record: Mapping[str, str], file_id: str, *, in_download: bool) -> RowMapping:
    """Keeps the newest state of a subscription version."""
    identity = record.get("sv_id") or record.get("version_id") or ""
    if not identity or not record.get("tn"):
        raise Refusal("R101", "a subscription version needs its id and its tn")
    status = _status(record, in_download=in_download)
    known = tx.execute(select(NPG_SV).where(NPG_SV.c.sv_id == identity)).mappings().first()
    values = {
        "sv_id": identity,
        "tn": record["tn"],
        "lrn": record.get("lrn") or None,
        "spid": record.get("new_spid") or record.get("spid") or record.get("new_current_spid") or "",
        "status": status,
        "sv_type": record.get("sv_type") or (known["sv_type"] if known else None),
        "lnp_type": record.get("lnp_type") or (known["lnp_type"] if known else None),
        "activation_ts": iso(record.get("activation_ts") or record.get("status_ts", "")),
        "file_id": file_id or (known["file_id"] if known else None),
    }
    if values["spid"] == OUR_SPID and port_by(tx, tn=record["tn"]) is None and known is None:
        raise Refusal("R105", f"number {record['tn']} came to us, but no port request asked for it")
    if status == "active":
        older = (NPG_SV.c.tn == record["tn"]) & (NPG_SV.c.sv_id != identity) & (NPG_SV.c.status == "active")
        tx.execute(update(NPG_SV).where(older).values(status="old"))
    tx.execute(delete(NPG_SV).where(NPG_SV.c.sv_id == identity))
    tx.execute(insert(NPG_SV).values(**values))
    return tx.execute(select(NPG_SV).where(NPG_SV.c.sv_id == identity)).mappings().one()


def _status(record: Mapping[str, str], *, in_download: bool) -> str:
    """The download lists active versions, and deleted ones with reason 1; a message says its state as a number."""
    if in_download:
        return "old" if record.get("download_reason") == "1" else "active"
    number = record.get("sv_status", "")
    if number not in SV_STATES:
        raise Refusal("R104" if number else "R101", f"sv_status {number!r} is none of {', '.join(SV_STATES)}")
    return SV_STATES[number]


def _port_of(tx: Connection, version: RowMapping) -> RowMapping | None:
    """The port request that a version of ours belongs to."""
    return port_by(tx, tn=version["tn"], direction="in") if version["spid"] == OUR_SPID else None


def _go_live(stack: Stack, tx: Connection, port: str) -> None:
    """A confirmed port is activated when NPAC's message and its download both have the number active with us."""
    row, values = port_by(tx, id=port), values_of(tx, port)
    if row is None or values.get("inMessage") != "active":
        return
    newest = select(NPG_SV).where(NPG_SV.c.tn == row["tn"], NPG_SV.c.status == "active")
    version = tx.execute(newest).mappings().first()
    if version is None or row["status"] not in ("confirmed", "svPending"):
        return
    live = activation_proven(
        status=row["status"],
        sv_status=version["status"],
        sv_spid=version["spid"],
        sv_lrn=version["lrn"] or "",
        in_download=values.get("inDownload") == "active",
        ours=(OUR_SPID, OUR_LRN),
    )
    if live:
        values_now = {"status": "activated", "activated_at": stack.clock.stamp(), "sv_id": version["sv_id"]}
        change(stack, tx, port, values_now)
    else:
        change(stack, tx, port, {"status": "svPending", "sv_id": version["sv_id"]})
