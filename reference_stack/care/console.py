"""What every page of the console shares: who is signed in, form tokens, rendering, and honest failures."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from ringback.reference_stack.care.documents import record, text
from ringback.reference_stack.care.drafts import DraftShelf
from ringback.reference_stack.care.sessions import COOKIE, LIFETIME_S, Session, Sessions
from ringback.reference_stack.kernel.errors import CallRefused, SystemDown
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

BASE = "/care"
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
SYSTEM_NAMES = {
    "accounts": "account system",
    "billing": "billing system",
    "catalogue": "product catalogue",
    "crm": "customer system",
    "events": "event log",
    "fallout": "fallout queue",
    "location": "address system",
    "offering-qualification": "offering qualification",
    "ordering": "order system",
    "portability": "number portability gateway",
    "pricing": "discount engine",
    "product-inventory": "product inventory",
    "qualification": "service qualification",
}
STATIC_TYPES = {
    "care.css": "text/css",
    "care.js": "text/javascript",
    "harbour.svg": "image/svg+xml",
}
Trail = tuple[tuple[str, str], ...]
PageHandler = Callable[["Stack", Request, Session], Awaitable[Response]]

_templates = Environment(
    loader=PackageLoader("ringback.reference_stack.care"),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_shelves: dict[Path, DraftShelf] = {}


@dataclass(frozen=True, slots=True)
class Failure:
    """A banner that says what did not work and what to do next."""

    title: str
    text: str


def sessions(stack: Stack) -> Sessions:
    """The sessions of a stack; their key follows from its secrets, so that a restart signs nobody out."""
    key = hmac.new(
        stack.settings.secrets["INTERNAL_TOKEN"].encode(),
        b"care sessions",
        hashlib.sha256,
    ).digest()
    return Sessions(key, time.time)


def shelf(stack: Stack) -> DraftShelf:
    """The drafts of a stack."""
    return _shelves.setdefault(stack.settings.home, DraftShelf())


def for_reps(handler: PageHandler) -> Callable[[Stack, Request], Awaitable[Response]]:
    """A page for signed-in reps only: others are sent to sign in, a foreign form is refused, failures are shown."""

    async def guarded(stack: Stack, request: Request) -> Response:
        session = sessions(stack).read(request.cookies.get(COOKIE, ""))
        if session is None or not session.is_signed_in:
            return redirect(f"/login?next={quote(_destination(request))}")
        if request.method == "POST" and not await is_our_form(stack, request, session):
            return message(
                stack,
                request,
                session,
                "This form is too old",
                "Open the page again and repeat it.",
                403,
            )
        try:
            return await handler(stack, request, session)
        except SystemDown as down:
            return _unavailable(stack, request, session, down.system)
        except CallRefused as refused:
            return _refused(stack, request, session, refused)

    return guarded


def show(
    stack: Stack,
    request: Request,
    session: Session,
    template: str,
    *,
    status: int = 200,
    **values: object,
) -> Response:
    """Renders a page of a signed-in rep."""
    html = render(
        stack,
        session,
        template,
        request=request,
        **{"notice": "", "failure": None, "trail": (), **values},
    )
    return HTMLResponse(html, status, SECURITY_HEADERS)


def render(stack: Stack, session: Session, template: str, **values: object) -> str:
    """The HTML of a template; every template has the session and its form token."""
    hidden = Markup('<input type="hidden" name="form_token" value="{}">').format(sessions(stack).form_token(session))
    known: dict[str, object] = {
        "section": "",
        "session": session,
        "token": lambda: hidden,
    }
    return _templates.get_template(template).render(known | values)


def message(
    stack: Stack,
    request: Request,
    session: Session,
    heading: str,
    words: str,
    status: int,
    hint: str = "",
) -> Response:
    """A page that has only something to say."""
    values = {"heading": heading, "words": words, "hint": hint}
    return show(stack, request, session, "message.html", status=status, **values)


def redirect(path: str) -> RedirectResponse:
    """Sends the browser to another page of the console."""
    return RedirectResponse(f"{BASE}{path}", 303)


def set_session(stack: Stack, response: Response, session: Session) -> None:
    """Gives the browser its session."""
    cookie = sessions(stack).cookie(session)
    response.set_cookie(COOKIE, cookie, max_age=LIFETIME_S, path=BASE, httponly=True, samesite="lax")


async def is_our_form(stack: Stack, request: Request, session: Session) -> bool:
    """Whether a posted form carries the session's token."""
    token = (await request.form()).get("form_token", "")
    return isinstance(token, str) and sessions(stack).is_ours(session, token)


def refusal(refused: CallRefused) -> str:
    """Why a system said no, from its error body."""
    body = record(refused.body)
    told = [text(body.get("reason")), text(body.get("message"))]
    return ". ".join(part for part in told if part) or f"status {refused.status}"


def system_name(system: str) -> str:
    """A system as a rep calls it."""
    return SYSTEM_NAMES.get(system, f"{system} system")


async def static_file(_stack: Stack, request: Request) -> Response:
    """The style sheet, the script and the logo."""
    name = request.path_params["name"]
    if name not in STATIC_TYPES:
        return Response("no such file", 404, media_type="text/plain")
    content = files("ringback.reference_stack.care").joinpath("static", name).read_bytes()
    headers = SECURITY_HEADERS | {"Cache-Control": "max-age=300"}
    return Response(content, media_type=STATIC_TYPES[name], headers=headers)


def _destination(request: Request) -> str:
    if request.method != "GET":
        return f"{BASE}/customers"
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _unavailable(stack: Stack, request: Request, session: Session, system: str) -> Response:
    name = system_name(system)
    failure = Failure(
        f"The {name} is not answering.",
        "Try again in a moment; if it lasts, call the service desk.",
    )
    values = {
        "heading": "This page cannot be shown now",
        "words": f"It needs the {name}.",
        "hint": "",
    }
    return show(stack, request, session, "message.html", status=503, failure=failure, **values)


def _refused(stack: Stack, request: Request, session: Session, refused: CallRefused) -> Response:
    if refused.status == 404:
        return message(
            stack,
            request,
            session,
            "Not found",
            "There is nothing with this id.",
            404,
            refusal(refused),
        )
    words = f"The {system_name(refused.system)} refused the request: {refusal(refused)}."
    return message(stack, request, session, "This did not work", words, 502)
