"""Control totals of a file as it goes by: what the trailer must say, without keeping the records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ringback.synthetic_partners.bulk.numbers import MOST_DIGITS, are_digits, numbers, total
from ringback.synthetic_partners.bulk.table import Table
from ringback.synthetic_partners.fields import TIMES, Computed
from ringback.synthetic_partners.records import RecordLayout
from ringback.synthetic_partners.totals import TOTALS, computed_value

Values = Mapping[str, str]
SUMS = frozenset(["sum", "hash"])


@dataclass(slots=True)
class Totals:
    """The totals that a layout's trailer holds, of the records seen so far."""

    rules: tuple[Computed, ...]
    records: int = 0
    sums: dict[Computed, int] = field(default_factory=dict)
    extremes: dict[Computed, Values] = field(default_factory=dict)  # the record that has the first or last time

    def add_records(self, records: Sequence[Values]) -> None:
        """More records, one by one."""
        self.records += len(records)
        for rule in self.rules:
            self._add(rule, records)

    def add_table(self, table: Table) -> None:
        """More records, all at once."""
        self.records += len(table.rows)
        for rule in self.rules:
            if rule.what in SUMS:
                for name in rule.fields:
                    self._add_column(rule, name, table)
            else:
                self._add(rule, _ends_of(rule, table))

    def merge(self, other: Totals) -> None:
        """Take over the totals of further records."""
        self.records += other.records
        for rule, number in other.sums.items():
            self.sums[rule] = self.sums.get(rule, 0) + number
        for rule, record in other.extremes.items():
            self._add(rule, [record])

    def expected(self, rule: Computed, header: Values) -> str:
        """What a computed field of the trailer must say."""
        if rule.what == "count":
            return str(self.records)
        if rule.what in SUMS:
            return str(self.sums.get(rule, 0))
        return computed_value(rule, header, [self.extremes[rule]] if rule in self.extremes else [], 0)

    def _add(self, rule: Computed, records: Iterable[Values]) -> None:
        if rule.what in SUMS:
            self.sums[rule] = self.sums.get(rule, 0) + int(computed_value(rule, {}, list(records), 0))
            return
        known = [self.extremes[rule], *records] if rule in self.extremes else list(records)
        value = computed_value(rule, {}, known, 0)
        if value:
            self.extremes[rule] = next(one for one in known if _joined(rule, one) == value)

    def _add_column(self, rule: Computed, name: str, table: Table) -> None:
        column = table.column(name)
        if column.width <= MOST_DIGITS and are_digits(column).all():
            self.sums[rule] = self.sums.get(rule, 0) + total(numbers(column))
            return
        one = Computed(rule.what, name)
        texts = [{name: text.decode("latin-1")} for text in column.texts().tolist()]
        self.sums[rule] = self.sums.get(rule, 0) + int(computed_value(one, {}, texts, 0))


def totals_of(layout: RecordLayout) -> Totals:
    """What the trailer of this layout adds up."""
    rules = (spec.computed for spec in layout.trailer if spec.computed)
    return Totals(tuple(dict.fromkeys(rule for rule in rules if rule.what in TOTALS)))


def _joined(rule: Computed, record: Values) -> str:
    return "".join(record.get(name, "") for name in rule.fields)


def _ends_of(rule: Computed, table: Table) -> list[Values]:
    """Of the values of one offset, times in digits rise like texts: the first and the last will do."""
    spec = next(one for one in table.fields if one.name == rule.of)
    columns = [table.column(name).texts() for name in rule.fields]
    groups: dict[tuple[bytes, ...], list[tuple[bytes, ...]]] = {}
    for values in set(zip(*(column.tolist() for column in columns), strict=True)):
        groups.setdefault(values[1:], []).append(values)
    if spec.kind.text in TIMES:
        groups = {key: [min(values), max(values)] for key, values in groups.items()}
    chosen = (values for group in groups.values() for values in group)
    return [dict(zip(rule.fields, (text.decode("latin-1") for text in one), strict=True)) for one in chosen]
