"""Reading TM Forum documents: the few lookups that every page needs, forgiving about what is absent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Document = Mapping[str, Any]


def records(value: object) -> list[Document]:
    """The objects of a list; none for an absent or single value."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def record(value: object) -> Document:
    """The object itself; an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def text(value: object) -> str:
    """The value as text; empty for an absent one."""
    return "" if value is None else str(value)


def ref_id(document: Document, name: str) -> str:
    """The id of the reference `name`."""
    return text(record(document.get(name)).get("id"))


def characteristics(document: Document) -> dict[str, str]:
    """The product characteristics by name, as text."""
    return {text(item.get("name")): text(item.get("value")) for item in records(document.get("productCharacteristic"))}


def party(document: Document, role: str = "customer") -> Document:
    """The related party of a role, else the first one."""
    parties = records(document.get("relatedParty"))
    return first((item for item in parties if text(item.get("role")).lower() == role), parties)


def first(*choices: Iterable[Document]) -> Document:
    """The first object of the first choice that has one; an empty object for none."""
    return next((item for choice in choices for item in choice), {})
