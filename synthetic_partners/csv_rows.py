"""The CSV family (RFC 4180): line 1 names the columns in any order, values may stand in quotes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ringback.synthetic_partners.fields import FieldSpec
from ringback.synthetic_partners.problems import FoundProblems
from ringback.synthetic_partners.records import Cell, Cells
from ringback.synthetic_partners.text import Line

_QUOTE = '"'
_NEVER_CLOSED = "a quote is never closed"
_INSIDE = "a quote inside a value: the value must stand in quotes, and the quote twice"


class Value(NamedTuple):
    """One value of a row: its text without quotes, the column where it starts, and what is wrong with its quotes."""

    text: str
    column: int
    wrong: str = ""


def values_of(row: str, delimiter: str) -> list[Value]:
    """The values of a row; a quote in the wrong place is a problem of its value, not of the row."""
    if _QUOTE not in row:
        return _unquoted(row, delimiter)
    found = []
    start = 0
    while start <= len(row):
        value, start = (_quoted if row.startswith(_QUOTE, start) else _plain)(row, start, delimiter)
        found.append(value)
    return found


def _unquoted(row: str, delimiter: str) -> list[Value]:
    found = []
    column = 1
    for text in row.split(delimiter):
        found.append(Value(text, column))
        column += len(text) + len(delimiter)
    return found


def _plain(row: str, start: int, delimiter: str) -> tuple[Value, int]:
    end = row.find(delimiter, start)
    end = len(row) if end < 0 else end
    text = row[start:end]
    return Value(text, start + 1, _INSIDE if _QUOTE in text else ""), end + len(delimiter)


def _quoted(row: str, start: int, delimiter: str) -> tuple[Value, int]:
    """A value in quotes and where the next one starts; what follows the closing quote belongs to it, wrongly."""
    end = row.find(_QUOTE, start + 1)
    while end >= 0 and row.startswith(_QUOTE, end + 1):
        end = row.find(_QUOTE, end + 2)
    if end < 0:
        value, after = _plain(row, start, delimiter)
        return Value(value.text, value.column, _NEVER_CLOSED), after
    text = row[start + 1 : end].replace(_QUOTE * 2, _QUOTE)
    rest, after = _plain(row, end + 1, delimiter)
    return Value(text + rest.text, start + 1, _INSIDE if rest.text else ""), after


def cells_in_order(delimiter: str) -> Cells:
    """Reads a row by place: a trailer, whose values have no titles."""

    def cells(line: Line, fields: Sequence[FieldSpec]) -> tuple[tuple[Cell, ...], str]:
        values = values_of(line.text, delimiter)
        found = tuple(Cell(spec, one.text, one.column, one.wrong) for spec, one in zip(fields, values, strict=False))
        wrong = "" if len(values) == len(fields) else f"{len(values)} fields, the layout has {len(fields)}"
        return found, wrong

    return cells


def writer(delimiter: str) -> Callable[[Mapping[str, str], Sequence[FieldSpec]], str]:
    """Writes one row; values stand in quotes where they must."""

    def write(values: Mapping[str, str], fields: Sequence[FieldSpec]) -> str:
        return delimiter.join(quoted(values.get(spec.name, ""), delimiter) for spec in fields)

    return write


def quoted(text: str, delimiter: str) -> str:
    """A value as it stands in a row."""
    if not any(mark in text for mark in (delimiter, _QUOTE, "\r", "\n")):
        return text
    return f"{_QUOTE}{text.replace(_QUOTE, _QUOTE * 2)}{_QUOTE}"


@dataclass(frozen=True, slots=True)
class Titles:
    """The line that names the columns: further columns are left alone, the order is free."""

    delimiter: str

    def read(self, line: Line | None, fields: Sequence[FieldSpec], found: FoundProblems) -> Cells | None:
        """Reads rows by these titles; None, and a problem, when they are not those of the layout."""
        titles = [one.text for one in values_of(line.text, self.delimiter)] if line else []
        number = line.number if line else 1
        absent = [spec.name for spec in fields if spec.name not in titles]
        twice = [title for title, count in Counter(titles).items() if count > 1]
        if absent:
            found.add(number, 1, "G012", "", f"the first line does not name {', '.join(absent)}")
        if twice:
            found.add(number, 1, "G012", "", f"the first line names {', '.join(twice)} more than once")
        return None if absent or twice else self._cells({title: place for place, title in enumerate(titles)})

    def write(self, fields: Sequence[FieldSpec]) -> str:
        """The line for these fields."""
        return self.delimiter.join(quoted(spec.name, self.delimiter) for spec in fields)

    def _cells(self, places: Mapping[str, int]) -> Cells:
        def cells(line: Line, fields: Sequence[FieldSpec]) -> tuple[tuple[Cell, ...], str]:
            values = values_of(line.text, self.delimiter)
            known = [(spec, places[spec.name]) for spec in fields]
            found = tuple(
                Cell(spec, values[place].text, values[place].column, values[place].wrong)
                for spec, place in known
                if place < len(values)
            )
            wrong = "" if len(values) == len(places) else f"{len(values)} fields, the first line names {len(places)}"
            return found, wrong

        return cells
