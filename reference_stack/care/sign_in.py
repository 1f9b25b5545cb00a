"""Signing in and out."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from ringback.reference_stack.care.console import (
    BASE,
    SECURITY_HEADERS,
    Visit,
    is_our_form,
    redirect,
    render,
    sessions,
    set_session,
)
from ringback.reference_stack.care.documents import text
from ringback.reference_stack.care.sessions import COOKIE, Session

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

# One account per role; so far there are care reps only.
PASSWORDS = {"rep1": "REP_PASSWORD"}
TOO_OLD = "This page was open too long. Sign in again."
WRONG = "User name or password is wrong."


async def sign_in_page(stack: Stack, request: Request) -> Response:
    """The sign-in form."""
    goal = request.query_params.get("next", "")
    session = sessions(stack).read(request.cookies.get(COOKIE, "")) or sessions(stack).new()
    if session.is_signed_in:
        return redirect(_inside(goal))
    return _form(stack, session, {"user": "", "next": goal, "problem": ""}, 200)


async def sign_in(stack: Stack, request: Request) -> Response:
    """Checks user name and password; the answer never says which of the two was wrong."""
    session = sessions(stack).read(request.cookies.get(COOKIE, ""))
    form = await request.form()
    user, goal = text(form.get("user")).strip(), text(form.get("next"))
    typed = {"user": user, "next": goal}
    if session is None or not await is_our_form(stack, request, session):
        return _form(stack, sessions(stack).new(), typed | {"problem": TOO_OLD}, 403)
    if not _is_right(stack, user, text(form.get("password"))):
        return _form(stack, session, typed | {"problem": WRONG}, 401)
    response = redirect(_inside(goal))
    set_session(stack, response, sessions(stack).new(user))
    return response


async def sign_out(visit: Visit) -> Response:
    """Ends the session of this browser."""
    response = visit.go("/login")
    response.delete_cookie(COOKIE, path=BASE)
    return response


def _form(stack: Stack, session: Session, values: dict[str, str], status: int) -> Response:
    response = HTMLResponse(render(stack, session, "login.html", **values), status, SECURITY_HEADERS)
    set_session(stack, response, session)
    return response


def _is_right(stack: Stack, user: str, password: str) -> bool:
    # Compared even for an unknown user, so that the time taken tells nothing.
    expected = stack.secret(PASSWORDS.get(user, "REP_PASSWORD"))
    return hmac.compare_digest(password.encode(), expected.encode()) and user in PASSWORDS


def _inside(goal: str) -> str:
    """Where to go after signing in: a page of this console only, never another site."""
    inside = goal.startswith(f"{BASE}/") and "//" not in goal and "\\" not in goal
    return goal.removeprefix(BASE) if inside else "/customers"
