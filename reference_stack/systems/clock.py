"""The stack's time for everybody: partners and tests set their watches by ``GET /clock``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.clock import text_of
from ringback.reference_stack.kernel.system import System, route

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack


async def show_clock(stack: Stack, _request: Request) -> Response:
    """The stack's time and how far it is ahead."""
    return JSONResponse({"now": text_of(stack.clock.now()), "offset_s": stack.clock.offset_s})


SYSTEM = System(id="clock", prefix="stk_", base="/clock", auth="none", routes=(route("GET", "/clock", show_clock),))
