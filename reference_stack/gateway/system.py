"""The partner gateway as a system of the stack: its API, its workers."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.gateway import expected, refusals
from ringback.reference_stack.gateway.emergency import returns
from ringback.reference_stack.gateway.folders import SIDE_CAR, Watch, move
from ringback.reference_stack.gateway.inbound import poll, reject_abandoned
from ringback.reference_stack.gateway.outbound import enqueue, flush, folders_of
from ringback.reference_stack.gateway.partner_acks import read_partner_acks
from ringback.reference_stack.gateway.partners import PARTNERS, Partner
from ringback.reference_stack.gateway.payments import trace_number
from ringback.reference_stack.gateway.preparation import PREPARED, prepare
from ringback.reference_stack.gateway.sims import notifications, profiles
from ringback.reference_stack.gateway.wholesale import callbacks
from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.errors import TmfError, invalid, missing
from ringback.reference_stack.kernel.system import System, route
from ringback.reference_stack.schema import PGW_FILE, PGW_RECORD
from ringback.reference_stack.systems.reading import text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

POLL_S = 0.1
FLUSH_S = 0.25
TIDY_S = 60.0
_READABLE = 100_000
# Their text holds what only few may see: porting PINs, credit identities, keys of cards, bank accounts.
_PRIVATE = {"NPORT", "CRDQ", "CRDR", "SIMBATCH", "ACH", "ACHRET", "CUSTEXP"}
_FILTERS = {
    "partner": PGW_FILE.c.partner,
    "feed": PGW_FILE.c.feed,
    "direction": PGW_FILE.c.direction,
    "status": PGW_FILE.c.status,
    "fileName": PGW_FILE.c.file_name,
}


async def send(stack: Stack, request: Request) -> Response:
    """Takes a record that is to leave with the next file of its feed."""
    body = await body_of(request)
    partner, feed = PARTNERS.get(str(body.get("partner", ""))), str(body.get("feed", ""))
    if partner is None:
        raise invalid(f"there is no partner {body.get('partner')!r}", f"known are {', '.join(PARTNERS)}")
    if feed not in PREPARED.intersection(partner.outbound):
        known = ", ".join(sorted(PREPARED.intersection(partner.outbound))) or "none"
        raise invalid(f"no records of feed {feed!r} are sent to {partner.id}", f"known are {known}")
    record = body.get("record")
    if not isinstance(record, dict):
        raise invalid("record is missing", "give the fields of the feed's record as an object")
    prepared = prepare(feed, record, stack.clock.now())
    if prepared.faults:
        raise invalid(f"the {feed} record cannot be sent: {'; '.join(prepared.faults)}")
    correlation = str(body.get("correlation") or request.headers.get("x-correlation-id") or "")
    if feed == "860":
        await _take_back(stack, prepared.reference, correlation)
    queued = enqueue(stack, partner.id, feed, prepared, correlation)
    trace = {"trace_number": trace_number(queued)} if feed == "ACH" else {}
    return JSONResponse({"id": str(queued), **trace}, 202)


async def _take_back(stack: Stack, po: str, correlation: str) -> None:
    """A purchase order can be cancelled until its box is under way; who asks hears at once when it is."""
    path = f"/logistics/v1/purchase-orders/{po}/cancel"
    reply = await stack.http.post("logistics", path, correlation=correlation)
    if not reply.ok:
        raise TmfError(reply.status, text(reply.json, "code"), text(reply.json, "reason"), text(reply.json, "message"))


async def list_files(stack: Stack, request: Request) -> Response:
    """Files in the order of their arrival; filters are partner, feed, direction, status and fileName."""
    wanted = [_FILTERS[name] == value for name, value in request.query_params.items() if name in _FILTERS]
    with stack.db.begin() as tx:
        rows = tx.execute(select(PGW_FILE).where(*wanted).order_by(PGW_FILE.c.received_at)).mappings().all()
    return JSONResponse([dict(row) for row in rows])


async def show_file(stack: Stack, request: Request) -> Response:
    """One file with its records."""
    file = _file(stack, request)
    with stack.db.begin() as tx:
        records = select(PGW_RECORD).where(PGW_RECORD.c.file_id == file["id"]).order_by(PGW_RECORD.c.line_no)
        rows = tx.execute(records).mappings().all()
    return JSONResponse(file | {"records": [dict(row) for row in rows]})


async def show_content(stack: Stack, request: Request) -> Response:
    """The bytes of one file, wherever it lies now."""
    file = _file(stack, request)
    path = _path(stack, file)
    if path is None:
        raise missing("content of file", file["id"])
    return Response(path.read_bytes(), media_type="text/plain; charset=us-ascii")


async def show_texts(stack: Stack, request: Request) -> Response:
    """The beginning of one file and of the answer to it, as somebody reads them."""
    file = _file(stack, request)
    told = {"content": _text(_path(stack, file)), "acknowledgement": _text(_ack(stack, file))}
    return JSONResponse(told | {"private": file["feed"] in _PRIVATE})


def _text(path: Path | None) -> str | None:
    return path.read_bytes()[:_READABLE].decode("utf-8", "replace") if path is not None and path.exists() else None


def _ack(stack: Stack, file: dict[str, object]) -> Path | None:
    """Where the answer lies: ours to the partner, or the partner's to us."""
    folders = folders_of(stack, str(file["partner"]))
    place = folders.acks_to_partner if file["direction"] == "in" else folders.acks_from_partner
    return place / str(file["ack_file_name"]) if file["ack_file_name"] else None


def _file(stack: Stack, request: Request) -> dict[str, object]:
    identity = request.path_params["id"]
    with stack.db.begin() as tx:
        row = tx.execute(select(PGW_FILE).where(PGW_FILE.c.id == identity)).mappings().first()
    if row is None:
        raise missing("file", identity)
    return dict(row)


def _path(stack: Stack, file: dict[str, object]) -> Path | None:
    folders = folders_of(stack, str(file["partner"]))
    day = str(file["business_date"]).replace("-", "")
    places = (
        (folders.from_us, folders.archive(day))
        if file["direction"] == "out"
        else (
            folders.to_us,
            folders.archive(day),
            folders.quarantine,
            stack.settings.home / "held" / str(file["id"]),
        )
    )
    paths = (place / str(file["file_name"]) for place in places)
    return next((path for path in paths if path.exists()), None)


def tidy(stack: Stack) -> None:
    """Moves our files of past days to the archive; one day more is left, so that nobody reads into the void."""
    yesterday = (stack.clock.now() - timedelta(days=1)).date().isoformat()
    old = select(PGW_FILE.c.partner, PGW_FILE.c.file_name, PGW_FILE.c.business_date).where(
        PGW_FILE.c.direction == "out", PGW_FILE.c.business_date < yesterday
    )
    with stack.db.begin() as tx:
        rows = tx.execute(old).all()
    for row in rows:
        folders = folders_of(stack, str(row.partner))
        for name in (str(row.file_name), f"{row.file_name}{SIDE_CAR}"):
            path = folders.from_us / name
            if path.exists():
                move(path, folders.archive(str(row.business_date).replace("-", "")))


async def start(stack: Stack) -> None:
    """One worker per partner takes files in, one sends them out, one tidies up."""
    for partner in PARTNERS.values():
        folders_of(stack, partner.id).create()
        _watch(stack, partner)

    async def send_files() -> None:
        await flush(stack)

    async def tidy_folders() -> None:
        tidy(stack)
        for partner in PARTNERS.values():
            reject_abandoned(stack, partner)

    stack.every(FLUSH_S, send_files)
    stack.every(TIDY_S, tidy_folders)
    await callbacks.start(stack)
    expected.start(stack)
    refusals.start(stack)
    await returns.start(stack)
    await profiles.start(stack)


def _watch(stack: Stack, partner: Partner) -> None:
    seen: set[str] = set()
    acks = Watch(folders_of(stack, partner.id).acks_from_partner)

    all_read = False

    async def receive() -> None:
        nonlocal all_read
        if acks.has_news() or not all_read:
            all_read = read_partner_acks(stack, partner, seen)
        await poll(stack, partner)

    receive.__name__ = f"receive_{partner.id}"  # names the fallout case of a worker that fails
    stack.every(POLL_S, receive, looks_outside=True)


SYSTEM = System(
    id="gateway",
    prefix="pgw_",
    base="/gateway/v1",
    routes=(
        route("POST", "/outbound", send),
        route("GET", "/files", list_files),
        route("GET", "/files/{id}", show_file),
        route("GET", "/files/{id}/content", show_content),
        route("GET", "/files/{id}/texts", show_texts),
        *callbacks.ROUTES,
        *expected.ROUTES,
        *returns.ROUTES,
        *notifications.ROUTES,
    ),
    start=start,
)
