"""What a client sends: one JSON object, checked for the types of its attributes, merged as RFC 7396 says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from starlette.requests import Request

from ringback.reference_stack.kernel.errors import invalid

_KINDS: Mapping[object, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "array": list,
    "object": dict,
}


async def body_of(request: Request) -> dict[str, object]:
    """The request's JSON object; TmfError 400 when it is none."""
    try:
        body = await request.json()
    except ValueError as error:
        raise invalid("the body is not JSON", str(error)) from error
    if not isinstance(body, dict):
        raise invalid("the body is not a JSON object", "send one resource")
    return body


def merged(before: object, changes: object) -> object:
    """A document after a JSON merge patch: objects are merged, null removes, everything else replaces."""
    if not isinstance(changes, dict):
        return changes
    known = before if isinstance(before, dict) else {}
    after = {name: merged(known.get(name), value) for name, value in changes.items()}
    return {name: value for name, value in (known | after).items() if value is not None}


def faults(schema: object, value: object, path: str) -> Iterator[str]:
    """What in a value is of another type than its JSON schema says. What must be there is not judged here."""
    if not isinstance(schema, dict) or value is None:
        return
    kind = schema.get("type")
    if kind in _KINDS and not _is(kind, value):
        yield f"{path} is no {kind}"
    elif isinstance(value, dict):
        for name, part in schema.get("properties", {}).items():
            yield from faults(part, value.get(name), f"{path}.{name}")
    elif isinstance(value, list):
        for number, element in enumerate(value):
            yield from faults(schema.get("items"), element, f"{path}.{number}")
    elif schema.get("format") == "date-time" and not _is_moment(str(value)):
        yield f"{path} is {value!r}, no date and time with a zone"


def _is(kind: object, value: object) -> bool:
    """Whether a value is of a kind of JSON schema; Python's booleans are integers, JSON's are not."""
    return isinstance(value, _KINDS[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
