"""Values as JSON: what a driver saw, in the form in which the run record keeps it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from ringback.engine.evidence import ABSENT


def as_plain(value: object) -> object:
    """A value that JSON has no form for, as the nearest that it has."""
    if value is ABSENT:
        return "absent"
    if isinstance(value, Mapping):
        return {str(key): held for key, held in value.items()}
    if isinstance(value, Iterable):
        return list(value)
    return str(value)


_ENCODER = msgspec.json.Encoder(enc_hook=as_plain, decimal_format="string")


def as_json(value: object) -> bytes:
    """The value as JSON, in UTF-8."""
    return _ENCODER.encode(value)


def texts_in(value: object) -> Iterable[str]:
    """Every text and number inside a plain value, as text."""
    if isinstance(value, Mapping):
        for held in value.values():
            yield from texts_in(held)
    elif isinstance(value, list | tuple):
        for held in value:
            yield from texts_in(held)
    elif value is not None and not isinstance(value, bool):
        yield str(value)
