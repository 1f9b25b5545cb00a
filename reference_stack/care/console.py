"""What every page of the console shares: the visit of a signed-in rep, form tokens, rendering, honest failures."""

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
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ringback.reference_stack.care.documents import record, text
from ringback.reference_stack.care.drafts import DraftShelf
from ringback.reference_stack.care.sessions import COOKIE, LIFETIME_S, Session, Sessions
from ringback.reference_stack.kernel.errors import CallRefused, SystemDown

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
STATIC_TYPES = {"care.css": "text/css", "care.js": "text/javascript", "harbour.svg": "image/svg+xml"}
Trail = tuple[tuple[str, str], ...]
PageHandler = Callable[["Visit"], Awaitable[Response]]

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


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of a signed-in rep."""

    stack: Stack
    request: Request
    session: Session

    @property
    def drafts(self) -> DraftShelf:
        """The drafts of this stack."""
        return _shelves.setdefault(self.stack.settings.home, DraftShelf())

    def path(self, name: str) -> str:
        """A part of the request's path."""
        return str(self.request.path_params[name])

    def query(self, name: str) -> str:
        """A query parameter; empty when absent."""
        return self.request.query_params.get(name, "").strip()

    def show(self, template: str, *, status: int = 200, **values: object) -> Response:
        """Renders a page."""
        known = {"notice": "", "failure": None, "trail": (), "request": self.request}
        return HTMLResponse(render(self.stack, self.session, template, **known | values), status, SECURITY_HEADERS)

    def say(self, heading: str, words: str, status: int, *, hint: str = "", failure: Failure | None = None) -> Response:
        """Renders a page that has only something to say."""
        return self.show("message.html", status=status, heading=heading, words=words, hint=hint, failure=failure)

    def go(self, path: str) -> Response:
        """Sends the browser to another page of the console."""
        return redirect(path)


def sessions(stack: Stack) -> Sessions:
    """The sessions of a stack; their key follows from its secrets, so that a restart signs nobody out."""
    key = hmac.new(stack.secret("INTERNAL_TOKEN").encode(), b"care sessions", hashlib.sha256).digest()
    return Sessions(key, time.time)


def for_reps(handler: PageHandler) -> Callable[[Stack, Request], Awaitable[Response]]:
    """A page for signed-in reps only: others are sent to sign in, a foreign form is refused, failures are shown."""

    async def guarded(stack: Stack, request: Request) -> Response:
        session = sessions(stack).read(request.cookies.get(COOKIE, ""))
        if session is None or not session.is_signed_in:
            return redirect(f"/login?next={quote(_destination(request))}")
        visit = Visit(stack, request, session)
        if request.method == "POST" and not await is_our_form(stack, request, session):
            return visit.say("This form is too old", "Open the page again and repeat it.", 403)
        try:
            return await handler(visit)
        except SystemDown as down:
            return _unavailable(visit, system_name(down.system))
        except CallRefused as refused:
            return _refused(visit, refused)

    return guarded


def render(stack: Stack, session: Session, template: str, **values: object) -> str:
    """The HTML of a template; every template has the session and its form token."""
    hidden = Markup('<input type="hidden" name="form_token" value="{}">').format(sessions(stack).form_token(session))
    known: dict[str, object] = {"section": "", "session": session, "token": lambda: hidden}
    return _templates.get_template(template).render(known | values)


def redirect(path: str) -> RedirectResponse:
    """The browser's way to another page of the console."""
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


def _unavailable(visit: Visit, name: str) -> Response:
    failure = Failure(f"The {name} is not answering.", "Try again in a moment; if it lasts, call the service desk.")
    return visit.say("This page cannot be shown now", f"It needs the {name}.", 503, failure=failure)


def _refused(visit: Visit, refused: CallRefused) -> Response:
    if refused.status == 404:
        return visit.say("Not found", "There is nothing with this id.", 404, hint=refusal(refused))
    words = f"The {system_name(refused.system)} refused the request: {refusal(refused)}."
    return visit.say("This did not work", words, 502)
