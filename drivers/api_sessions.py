"""Kept HTTP connections: a pool of adapters per system, each adapter used by one thread at a time."""

from __future__ import annotations

import threading
import time
from collections import deque

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import default_headers

from ringback.drivers.api_request import Request
from ringback.drivers.api_settings import ApiSettings
from ringback.engine.problems import Unavailable

_USUAL_HEADERS = dict(default_headers())
IDLE_S = 2.0  # servers close idle connections (uvicorn after 5 s); a younger one is safe to send a POST on


class SessionPools:
    """Lends connections; one goes back after the answer is read, so the pool is as large as the run is busy.

    requests' adapters are used without its Session: cookies, redirects, .netrc and proxy variables, which a Session
    would bring, have no place in a journey, and a call takes 0.32 ms of processor time instead of 0.45.
    """

    def __init__(self) -> None:
        self._idle: dict[str, deque[tuple[HTTPAdapter, float]]] = {}
        self._all: list[HTTPAdapter] = []
        self._lock = threading.Lock()

    def send(self, settings: ApiSettings, request: Request, limit_s: float) -> requests.Response:
        """Send one request and read its answer; Unavailable when none comes at all. A redirect is an answer too."""
        adapter = self._take(settings)
        try:
            response = adapter.send(
                _prepared(request),
                timeout=max(limit_s, 0.001),
                verify=settings.verify,
                proxies=dict(settings.proxies),
            )
            _ = response.content  # reads it, so that the connection is free again
        except requests.RequestException as error:
            raise _unavailable(settings, request, error, limit_s) from error
        finally:
            self._idle[settings.system].append((adapter, time.monotonic()))
        return response

    def _take(self, settings: ApiSettings) -> HTTPAdapter:
        idle = self._idle.setdefault(settings.system, deque())
        try:
            adapter, since = idle.pop()
        except IndexError:
            return self._open(settings)
        if time.monotonic() - since > IDLE_S:
            adapter.close()  # drops its connection; the adapter itself goes on
        return adapter

    def _open(self, settings: ApiSettings) -> HTTPAdapter:
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=1, max_retries=0)
        if settings.verify is False:  # the environment file says so, the warning for each request would say no more
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        with self._lock:
            self._all.append(adapter)
        return adapter

    def close(self) -> None:
        """Close every connection; sending again opens new ones."""
        with self._lock:
            adapters, self._all = self._all, []
        self._idle.clear()
        for adapter in adapters:
            adapter.close()


def _prepared(request: Request) -> requests.PreparedRequest:
    """The request as requests sends it: address and headers checked, the body's length known."""
    prepared = requests.PreparedRequest()
    prepared.prepare_method(request.method)
    prepared.prepare_url(request.url, None)
    prepared.prepare_headers({**_USUAL_HEADERS, **request.headers})
    prepared.prepare_body(request.body, None)
    if "@" in request.url:  # an address may have a user and a password
        prepared.prepare_auth(None, request.url)
    return prepared


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
