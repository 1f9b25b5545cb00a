"""Query parameters of a TM Forum list: fields, offset, limit and filters on plain and dotted attributes."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from ringback.reference_stack.kernel.errors import invalid

_WHOLE = 1000
_ALWAYS = ("id", "href")


@dataclass(frozen=True, slots=True)
class Query:
    """The decoded query of a list or get."""

    fields: tuple[str, ...]
    offset: int
    limit: int
    filters: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, request: Request) -> Query:
        """Reads a request; TmfError 400 for an offset or limit that is no number."""
        found = [(name, value.strip('"')) for name, value in request.query_params.multi_items()]
        named = dict(found)
        fields = tuple(name for name in named.get("fields", "").split(",") if name)
        filters = tuple(pair for pair in found if pair[0] not in ("fields", "offset", "limit"))
        return cls(fields, _number(named, "offset", 0), _number(named, "limit", _WHOLE), filters)


def only(document: dict[str, object], fields: tuple[str, ...]) -> dict[str, object]:
    """The chosen attributes of a document, id and href always among them."""
    return {name: document[name] for name in document if name in fields or name in _ALWAYS} if fields else document


def matches(document: object, filters: list[tuple[str, str]]) -> bool:
    """Whether each dotted attribute has the wanted value; in a list, one element is enough."""
    return all(value in _texts(document, path.split(".")) for path, value in filters)


def _texts(value: object, path: list[str]) -> set[str]:
    if isinstance(value, list):
        return set().union(*(_texts(element, path) for element in value)) if value else set()
    if not path:
        return {str(value).lower() if isinstance(value, bool) else str(value)}
    return _texts(value[path[0]], path[1:]) if isinstance(value, dict) and path[0] in value else set()


def _number(named: dict[str, str], name: str, default: int) -> int:
    text = named.get(name, str(default))
    if not text.isdigit():
        raise invalid(f"{name} is {text!r}", f"give {name} as a whole number")
    return int(text)
