"""Finds values inside evidence by dotted paths: `body.0.state`, `record.account_no`, `items.*.price`, `text(Total)`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from ringback.engine.evidence import ABSENT
from ringback.engine.excerpt import advice

EVERY = "*"
LENGTH = "length"


@lru_cache(maxsize=4096)
def split_path(path: str) -> tuple[str, ...]:
    r"""The segments of a path; a dot in parentheses or after a backslash does not part: `text(St. Louis)`, `a\.b`."""
    segments: list[str] = []
    current: list[str] = []
    depth = 0
    letters = iter(path)
    for letter in letters:
        if letter == "\\":
            current.append(next(letters, ""))
        elif letter == "." and depth == 0:
            segments.append("".join(current))
            current = []
        else:
            depth += (letter == "(") - (letter == ")" and depth > 0)
            current.append(letter)
    segments.append("".join(current))
    return tuple(segments)


def find(values: object, path: str) -> object:
    """The value at `path`, or ABSENT.

    A mapping is asked for the whole path first, then for its first segment. An integer indexes a list (from the end
    when negative), `length` counts a list or a text, and `*` stands for every element: the answer is then a flat list,
    with ABSENT for the elements where the rest of the path finds nothing.
    """
    if isinstance(values, Mapping) and path in values:
        found: object = values[path]
        return found
    return walk(values, split_path(path), 0)


def walk(value: object, segments: tuple[str, ...], position: int) -> object:
    """The value that `segments` from `position` on lead to."""
    for index in range(position, len(segments)):
        segment = segments[index]
        if segment == EVERY:
            return _every(value, segments, index + 1)
        if isinstance(value, Mapping):
            if segment in value:
                value = value[segment]
                continue
            rest = ".".join(segments[index:])
            held: object = value.get(rest, ABSENT)
            return held
        value = _inside(value, segment)
        if value is ABSENT:
            return ABSENT
    return value


def _inside(value: object, segment: str) -> object:
    """The element or the length of a list or text."""
    if not isinstance(value, Sequence) or isinstance(value, bytes):
        return ABSENT
    if segment == LENGTH:
        return len(value)
    if isinstance(value, str) or not segment.lstrip("-").isdigit():
        return ABSENT
    index = int(segment)
    return value[index] if -len(value) <= index < len(value) else ABSENT


def _every(value: object, segments: tuple[str, ...], position: int) -> object:
    """The rest of the path for every element; further stars flatten."""
    if isinstance(value, Mapping):
        elements = list(value.values())
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        elements = list(value)
    else:
        return ABSENT
    if EVERY not in segments[position:]:
        return [walk(element, segments, position) for element in elements]
    flat: list[object] = []
    for element in elements:
        inner = walk(element, segments, position)
        flat.extend(inner) if isinstance(inner, list) else flat.append(inner)
    return flat


def has_star(path: str) -> bool:
    """Whether the path speaks of every element."""
    return EVERY in path and EVERY in split_path(path)


def known_keys(values: object, path: str) -> tuple[str, ...]:
    """The keys that stand where `path` loses its way: what a message can offer instead."""
    segments = split_path(path)
    for end in range(len(segments) - 1, -1, -1):
        place = walk(values, segments[:end], 0) if end else values
        if isinstance(place, Mapping):
            return tuple(str(key) for key in place)
        if place is not ABSENT:
            return ()
    return ()


def where_lost(values: object, path: str) -> str:
    """Why `path` finds nothing, as a reader of the evidence would say it: what stands where it loses its way."""
    segments = split_path(path)
    if EVERY in segments:
        return ""
    for end in range(len(segments) - 1, 0, -1):
        place = walk(values, segments[:end], 0)
        if place is not ABSENT:
            return _told(place, ".".join(segments[:end]), segments[end])
    return ""


def _told(place: object, way: str, name: str) -> str:
    """What a value is in which `name` was looked for."""
    if isinstance(place, Mapping):
        if not place:
            return f"{way} is empty"
        return f"{way} has no {name!r}; {advice(name, map(str, place))}"
    if isinstance(place, Sequence) and not isinstance(place, str | bytes):
        if not place:
            return f"{way} is an empty list"
        return "" if name.lstrip("-").isdigit() else f"{way} is a list of {len(place)}: write {way}.0 or {way}.*"
    return f"{way} is a single value"
