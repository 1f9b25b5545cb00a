"""Query parameters of a TM Forum list: fields, offset, limit and filters on plain and dotted attributes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from starlette.requests import Request

from ringback.reference_stack.kernel.errors import invalid

_WHOLE = 1000
_ALWAYS = ("id", "href")
_DIGITS = 15
_NO_FILTERS = ("fields", "offset", "limit")

Filter = tuple[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Query:
    """The decoded query of a list or get; a filter holds when one of its values does."""

    fields: tuple[str, ...]
    offset: int
    limit: int
    filters: tuple[Filter, ...]

    @classmethod
    def of(cls, request: Request) -> Query:
        """Reads a request; TmfError 400 for an offset or limit that is no number."""
        named: dict[str, tuple[str, ...]] = {}
        for name, value in request.query_params.multi_items():
            named[name] = (*named.get(name, ()), *choices(value))
        fields = tuple(name for name in named.get("fields", ()) if name)
        filters = tuple((name, values) for name, values in named.items() if name not in _NO_FILTERS)
        return cls(fields, _number(named, "offset", 0), _number(named, "limit", _WHOLE), filters)


def choices(value: str) -> tuple[str, ...]:
    """The values that a filter's text names: ``a,b`` is either (or that very text), ``"a,b"`` only that text."""
    if value.startswith('"'):
        return (value.strip('"'),)
    return tuple(dict.fromkeys((value, *value.split(","))))


def only(document: dict[str, object], fields: tuple[str, ...]) -> dict[str, object]:
    """The chosen attributes of a document, id and href always among them."""
    return {name: document[name] for name in document if name in fields or name in _ALWAYS} if fields else document


def matches(document: object, filters: Iterable[Filter]) -> bool:
    """Whether each dotted attribute has one of the wanted values; in a list, one element is enough."""
    return all(not _texts(document, path.split(".")).isdisjoint(values) for path, values in filters)


def _texts(value: object, path: list[str]) -> set[str]:
    if isinstance(value, list):
        return set().union(*(_texts(element, path) for element in value)) if value else set()
    if not path:
        return {str(value).lower() if isinstance(value, bool) else str(value)}
    return _texts(value[path[0]], path[1:]) if isinstance(value, dict) and path[0] in value else set()


def _number(named: dict[str, tuple[str, ...]], name: str, default: int) -> int:
    text = named.get(name, (str(default),))[-1]
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS):
        raise invalid(f"{name} is {text!r}", f"give {name} as a whole number")
    return int(text)
