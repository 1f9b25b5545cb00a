"""What the SM-DP+ tells of a download (handleDownloadProgressInfo): answered 204, whatever it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import RowMapping
from starlette.requests import Request
from starlette.responses import Response

from ringback.reference_stack.gateway.sims.profiles import (
    cancel,
    fail,
    list_orders,
    post_order,
    release,
    show_order,
)
from ringback.reference_stack.gateway.sims.records import OVER, STATE_OF_POINT, change_profile, concerned, profile_row
from ringback.reference_stack.gateway.sims.smdp import failure, without_filler
from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.errors import invalid
from ringback.reference_stack.kernel.system import route
from ringback.reference_stack.systems.fallout_report import report
from ringback.reference_stack.systems.reading import Document, at, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_MANDATORY = ("header", "iccid", "profileType", "timestamp", "notificationPointId", "notificationPointStatus")
_REFUSED_BY_CUSTOMER = 2
_BEFORE = {"downloaded": ("confirmed",), "installed": ("confirmed", "downloaded")}
_SUCCESS = ("Executed-Success", "")


async def progress(stack: Stack, request: Request) -> Response:
    """Notes how far a download is; an unknown ICCID is a case for a person, not an error of the SM-DP+."""
    body = await body_of(request)
    absent = [name for name in _MANDATORY if at(body, name) in (None, "")]
    if absent:
        raise invalid(f"{', '.join(absent)} missing", "a notification needs all of them")
    iccid = without_filler(text(body, "iccid"))
    with stack.db.begin() as tx:
        row = profile_row(tx, iccid=iccid)
    if row is None:
        detail = (
            f"the SM-DP+ reports point {text(body, 'notificationPointId')} of ICCID {iccid}, which we never ordered"
        )
        await report(stack, system="gateway", order=iccid, code="ESIM-UNKNOWN-ICCID", detail=detail)
    else:
        await _note(stack, row, body)
    return Response(status_code=204)


async def _note(stack: Stack, row: RowMapping, body: Document) -> None:
    point = text(body, "notificationPointId")
    number = int(point) if point.isdigit() else 0
    fault = _fault(row, body, number)
    if row["state"] in OVER:
        detail = f"point {point} of {row['iccid']} comes although the profile is {row['state']}"
        await report(stack, system="gateway", order=concerned(row), code="ESIM-LATE", detail=detail)
    elif fault:
        await fail(stack, row, fault)
    else:
        state = STATE_OF_POINT.get(number, "")
        moved = {"state": state} if row["state"] in _BEFORE.get(state, ()) else {}
        change_profile(stack, row["id"], {"last_point": number, **moved})


def _fault(row: RowMapping, body: Document, point: int) -> str:
    """Why the download is no good; empty while it is."""
    eid = text(body, "eid")
    if eid and eid != row["eid"]:
        return f"the profile went to EID {eid}"
    if text(body, "notificationPointStatus.status") not in _SUCCESS:
        return f"point {point}: {failure(body, 'notificationPointStatus')}"
    return "the customer did not confirm the download" if point == _REFUSED_BY_CUSTOMER else ""


ROUTES = (
    route("POST", "/esim-orders", post_order),
    route("GET", "/esim-orders", list_orders),
    route("POST", "/esim-orders/cancel", cancel),
    route("POST", "/esim-orders/release", release),
    route("GET", "/esim-orders/{id}", show_order),
    route("POST", "/es2plus/handleDownloadProgressInfo", progress),
)
