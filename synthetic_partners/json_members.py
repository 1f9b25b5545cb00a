"""Reads one JSON document as members with their places: dotted path, text, kind and column of each value."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

DEEPEST = 32
TEXT, NUMBER, BOOLEAN, NULL, OBJECT, LIST = "text", "number", "boolean", "null", "object", "list"
_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\n\r]*")
_BARE = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null")
_KINDS = {"true": BOOLEAN, "false": BOOLEAN, "null": NULL}


class NotJson(ValueError):
    """A text that is no JSON document; the message says what stands where."""


@dataclass(frozen=True, slots=True)
class Member:
    """One value: its text as the file writes it (without quotes), its kind, and the column where it starts."""

    text: str
    kind: str
    column: int


def read_members(text: str) -> dict[str, Member]:
    """Every value of an object by its dotted path, those inside lists by number; NotJson for anything else."""
    reader = _Reader(text)
    reader.skip()
    if reader.at >= len(text) or text[reader.at] != "{":
        raise NotJson("the line is no JSON object")
    reader.value("", 0)
    reader.skip()
    if reader.at < len(text):
        raise NotJson(f"more follows the object at column {reader.at + 1}")
    return reader.members


@dataclass(slots=True)
class _Reader:
    text: str
    at: int = 0
    members: dict[str, Member] = field(default_factory=dict)

    def skip(self) -> None:
        """On to what is no space."""
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def value(self, path: str, depth: int) -> None:
        """One value with all that is in it."""
        if depth > DEEPEST:
            raise NotJson(f"values are nested deeper than {DEEPEST} at column {self.at + 1}")
        start = self.at
        mark = self.text[start : start + 1]
        if mark == "{":
            self._note(path, "", OBJECT, start)
            self._object(path, depth)
        elif mark == "[":
            self._note(path, "", LIST, start)
            self._list(path, depth)
        elif mark == '"':
            self._note(path, self._string(), TEXT, start)
        else:
            self._bare(path, start)

    def _note(self, path: str, text: str, kind: str, start: int) -> None:
        if path in self.members:
            raise NotJson(f"{path[:60]} is there twice, again at column {start + 1}")
        if path:
            self.members[path] = Member(text, kind, start + 1)

    def _bare(self, path: str, start: int) -> None:
        found = _BARE.match(self.text, start)
        if not found:
            raise NotJson(f"a value is expected at column {start + 1}")
        self.at = found.end()
        kind = _KINDS.get(found.group(), NUMBER)
        self._note(path, "" if kind == NULL else found.group(), kind, start)

    def _string(self) -> str:
        try:
            text, self.at = _DECODER.raw_decode(self.text, self.at)
        except ValueError as error:
            raise NotJson(f"the text at column {self.at + 1} has no end or holds what it may not") from error
        return str(text)

    def _object(self, path: str, depth: int) -> None:
        self.at += 1
        for _ in self._items("}"):
            if self.text[self.at : self.at + 1] != '"':
                raise NotJson(f"a member's name is expected at column {self.at + 1}")
            name = self._string()
            self.skip()
            self._pass(":")
            self.skip()
            self.value(f"{path}.{name}" if path else name, depth + 1)

    def _list(self, path: str, depth: int) -> None:
        self.at += 1
        for number in self._items("]"):
            self.value(f"{path}.{number}", depth + 1)

    def _items(self, end: str) -> Iterator[int]:
        """Comes to each item between brackets in turn."""
        for number in itertools.count():
            self.skip()
            if self.text[self.at : self.at + 1] == end:
                self.at += 1
                return
            if number:
                self._pass(",")
                self.skip()
            yield number

    def _pass(self, mark: str) -> None:
        if self.text[self.at : self.at + 1] != mark:
            raise NotJson(f"{mark!r} is expected at column {self.at + 1}")
        self.at += 1
