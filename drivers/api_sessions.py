"""Kept HTTP connections: a pool of sessions per system, each session used by one thread at a time."""

from __future__ import annotations

import threading
import time
from collections import deque
from http.cookiejar import DefaultCookiePolicy

import requests
import urllib3
from requests.adapters import HTTPAdapter

from ringback.drivers.api_request import Request
from ringback.drivers.api_settings import ApiSettings
from ringback.engine.problems import Unavailable

IDLE_S = 2.0  # servers close idle connections (uvicorn after 5 s); a younger one is safe to send a POST on


class SessionPools:
    """Lends sessions; a session goes back after the answer is read, so the pool is as large as the run is busy."""

    def __init__(self) -> None:
        self._idle: dict[str, deque[tuple[requests.Session, float]]] = {}
        self._all: list[requests.Session] = []
        self._lock = threading.Lock()

    def send(self, settings: ApiSettings, request: Request, limit_s: float) -> requests.Response:
        """Send one request; Unavailable when no answer comes at all."""
        session = self._take(settings)
        try:
            return session.request(
                request.method,
                request.url,
                headers=dict(request.headers),
                data=request.body,
                timeout=max(limit_s, 0.001),
                allow_redirects=False,  # a redirect is an answer too, and credentials follow none
            )
        except requests.RequestException as error:
            raise _unavailable(settings, request, error, limit_s) from error
        finally:
            self._idle[settings.system].append((session, time.monotonic()))

    def _take(self, settings: ApiSettings) -> requests.Session:
        idle = self._idle.setdefault(settings.system, deque())
        try:
            session, since = idle.pop()
        except IndexError:
            return self._open(settings)
        if time.monotonic() - since > IDLE_S:
            session.close()  # drops its connection; the session itself goes on
        return session

    def _open(self, settings: ApiSettings) -> requests.Session:
        session = requests.Session()
        session.trust_env = False  # .netrc and proxy variables are no part of an environment file; also 22 % faster
        session.proxies = dict(settings.proxies)
        session.verify = settings.verify
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # journeys share sessions, never cookies
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=1, max_retries=0)
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        if settings.verify is False:  # the environment file says so, the warning for each request would say no more
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        with self._lock:
            self._all.append(session)
        return session

    def close(self) -> None:
        """Close every connection; sending again opens new ones."""
        with self._lock:
            sessions, self._all = self._all, []
        self._idle.clear()
        for session in sessions:
            session.close()


def _unavailable(
    settings: ApiSettings, request: Request, error: requests.RequestException, limit_s: float
) -> Unavailable:
    what = f"{request.method} {request.url}"
    if isinstance(error, requests.exceptions.SSLError):
        hint = "name the CA with `ca: file.pem` in the environment file (or `verify: false` where that is right)"
        return Unavailable(settings.system, f"{what}: TLS verification failed: {_reason(error)}", hint)
    if isinstance(error, requests.Timeout):
        hint = "is the system busy or stopped? `timeout:` of the step or system sets the limit"
        return Unavailable(settings.system, f"{what}: no answer within {limit_s:.1f} s", hint)
    if isinstance(error, requests.ConnectionError):
        hint = f"is it running? its address is `api:` of {settings.system!r} in the environment file"
        return Unavailable(settings.system, f"{what}: {_reason(error)}", hint)
    return Unavailable(settings.system, f"{what}: {_reason(error)}", "look at the address and headers of the request")


def _reason(error: BaseException) -> str:
    """The innermost cause, without the wrappers of two libraries around it."""
    while error.args and isinstance(error.args[0], BaseException):
        error = error.args[0]
    reason = getattr(error, "reason", None)
    if isinstance(reason, BaseException):
        return _reason(reason)
    text = str(error)
    return text.rpartition(": ")[2] if "object at 0x" in text else text
