"""One HTTP request as a step asks for it, and the exhibits that show it and its answer to a reader."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from urllib.parse import quote, urlencode, urlsplit

from ringback.drivers.api_settings import ApiSettings, authorization
from ringback.drivers.openapi import Operation
from ringback.engine.evidence import Exhibit
from ringback.engine.problems import BrokenTest
from ringback.engine.protocols import Call

SHOWN_CHARACTERS = 200_000  # of a body in an exhibit; beyond it no reader follows
HIDDEN_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent: everything resolved, nothing left to decide."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None
    exhibit: Exhibit = field(default_factory=lambda: Exhibit("request", "text/plain", ""))


def build_request(settings: ApiSettings, operation: Operation | None, call: Call) -> Request:
    """Put a request together from the step's resolved arguments.

    Args:
        settings: The system's entry in the environment file.
        operation: The contract's operation, or None for a plain `method:` and `url:`.
        call: The attempt; its arguments are `method url path query headers body form auth`.

    Raises:
        BrokenTest: The arguments do not make a request.
    """
    arguments = call.arguments
    method = operation.method if operation else str(arguments.get("method", "GET")).upper()
    place = operation.path if operation else str(arguments.get("url", "/"))
    url = _absolute(settings, _filled(place, arguments.get("path"), call.step)) + _query(arguments.get("query"))
    body, media_type = _body(arguments, call.step)
    headers = {"Accept": "application/json", **settings.headers}
    if media_type:
        headers["Content-Type"] = media_type
    headers |= {"traceparent": call.traceparent, "x-ringback-journey": call.journey, "x-ringback-step": call.step}
    headers |= _texts(arguments.get("headers"), "headers", call.step)
    shown = _request_exhibit(method, url, headers, body)
    credentials = _credentials(settings, url, arguments)
    if credentials:
        headers["Authorization"] = credentials
    return Request(method, url, headers, body, shown)


def _credentials(settings: ApiSettings, url: str, arguments: Mapping[str, object]) -> str | None:
    if "auth" in arguments:
        return authorization(arguments["auth"], "auth of the step")
    parts = urlsplit(url)
    return settings.authorization if (parts.scheme, parts.netloc) == settings.origin else None


def _absolute(settings: ApiSettings, place: str) -> str:
    if place.startswith(("http://", "https://")):
        return place
    return f"{settings.url}/{place.lstrip('/')}"


def _filled(place: str, values: object, step: str) -> str:
    """Put path parameters into `{name}`; each has to be given, and each given one has to have its place."""
    given = _texts(values, "path", step)
    wanted = _PLACEHOLDER.findall(place)
    missing = [name for name in wanted if not given.get(name)]
    surplus = [name for name in given if name not in wanted]
    if missing:
        raise BrokenTest(f"step {step}: {place} needs path {', '.join(missing)}", "give it under `path:`, not empty")
    if surplus:
        raise BrokenTest(f"step {step}: {place} has no place for path {', '.join(surplus)}", "remove it from `path:`")
    return _PLACEHOLDER.sub(lambda match: quote(given[match.group(1)], safe=""), place)


def _query(values: object) -> str:
    if not isinstance(values, Mapping) or not values:
        return ""
    pairs = [(str(name), as_text(each)) for name, value in values.items() for each in _several(value)]
    return "?" + urlencode(pairs) if pairs else ""


def _several(value: object) -> Iterable[object]:
    if value is None:
        return ()
    return value if isinstance(value, list | tuple) else (value,)


def _body(arguments: Mapping[str, object], step: str) -> tuple[bytes | None, str]:
    if "body" in arguments and "form" in arguments:
        raise BrokenTest(f"step {step}: a request has a `body` or a `form`, not both", "remove one of them")
    if "form" in arguments:
        return urlencode(_texts(arguments["form"], "form", step)).encode(), "application/x-www-form-urlencoded"
    if "body" not in arguments:
        return None, ""
    body = arguments["body"]
    if isinstance(body, str):
        return body.encode(), "text/plain; charset=utf-8"
    if isinstance(body, bytes):
        return body, "application/octet-stream"
    return json.dumps(body, default=_json, ensure_ascii=False).encode(), "application/json"


def _json(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return as_text(value)


def as_text(value: object) -> str:
    """A value as it is written into a query, a header or a form."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else str(value)


def _texts(values: object, key: str, step: str) -> dict[str, str]:
    if values is None:
        return {}
    if not isinstance(values, Mapping):
        raise BrokenTest(f"step {step}: `{key}` came out as {type(values).__name__}", "it has to be a mapping")
    return {str(name): as_text(value) for name, value in values.items()}


def _request_exhibit(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Exhibit:
    return Exhibit("request", "text/plain", _message(f"{method} {url}", headers, _shown(body)))


def response_exhibit(status: int, reason: str, headers: Mapping[str, str], text: str) -> Exhibit:
    """The answer as a reader wants it; cookies stay out."""
    return Exhibit("response", "text/plain", _message(f"{status} {reason}".rstrip(), headers, text))


def _message(first: str, headers: Mapping[str, str], body: str) -> str:
    lines = [f"{name}: {value}" for name, value in headers.items() if name.lower() not in HIDDEN_HEADERS]
    cut = body if len(body) <= SHOWN_CHARACTERS else f"{body[:SHOWN_CHARACTERS]}\n... {len(body):,} characters in all"
    return "\n".join([first, *lines, "", cut]).rstrip() + "\n"


def _shown(body: bytes | None) -> str:
    return "" if body is None else body.decode("utf-8", "replace")
