"""The fixed-width family: each field at its positions, text padded with spaces, numbers with zeros."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ringback.synthetic_partners.fields import FieldSpec
from ringback.synthetic_partners.records import Cell
from ringback.synthetic_partners.text import Line


def cells(line: Line, fields: Sequence[FieldSpec]) -> tuple[tuple[Cell, ...], str]:
    """The cells of a line, and what is wrong with its length."""
    length = sum(spec.width for spec in fields)
    found = []
    start = 0
    for spec in fields:
        raw = line.text[start : start + spec.width]
        found.append(Cell(spec, raw if spec.literal is not None else raw.rstrip(" "), start + 1))
        start += spec.width
    wrong = "" if len(line.text) == length else f"{len(line.text)} bytes, the layout has {length}"
    return tuple(found), wrong


def write(values: Mapping[str, str], fields: Sequence[FieldSpec]) -> str:
    """One line from its values; an absent optional number is spaces."""
    return "".join(values.get(spec.name, "").ljust(spec.width) for spec in fields)
