"""Signing in and out, the same for every door."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from ringback.reference_stack.care.console import SECURITY_HEADERS, Visit, redirect, render
from ringback.reference_stack.care.documents import text
from ringback.reference_stack.care.doors import BASE, Door
from ringback.reference_stack.care.sessions import Session

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

TOO_OLD = "This page was open too long. Sign in again."
WRONG = "User name or password is wrong."
Handler = Callable[["Stack", Request], Awaitable[Response]]


def sign_in_page(door: Door) -> Handler:
    """The sign-in form of a door."""

    async def shown(stack: Stack, request: Request) -> Response:
        goal = request.query_params.get("next", "")
        session = door.session_of(stack, request) or door.sessions(stack).new()
        if session.is_signed_in:
            return redirect(_inside(door, goal))
        return _form(stack, door, session, {"user": "", "next": goal, "problem": ""}, 200)

    return shown


def sign_in(door: Door) -> Handler:
    """Checks user name and password; the answer never says which of the two was wrong."""

    async def checked(stack: Stack, request: Request) -> Response:
        session = door.session_of(stack, request)
        form = await request.form()
        user, goal = text(form.get("user")).strip(), text(form.get("next"))
        typed = {"user": user, "next": goal}
        if session is None or not await door.is_our_form(stack, request, session):
            return _form(stack, door, door.sessions(stack).new(), typed | {"problem": TOO_OLD}, 403)
        if not await _is_right(stack, door, user, text(form.get("password"))):
            return _form(stack, door, session, typed | {"problem": WRONG}, 401)
        response = redirect(_inside(door, goal))
        door.set_session(stack, response, door.sessions(stack).new(user))
        return response

    return checked


async def sign_out(visit: Visit) -> Response:
    """Ends the session of this browser."""
    response = visit.go(visit.door.login)
    response.delete_cookie(visit.door.cookie, path=BASE)
    return response


def _form(stack: Stack, door: Door, session: Session, values: dict[str, str], status: int) -> Response:
    page = render(stack, door, session, door.template, **values)
    response = HTMLResponse(page, status, SECURITY_HEADERS)
    door.set_session(stack, response, session)
    return response


async def _is_right(stack: Stack, door: Door, user: str, password: str) -> bool:
    # Compared even for an unknown user, so that the time taken tells nothing.
    expected = stack.secret(door.accounts.get(user) or door.guests or next(iter(door.accounts.values())))
    is_same = hmac.compare_digest(password.encode(), expected.encode())
    is_known = user in door.accounts or (bool(door.guests) and await _is_customer(stack, user))
    return is_same and is_known


async def _is_customer(stack: Stack, user: str) -> bool:
    return user.replace("-", "").isalnum() and (await stack.http.get("crm", f"/customer/{user}")).ok


def _inside(door: Door, goal: str) -> str:
    """Where to go after signing in: a page behind this door only, never another site."""
    inside = goal.startswith(f"{BASE}{door.inside}/") and "//" not in goal and "\\" not in goal
    return goal.removeprefix(BASE) if inside else door.home
