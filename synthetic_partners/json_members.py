"""Reads one JSON document as members with their places: dotted path, text, kind and column of each value."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

DEEPEST = 32
TEXT, NUMBER, BOOLEAN, NULL, OBJECT, LIST = "text", "number", "boolean", "null", "object", "list"
_SPACE = re.compile(r"[ \t\n\r]*")
_STRING = r'"((?:[^"\\\x00-\x1f]|\\.)*)"'
_NAME = re.compile(rf"{_STRING}[ \t]*:[ \t]*")
_NEXT = re.compile(r"[ \t]*([,\]}])[ \t]*")
_SCALAR = re.compile(rf"{_STRING}|(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null)")
_KINDS = {"true": BOOLEAN, "false": BOOLEAN, "null": NULL}


class NotJson(ValueError):
    """A text that is no JSON document: what is wrong, and the column where it shows."""

    def __init__(self, said: str, column: int) -> None:
        super().__init__(said)
        self.column = column


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
        raise NotJson("the line is no JSON object", 1)
    reader.object("", 0)
    reader.skip()
    if reader.at < len(text):
        raise NotJson("more follows the object", reader.at + 1)
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

    def object(self, path: str, depth: int) -> None:
        """The members of an object whose bracket is at hand."""
        self.at += 1
        for _ in self._items("}"):
            name = _NAME.match(self.text, self.at)
            if name is None:
                raise NotJson("a member's name and a colon are expected", self.at + 1)
            self.at = name.end()
            inner = self._text(name.group(1), name.start() + 1)
            self._value(f"{path}.{inner}" if path else inner, depth + 1)

    def _value(self, path: str, depth: int) -> None:
        found = _SCALAR.match(self.text, self.at)
        start = self.at
        if found is not None:
            self.at = found.end()
            text, bare = found.groups()
            if bare is None:
                self._note(path, Member(self._text(text, start + 1), TEXT, start + 1))
            else:
                kind = _KINDS.get(bare, NUMBER)
                self._note(path, Member("" if kind == NULL else bare, kind, start + 1))
            return
        if depth > DEEPEST:
            raise NotJson(f"values are nested deeper than {DEEPEST}", start + 1)
        mark = self.text[start : start + 1]
        if mark == "{":
            self._note(path, Member("", OBJECT, start + 1))
            self.object(path, depth)
        elif mark == "[":
            self._note(path, Member("", LIST, start + 1))
            self._list(path, depth)
        else:
            raise NotJson("a value is expected", start + 1)

    def _list(self, path: str, depth: int) -> None:
        self.at += 1
        for number in self._items("]"):
            self._value(f"{path}.{number}", depth + 1)

    def _note(self, path: str, member: Member) -> None:
        if path in self.members:
            raise NotJson(f"{path[:60]} is there twice", member.column)
        self.members[path] = member

    def _text(self, text: str, start: int) -> str:
        """A text without its escapes; `start` is the column of its quote."""
        if "\\" not in text:
            return text
        try:
            return str(json.loads(f'"{text}"'))
        except ValueError as error:
            raise NotJson("the text holds an escape that there is not", start) from error

    def _items(self, end: str) -> Iterator[int]:
        """Comes to each item between brackets in turn."""
        self.skip()
        if self.text.startswith(end, self.at):
            self.at += 1
            return
        for number in itertools.count():
            yield number
            found = _NEXT.match(self.text, self.at)
            mark = found.group(1) if found else ""
            if found is None or mark not in (end, ","):
                raise NotJson(f"a comma or {end} is expected", self.at + 1)
            self.at = found.end()
            if mark == end:
                return
