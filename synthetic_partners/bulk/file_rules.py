"""Rules of whole files as the file goes by: what is there twice, what is counted wrong, what does not rise."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ringback.synthetic_partners.bulk.good_rules import names_in
from ringback.synthetic_partners.bulk.ledger import Found, Hashes, Ledger, Numbers, key_of
from ringback.synthetic_partners.bulk.numbers import MOST_DIGITS, are_digits, numbers
from ringback.synthetic_partners.bulk.table import Column, column_of
from ringback.synthetic_partners.fields import is_number
from ringback.synthetic_partners.problems import FoundProblems
from ringback.synthetic_partners.records import RecordLayout
from ringback.synthetic_partners.rules import FILE_RULES, Breach, Rule, miscount

Values = Mapping[str, str]
HUGE = 1 << 62  # stands for a number that no file can have so many records of
ColumnOf = Callable[[str], Column]
Fetch = Callable[[frozenset[int]], Mapping[int, Values]]  # the records that stand in these lines


@dataclass(frozen=True, slots=True)
class Entries:
    """What one rule keeps of some records, in their order."""

    keys: Hashes
    said: Numbers
    records: tuple[Values, ...] = ()  # of a rule without keys: the fields it looks at


@dataclass(slots=True)
class FileRules:
    """The rules of whole files of one layout, and what they have seen so far."""

    rules: tuple[Rule, ...]
    names: frozenset[str]
    ledgers: dict[Rule, Ledger] = field(default_factory=dict)
    carried: dict[Rule, list[Values]] = field(default_factory=dict)

    def entries(self, column: ColumnOf, count: int) -> tuple[Entries, ...]:
        """What each rule keeps of `count` records whose fields `column` tells; a function of its arguments alone."""
        return tuple(self._entries(rule, column, count) for rule in self.rules)

    def entries_of(self, records: Sequence[Values]) -> tuple[Entries, ...]:
        """The same for records that were read one by one."""
        return self.entries(lambda name: column_of([one.get(name, "") for one in records]), len(records))

    def add(self, entries: Sequence[Entries], lines: Numbers, found: FoundProblems) -> None:
        """Take in what `entries` made of the next records; `lines` are theirs."""
        for rule, own in zip(self.rules, entries, strict=True):
            if rule.kind in KEYED:
                self.ledgers[rule].add(own.keys, own.said, lines)
            else:
                self._judge(rule, own.records, lines, found)

    def settle(self, fetch: Fetch, found: FoundProblems) -> None:
        """At the end of the file: the breaches; the records are looked at again before anything is said of them."""
        for rule, ledger in self.ledgers.items():
            rows = ledger.again(found.most) if rule.kind == "unique" else ledger.miscounted(found.most)
            if rows.total:
                _tell(rule, rows, fetch, found)

    def close(self) -> None:
        """Forget all keys."""
        for ledger in self.ledgers.values():
            ledger.close()

    def _entries(self, rule: Rule, column: ColumnOf, count: int) -> Entries:
        if rule.kind == "unique":
            return Entries(key_of([column(name) for name in rule.fields]), np.zeros(count, dtype=np.int64))
        if rule.kind == "count_of":
            return Entries(key_of([column(rule.other)]), said_in(column(rule.field)))
        names = names_in(rule, self.names)
        texts = ([text.decode("utf-8", "replace") for text in column(name).texts().tolist()] for name in names)
        records = tuple(dict(zip(names, values, strict=True)) for values in zip(*texts, strict=True))
        return Entries(np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int64), records)

    def _judge(self, rule: Rule, records: Sequence[Values], lines: Numbers, found: FoundProblems) -> None:
        """A rule without keys sees the records that matter of those before, and the new ones."""
        carried = self.carried.setdefault(rule, [])
        before = len(carried)
        carried.extend(records)
        for index, breach in rule.judge_file(carried):
            if index >= before:
                found.add(int(lines[index - before]), 1, breach.code, breach.field, breach.message)
        if rule.kind == "rising":
            carried[:] = _highest(rule, carried)


KEYED = frozenset(["unique", "count_of"])


def file_rules_of(layout: RecordLayout) -> FileRules:
    """The rules of whole files that a layout has."""
    rules = tuple(rule for rule in layout.rules if rule.kind in FILE_RULES)
    ledgers = {rule: Ledger() for rule in rules if rule.kind in KEYED}
    return FileRules(rules, frozenset(spec.name for spec in layout.record), ledgers)


def said_in(column: Column) -> Numbers:
    """The numbers of a column; -1 for what is no number."""
    said = np.where(are_digits(column) & (column.sizes > 0), numbers(column), -1)
    for row in np.flatnonzero(column.sizes > MOST_DIGITS):
        text = column.cells[row, : column.sizes[row]].tobytes().decode("latin-1")
        said[row] = min(int(text), HUGE) if is_number(text) else -1
    return said


def _tell(rule: Rule, rows: Found, fetch: Fetch, found: FoundProblems) -> None:
    records = fetch(frozenset(line for line, first, _ in rows.rows for line in (line, first)))
    for line, first, alike in rows.rows:
        breach = _breach(rule, records[first], records[line], alike)
        if breach:
            found.add(line, 1, breach.code, breach.field, breach.message)
    beyond = rows.total - len(rows.rows)
    if beyond:
        found.count("R106" if rule.kind == "unique" else rule.code, beyond)


def _breach(rule: Rule, first: Values, record: Values, alike: int) -> Breach | None:
    if rule.kind == "count_of":
        return miscount(rule, record, alike)
    return next((breach for _, breach in rule.judge_file([first, record])), None)


def _highest(rule: Rule, records: Sequence[Values]) -> list[Values]:
    """Of each owner the record with the highest number."""
    highest: dict[str, Values] = {}
    for record in records:
        text, owner = record.get(rule.field, ""), record.get(rule.other, "")
        if is_number(text) and int(text) >= int(highest.get(owner, record).get(rule.field, "0")):
            highest[owner] = record
    return list(highest.values())
