"""Reads a sectioned file: titles, keys, declared columns, records. No line is ever quoted: it may hold a key."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ringback.engine.protocols import FeedFile
from ringback.synthetic_partners.decoding import is_good
from ringback.synthetic_partners.fields import Computed, FieldSpec
from ringback.synthetic_partners.problems import FoundProblems
from ringback.synthetic_partners.text import Line, read_lines
from ringback.synthetic_partners.totals import is_same

if TYPE_CHECKING:
    from ringback.synthetic_partners.sectioned import SectionedLayout

Values = Mapping[str, str]
HEADER, INPUTS, OUTPUTS = "HEADER DESCRIPTION", "INPUT VARIABLES", "OUTPUT VARIABLES"
LONGEST_LINE = 4096
_TITLE = re.compile(r"\*([A-Z0-9 ])+")
_STARS = re.compile(r"\**\s*")
_IGNORED = re.compile(r"var_in:.*", re.IGNORECASE)
_COLUMNS = re.compile(r"var_out:(?P<columns>\S*)\s*", re.IGNORECASE)


def header_value(rule: Computed, records: Sequence[Values]) -> str:
    """What a computed field of the header must hold: the number of records, or what the first of them says."""
    if rule.what == "count":
        return str(len(records))
    return records[0].get(rule.of, "") if records else ""


@dataclass(slots=True)
class _Pair:
    """A value and where it stands."""

    text: str
    line: int
    column: int


@dataclass(slots=True)
class _Record:
    """A record being read: the line it starts at, and its values by field."""

    line: int
    pairs: dict[str, _Pair] = field(default_factory=dict)

    def values(self) -> dict[str, str]:
        """Its values alone."""
        return {name: pair.text for name, pair in self.pairs.items()}


@dataclass(slots=True)
class SectionedReading:
    """One file being read."""

    layout: SectionedLayout
    found: FoundProblems
    section: str = ""
    titles: set[str] = field(default_factory=set)
    head: dict[str, _Pair] = field(default_factory=dict)
    columns: tuple[str, ...] | None = None  # names of fields; empty for an unknown column
    records: list[_Record] = field(default_factory=list)
    misshapen: bool = False

    def decode(self, content: bytes, file_name: str) -> FeedFile:
        """A whole file, judged."""
        if not content:
            self.found.add(1, 1, "G016", "", "the file is empty (0 bytes)")
            return FeedFile(self.layout.name, file_name, {}, {}, (), self.found.sorted())
        lines = read_lines(content, self.layout.terminator, self.found)
        for line in lines:
            self._take(line)
        last = lines[-1].number + 1 if lines else 1
        if self.layout.has_columns and self.columns is None:
            self.found.add(last, 1, "G003", "", "no var_out line declares the columns: the file is cut off")
        records = [self._record(one) for one in self.records]
        header = self._header(file_name, records)
        for one, record in zip(self.records, records, strict=True):
            self._judge(one, record, header)
        self._judge_file(records)
        return FeedFile(self.layout.name, file_name, header, {}, tuple(records), self.found.sorted())

    def _take(self, line: Line) -> None:
        text = line.text
        if len(text) > LONGEST_LINE:
            self.misshapen = True
            self.found.add(line.number, 1, "G012", "", f"{len(text)} characters in one line")
        elif _STARS.fullmatch(text) or _IGNORED.fullmatch(text):
            return
        elif _TITLE.fullmatch(text):
            self._open(line)
        elif declared := _COLUMNS.fullmatch(text):
            self._declare(line, declared["columns"])
        elif self.section == OUTPUTS and self.layout.has_columns:
            self._card(line)
        else:
            self._pair(line)

    def _open(self, line: Line) -> None:
        """A title; `DESCRIPTION` behind VARIABLES may be left out."""
        title = line.text[1:].strip()
        self.section = title.removesuffix(" DESCRIPTION") if "VARIABLES" in title else title
        known = (HEADER, INPUTS, OUTPUTS) if self.layout.has_columns else (HEADER, INPUTS)
        if self.section not in known:
            self.found.add(line.number, 1, "G002", "", f"the section {title[:40]!r} does not belong into this file")

    def _declare(self, line: Line, said: str) -> None:
        if self.columns is not None or not self.layout.has_columns:
            self.found.add(line.number, 1, "G012", "", "a second var_out line" if self.columns else "a var_out line")
            return
        by_label = {spec.label: spec for spec in self.layout.record}
        labels = said.upper().split("/")
        for label in labels:
            if label not in by_label or labels.count(label) > 1:
                self.found.add(line.number, 9, "G012", "", f"var_out declares {label[:20]!r}, which is not one column")
        for spec in self.layout.record:
            if spec.required and spec.label not in labels:
                self.found.add(line.number, 9, "G012", spec.name, f"var_out does not declare {spec.label}")
        self.columns = tuple(by_label[label].name if label in by_label else "" for label in labels)

    def _card(self, line: Line) -> None:
        texts = line.text.split(" ")
        columns = self.columns or ()
        record = _Record(line.number)
        self.records.append(record)
        if len(texts) != len(columns):
            self.misshapen = True
            said = f"the line has {len(texts)} values, var_out declares {len(columns)}"
            self.found.add(line.number, 1, "G012", "", said)
            return
        column = 1
        for name, text in zip(columns, texts, strict=True):
            record.pairs[name] = _Pair(text, line.number, column)
            column += len(text) + 1

    def _pair(self, line: Line) -> None:
        if self.section not in (HEADER, INPUTS) or line.text.count(":") != 1:
            self.found.add(line.number, 1, "G002", "", "the line is no `key : value` of a known section")
            return
        label, _, said = line.text.partition(":")
        pair = _Pair(said.strip(), line.number, len(label) + 2 + len(said) - len(said.lstrip()))
        in_records = self.section == INPUTS and not self.layout.has_columns
        fields = self.layout.record if in_records else self._fields()
        spec = next((one for one in fields if one.label == label.strip()), None)
        if spec is None:
            return  # a key of somebody else's: files may say more than is asked of them
        if in_records:
            if not self.records or spec.name in self.records[-1].pairs:
                self.records.append(_Record(line.number))
            self.records[-1].pairs[spec.name] = pair
        elif spec.name in self.head:
            self.found.add(line.number, 1, "G002", spec.name, f"{spec.label} is there twice")
        else:
            self.head[spec.name] = pair

    def _fields(self) -> Sequence[FieldSpec]:
        return self.layout.keys if self.section == HEADER else self.layout.inputs

    def _record(self, one: _Record) -> dict[str, str]:
        values = one.values()
        return {spec.name: values.get(spec.name, "") for spec in self.layout.record}

    def _header(self, file_name: str, records: Sequence[Values]) -> Values:
        """The header's values, judged, compared with the records and with the file's name."""
        values = {spec.name: self.head[spec.name].text if spec.name in self.head else "" for spec in self.layout.header}
        for spec in self.layout.header:
            self._judge_header_field(spec, values, records)
        for rule in self.layout.header_rules:
            breach = rule.judge(values, {})
            if breach and is_good(self.layout.header, breach.field, values):
                pair = self._pair_of(breach.field)
                self.found.add(pair.line, pair.column, breach.code, breach.field, breach.message)
        return {**self._name(file_name, values), **values}

    def _pair_of(self, name: str) -> _Pair:
        return self.head.get(name, _Pair("", 1, 1))

    def _judge_header_field(self, spec: FieldSpec, values: Values, records: Sequence[Values]) -> None:
        pair = self._pair_of(spec.name)
        code = spec.wrong or "G002"
        if not pair.text:
            if spec.needed(values):
                self.found.add(pair.line, pair.column, code, spec.name, f"{spec.label} is missing or empty")
        elif flaw := spec.flaw(pair.text):
            self.found.add(pair.line, pair.column, code, spec.name, flaw.message)
        elif spec.computed and not (spec.computed.what == "count" and self.misshapen):
            self._compare(spec, spec.computed, pair, records)

    def _name(self, file_name: str, values: Values) -> Values:
        """What the file's name says; it must be the convention's, and agree with the header."""
        parts = self.layout.names.judge(file_name, self.found)
        for name, text in parts.items():
            if values.get(name, text) != text:
                said = f"the header says {values.get(name, '')!r}, the file name {text!r}"
                self.found.add(self._pair_of(name).line, 1, "G001", name, said)
        return parts

    def _compare(self, spec: FieldSpec, rule: Computed, pair: _Pair, records: Sequence[Values]) -> None:
        expected = header_value(rule, records)
        if not is_same(pair.text, expected) and (records or rule.what == "count"):
            code = spec.wrong or ("G004" if rule.what == "count" else "G005")
            said = f"{spec.label} is {pair.text!r}, the records say {expected!r}"
            self.found.add(pair.line, pair.column, code, spec.name, said)

    def _judge(self, one: _Record, values: Values, header: Values) -> None:
        if not one.pairs:
            return  # its shape is wrong
        for spec in self.layout.record:
            pair = one.pairs.get(spec.name, _Pair("", one.line, 1))
            if not pair.text:
                if spec.needed(values) and (spec.name in one.pairs or not self.layout.has_columns):
                    code = spec.wrong or "R101"
                    self.found.add(pair.line, pair.column, code, spec.name, f"{spec.name} is empty")
            elif flaw := spec.flaw(pair.text):
                self.found.add(pair.line, pair.column, flaw.code, spec.name, flaw.message)
        for rule in self.layout.rules:
            breach = rule.judge(values, header)
            if breach and is_good(self.layout.record, breach.field, values):
                pair = one.pairs.get(breach.field, _Pair("", one.line, 1))
                self.found.add(pair.line, pair.column, breach.code, breach.field, breach.message)

    def _judge_file(self, records: Sequence[Values]) -> None:
        for rule in self.layout.rules:
            for index, breach in rule.judge_file(records):
                one = self.records[index]
                pair = one.pairs.get(breach.field, _Pair("", one.line, 1))
                self.found.add(pair.line, pair.column, breach.code, breach.field, breach.message)
