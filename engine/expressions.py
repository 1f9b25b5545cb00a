"""Expressions: `$order.id` as a whole value, `{$order.id}` inside text, `$$` for a dollar; compiled once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ringback.engine.evidence import ABSENT
from ringback.engine.excerpt import advice
from ringback.engine.paths import find, known_keys
from ringback.engine.problems import BrokenTest
from ringback.engine.protocols import Scope
from ringback.engine.source import Source

NAME = r"[A-Za-z_][A-Za-z0-9_-]*"
STEP = r"(?:\.(?:\w+\([^()]*\)|(?:[^\s.{}()\\,]|\\.)+))"
EXPRESSION = re.compile(rf"\$({NAME})({STEP}*)")
INSIDE = re.compile(rf"\$\$|\{{\$({NAME})({STEP}*)\}}")
LOOSE = re.compile(rf"(?<!\$)\$({NAME})\.[A-Za-z]")
BRACED = re.compile(r"\{\$[^}]*\}?")


@dataclass(frozen=True, slots=True)
class Expression:
    """A root name and a path into its value; an empty path is the whole value."""

    root: str
    path: str
    source: Source

    @property
    def text(self) -> str:
        """As a journey writes it."""
        return f"${self.root}.{self.path}" if self.path else f"${self.root}"

    def value(self, scope: Scope) -> object:
        """The value found; BrokenTest names what is there when nothing is found."""
        base = scope.lookup(self.root)
        if not self.path:
            return base
        found = find(base, self.path)
        if found is ABSENT:
            raise BrokenTest(f"{self.text} finds nothing", self._advice(base), self.source)
        return found

    def _advice(self, base: object) -> str:
        if base is None or (isinstance(base, Mapping) and not base):
            return f"${self.root} has no values; was its step carried out?"
        return advice(self.path.rsplit(".", 1)[-1], known_keys(base, self.path), self._end_of_the_way(base))

    def _end_of_the_way(self, base: object) -> str:
        """Where the path comes to a value that has no names inside."""
        way = self.path.split(".")
        for end in range(len(way) - 1, 0, -1):
            held = find(base, ".".join(way[:end]))
            if held is not ABSENT:
                return f"${self.root}.{'.'.join(way[:end])} is {_kind(held)}: nothing in it is called {way[end]!r}"
        return f"${self.root} is {_kind(base)}: nothing in it is called {way[0]!r}"


def _kind(value: object) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "an empty list" if not value else f"a list of {len(value)}"
    return {str: "a text", bool: "true or false", type(None): "no value"}.get(type(value), "a single value")


def parse_expression(text: str, source: Source) -> Expression | None:
    """The expression that `text` is as a whole, or None."""
    found = EXPRESSION.fullmatch(text)
    return Expression(found[1], found[2][1:], source) if found else None


def parse_text(text: str, source: Source) -> tuple[str | Expression, ...]:
    """The literal and expression parts of a text."""
    parts: list[str | Expression] = []
    end = 0
    for found in INSIDE.finditer(text):
        literal = text[end : found.start()]
        if found[1] is None:
            literal += "$"
            parts.append(literal)
        else:
            place = Source(source.file, source.line, source.column)
            parts += [literal, Expression(found[1], found[2][1:], place)]
        end = found.end()
    parts.append(text[end:])
    return _joined(parts)


def _joined(parts: list[str | Expression]) -> tuple[str | Expression, ...]:
    """Neighbouring literals as one, empty ones left out."""
    joined: list[str | Expression] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        elif part != "":
            joined.append(part)
    return tuple(joined)


def malformed(text: str) -> str | None:
    """What looks like an expression in `text` but is none, or None."""
    if text.startswith("$") and not text.startswith("$$") and re.match(rf"\${NAME}", text):
        return text
    rest = INSIDE.sub("", text)
    broken = BRACED.search(rest)
    return broken[0] if broken else None


def loose_root(text: str) -> str | None:
    """The root of an expression that stands in a text without its braces (`Order $order.id`), or None."""
    found = LOOSE.search(INSIDE.sub("", text))
    return found[1] if found else None
