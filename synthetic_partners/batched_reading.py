"""Reads a batched file line by line: which lines may follow which, every field, every rule, every total."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ringback.engine.protocols import FeedFile
from ringback.synthetic_partners import fixed
from ringback.synthetic_partners.batched_totals import Scope, expected
from ringback.synthetic_partners.decoding import is_good
from ringback.synthetic_partners.fields import FieldSpec
from ringback.synthetic_partners.problems import FoundProblems
from ringback.synthetic_partners.text import Line, read_lines
from ringback.synthetic_partners.totals import is_same

if TYPE_CHECKING:
    from ringback.synthetic_partners.batched import BatchedLayout

Values = Mapping[str, str]
_ADDENDA = "addenda_type"


@dataclass(slots=True)
class _Entry:
    """An entry being read: its own values, the whole record, and the lines where its fields stand."""

    line: Line
    own: Values
    values: dict[str, str]
    lines: list[tuple[int, Sequence[FieldSpec]]]
    has_addenda: bool = False

    def place(self, name: str) -> tuple[int, int]:
        """Line and column of a field; those of the entry for a field of its batch."""
        found = (line for line in self.lines if any(spec.name == name for spec in line[1]))
        number, fields = next(found, (self.line.number, ()))
        return number, _column(fields, name) if fields else 1


@dataclass(slots=True)
class BatchedReading:
    """One file being read."""

    layout: BatchedLayout
    found: FoundProblems
    header: Values = field(default_factory=dict)
    trailer: Values = field(default_factory=dict)
    whole: Scope = field(default_factory=lambda: Scope(0))
    batch: Scope | None = None
    number: int = 0  # of the latest batch
    entry: _Entry | None = None
    records: list[tuple[_Entry, dict[str, str]]] = field(default_factory=list)
    first: int = 0  # the place of the first record of the batch
    misshapen: bool = False  # a line is too short or too long: totals would say nothing
    fields: tuple[FieldSpec, ...] = ()  # of a flat record; the layout makes them anew whenever it is asked

    def __post_init__(self) -> None:
        self.fields = self.layout.record

    def decode(self, content: bytes, file_name: str) -> FeedFile:
        """A whole file, judged."""
        if not content:
            self.found.add(1, 1, "G016", "", "the file is empty (0 bytes)")
            return self._file(file_name)
        lines = list(read_lines(content, self.layout.terminator, self.found))
        self._read_header(lines, file_name)
        control = self._control(lines)
        for line in lines[:control]:
            self._take(line)
        end = lines[control].number if control < len(lines) else lines[-1].number + 1 if lines else 2
        self._close_batch(end)
        self._judge_file()
        if control < len(lines):
            self._end(lines, control)
        else:
            self.found.add(end, 1, "G003", "", "the file control is missing: the file is cut off")
        return self._file(file_name)

    def _file(self, name: str) -> FeedFile:
        records = tuple(values for _, values in self.records)
        return FeedFile(self.layout.name, name, self.header, self.trailer, records, self.found.sorted())

    def _read_header(self, lines: list[Line], file_name: str) -> None:
        """Takes the header off the lines; the name must agree with it."""
        parts = self.layout.names.judge(file_name, self.found)
        first = self.layout.header[0].literal or ""
        if not lines or not lines[0].text.startswith(first):
            self.found.add(1, 1, "G002", "", f"the first line is no header: it must start with {first!r}")
            return
        line = lines.pop(0)
        values = self._values(line, self.layout.header, fatal="G002")
        for name, text in parts.items():
            if values.get(name, text) != text:
                said = f"the header says {values.get(name, '')!r}, the file name {text!r}"
                self.found.add(line.number, 1, "G001", name, said)
        for rule in self.layout.header_rules:
            breach = rule.judge(values, {})
            if breach and is_good(self.layout.header, breach.field, values):
                column = _column(self.layout.header, breach.field)
                self.found.add(line.number, column, breach.code, breach.field, breach.message)
        self.header = {**parts, **values}

    def _control(self, lines: Sequence[Line]) -> int:
        """The place of the file control; the number of lines when there is none."""
        first = self.layout.trailer[0].literal or ""
        places = (place for place, line in enumerate(lines) if line.text.startswith(first))
        return next((place for place in places if lines[place].text != self.layout.padding), len(lines))

    def _take(self, line: Line) -> None:
        """One line between header and file control."""
        layout = self.layout
        kind = line.text[:1]
        if kind == layout.batch[0].literal:
            self._close_batch(line.number)
            self._open_batch(line)
        elif self.batch is None:
            self.found.add(line.number, 1, "G002", "", f"a line {kind!r} stands outside a batch")
        elif kind == layout.entry[0].literal:
            self._close_entry()
            self._open_entry(line, self.batch)
        elif kind == layout.batch_trailer[0].literal:
            self._close_entry()
            self._end_batch(self._totals(line, layout.batch_trailer, self.batch))
        elif kind == "7" and self.entry is not None:
            self._take_addenda(line, self.entry)
        else:
            self.found.add(line.number, 1, "G002", "", f"a line {kind!r} is not expected here")

    def _open_batch(self, line: Line) -> None:
        values = self._values(line, self.layout.batch, fatal="G002")
        self.batch = Scope(self.layout.length, batch=values)
        self.first = len(self.records)
        self.whole.batches += 1
        for spec in self.layout.batch:
            number = values.get(spec.name, "")
            if spec.computed and spec.computed.what == "batch_number" and number and not spec.flaw(number):
                if int(number) <= self.number:
                    said = f"{spec.name} {number} comes after {self.number}: it must rise"
                    self.found.add(line.number, _column(self.layout.batch, spec.name), "G002", spec.name, said)
                self.number = int(number)

    def _end_batch(self, control: Values) -> None:
        """What a batch control says by itself belongs to each record of the batch."""
        free = [spec.name for spec in self.layout.batch_trailer if spec.literal is None and spec.computed is None]
        for _, values in self.records[self.first :]:
            values.update((name, control.get(name, "")) for name in free)
        self.batch = None

    def _close_batch(self, number: int) -> None:
        self._close_entry()
        if self.batch is not None:
            self.found.add(number, 1, "G003", "", "the batch control is missing before this line")
            self.batch = None

    def _open_entry(self, line: Line, batch: Scope) -> None:
        own = self._values(line, self.layout.entry)
        names = {spec.name for spec in (*self.layout.batch, *self.layout.entry) if spec.literal is None}
        values = {name: text for name, text in {**batch.batch, **own}.items() if name in names}
        self.entry = _Entry(line, own, values, [(line.number, self.layout.entry)])

    def _take_addenda(self, line: Line, entry: _Entry) -> None:
        width = self.layout.addenda[0].fields[0].width if self.layout.addenda else 1
        kind = line.text[width : width + 2]
        fields = self.layout.addenda_of(kind)
        if not fields:
            entry.has_addenda = True
            self.found.add(line.number, width + 1, "R104", _ADDENDA, f"addenda of type {kind!r} are not known here")
        elif entry.has_addenda:
            self.found.add(line.number, 1, "R102", _ADDENDA, "the entry has addenda already")
        else:
            entry.has_addenda = True
            said = self._values(line, fields)
            shown = {spec.name for spec in fields if spec.literal is None or spec.name == _ADDENDA}
            entry.values.update((name, text) for name, text in said.items() if name in shown)
            entry.lines.append((line.number, fields))

    def _close_entry(self) -> None:
        entry, batch = self.entry, self.batch
        self.entry = None
        if entry is None or batch is None:
            return
        batch.addenda = entry.has_addenda
        batch.take(entry.own)
        self.whole.addenda = entry.has_addenda
        self.whole.take(entry.own)
        if entry.own:
            self._judge_entry(entry, batch)
        self.records.append((entry, {spec.name: entry.values.get(spec.name, "") for spec in self.fields}))

    def _judge_entry(self, entry: _Entry, batch: Scope) -> None:
        if self.layout.addenda_required and not entry.has_addenda:
            self.found.add(entry.line.number, 1, "R101", _ADDENDA, "the entry has no addenda")
        for spec in self.layout.entry:
            text = entry.own.get(spec.name, "")
            if spec.computed and text and not spec.flaw(text) and not is_same(text, expected(spec, batch)):
                said = f"{spec.name} is {text!r}, expected {expected(spec, batch)!r}"
                self.found.add(*entry.place(spec.name), spec.wrong or "R102", spec.name, said)
        for rule in self.layout.rules:
            breach = rule.judge(entry.values, self.header)
            if breach and is_good(self.fields, breach.field, entry.values):
                self.found.add(*entry.place(breach.field), breach.code, breach.field, breach.message)

    def _judge_file(self) -> None:
        records = [values for _, values in self.records]
        for rule in self.layout.rules:
            for index, breach in rule.judge_file(records):
                entry = self.records[index][0]
                self.found.add(*entry.place(breach.field), breach.code, breach.field, breach.message)

    def _end(self, lines: Sequence[Line], control: int) -> None:
        """The file control, and the lines that fill up the last block."""
        self.whole.block = self.layout.block
        self.whole.lines = lines[control].number
        self.trailer = self._totals(lines[control], self.layout.trailer, self.whole)
        rest = [line.text for line in lines[control + 1 :]]
        wanted = -lines[control].number % self.layout.block
        if rest != [self.layout.padding] * wanted:
            said = f"{len(rest)} lines follow the file control; {wanted} lines of nines fill up the block"
            self.found.add(lines[control].number + 1, 1, "G004", "", said)

    def _totals(self, line: Line, fields: Sequence[FieldSpec], scope: Scope) -> Values:
        """A control line, compared with what its scope holds."""
        values = self._values(line, fields, fatal="G003")
        for spec in fields:
            text = values.get(spec.name, "")
            if spec.computed is None or not text or self.misshapen or spec.flaw(text):
                continue
            wanted = expected(spec, scope)
            if not is_same(text, wanted):
                code = spec.wrong or ("G004" if spec.computed.what == "count" else "G005")
                said = f"{spec.name} says {text}, the file gives {wanted or 'none'}"
                self.found.add(line.number, _column(fields, spec.name), code, spec.name, said)
        return values

    def _values(self, line: Line, fields: Sequence[FieldSpec], *, fatal: str = "") -> dict[str, str]:
        """A line's values, judged one by one; nothing of a line whose length is wrong."""
        cells, wrong = fixed.cells(line, fields)
        if wrong:
            self.misshapen = True
            self.found.add(line.number, 1, "G011", "", wrong)
            return {}
        values = {cell.spec.name: cell.text for cell in cells}
        for cell in cells:
            spec = cell.spec
            if not cell.text.strip():
                if spec.needed(values):
                    code = spec.wrong or fatal or "R101"
                    self.found.add(line.number, cell.column, code, spec.name, f"{spec.name} is empty")
                continue
            flaw = spec.flaw(cell.text)
            if flaw:
                code = spec.wrong or fatal or flaw.code
                self.found.add(line.number, cell.column, code, spec.name, flaw.message)
        return values


def _column(fields: Sequence[FieldSpec], name: str) -> int:
    before = [spec.name for spec in fields].index(name)
    return 1 + sum(spec.width for spec in fields[:before])
