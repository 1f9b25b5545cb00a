"""What the computed fields of a batched file must hold: counts, hashes and sums of a batch, and of the whole file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ringback.synthetic_partners.fields import FieldSpec, is_number

Values = Mapping[str, str]


@dataclass(slots=True)
class Scope:
    """A batch, or the whole file, while its entries are counted.

    `batches` is the number of this batch, or of all batches; `lines` is how many lines the file has up to its trailer.
    """

    length: int
    batches: int = 0
    lines: int = 0
    block: int = 1
    details: int = 0  # entries and addenda
    entries: list[Values] = field(default_factory=list)
    batch: Values = field(default_factory=dict)  # what the batch's header says
    addenda: bool = False  # whether the entry at hand has some

    def take(self, entry: Values) -> None:
        """One more entry, and its addenda if it has some."""
        self.entries.append(entry)
        self.details += 1 + self.addenda

    def add(self, other: Scope) -> None:
        """A whole batch."""
        self.entries += other.entries
        self.details += other.details


def expected(spec: FieldSpec, scope: Scope) -> str:
    """What a computed field must hold; sums and hashes keep the last digits that have room."""
    rule = spec.computed
    assert rule is not None  # the caller looked
    if rule.what == "batch":
        return scope.batch.get(rule.of, "")
    if rule.what == "batch_number":
        return str(scope.batches)
    if rule.what == "addenda":
        return str(int(scope.addenda))
    if rule.what == "count":
        return str(_count(rule.of, scope))
    entries = [entry for entry in scope.entries if rule.only is None or rule.only.holds(entry)]
    total = sum(int(text) for entry in entries if is_number(text := entry.get(rule.of, "")))
    return str(total % 10**spec.kind.most if rule.what == "hash" else total)


def _count(of: str, scope: Scope) -> int:
    if of == "batch":
        return scope.batches
    return -(-scope.lines // scope.block) if of == "block" else scope.details
