"""Files that partners have agreed to send by a time of day: noted when the day begins, missed when they do not come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import ColumnElement, Connection, RowMapping, delete, insert, select, update
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.clock import moment_of, text_of
from ringback.reference_stack.gateway.banking_days import is_banking_day
from ringback.reference_stack.gateway.ledger import APPLIED
from ringback.reference_stack.gateway.partners import PARTNERS
from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.errors import invalid, missing
from ringback.reference_stack.kernel.system import route
from ringback.reference_stack.schema import PGW_EXPECTED, PGW_FILE, PGW_SCHEDULE
from ringback.reference_stack.systems.fallout_report import report
from ringback.reference_stack.systems.reading import text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_TURN_S = 1.0
_EARLIEST = timedelta(days=1)  # before it is due
_DAYS: Mapping[str, Callable[[date], bool]] = {
    "daily": lambda _day: True,
    "weekdays": lambda day: day.weekday() < 5,
    "banking": is_banking_day,
}


async def put_schedule(stack: Stack, request: Request) -> Response:
    """Agrees with a partner when the files of a feed are due; it counts from the next time on."""
    partner, feed = _stream(request)
    body = await body_of(request)
    due, zone, days = text(body, "due"), text(body, "timeZone") or "UTC", text(body, "days") or "daily"
    faults = [*_time_fault(due), *_zone_fault(zone)]
    faults += [] if days in _DAYS else [f"days {days!r} is none of {', '.join(_DAYS)}"]
    if faults:
        raise invalid("; ".join(faults), "as in due 06:00, timeZone America/New_York, days banking")
    mine = (PGW_SCHEDULE.c.partner == partner, PGW_SCHEDULE.c.feed == feed)
    agreed = {"due": due, "time_zone": zone, "days": days, "agreed_at": stack.clock.stamp()}
    with stack.db.begin() as tx:
        tx.execute(delete(PGW_SCHEDULE).where(*mine))
        tx.execute(insert(PGW_SCHEDULE).values(partner=partner, feed=feed, **agreed))
    return JSONResponse({"partner": partner, "feed": feed, "due": due, "timeZone": zone, "days": days})


async def delete_schedule(stack: Stack, request: Request) -> Response:
    """Ends what was agreed; files that were due before stay so."""
    partner, feed = _stream(request)
    with stack.db.begin() as tx:
        tx.execute(delete(PGW_SCHEDULE).where(PGW_SCHEDULE.c.partner == partner, PGW_SCHEDULE.c.feed == feed))
    return Response(status_code=204)


async def list_expected(stack: Stack, request: Request) -> Response:
    """Expected files in the order of their due times; filters are partner and feed."""
    wanted = [PGW_EXPECTED.c[name] == request.query_params[name] for name in _FILTERS if name in request.query_params]
    with stack.db.begin() as tx:
        rows = tx.execute(select(PGW_EXPECTED).where(*wanted).order_by(PGW_EXPECTED.c.due_at)).mappings().all()
    return JSONResponse([dict(row) for row in rows])


_FILTERS = ("partner", "feed")


def _stream(request: Request) -> tuple[str, str]:
    partner, feed = request.path_params["partner"], request.path_params["feed"]
    if partner not in PARTNERS or feed not in PARTNERS[partner].inbound:
        raise missing("inbound feed", f"{partner}/{feed}")
    return partner, feed


def _time_fault(due: str) -> list[str]:
    try:
        time.fromisoformat(due)
    except ValueError:
        return [f"due {due!r} is no time of day"]
    return []


def _zone_fault(zone: str) -> list[str]:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return [f"timeZone {zone!r} is no time zone"]
    return []


def start(stack: Stack) -> None:
    """Begins to note what is expected, what has come and what is missing."""

    async def expected_files() -> None:
        with stack.db.begin() as tx:
            for schedule in tx.execute(select(PGW_SCHEDULE)).mappings().all():
                _note_days(tx, schedule, stack.clock.now())
            _link(tx)
            late = _late(tx, stack.clock.stamp())
        for row in late:
            detail = f"{row['feed']} of {row['partner']} for {row['business_date']} was due {row['due_at']}"
            order = f"{row['partner']}-{row['feed']}-{row['business_date']}"
            await report(stack, system="gateway", order=order, code=f"PGW-MISSING-{row['feed']}", detail=detail)

    stack.every(_TURN_S, expected_files)


def _note_days(tx: Connection, schedule: RowMapping, now: datetime) -> None:
    """One row for each of its days that has begun since it was agreed; the clock may have gone over several."""
    columns, zone = PGW_EXPECTED.c, ZoneInfo(schedule["time_zone"])
    mine = (columns.partner == schedule["partner"], columns.feed == schedule["feed"])
    known = set(tx.execute(select(columns.business_date).where(*mine)).scalars().all())
    agreed = moment_of(schedule["agreed_at"])
    day = agreed.astimezone(zone).date()
    while day <= now.astimezone(zone).date():
        due = datetime.combine(day, time.fromisoformat(schedule["due"]), zone).astimezone(UTC)
        if due > agreed and _DAYS[schedule["days"]](day) and day.isoformat() not in known:
            key = {"partner": schedule["partner"], "feed": schedule["feed"], "business_date": day.isoformat()}
            tx.execute(insert(PGW_EXPECTED).values(**key, due_at=text_of(due)))
        day += timedelta(days=1)


def _link(tx: Connection) -> None:
    """Gives each open expectation, the oldest first, the first file that came for it, late or not."""
    open_ones = select(PGW_EXPECTED).where(PGW_EXPECTED.c.file_id.is_(None)).order_by(PGW_EXPECTED.c.due_at)
    for row in tx.execute(open_ones).mappings().all():
        taken = select(PGW_EXPECTED.c.file_id).where(PGW_EXPECTED.c.file_id.is_not(None))
        came = select(PGW_FILE.c.id).where(
            PGW_FILE.c.partner == row["partner"],
            PGW_FILE.c.feed == row["feed"],
            PGW_FILE.c.direction == "in",
            PGW_FILE.c.status.in_(APPLIED),
            PGW_FILE.c.received_at >= text_of(moment_of(row["due_at"]) - _EARLIEST),
            PGW_FILE.c.id.not_in(taken),
        )
        file = tx.execute(came.order_by(PGW_FILE.c.received_at, PGW_FILE.c.id).limit(1)).scalar()
        if file is not None:
            tx.execute(update(PGW_EXPECTED).where(*_is(row)).values(file_id=file))


def _late(tx: Connection, now: str) -> list[RowMapping]:
    """What is missing after its due time and was not told yet."""
    columns = PGW_EXPECTED.c
    late = select(PGW_EXPECTED).where(columns.file_id.is_(None), columns.alarmed_at.is_(None), columns.due_at < now)
    rows = list(tx.execute(late.order_by(columns.due_at)).mappings().all())
    for row in rows:
        tx.execute(update(PGW_EXPECTED).where(*_is(row)).values(alarmed_at=now))
    return rows


def _is(row: RowMapping) -> list[ColumnElement[bool]]:
    return [PGW_EXPECTED.c[name] == row[name] for name in ("feed", "partner", "business_date")]


ROUTES = (
    route("PUT", "/schedules/{partner}/{feed}", put_schedule),
    route("DELETE", "/schedules/{partner}/{feed}", delete_schedule),
    route("GET", "/expected", list_expected),
)
