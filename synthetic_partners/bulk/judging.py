"""Judges a block of records: whole columns at once, and only what is not plainly good line by line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ringback.synthetic_partners.bulk.file_rules import Entries, FileRules
from ringback.synthetic_partners.bulk.good_fields import GoodField
from ringback.synthetic_partners.bulk.good_rules import keep_rule
from ringback.synthetic_partners.bulk.ledger import Numbers
from ringback.synthetic_partners.bulk.numbers import MOST_DIGITS, are_digits, numbers
from ringback.synthetic_partners.bulk.table import Column, Lines, Table, Truths, table_of
from ringback.synthetic_partners.bulk.totals import Totals
from ringback.synthetic_partners.decoding import Decoding, Shapes
from ringback.synthetic_partners.problems import FoundProblems
from ringback.synthetic_partners.records import RecordLayout
from ringback.synthetic_partners.text import Endings

Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Judged:
    """What a block of records brought."""

    count: int
    first_line: int
    found: FoundProblems
    shapes: Shapes
    endings: Endings
    totals: Totals
    entries: tuple[Entries, ...]

    @property
    def lines(self) -> Numbers:
        """The numbers of the lines in which the records stand."""
        return np.arange(self.first_line, self.first_line + self.count, dtype=np.int64)


@dataclass(slots=True)
class Judge:
    """All that is the same for every block of a file."""

    layout: RecordLayout
    header: Values
    fields: tuple[GoodField, ...]
    file_rules: FileRules
    totals: Totals
    most: int

    def judge(self, lines: Lines, first_line: int, place: int) -> Judged:
        """The records of a block; `place` is the first one's, counted from 1 in the file."""
        found, totals = FoundProblems(self.most), Totals(self.totals.rules)
        decoding = Decoding(self.layout, found, Shapes(FoundProblems(self.most)))
        endings = Endings(self.layout.terminator, self.layout.encoding)
        table = table_of(self.layout, lines)
        good = self._good(table, place, lines.count)
        table = table.only(good[table.rows])
        _count_good(lines, good, first_line, endings)
        odd = np.flatnonzero(~good)
        slow = []
        for row in odd.tolist():
            line = endings.clean(lines.raw(row), first_line + row, found, ended=row != lines.unended)
            slow.append(decoding.record(line, place + row, self.header))
        if len(table.rows):
            decoding.shapes.note(first_line, "")
            totals.add_table(table)
        totals.add_records(slow)
        plain = self.file_rules.entries(table.column, len(table.rows))
        entries = plain
        if slow:
            others = self.file_rules.entries_of(slow)
            entries = tuple(_together(*pair, table.rows, odd) for pair in zip(plain, others, strict=True))
        return Judged(lines.count, first_line, found, decoding.shapes, endings, totals, entries)

    def _good(self, table: Table, place: int, count: int) -> Truths:
        """Which lines of the block are plainly good records."""
        good = np.zeros(count, dtype=bool)
        if not len(table.rows):
            return good
        kept = np.ones(len(table.rows), dtype=bool)
        if self.layout.upper_case:
            kept &= ~_with_small_letters(table)
        for one in self.fields:
            kept &= one.good(table)
            if one.spec.computed and one.spec.computed.what == "line":
                kept &= _is_numbered(table.column(one.spec.name), table.rows + place)
        for rule in self.layout.rules:
            kept &= keep_rule(rule, table, self.header)
        good[table.rows[kept]] = True
        return good


def _is_numbered(column: Column, places: Numbers) -> Truths:
    fits = (column.sizes <= MOST_DIGITS) & (column.sizes > 0) & are_digits(column)
    return np.asarray((column.sizes == 0) | (fits & (numbers(column) == places)))


def _with_small_letters(table: Table) -> Truths:
    """Which records lie in a line with a small letter."""
    is_small = (table.lines.buffer - np.uint8(97)) < 26
    bad = np.zeros(table.lines.count, dtype=bool)
    if not is_small.any():
        return bad[table.rows]
    small = np.flatnonzero(is_small)
    owner = np.searchsorted(table.lines.starts, small, side="right") - 1
    bad[owner[owner >= 0]] = True
    return np.asarray(bad[table.rows])


def _count_good(lines: Lines, good: Truths, first_line: int, endings: Endings) -> None:
    """How the lines end that are not looked at one by one."""
    ended = np.arange(lines.count) != lines.unended
    windows, bare = good & lines.returns, good & ~lines.returns & ended
    first, first_bare = _place(lines, windows, first_line), _place(lines, bare, first_line)
    endings.merge(Endings(endings.terminator, "", int(good.sum()), int(windows.sum()), first, first_bare))


def _place(lines: Lines, wanted: Truths, first_line: int) -> tuple[int, int]:
    """Line and column of the end of the first of these lines."""
    row = int(wanted.argmax()) if len(wanted) else 0
    return (first_line + row, int(lines.ends[row] - lines.starts[row]) + 1) if wanted.any() else (0, 0)


def _together(plain: Entries, others: Entries, rows: Numbers, odd: Numbers) -> Entries:
    """What a rule keeps of all records of a block, in their order."""
    order = np.argsort(np.concatenate((rows, odd)))
    records = (*plain.records, *others.records)
    return Entries(
        np.concatenate((plain.keys, others.keys))[order] if len(plain.keys) + len(others.keys) else plain.keys,
        np.concatenate((plain.said, others.said))[order] if len(plain.said) + len(others.said) else plain.said,
        tuple(records[at] for at in order.tolist()) if records else (),
    )
