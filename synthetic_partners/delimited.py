"""The delimited family: fields between delimiters, no quoting."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ringback.synthetic_partners.fields import FieldSpec
from ringback.synthetic_partners.records import Cell
from ringback.synthetic_partners.text import Line


def cells_between(
    delimiter: str, shorter: Sequence[int] = ()
) -> Callable[[Line, Sequence[FieldSpec]], tuple[tuple[Cell, ...], str]]:
    """Reads a line's cells, and what is wrong with their number; `shorter` lines are good, too."""

    def cells(line: Line, fields: Sequence[FieldSpec]) -> tuple[tuple[Cell, ...], str]:
        texts = line.text.split(delimiter)
        found = []
        column = 1
        for spec, text in zip(fields, texts, strict=False):
            found.append(Cell(spec, text, column))
            column += len(text) + len(delimiter)
        found.extend(Cell(spec, "", len(line.text) + 1) for spec in fields[len(texts) :])
        good = len(texts) == len(fields) or len(texts) in shorter
        wrong = "" if good else f"{len(texts)} fields, the layout has {len(fields)}"
        return tuple(found), wrong

    return cells


def writer(delimiter: str) -> Callable[[Mapping[str, str], Sequence[FieldSpec]], str]:
    """Writes one line from its values."""

    def write(values: Mapping[str, str], fields: Sequence[FieldSpec]) -> str:
        return delimiter.join(values.get(spec.name, "") for spec in fields)

    return write
