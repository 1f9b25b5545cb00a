"""The delimited family: fields between delimiters, no quoting."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ringback.synthetic_partners.fields import FieldSpec
from ringback.synthetic_partners.records import Cell
from ringback.synthetic_partners.text import Line


@dataclass(frozen=True, slots=True)
class Between:
    """Reads a line's cells between delimiters, and what is wrong with their number; `shorter` lines are good, too."""

    delimiter: str
    shorter: tuple[int, ...] = ()

    def __call__(self, line: Line, fields: Sequence[FieldSpec]) -> tuple[tuple[Cell, ...], str]:
        """The cells of a line."""
        texts = line.text.split(self.delimiter)
        found = []
        column = 1
        for spec, text in zip(fields, texts, strict=False):
            found.append(Cell(spec, text, column))
            column += len(text) + len(self.delimiter)
        found.extend(Cell(spec, "", len(line.text) + 1) for spec in fields[len(texts) :])
        good = len(texts) == len(fields) or len(texts) in self.shorter
        wrong = "" if good else f"{len(texts)} fields, the layout has {len(fields)}"
        return tuple(found), wrong


def writer(delimiter: str) -> Callable[[Mapping[str, str], Sequence[FieldSpec]], str]:
    """Writes one line from its values."""

    def write(values: Mapping[str, str], fields: Sequence[FieldSpec]) -> str:
        return delimiter.join(values.get(spec.name, "") for spec in fields)

    return write
