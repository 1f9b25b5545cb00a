"""Signed session cookies and form tokens: who is signed in, and that a form was ours."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass

LIFETIME_S = 12 * 3600


@dataclass(frozen=True, slots=True)
class Session:
    """One browser's session; `user` is empty until somebody signs in."""

    id: str
    user: str
    ends_at: int

    @property
    def is_signed_in(self) -> bool:
        """Whether somebody is behind this session."""
        return bool(self.user)


class Sessions:
    """Makes and reads session cookies signed with a key of this process.

    Sessions live by real time and not by the stack's clock: advancing the clock must not sign a rep out.
    """

    def __init__(self, key: bytes, now: Callable[[], float]) -> None:
        self._key = key
        self._now = now

    def new(self, user: str = "") -> Session:
        """A session with an id of its own, so that signing in never keeps an id known before."""
        return Session(secrets.token_urlsafe(18), user, int(self._now()) + LIFETIME_S)

    def cookie(self, session: Session) -> str:
        """The cookie value of a session."""
        payload = urlsafe_b64encode(f"{session.id} {session.ends_at} {session.user}".encode()).decode()
        return f"{payload}.{self._sign('session', payload)}"

    def read(self, cookie: str) -> Session | None:
        """The session of a cookie; None when it is forged, damaged or over."""
        payload, _, signature = cookie.partition(".")
        if not hmac.compare_digest(signature.encode(), self._sign("session", payload).encode()):
            return None
        session_id, ends_at, user = urlsafe_b64decode(payload).decode().split(" ", 2)
        session = Session(session_id, user, int(ends_at))
        return session if session.ends_at > self._now() else None

    def form_token(self, session: Session) -> str:
        """The token that every form of this session carries."""
        return self._sign("form", session.id)

    def is_ours(self, session: Session, token: str) -> bool:
        """Whether a posted form carried this session's token."""
        return hmac.compare_digest(token.encode(), self.form_token(session).encode())

    def _sign(self, purpose: str, text: str) -> str:
        return hmac.new(self._key, f"{purpose}:{text}".encode(), hashlib.sha256).hexdigest()
