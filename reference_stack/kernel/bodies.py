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
_MOST = 2**63 - 1


async def body_of(request: Request) -> dict[str, object]:
    """The request's JSON object; TmfError 400 when it is none."""
    try:
        body = await request.json()
    except (ValueError, RecursionError) as error:
        raise invalid("the body is not JSON", str(error)) from error
    if not isinstance(body, dict):
        raise invalid("the body is not a JSON object", "send one resource")
    for problem in _unkeepable(body, "body"):
        raise invalid(problem, "no database keeps that")
    return body


def is_keepable(text: str) -> bool:
    """Whether every database keeps a text: it has no NUL in it and no half of a surrogate pair."""
    return "\x00" not in text and (text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text))


def _unkeepable(value: object, path: str) -> Iterator[str]:
    """What in a body is valid JSON, and yet no database could keep."""
    if isinstance(value, str) and not is_keepable(value):
        yield f"{path} has characters that are no text"
    elif isinstance(value, int | float) and not abs(value) <= _MOST:
        yield f"{path} is no number that can be kept"
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from _unkeepable(name, f"a name in {path}")
            yield from _unkeepable(part, f"{path}.{name}")
    elif isinstance(value, list):
        for number, element in enumerate(value):
            yield from _unkeepable(element, f"{path}.{number}")


def merged(before: object, changes: object) -> object:
    """A document after a JSON merge patch: objects are merged, null removes, everything else replaces."""
    if not isinstance(changes, dict):
        return changes
    known = before if isinstance(before, dict) else {}
    after = {name: merged(known.get(name), value) for name, value in changes.items()}
    return {name: value for name, value in (known | after).items() if value is not None}


def faults(schema: object, value: object, path: str, *, whole: bool = False) -> Iterator[str]:
    """What in a value is of another type than its JSON schema says.

    What must be there, and which words there are, is judged only of a `whole` document, one that is kept as it came.
    """
    if not isinstance(schema, dict) or value is None:
        return
    kind = schema.get("type")
    if kind in _KINDS and not _is(kind, value):
        yield f"{path} is no {kind}"
    elif isinstance(value, dict):
        absent = [name for name in schema.get("required", ()) if value.get(name) is None]
        yield from (f"{path}.{name} is missing" for name in (absent if whole else ()))
        for name, part in schema.get("properties", {}).items():
            yield from faults(part, value.get(name), f"{path}.{name}", whole=whole)
    elif isinstance(value, list):
        for number, element in enumerate(value):
            yield from faults(schema.get("items"), element, f"{path}.{number}", whole=whole)
    elif schema.get("format") == "date-time" and not _is_moment(str(value)):
        yield f"{path} is {value!r}, no date and time with a zone"
    elif whole and value not in schema.get("enum", (value,)):
        yield f"{path} is {value!r}, none of {', '.join(map(str, schema['enum']))}"


def _is(kind: object, value: object) -> bool:
    """Whether a value is of a kind of JSON schema; Python's booleans are integers, JSON's are not."""
    return isinstance(value, _KINDS[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
