"""eSIM profiles: ordered for a device, confirmed, released, taken back, each step asked of the SM-DP+ and judged."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import RowMapping, insert, select, update
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.clock import text_of
from ringback.reference_stack.gateway.sims.records import (
    FILTERS,
    ON_DEVICE,
    OVER,
    PROFILES,
    STATE_OF_POINT,
    announce,
    change_profile,
    concerned,
    document_of,
    profile_row,
)
from ringback.reference_stack.gateway.sims.smdp import EsimRefused, Smdp, with_filler, without_filler
from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.kernel.errors import SystemDown, conflict, invalid, missing
from ringback.reference_stack.systems.fallout_report import report
from ringback.reference_stack.systems.patience import Patience
from ringback.reference_stack.systems.reading import Document, at, characteristics, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

PROFILE_TYPE = "RINGBACK-CONSUMER"
_TURN_S = 0.1
_PAUSE_S = 2.0  # after the SM-DP+ did not answer
_ANSWER_WITHIN = timedelta(minutes=10)
_EID = re.compile(r"\d{32}")
_MATCHING_ID = re.compile(r"[-0-9A-Z]+")


def is_eid(value: str) -> bool:
    """Whether a text is an EID: 32 digits, the last two making it 1 modulo 97."""
    return bool(_EID.fullmatch(value)) and int(value) % 97 == 1


async def post_order(stack: Stack, request: Request) -> Response:
    """Takes an order in; the same resource order item again is the profile that it has already."""
    body = await body_of(request)
    eid, item = text(body, "eid"), text(body, "resourceOrderItemId")
    if not is_eid(eid):
        raise invalid(f"eid {eid!r} is no EID", "32 digits, the last two are check digits")
    if not item:
        raise invalid("resourceOrderItemId is missing", "a profile is ordered for an item of a resource order")
    if not stack.settings.smdp:
        raise conflict("the stack has no SM-DP+", "start it with --smdp URL")
    with stack.db.begin() as tx:
        known = profile_row(tx, resource_order_item_id=item)
        if known is not None and known["state"] not in OVER:
            return JSONResponse(document_of(known), 200)
        identity = stack.ids.new("ESIM")
        values: Document = {"id": identity, "eid": eid, "state": "ordered", "resource_order_item_id": item}
        values |= {"order_id": text(body, "orderId") or None, "order_item_id": text(body, "orderItemId") or None}
        times = {"ordered_at": stack.clock.stamp(), "due_at": text_of(stack.clock.now() + _ANSWER_WITHIN)}
        release = 0 if at(body, "releaseFlag") is False else 1
        journey = CORRELATION.get()
        tx.execute(insert(PROFILES).values(**values, **times, is_released=release, correlation_id=journey))
        row = tx.execute(select(PROFILES).where(PROFILES.c.id == identity)).mappings().one()
        announce(stack, tx, row)
    return JSONResponse(document_of(row), 201)


async def start(stack: Stack) -> None:
    """Begins to carry ordered profiles to their confirmation, and to tell when the SM-DP+ is silent."""
    patience = Patience(stack.pace(_PAUSE_S))

    async def esim_profiles() -> None:
        columns = PROFILES.c
        waiting = select(PROFILES).where(columns.state == "ordered", columns.matching_id.is_(None))
        with stack.db.begin() as tx:
            rows = tx.execute(waiting.order_by(columns.ordered_at, columns.id)).mappings().all()
        for row in rows:
            if patience.ready(row["id"]):
                await _advance(stack, row, patience)

    stack.every(_TURN_S, esim_profiles)


async def _advance(stack: Stack, row: RowMapping, patience: Patience) -> None:
    CORRELATION.set(row["correlation_id"] or "")
    try:
        row = row if row["iccid"] else await _reserve(stack, row)
        if not row["is_downloadable"]:
            row = await _download(stack, row)
        await _confirm(stack, row)
        patience.done(row["id"])
    except EsimRefused as refusal:
        await fail(stack, row, str(refusal))
    except SystemDown as down:
        patience.later(row["id"])
        await _tell_silence(stack, row, str(down))


async def _reserve(stack: Stack, row: RowMapping) -> RowMapping:
    """The profile to order: one that the vendor has loaded into the SM-DP+ and told us with its IMSI."""
    body = {"kind": "ESIM_PROFILE", "orderId": concerned(row), "itemId": row["resource_order_item_id"]}
    reply = await stack.http.post("resource-inventory", "/resource-inventory/v1/reservations", json=body)
    if not reply.ok:
        raise EsimRefused(f"no profile to order: {text(reply.json, 'reason')}")
    found = reply.document()
    imsi = characteristics(found, "resourceCharacteristic").get("imsi", "")
    return change_profile(
        stack, row["id"], {"iccid": text(found, "value"), "imsi": imsi, "resource_id": text(found, "id")}
    )


async def _download(stack: Stack, row: RowMapping) -> RowMapping:
    body = {"eid": row["eid"], "iccid": with_filler(row["iccid"]), "profileType": PROFILE_TYPE}
    answer = await Smdp(stack).call("downloadOrder", f"{row['id']}-DO", body)
    given = without_filler(text(answer, "iccid"))
    if given != row["iccid"]:
        raise EsimRefused(f"downloadOrder: the SM-DP+ set ICCID {given or 'none'} aside instead of {row['iccid']}")
    return change_profile(stack, row["id"], {"is_downloadable": 1})


async def _confirm(stack: Stack, row: RowMapping) -> None:
    smdp = Smdp(stack)
    body = {"iccid": with_filler(row["iccid"]), "eid": row["eid"], "releaseFlag": bool(row["is_released"])}
    answer = await smdp.call("confirmOrder", f"{row['id']}-CO", body)
    matching = text(answer, "matchingId")
    if not _MATCHING_ID.fullmatch(matching):
        raise EsimRefused(f"confirmOrder: matchingId {matching!r} is not of the form [-0-9A-Z]")
    values: Document = {"matching_id": matching, "smdp_address": text(answer, "smdpAddress") or smdp.host}
    with stack.db.begin() as tx:
        now = profile_row(tx, id=row["id"])
    if now is not None and now["state"] == "ordered":
        confirmed = change_profile(stack, row["id"], values | {"state": "confirmed", "due_at": None})
        reached = STATE_OF_POINT.get(confirmed["last_point"], "")
        if reached:  # the phone was faster than the answer to our confirmation
            change_profile(stack, row["id"], {"state": reached})


async def fail(stack: Stack, row: RowMapping, reason: str) -> None:
    """A profile that nobody can use: it is given back where that is possible, and a person is told."""
    change_profile(stack, row["id"], {"state": "failed", "reason": reason, "due_at": None})
    detail = f"profile {row['iccid'] or 'none'} for EID {row['eid']}: {reason}"
    await report(stack, system="gateway", order=concerned(row), code="ESIM-FAILED", detail=detail)
    await _give_back(stack, row)


async def _give_back(stack: Stack, row: RowMapping) -> None:
    """Takes the profile back from the SM-DP+ and, unless resource ordering holds it by now, from the reservation."""
    if row["is_downloadable"]:
        body = {"iccid": with_filler(row["iccid"]), "eid": row["eid"], "finalProfileStatusIndicator": "Available"}
        try:
            await Smdp(stack).call("cancelOrder", f"{row['id']}-XO", {**body, "matchingId": row["matching_id"]})
        except (EsimRefused, SystemDown) as error:
            stack.log.warning("profile %s is left linked: %s", row["iccid"], error)
            await report(
                stack, system="gateway", order=concerned(row), code="ESIM-LINKED", detail=f"{row['iccid']}: {error}"
            )
            return
    if row["resource_id"] and not row["matching_id"]:
        await stack.http.post("resource-inventory", f"/resource-inventory/v1/resources/{row['resource_id']}/release")


async def _tell_silence(stack: Stack, row: RowMapping, said: str) -> None:
    """One case for an SM-DP+ that does not answer in time; the order goes on being tried."""
    if row["due_at"] is None or row["due_at"] > stack.clock.stamp():
        return
    with stack.db.begin() as tx:
        tx.execute(update(PROFILES).where(PROFILES.c.id == row["id"]).values(due_at=None))
    await report(stack, system="gateway", order=concerned(row), code="ESIM-SMDP-SILENT", detail=said)


async def cancel(stack: Stack, request: Request) -> Response:
    """Takes a profile back that no device has downloaded; done already is done."""
    body = await body_of(request)
    row = _meant(stack, body)
    if row["state"] in ON_DEVICE:
        raise conflict(f"profile {row['iccid']} is {row['state']}", "it is on the device and cannot be taken back")
    if row["state"] in OVER:
        return JSONResponse(document_of(row), 200)
    after = change_profile(stack, row["id"], {"state": "cancelled", "reason": text(body, "reason"), "due_at": None})
    await _give_back(stack, row)
    return JSONResponse(document_of(after), 200)


async def release(stack: Stack, request: Request) -> Response:
    """Releases a profile that was confirmed without being released."""
    row = _meant(stack, await body_of(request))
    if row["state"] != "confirmed" or row["is_released"]:
        raise conflict(f"profile {row['iccid']} is {row['state']}", "only a confirmed, unreleased one can be released")
    try:
        await Smdp(stack).call("releaseProfile", f"{row['id']}-RP", {"iccid": with_filler(row["iccid"])})
    except EsimRefused as refusal:
        raise conflict("the SM-DP+ does not release the profile", str(refusal)) from refusal
    return JSONResponse(document_of(change_profile(stack, row["id"], {"is_released": 1})), 200)


def _meant(stack: Stack, body: Document) -> RowMapping:
    """The profile that a request means: by its own id or by its resource order item."""
    names: Mapping[str, str] = {"id": "id", "resourceOrderItemId": "resource_order_item_id"}
    wanted = {column: text(body, name) for name, column in names.items() if text(body, name)}
    if not wanted:
        raise invalid("id or resourceOrderItemId is missing", "say which profile is meant")
    with stack.db.begin() as tx:
        row = profile_row(tx, **wanted)
    if row is None:
        raise missing("eSIM profile", ", ".join(wanted.values()))
    return row


async def list_orders(stack: Stack, request: Request) -> Response:
    """Profiles, oldest first; filters are eid, iccid, orderId, orderItemId, resourceOrderItemId and state."""
    wanted = [PROFILES.c[FILTERS[name]] == value for name, value in request.query_params.items() if name in FILTERS]
    query = select(PROFILES).where(*wanted).order_by(PROFILES.c.ordered_at, PROFILES.c.id)
    with stack.db.begin() as tx:
        rows = tx.execute(query).mappings().all()
    return JSONResponse([document_of(row) for row in rows])


async def show_order(stack: Stack, request: Request) -> Response:
    """One profile."""
    return JSONResponse(document_of(_meant(stack, {"id": request.path_params["id"]})))
