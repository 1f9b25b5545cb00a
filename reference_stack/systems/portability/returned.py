"""Numbers that came to us and whose line has ended: their subscription version of ours is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.errors import invalid
from ringback.reference_stack.schema import NPG_SV
from ringback.reference_stack.systems.portability.records import OUR_SPID
from ringback.reference_stack.systems.reading import text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack


async def post_return(stack: Stack, request: Request) -> Response:
    """Gives a number back to its native holder; done already is done."""
    number = text(await body_of(request), "tn")
    if not number:
        raise invalid("tn is missing", "say which number is given back")
    ours = (NPG_SV.c.tn == number) & (NPG_SV.c.spid == OUR_SPID) & (NPG_SV.c.status == "active")
    with stack.db.begin() as tx:
        ended = tx.execute(update(NPG_SV).where(ours).values(status="old")).rowcount
    return JSONResponse({"tn": number, "ended": ended})
