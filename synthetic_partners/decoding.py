"""Decodes and judges a file of lines, whole or line by line: header, records, trailer, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from ringback.engine.protocols import FeedFile
from ringback.synthetic_partners.fields import Computed, FieldSpec, is_number
from ringback.synthetic_partners.problems import FoundProblems
from ringback.synthetic_partners.text import Line, joined, read_lines
from ringback.synthetic_partners.totals import TOTALS, computed_value, is_same

if TYPE_CHECKING:
    from ringback.synthetic_partners.records import Cell, Cells, RecordLayout

Values = Mapping[str, str]


class Misshapen(str):
    """What is wrong with a line's shape, and the column where it shows."""

    __slots__ = ("column",)
    column: int

    def __new__(cls, said: str, column: int) -> Self:
        """The text with its column."""
        made = super().__new__(cls, said)
        made.column = column
        return made


@dataclass(slots=True)
class Shapes:
    """The records of a wrong shape. What they are called is known at the end of the file."""

    noted: FoundProblems = field(default_factory=FoundProblems)
    kinds: set[str] = field(default_factory=set)  # at most two: more say nothing new

    @property
    def wrong(self) -> bool:
        """Whether a record has a wrong shape."""
        return self.noted.total > 0

    def note(self, line: int, wrong: str) -> None:
        """One more record and what is wrong with its shape, if anything."""
        if len(self.kinds) < 2:
            self.kinds.add(wrong)
        if wrong:
            self.noted.add(line, wrong.column if isinstance(wrong, Misshapen) else 1, "", "", wrong)

    def merge(self, other: Shapes) -> None:
        """Take over what was noted of further records."""
        self.noted.merge(other.noted)
        self.kinds |= other.kinds

    def settle(self, code: str, found: FoundProblems) -> None:
        """One count in all records is a changed layout (fatal); one odd record holds a delimiter in a field."""
        found.merge(self.noted, code if len(self.kinds) == 1 or code == "G011" else "R102")


@dataclass(slots=True)
class Decoding:
    """One file being decoded, whole or line by line."""

    layout: RecordLayout
    found: FoundProblems
    shapes: Shapes = field(default_factory=Shapes)
    cells: Cells | None = None  # by the titles of this file, where it has some

    def decode(self, content: bytes, file_name: str) -> FeedFile:
        """A whole file, judged."""
        if not content:
            self.found.add(1, 1, "G016", "", "the file is empty (0 bytes)")
            return self._file(file_name, {}, {}, ())
        lines = self._lines(content)
        header = self._header(lines, file_name)
        if self.layout.titles and not self.read_titles(lines.pop(0) if lines else None):
            return self._file(file_name, header, {}, ())
        last = self._trailer_line(lines)
        records = self._records(lines, header)
        trailer = self._ends(last, header, records) if last else {}
        return self._file(file_name, header, trailer, tuple(records))

    def _lines(self, content: bytes) -> list[Line]:
        layout = self.layout
        found = read_lines(content, layout.terminator, self.found, unended=layout.unended, encoding=layout.encoding)
        return list(joined(found, layout.longest_line) if layout.titles else found)

    def read_titles(self, line: Line | None) -> bool:
        """Whether the first line names the columns of the layout; the records are then read by it."""
        titles = self.layout.titles
        self.cells = titles.read(line, self.layout.record, self.found) if titles else None
        return self.cells is not None

    def _file(self, name: str, header: Values, trailer: Values, records: tuple[Values, ...]) -> FeedFile:
        return FeedFile(self.layout.name, name, header, trailer, records, self.found.sorted())

    def _header(self, lines: list[Line], file_name: str) -> Values:
        """Takes the header off the lines; the name must agree with it."""
        values, taken = self.header(lines[0] if lines else None, file_name)
        if taken:
            lines.pop(0)
        return values

    def header(self, line: Line | None, file_name: str) -> tuple[Values, bool]:
        """What the header says, and whether `line`, the first one, is the header."""
        parts = self.layout.names.judge(file_name, self.found)
        if not self.layout.header:
            return parts, False
        first = self.layout.header[0].literal or ""
        if line is None or not line.text.startswith(first):
            self.found.add(1, 1, "G002", "", f"the first line is no header: it must start with {first!r}")
            return {}, False
        values = self._values(line, self.layout.header, fatal="G002")
        for name, text in parts.items():
            if values.get(name, text) != text:
                said = f"the header says {values.get(name, '')!r}, the file name {text!r}"
                self.found.add(line.number, 1, self._code_of_name(name), name, said)
        for rule in self.layout.header_rules:
            breach = rule.judge(values, {})
            if breach and is_good(self.layout.header, breach.field, values):
                cells = self.layout.cells(line, self.layout.header)[0]
                self.found.add(line.number, _column(cells, breach.field), breach.code, breach.field, breach.message)
        return {**parts, **values}, True

    def _code_of_name(self, name: str) -> str:
        """A test file under the name of a live one is told as such, where its layout knows the difference."""
        known = {spec.name: spec.wrong for spec in self.layout.header}
        return "G018" if known.get(name) == "G018" else "G001"

    def _trailer_line(self, lines: list[Line]) -> Line | None:
        if self.is_trailer(lines[-1] if lines else None, lines[-1].number + 1 if lines else 2):
            return lines.pop()
        return None

    def is_trailer(self, line: Line | None, after: int) -> bool:
        """Whether `line`, the last one, is the trailer; one that is missing is told at the line `after` it."""
        if not self.layout.trailer:
            return False
        if line is not None and line.text.startswith(self.layout.trailer[0].literal or ""):
            return True
        self.found.add(after, 1, "G003", "", "the trailer is missing: the file is cut off")
        return False

    def _records(self, lines: Sequence[Line], header: Values) -> list[Values]:
        records = [self.record(line, place, header) for place, line in enumerate(lines, 1)]
        for rule in self.layout.rules:
            for index, breach in rule.judge_file(records):
                self.found.add(lines[index].number, 1, breach.code, breach.field, breach.message)
        self.shapes.settle(self.layout.wrong_shape, self.found)
        return records

    def record(self, line: Line, place: int, header: Values) -> Values:
        """One record's values, judged; `place` counts records from 1. A wrong shape is told by `shapes.settle`."""
        cells, wrong = self._shape(line)
        self.shapes.note(line.number, wrong)
        return self._judge(line, cells, place, header, quiet=bool(wrong))

    def _shape(self, line: Line) -> tuple[tuple[Cell, ...], str]:
        if len(line.text) > self.layout.longest_line:
            return (), f"{len(line.text)} characters in one line"
        return (self.cells or self.layout.cells)(line, self.layout.record)

    def _judge(self, line: Line, cells: Sequence[Cell], place: int, header: Values, *, quiet: bool) -> Values:
        """One record's values; fields of a record whose shape is wrong are not judged one by one."""
        values = {cell.spec.name: cell.text for cell in cells}
        if quiet:
            return values
        flawed = {cell.spec.name for cell in cells if self._judge_cell(line, cell, values)}
        for cell in cells:
            numbers = cell.spec.computed and cell.spec.computed.what == "line"
            if numbers and cell.spec.name not in flawed and is_number(cell.text):
                self._judge_line_number(line, cell, place)
        for rule in self.layout.rules:
            breach = rule.judge(values, header)
            if breach and breach.field not in flawed:  # a value that is no good is told once
                self.found.add(line.number, _column(cells, breach.field), breach.code, breach.field, breach.message)
        return values

    def _judge_cell(self, line: Line, cell: Cell, values: Values) -> bool:
        """Whether something is wrong with one value by itself."""
        spec, text = cell.spec, cell.text
        if cell.wrong:
            self.found.add(line.number, cell.column, "R102", spec.name, f"{spec.name}: {cell.wrong}")
            return True
        if not text.strip():
            needed = spec.needed(values)
            if needed:
                self.found.add(line.number, cell.column, spec.wrong or "R101", spec.name, f"{spec.name} is empty")
            return needed
        flaw = spec.flaw(text)
        if flaw:
            self.found.add(line.number, cell.column, flaw.code, spec.name, flaw.message)
        elif self.layout.upper_case and text != text.upper():
            said = f"{spec.shown(text)} is not in upper case"
            self.found.add(line.number, cell.column, "R102", spec.name, said)
            return True
        return flaw is not None

    def _judge_line_number(self, line: Line, cell: Cell, place: int) -> None:
        if int(cell.text) != place:
            said = f"line number {cell.text}, expected {place:0{len(cell.text)}d}"
            self.found.add(line.number, cell.column, "R102", cell.spec.name, said)

    def _values(self, line: Line, fields: Sequence[FieldSpec], *, fatal: str) -> Values:
        """A header's or trailer's values; whatever is wrong in it concerns the whole file."""
        if len(line.text) > self.layout.longest_line:
            self.found.add(line.number, 1, fatal, "", f"{len(line.text)} characters in one line")
            return {}
        cells, wrong = self.layout.cells(line, fields)
        values = {cell.spec.name: cell.text for cell in cells}
        if wrong:
            self.found.add(line.number, 1, self.layout.wrong_shape, "", wrong)
            return values
        for cell in cells:
            empty = not cell.text.strip()
            if empty and cell.spec.needed(values):
                self.found.add(line.number, cell.column, cell.spec.wrong or fatal, cell.spec.name, "it is empty")
            flaw = None if empty else cell.spec.flaw(cell.text)
            if flaw:
                code = cell.spec.wrong or fatal
                self.found.add(line.number, cell.column, code, cell.spec.name, flaw.message)
        return values

    def _ends(self, line: Line, header: Values, records: Sequence[Values]) -> Values:
        return self.ends(line, lambda rule: computed_value(rule, header, records, 0))

    def ends(self, line: Line, expected_of: Callable[[Computed], str]) -> Values:
        """What the trailer says, compared with what each of its computed fields must say."""
        values = self._values(line, self.layout.trailer, fatal="G003")
        for spec in self.layout.trailer:
            text = values.get(spec.name, "")
            summed = spec.computed and spec.computed.what in TOTALS
            # A record's columns have moved: a sum over them would say nothing.
            if not spec.computed or not text or (summed and self.shapes.wrong) or spec.flaw(text):
                continue
            expected = expected_of(spec.computed)
            if not is_same(text, expected):
                code = spec.wrong or ("G004" if spec.computed.what == "count" else "G005")
                said = f"the trailer says {text.lstrip('0') or text}, the file has {expected or 'none'}"
                cells = self.layout.cells(line, self.layout.trailer)[0]
                self.found.add(line.number, _column(cells, spec.name), code, spec.name, said)
        return values


def is_good(fields: Sequence[FieldSpec], name: str, values: Values) -> bool:
    """Whether a field's value is good by itself, so that a rule may say more about it."""
    spec = next(spec for spec in fields if spec.name == name)
    text = values.get(name, "")
    return spec.flaw(text) is None if text else not spec.needed(values)


def _column(cells: Sequence[Cell], name: str) -> int:
    return next((cell.column for cell in cells if cell.spec.name == name), 1)
