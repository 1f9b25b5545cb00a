"""A profile: what the files of a feed look like, field by field, without the values of any person."""

from __future__ import annotations

from dataclasses import dataclass

VERSION = 1
K = 10  # a value, pattern or bin is told when at least so many rows have it

EMPTY, OTHER = "(empty)", "(other)"  # groups of a field beside those with a name


@dataclass(frozen=True, slots=True)
class Tally:
    """How often something was seen: counts of labels, or of the intervals between edges (one edge more than counts)."""

    aspect: str  # value, pattern, length, start, number, hour, ...: see `ASPECTS` in `tallies`
    counts: tuple[int, ...]
    labels: tuple[str, ...] = ()
    edges: tuple[float, ...] = ()
    other: int = 0  # rows whose label fewer than k rows have

    @property
    def total(self) -> int:
        """All rows that were counted."""
        return sum(self.counts) + self.other


@dataclass(frozen=True, slots=True)
class Case:
    """How a field is spread where the fields it depends on fall into these groups (one name per field)."""

    when: tuple[str, ...]
    tallies: tuple[Tally, ...]


@dataclass(frozen=True, slots=True)
class FieldProfile:
    """One field."""

    name: str
    kind: str  # constant, code, number, time, running, identifier, text
    format: str = ""  # of a time: a strftime format
    personal: bool = False
    check: str = ""  # the check digit that its values have
    decimals: int = 0
    width: int = 0  # numbers filled with zeros on the left to so many digits
    alike: float = 1.0  # so many records are worth one that stands alone, where neighbours are like each other
    grain_s: int = 1  # times are multiples of so many seconds
    after: str = ""  # the time that this one follows (aspect `lag`)
    distinct: int = 0
    tallies: tuple[Tally, ...] = ()
    depends_on: tuple[str, ...] = ()
    cases: tuple[Case, ...] = ()

    def tally(self, aspect: str) -> Tally | None:
        """What was counted of an aspect, if it was."""
        return next((one for one in self.tallies if one.aspect == aspect), None)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two fields that go together: how often each group of one comes with each group of the other (`one & other`)."""

    one: str
    other: str
    information: float  # mutual information in bits, less what chance alone would give
    cells: Tally


@dataclass(frozen=True, slots=True)
class FileFact:
    """One file the profile was learnt from: records, bytes, and its moment by its name (ISO, or empty)."""

    records: int
    size: int
    moment: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """The shape of a feed's files."""

    layout: str
    records: int
    k: int
    files: tuple[FileFact, ...]
    fields: tuple[FieldProfile, ...]
    pairs: tuple[Pair, ...] = ()
    sequence: Pair | None = None  # which code of a field follows which, from record to record
    looked_at: int = 0  # records that distributions are counted from, when not all

    def field(self, name: str) -> FieldProfile | None:
        """The field of that name, if there is one."""
        return next((one for one in self.fields if one.name == name), None)
