"""The two ways in: staff at the console, customers at self-care; each with its own accounts, cookie and pages."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from ringback.reference_stack.care.sessions import LIFETIME_S, Session, Sessions

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

BASE = "/care"
OPERATOR = "operator1"


@dataclass(frozen=True, slots=True)
class Door:
    """One way in.

    Args:
        name: makes the key of its sessions, so that a cookie opens its own door only.
        cookie: name of the cookie.
        home: where somebody who has signed in begins; its pages lie below `inside`.
        inside: the path that all pages behind this door have in common.
        template: the sign-in page.
        accounts: user -> name of the secret with the password.
        guests: name of the secret that is the password of every customer; empty where customers are not let in.
    """

    name: str
    cookie: str
    home: str
    inside: str
    template: str
    accounts: Mapping[str, str] = field(default_factory=dict)
    guests: str = ""

    @property
    def login(self) -> str:
        """Where one signs in."""
        return f"{self.inside}/login"

    def sessions(self, stack: Stack) -> Sessions:
        """The sessions of a stack; their key follows from its secrets, so that a restart signs nobody out."""
        key = hmac.new(stack.secret("INTERNAL_TOKEN").encode(), self.name.encode(), hashlib.sha256).digest()
        return Sessions(key, time.time)

    def session_of(self, stack: Stack, request: Request) -> Session | None:
        """The session that a browser brings along."""
        return self.sessions(stack).read(request.cookies.get(self.cookie, ""))

    def set_session(self, stack: Stack, response: Response, session: Session) -> None:
        """Gives the browser its session."""
        cookie = self.sessions(stack).cookie(session)
        response.set_cookie(self.cookie, cookie, max_age=LIFETIME_S, path=BASE, httponly=True, samesite="lax")

    async def is_our_form(self, stack: Stack, request: Request, session: Session) -> bool:
        """Whether a posted form carries the session's token."""
        token = (await request.form()).get("form_token", "")
        return isinstance(token, str) and self.sessions(stack).is_ours(session, token)


STAFF = Door(
    "care sessions",
    "care_session",
    "/customers",
    "",
    "login.html",
    accounts={"rep1": "REP_PASSWORD", OPERATOR: "OPERATOR_PASSWORD"},
)
CUSTOMERS = Door("self-care sessions", "self_session", "/self", "/self", "self_login.html", guests="SELFCARE_PASSWORD")
