"""Validation by the address registry: asked for in a file, answered by records that make or correct an address."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, insert, select, update
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.clock import text_of
from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.kernel.errors import invalid
from ringback.reference_stack.schema import LOC_ADDRESS, LOC_VALIDATION
from ringback.reference_stack.systems.fallout_report import report
from ringback.reference_stack.systems.location.addresses import ADDRESS, folded
from ringback.reference_stack.systems.location.street_guide import answering
from ringback.reference_stack.systems.location.validation import VALIDATION, houses_of, shown_houses
from ringback.reference_stack.systems.reading import Document, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_ANSWER_WITHIN = timedelta(minutes=10)
_WATCH_S = 1.0
_RESULTS: Mapping[str, str] = {"Y": "success", "S": "partial", "D": "partial", "N": "fails", "": "fails"}
_TECHNOLOGIES: Mapping[str, str] = {"FTTP": "FIBRE"}  # as the stack calls it; the others keep their names
_COLUMNS: Mapping[str, str] = {
    "street_nr": "out_street_nr",
    "pre_dir": "out_pre_dir",
    "street_name": "out_street_name",
    "street_suffix": "out_street_suffix",
    "post_dir": "out_post_dir",
    "sub_unit": "out_unit",
    "city": "out_city",
    "state_cd": "out_state",
    "postcode": "zip5",
}
_SUBMITTED: Mapping[str, str] = {"in_city": "city", "in_state": "stateOrProvince", "in_zip": "postcode"}


async def post_request(stack: Stack, request: Request) -> Response:
    """Asks the registry about an address; the validation is in progress until the answer comes."""
    body = await body_of(request)
    submitted = await _submitted(stack, body)
    fields = {name: text(submitted, attribute) for name, attribute in _SUBMITTED.items()}
    street = (text(submitted, name) for name in ("streetNr", "streetName", "streetType"))
    fields |= {
        "in_line1": " ".join(filter(None, street)),
        "in_unit": text(submitted, "geographicSubAddress.0.subUnitNumber"),
    }
    identity = stack.ids.new("GAV")
    document = {
        "provideAlternative": True,
        "submittedGeographicAddress": submitted,
        "validationResult": "partial",
        "validationDate": stack.clock.stamp(),
        "addressId": text(body, "addressId") or None,
    }
    with stack.db.begin() as tx:
        values = {"id": identity, "state": "inProgress", "document": json.dumps(document)}
        times = {"created_at": stack.clock.stamp(), "due_at": text_of(stack.clock.now() + _ANSWER_WITHIN)}
        VALIDATION.insert(stack, tx, values | times)
    record = {"request_id": identity, **fields}
    sent: Document = {"partner": "address-registry", "feed": "AVREQ", "key": identity, "record": record}
    (await stack.http.post("gateway", "/gateway/v1/outbound", json=sent | {"correlation": CORRELATION.get()})).need()
    return JSONResponse({"requestId": identity, "href": f"{VALIDATION.path}/{identity}"}, 202)


async def _submitted(stack: Stack, body: Document) -> Document:
    """What is to be validated: a known address as it stands, or one that somebody typed."""
    known = text(body, "addressId")
    if known:
        with stack.db.begin() as tx:
            found = ADDRESS.find(tx, known)
        if found is None:
            raise invalid(f"there is no address {known}", "give submittedGeographicAddress instead")
        return found
    typed = body.get("submittedGeographicAddress")
    if not isinstance(typed, dict) or not text(typed, "streetName") or not text(typed, "postcode"):
        raise invalid("submittedGeographicAddress is missing", "it needs streetNr, streetName, city and postcode")
    return typed


async def post_answer(stack: Stack, request: Request) -> Response:
    """Applies one record of the registry's answer to the validation that asked."""
    body = await body_of(request)
    identity = text(body, "request_id")
    with stack.db.begin() as tx:
        task = VALIDATION.find(tx, identity)
        if task is None:
            return _refused("R105", f"no validation {identity} was asked for")
        if task["state"] != "inProgress":
            return _refused("R110", f"validation {identity} is {task['state']}")
        result = _RESULTS[text(body, "dpv_code")] if text(body, "match_code") != "M" else "partial"
        row = _store(stack, tx, text(task, "addressId"), body, result)
        known = VALIDATION.row(tx, identity)
        journey = VALIDATION.correlation_of(known) if known is not None else ""
        VALIDATION.extend(tx, identity, _outcome(stack, tx, task, body, row, result))
        VALIDATION.update(stack, tx, identity, {"state": "done", "due_at": None}, correlation=journey)
    entity = {"entityType": "loc_address", "entityId": row["id"]} if row is not None else {"entityId": identity}
    return JSONResponse({"entityType": "loc_validation"} | entity)


def _refused(code: str, said: str) -> Response:
    return JSONResponse({"code": code, "reason": said, "text": said}, 422)


def _outcome(
    stack: Stack, tx: Connection, task: Document, body: Document, row: RowMapping | None, result: str
) -> Document:
    outcome: Document = {"validationResult": result, "validationDate": stack.clock.stamp()}
    outcome |= {"dpvCode": text(body, "dpv_code"), "dpvFootnotes": text(body, "dpv_footnotes")}
    if result == "success" and row is not None:
        return outcome | {"validGeographicAddress": ADDRESS.document(tx, row)}
    if result == "partial":
        houses = houses_of(tx, task["submittedGeographicAddress"])
        return outcome | {"alternateGeographicAddress": shown_houses(tx, houses)}
    return outcome


def _store(stack: Stack, tx: Connection, asked: str, body: Document, result: str) -> RowMapping | None:
    """The address that the answer is about, made or changed; None when the answer names none."""
    known = _known(tx, asked, body)
    judged: Document = {"dpv_code": text(body, "dpv_code") or None, "validation_result": result}
    judged |= {"validated_at": text(body, "validated_at")}
    if result == "success":
        judged |= _facts(body)
    if known is None and result != "success":
        return None
    identity = str(known["id"]) if known is not None else stack.ids.new("ADR")
    if known is None:
        tx.execute(insert(LOC_ADDRESS).values(id=identity, country="US", **judged))
    else:
        tx.execute(update(LOC_ADDRESS).where(LOC_ADDRESS.c.id == identity).values(**judged))
    if result == "success":
        _locate(tx, identity, body)
    return ADDRESS.row(tx, identity)


def _known(tx: Connection, asked: str, body: Document) -> RowMapping | None:
    if asked:
        return ADDRESS.row(tx, asked)
    near = select(LOC_ADDRESS).where(LOC_ADDRESS.c.postcode == text(body, "zip5")).order_by(LOC_ADDRESS.c.id)
    wanted = {column: folded(text(body, field)) for column, field in _COLUMNS.items()}
    for row in tx.execute(near).mappings():
        if all(folded(row[column] or "") == value for column, value in wanted.items()):
            return row
    return None


def _facts(body: Document) -> Document:
    """What a successful answer says of an address and of the line to it."""
    technology, speed = text(body, "access_tech"), text(body, "max_down_mbps")
    facts: Document = {column: text(body, field) or None for column, field in _COLUMNS.items()}
    facts |= {"access_tech": _TECHNOLOGIES.get(technology, technology) or None}
    facts |= {"max_down_mbps": int(speed) if speed else None, "drop_status": text(body, "drop_status") or None}
    point = text(body, "zip5") + text(body, "zip4") + text(body, "delivery_point")
    return facts | ({"external_id": point} if text(body, "delivery_point") else {})


def _locate(tx: Connection, identity: str, body: Document) -> None:
    """Community and emergency number: the guide's where it has the house, otherwise what the registry says."""
    said = text(body, "msag_valid") == "Y"
    values: Document = {"msag_community": text(body, "msag_community") or None} if said else {}
    if values:
        tx.execute(update(LOC_ADDRESS).where(LOC_ADDRESS.c.id == identity).values(**values))
    row = ADDRESS.row(tx, identity)
    found = answering(tx, row) if row is not None else None
    esn = found["esn"] if found is not None else (text(body, "esn") or None) if said else None
    tx.execute(update(LOC_ADDRESS).where(LOC_ADDRESS.c.id == identity).values(esn=esn))


async def start(stack: Stack) -> None:
    """Begins to watch for answers that do not come."""

    async def address_answers() -> None:
        columns = LOC_VALIDATION.c
        late = select(columns.id, columns.correlation_id).where(columns.due_at <= stack.clock.stamp())
        with stack.db.begin() as tx:
            rows = tx.execute(late.order_by(columns.id)).all()
            tx.execute(update(LOC_VALIDATION).where(columns.id.in_([row.id for row in rows])).values(due_at=None))
        for row in rows:
            CORRELATION.set(str(row.correlation_id or ""))
            detail = f"the address registry has not answered validation {row.id} within 10 minutes"
            await report(stack, system="location", order=row.id, code="AV-LATE", detail=detail)

    stack.every(_WATCH_S, address_answers)
