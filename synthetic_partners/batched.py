"""The batched family: fixed lines of several types, entries in batches with totals of their own, filled up to blocks.

A record is flat text: an entry with the fields of its addenda and of its batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, groupby

from ringback.engine.protocols import FeedFile
from ringback.synthetic_partners import fixed
from ringback.synthetic_partners.batched_reading import BatchedReading
from ringback.synthetic_partners.batched_totals import Scope, expected
from ringback.synthetic_partners.fields import FieldSpec, When
from ringback.synthetic_partners.names import NameRule
from ringback.synthetic_partners.problems import FoundProblems
from ringback.synthetic_partners.records import fitted
from ringback.synthetic_partners.rules import Rule
from ringback.synthetic_partners.text import TERMINATORS

Values = Mapping[str, str]
ADDENDA = "addenda_type"  # the field that tells which addenda an entry has


@dataclass(frozen=True, slots=True)
class Addenda:
    """A line that may follow an entry, known by the literal of its field `addenda_type`."""

    kind: str
    fields: tuple[FieldSpec, ...]


@dataclass(slots=True)  # not frozen: `name` is a plain attribute of the Layout protocol
class BatchedLayout:
    """A layout whose file is a header, batches of entries, and a trailer."""

    name: str
    summary: str
    family: str
    feed: str
    names: NameRule
    acknowledged: str
    key: str
    terminator: str
    upper_case: bool
    length: int
    block: int  # lines; the last block is filled up with lines of nines
    header: tuple[FieldSpec, ...]
    batch: tuple[FieldSpec, ...]
    entry: tuple[FieldSpec, ...]
    addenda: tuple[Addenda, ...]
    addenda_required: bool
    batch_trailer: tuple[FieldSpec, ...]
    trailer: tuple[FieldSpec, ...]
    rules: tuple[Rule, ...]
    header_rules: tuple[Rule, ...] = ()
    encoding: str = "ascii"

    @property
    def record(self) -> tuple[FieldSpec, ...]:
        """The fields of a flat record: of its batch, of the entry, of its addenda."""
        own = [spec for spec in (*self.batch, *self.entry) if spec.literal is None]
        return (*own, *self._addenda_fields(), *(spec for spec in self.batch_trailer if _is_free(spec)))

    @property
    def record_names(self) -> frozenset[str]:
        """The fields that a record may have."""
        return frozenset(spec.name for spec in self.record)

    @property
    def padding(self) -> str:
        """A line that only fills up a block."""
        return "9" * self.length

    def decode(self, content: bytes, file_name: str) -> FeedFile:
        """Decode and validate; never raises for what is wrong with the content."""
        return BatchedReading(self, FoundProblems()).decode(content, file_name)

    def file_name(self, values: Values) -> str:
        """The name by convention for a header's values."""
        return self.names.write(values)

    def encode(self, header: Values, records: Sequence[Values]) -> bytes:
        """A file from its values; neighbours with the same batch fields share a batch, all totals are filled in."""
        scopes: list[Scope] = []
        lines = [self._line(self.header, header, Scope(self.length))]
        names = [spec.name for spec in self.batch if spec.literal is None]
        for _, group in groupby(records, lambda record: [record.get(name, "") for name in names]):
            scopes.append(Scope(self.length, batches=len(scopes) + 1))
            lines += self._batch(group, scopes[-1])
        whole = Scope(self.length, batches=len(scopes), lines=len(lines) + 1, block=self.block)
        for scope in scopes:
            whole.add(scope)
        lines.append(self._line(self.trailer, {}, whole))
        lines += [self.padding] * (-len(lines) % self.block)
        mark = TERMINATORS[self.terminator]
        return "".join(line + mark for line in lines).encode("ascii", "replace")

    def addenda_of(self, kind: str) -> tuple[FieldSpec, ...]:
        """The fields of one kind of addenda; none for an unknown kind."""
        return next((one.fields for one in self.addenda if one.kind == kind), ())

    def _batch(self, records: Iterator[Values], scope: Scope) -> Iterator[str]:
        first = next(records)
        scope.batch = self._filled(self.batch, first, scope)
        yield fixed.write(scope.batch, self.batch)
        for record in chain([first], records):
            fields = self.addenda_of(record.get(ADDENDA, ""))
            scope.addenda = bool(fields)
            entry = self._filled(self.entry, record, scope)
            yield fixed.write(entry, self.entry)
            if fields:
                yield self._line(fields, record, scope)
            scope.take(entry)
        yield self._line(self.batch_trailer, first, scope)

    def _line(self, fields: Sequence[FieldSpec], values: Values, scope: Scope) -> str:
        return fixed.write(self._filled(fields, values, scope), fields)

    def _filled(self, fields: Sequence[FieldSpec], values: Values, scope: Scope) -> dict[str, str]:
        filled = {}
        for spec in fields:
            text = values.get(spec.name, "")
            if spec.literal is not None:
                text = spec.literal
            elif spec.computed and not (spec.computed.what == "batch_number" and text):
                text = expected(spec, scope)
            filled[spec.name] = fitted(self.name, spec, text)
        return filled

    def _addenda_fields(self) -> Iterator[FieldSpec]:
        """What an entry's addenda may say, each needed only with its kind."""
        kinds = tuple(one.kind for one in self.addenda)
        if kinds:
            yield replace(self._selector(), literal=None, codes=kinds, required=self.addenda_required)
        for name in dict.fromkeys(spec.name for one in self.addenda for spec in one.fields if spec.literal is None):
            found = [(one.kind, spec) for one in self.addenda for spec in one.fields if spec.name == name]
            needed = tuple(kind for kind, spec in found if spec.required)
            yield replace(found[0][1], required=False, required_when=When(ADDENDA, needed) if needed else None)

    def _selector(self) -> FieldSpec:
        return next(spec for spec in self.addenda[0].fields if spec.name == ADDENDA)


def _is_free(spec: FieldSpec) -> bool:
    """Whether a field of a batch's trailer says something that follows from nothing else."""
    return spec.literal is None and spec.computed is None
