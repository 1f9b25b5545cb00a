"""Reads JSON documents of other systems without trusting their shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Document = dict[str, object]


def at(document: object, path: str) -> object:
    """The value at a dotted path, list positions as numbers; None where there is nothing."""
    value = document
    for step in path.split("."):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def text(document: object, *paths: str) -> str:
    """The first value that the paths find, as text; empty when there is none."""
    for path in paths:
        value = at(document, path)
        if value not in (None, "", [], {}):
            return str(value)
    return ""


def documents(document: object, path: str) -> list[Document]:
    """The objects of a list at a path."""
    value = at(document, path)
    return [element for element in value if isinstance(element, dict)] if isinstance(value, list) else []


def characteristics(document: object, path: str) -> dict[str, str]:
    """TM Forum characteristics `[{name, value}]` as a mapping of texts."""
    return {text(entry, "name"): text(entry, "value") for entry in documents(document, path)}


def listed(values: Mapping[str, str]) -> list[Document]:
    """A mapping as TM Forum characteristics, in order of their names."""
    return [{"name": name, "value": values[name], "valueType": "string"} for name in sorted(values)]


def party(document: object, role: str = "customer") -> str:
    """The id of the related party of this role, or of the only one."""
    parties = documents(document, "relatedParty")
    named = [entry for entry in parties if text(entry, "role").lower() == role]
    return text((named or parties or [{}])[0], "id")


def event_document(envelope: object) -> Document:
    """The resource that an event carries: the one member of the envelope's `event`."""
    event = at(envelope, "event")
    carried = [value for value in event.values() if isinstance(value, dict)] if isinstance(event, dict) else []
    return carried[0] if carried else {}


def first(rows: Sequence[Document]) -> Document:
    """The first of a list of documents, or an empty one."""
    return rows[0] if rows else {}
