"""Layouts of lines (delimited, fixed, CSV, JSON): decode and validate a file, or write one, by header and trailer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ringback.engine.problems import UsageError
from ringback.engine.protocols import FeedFile
from ringback.synthetic_partners.decoding import Decoding
from ringback.synthetic_partners.fields import FieldSpec
from ringback.synthetic_partners.names import NameRule
from ringback.synthetic_partners.problems import FoundProblems
from ringback.synthetic_partners.rules import Rule
from ringback.synthetic_partners.text import TERMINATORS, Line
from ringback.synthetic_partners.totals import computed_value, short_day

Values = Mapping[str, str]
LONGEST_LINE = 4096  # one longer is reported once, not field by field
MOST_NAMED = 10  # elements of a list that a journey may name


@dataclass(frozen=True, slots=True)
class Cell:
    """One field's text in a line, and the column where it starts."""

    spec: FieldSpec
    text: str
    column: int
    wrong: str = ""  # what the family finds wrong with the way it is written: a quote out of place


Cells = Callable[[Line, Sequence[FieldSpec]], tuple[tuple[Cell, ...], str]]
Write = Callable[[Values, Sequence[FieldSpec]], str]


class Titles(Protocol):
    """The first line of a CSV file, which names the columns."""

    def read(self, line: Line | None, fields: Sequence[FieldSpec], found: FoundProblems) -> Cells | None:
        """Reads rows by these titles; None, and a problem, when they are not those of the layout."""
        ...

    def write(self, fields: Sequence[FieldSpec]) -> str:
        """The line for these fields."""
        ...


@dataclass(slots=True)  # not frozen: `name` is a plain attribute of the Layout protocol
class RecordLayout:
    """A layout whose records are lines; `cells` and `write` are the family's."""

    name: str
    summary: str
    family: str
    feed: str
    names: NameRule
    acknowledged: str
    key: str
    terminator: str
    upper_case: bool
    wrong_shape: str  # G012 for a wrong number of fields, G011 for a wrong length
    header: tuple[FieldSpec, ...]
    record: tuple[FieldSpec, ...]
    trailer: tuple[FieldSpec, ...]
    rules: tuple[Rule, ...]
    cells: Cells
    write: Write
    delimiter: str = ""  # between fields; fixed layouts have none
    header_rules: tuple[Rule, ...] = ()  # what holds between fields of the header
    encoding: str = "ascii"
    unended: str = "G013"  # the code for a last line without its end
    longest_line: int = LONGEST_LINE
    titles: Titles | None = None  # CSV
    side_car: bool = False  # whether NAME.sha256 must stand beside the file

    @property
    def record_names(self) -> frozenset[str]:
        """The fields that a record may have; those of a list by number."""
        names = [spec.name for spec in self.record]
        numbers = range(MOST_NAMED)
        return frozenset(name.replace(".*", f".{number}") for name in names for number in numbers)

    @property
    def first_line(self) -> int:
        """The line of the first record."""
        return 2 if self.header or self.titles else 1

    def decode(self, content: bytes, file_name: str) -> FeedFile:
        """Decode and validate; never raises for what is wrong with the content."""
        return Decoding(self, FoundProblems()).decode(content, file_name)

    def file_name(self, values: Values) -> str:
        """The name by convention for a header's values."""
        return self.names.write(values)

    def encode(self, header: Values, records: Sequence[Values]) -> bytes:
        """A file from its values; literals, line numbers, counts and totals are filled in."""
        numbered = [self._filled(self.record, record, header, (), place) for place, record in enumerate(records, 1)]
        head = self._filled(self.header, header, header, (), 0)
        lines = [self.titles.write(self.record)] if self.titles else []
        lines += [self.write(head, self.header)] if self.header else []
        lines += [self.write(record, self.record) for record in numbered]
        if self.trailer:
            lines.append(self.write(self._filled(self.trailer, {}, head, numbered, 0), self.trailer))
        mark = TERMINATORS[self.terminator]
        return "".join(line + mark for line in lines).encode(self.encoding, "replace")

    def _filled(
        self,
        fields: Sequence[FieldSpec],
        values: Values,
        header: Values,
        records: Sequence[Values],
        line: int,
    ) -> dict[str, str]:
        filled = dict(values)  # with the elements of lists, which no field names one by one
        for spec in fields:
            text = values.get(spec.name, "")
            if spec.literal is not None:
                text = spec.literal
            elif spec.computed:
                text = computed_value(spec.computed, header, records, line) or short_day(spec.computed, values)
            filled[spec.name] = fitted(self.name, spec, text)
        return filled


def fitted(layout: str, spec: FieldSpec, text: str) -> str:
    """A value at the width of its field; one that is too long is refused."""
    wide = text.zfill(spec.kind.least) if spec.kind.numeric and text else text
    if len(wide) > spec.kind.most:
        hint = f"give at most {spec.kind.most} characters"
        raise UsageError(f"{layout}: {spec.name}: {spec.shown(text)} is too long", hint)
    return wide
