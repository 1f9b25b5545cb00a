"""What every page of the console shares: the visit of who has signed in, form tokens, rendering, honest failures."""

from __future__ import annotations

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
from ringback.reference_stack.care.doors import BASE, CUSTOMERS, OPERATOR, STAFF, Door
from ringback.reference_stack.care.drafts import DraftShelf
from ringback.reference_stack.care.sessions import Session
from ringback.reference_stack.kernel.errors import CallRefused, SystemDown

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
SYSTEM_NAMES = {
    "accounts": "account system",
    "assurance": "trouble ticket system",
    "billing": "billing system",
    "catalogue": "product catalogue",
    "crm": "customer system",
    "events": "event log",
    "fallout": "fallout queue",
    "gateway": "partner gateway",
    "legacy": "old exchange",
    "location": "address system",
    "offering-qualification": "offering qualification",
    "ordering": "order system",
    "portability": "number portability gateway",
    "pricing": "discount engine",
    "product-inventory": "product inventory",
    "qualification": "service qualification",
    "resource-inventory": "number inventory",
    "workforce": "appointment system",
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
    """One request of somebody who has signed in."""

    stack: Stack
    request: Request
    session: Session
    door: Door = STAFF

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
        page = render(self.stack, self.door, self.session, template, **known | values)
        return HTMLResponse(page, status, SECURITY_HEADERS)

    async def typed(self) -> dict[str, str]:
        """What a posted form says, without blanks around it."""
        return {name: value.strip() for name, value in (await self.request.form()).items() if isinstance(value, str)}

    def say(self, heading: str, words: str, status: int, *, hint: str = "", failure: Failure | None = None) -> Response:
        """Renders a page that has only something to say."""
        layout = "self_base.html" if self.door is CUSTOMERS else "base.html"
        return self.show(
            "message.html",
            layout=layout,
            home=f"{BASE}{self.door.home}",
            status=status,
            heading=heading,
            words=words,
            hint=hint,
            failure=failure,
        )

    def go(self, path: str) -> Response:
        """Sends the browser to another page of the console."""
        return redirect(path)


def for_reps(handler: PageHandler) -> Callable[[Stack, Request], Awaitable[Response]]:
    """A page for staff who have signed in."""
    return _behind(STAFF, handler)


def for_operators(handler: PageHandler) -> Callable[[Stack, Request], Awaitable[Response]]:
    """A page for the operator of the stack alone."""

    async def checked(visit: Visit) -> Response:
        if visit.session.user != OPERATOR:
            return visit.say("For operators only", f"Sign in as {OPERATOR} to see how the systems run.", 403)
        return await handler(visit)

    return _behind(STAFF, checked)


def for_customers(handler: PageHandler) -> Callable[[Stack, Request], Awaitable[Response]]:
    """A page for customers who have signed in to self-care; the session's user is the customer."""
    return _behind(CUSTOMERS, handler)


def _behind(door: Door, handler: PageHandler) -> Callable[[Stack, Request], Awaitable[Response]]:
    """Others are sent to sign in, a foreign form is refused, failures are shown."""

    async def guarded(stack: Stack, request: Request) -> Response:
        session = door.session_of(stack, request)
        if session is None or not session.is_signed_in:
            return redirect(f"{door.login}?next={quote(_destination(door, request))}")
        visit = Visit(stack, request, session, door)
        if request.method == "POST" and not await door.is_our_form(stack, request, session):
            return visit.say("This form is too old", "Open the page again and repeat it.", 403)
        try:
            return await handler(visit)
        except SystemDown as down:
            return _unavailable(visit, system_name(down.system))
        except CallRefused as refused:
            return _refused(visit, refused)

    return guarded


def render(stack: Stack, door: Door, session: Session, template: str, **values: object) -> str:
    """The HTML of a template; every template has the session and its form token."""
    form_token = door.sessions(stack).form_token(session)
    hidden = Markup('<input type="hidden" name="form_token" value="{}">').format(form_token)
    known: dict[str, object] = {"section": "", "session": session, "token": lambda: hidden, "operator": OPERATOR}
    return _templates.get_template(template).render(known | values)


def redirect(path: str) -> RedirectResponse:
    """The browser's way to another page of the console."""
    return RedirectResponse(f"{BASE}{path}", 303)


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


def _destination(door: Door, request: Request) -> str:
    if request.method != "GET":
        return f"{BASE}{door.home}"
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _unavailable(visit: Visit, name: str) -> Response:
    failure = Failure(f"The {name} is not answering.", "Try again in a moment; if it lasts, call the service desk.")
    return visit.say("This page cannot be shown now", f"It needs the {name}.", 503, failure=failure)


def _refused(visit: Visit, refused: CallRefused) -> Response:
    if refused.status == 404:
        return visit.say("Not found", "There is nothing with this id.", 404, hint=refusal(refused))
    words = f"The {system_name(refused.system)} refused the request: {refusal(refused)}."
    return visit.say("This did not work", words, 502)
