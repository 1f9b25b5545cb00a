"""The partner file browser: what came and went, record by record, and why something lies in quarantine."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from ringback.reference_stack.care.console import Visit
from ringback.reference_stack.care.desk import section
from ringback.reference_stack.care.documents import Document, records, text
from ringback.reference_stack.care.doors import OPERATOR
from ringback.reference_stack.care.moments import Moment, moment
from ringback.reference_stack.care.paging import page_of
from ringback.reference_stack.care.words import Pill, pill

FILTERS = ("partner", "feed", "direction", "status")
_COUNTS = ("declared", "actual", "accepted", "rejected")


@dataclass(frozen=True, slots=True)
class File:
    """One file of a partner."""

    id: str
    name: str
    partner: str
    feed: str
    direction: str
    status: Pill
    sequence: str
    received: Moment | None
    records: str
    rejected: str
    size: str
    ack: str


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a file."""

    line: str
    key: str
    status: Pill
    code: str
    entity: str


def file(document: Document) -> File:
    """The file of a row of the gateway."""
    return File(
        id=text(document.get("id")),
        name=text(document.get("file_name")),
        partner=text(document.get("partner")),
        feed=text(document.get("feed")),
        direction=text(document.get("direction")),
        status=pill(document.get("status")),
        sequence=text(document.get("seq_no")),
        received=moment(document.get("received_at")),
        records=text(document.get("actual_count")),
        rejected=text(document.get("rejected_count") or ""),
        size=text(document.get("size_bytes")),
        ack=text(document.get("ack_file_name")),
    )


async def files(visit: Visit) -> Response:
    """The files that match, latest first."""
    reply = await visit.stack.http.get("gateway", "/gateway/v1/files")
    everything = reply.documents()
    chosen = {name: visit.query(name) for name in FILTERS}
    found = [one for one in everything if all(text(one.get(name)) == value for name, value in chosen.items() if value)]
    choices = {name: sorted({text(one.get(name)) for one in everything}) for name in FILTERS}
    rows = page_of([file(one) for one in reversed(found)], visit.query("page"), "files")
    query = "".join(f"{name}={value}&" for name, value in chosen.items() if value)
    return visit.show("files.html", section="files", list=rows, chosen=chosen, choices=choices, query=query)


async def one_file(visit: Visit) -> Response:
    """One file: its books, its records, its text, the answer to it, and the cases that it caused."""
    http, identity = visit.stack.http, visit.path("id")
    document = (await http.get("gateway", f"/gateway/v1/files/{identity}")).document()
    texts = (await http.get("gateway", f"/gateway/v1/files/{identity}/texts")).document()
    found = file(document)
    reasons = await section(_reasons(visit, identity), ())
    return visit.show(
        "file.html",
        section="files",
        trail=(("Partner files", "/care/files"), (found.name, "")),
        file=found,
        counts=[(label, text(document.get(f"{label}_count"))) for label in _COUNTS],
        business_date=text(document.get("business_date")),
        fingerprint=text(document.get("sha256")),
        lines=page_of([_record(one) for one in records(document.get("records"))], visit.query("page"), "records"),
        texts=texts,
        is_hidden=bool(texts.get("private")) and visit.session.user != OPERATOR,
        reasons=reasons,
    )


async def _reasons(visit: Visit, identity: str) -> tuple[str, ...]:
    """Why the gateway complained about a file, as it told the fallout queue."""
    reply = await visit.stack.http.get("fallout", "/fallout/v1/cases", params={"orderId": identity})
    cases = (" ".join(filter(None, (text(one.get("code")), text(one.get("rootCause"))))) for one in reply.documents())
    return tuple(cases)


def _record(document: Document) -> Record:
    entity = " ".join(filter(None, (text(document.get("entity_type")), text(document.get("entity_id")))))
    return Record(
        line=text(document.get("line_no")),
        key=text(document.get("record_key")),
        status=pill(document.get("status")),
        code=text(document.get("error_code")),
        entity=entity,
    )
