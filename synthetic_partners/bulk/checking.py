"""Checks a file of lines as it goes by: blocks side by side, their findings put together in the order of the file."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Self

import numpy as np

from ringback.engine.protocols import FeedProblem
from ringback.synthetic_partners.bulk.contents import TOGETHER, row_of, silent, values_of
from ringback.synthetic_partners.bulk.file_rules import FileRules, file_rules_of
from ringback.synthetic_partners.bulk.good_fields import GoodField
from ringback.synthetic_partners.bulk.judging import Judge, Judged
from ringback.synthetic_partners.bulk.sources import Part, Source, source_of
from ringback.synthetic_partners.bulk.stream import opened
from ringback.synthetic_partners.bulk.table import has_table
from ringback.synthetic_partners.bulk.totals import Totals, totals_of
from ringback.synthetic_partners.decoding import Decoding, Shapes
from ringback.synthetic_partners.problems import FoundProblems
from ringback.synthetic_partners.records import RecordLayout
from ringback.synthetic_partners.text import Line

Values = Mapping[str, str]
ENOUGH = 20_000  # problems: a file with more is not read on


@dataclass(frozen=True, slots=True)
class Checked:
    """What is known of a file; `problems` are the first ones, `counts` tells all of them by code."""

    layout: str
    name: str
    problems: tuple[FeedProblem, ...]
    counts: Mapping[str, int]
    header: Values = field(default_factory=dict)
    trailer: Values = field(default_factory=dict)
    records: int = 0


@dataclass(slots=True)
class Checking:
    """One file of lines being checked."""

    layout: RecordLayout
    path: Path
    found: FoundProblems
    block_bytes: int
    totals: Totals = field(init=False)
    file_rules: FileRules = field(init=False)
    decoding: Decoding = field(init=False)

    def __post_init__(self) -> None:
        self.totals, self.file_rules = totals_of(self.layout), file_rules_of(self.layout)
        self.decoding = Decoding(self.layout, self.found, Shapes(FoundProblems(self.found.most)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.file_rules.close()

    def check(self, name: str) -> Checked:
        """The whole file."""
        source = source_of(self.layout, name, self.decoding, self.block_bytes)
        with opened(self.path) as stream:
            if has_table(self.layout):
                read_to = self._by_blocks(source, source.parts(stream))
            else:
                read_to = self._by_lines(source, source.rows(stream))
        trailer = {} if source.is_empty else self._settle(source, is_whole=not read_to)
        problems = self.found.sorted()
        if read_to:
            said = f"{problems[-1].message}; the file was not read on after line {read_to}"
            problems = (*problems[:-1], replace(problems[-1], message=said))
        return Checked(
            self.layout.name, name, problems, dict(self.found.counts), source.header, trailer, self.totals.records
        )

    def _settle(self, source: Source, *, is_whole: bool) -> Values:
        source.endings.settle(self.found)
        if source.titled:
            self.file_rules.settle(self._fetch, self.found)
        # In the order of decode: a trailer is not compared with columns that have moved.
        trailer: Values = {}
        if is_whole and source.trailer:
            trailer = self.decoding.ends(source.trailer, lambda rule: self.totals.expected(rule, source.header))
        self.decoding.shapes.settle(self.layout.wrong_shape, self.found)
        return trailer

    def _by_blocks(self, source: Source, parts: Iterator[Part]) -> int:
        """Judges blocks side by side, in order; the line where it was enough, or 0."""
        first = next(parts, None)  # the header is known once the first part is there
        if first is None:
            return 0
        fields = tuple(GoodField(spec) for spec in self.layout.record)
        judge = Judge(self.layout, source.header, fields, self.file_rules, self.totals, self.found.most)
        tasks = (
            lambda part=part: judge.judge(part.lines, part.first_line, part.place) for part in _chain(first, parts)
        )
        for judged in _side_by_side(tasks):
            self._take(judged, source)
            if self._problems() > ENOUGH:
                return judged.first_line + judged.count - 1
        return 0

    def _take(self, judged: Judged, source: Source) -> None:
        self.found.merge(judged.found)
        self.decoding.shapes.merge(judged.shapes)
        source.endings.merge(judged.endings)
        self.totals.merge(judged.totals)
        self.file_rules.add(judged.entries, judged.lines, self.found)

    def _by_lines(self, source: Source, rows: Iterator[Line]) -> int:
        place = 1
        while batch := list(islice(rows, TOGETHER)):
            values = [self.decoding.record(line, place + at, source.header) for at, line in enumerate(batch)]
            place += len(batch)
            self.totals.add_records(values)
            numbers = np.array([line.number for line in batch], dtype=np.int64)
            self.file_rules.add(self.file_rules.entries_of(values), numbers, self.found)
            if self._problems() > ENOUGH:
                return batch[-1].number
        return 0

    def _problems(self) -> int:
        return self.found.total + self.decoding.shapes.noted.total

    def _fetch(self, wanted: frozenset[int]) -> Mapping[int, Values]:
        """Reads the file again for the records that stand in these lines."""
        source, fetched = silent(self.layout, self.block_bytes), dict[int, Values]()
        with opened(self.path) as stream:
            if has_table(self.layout):
                for part in source.parts(stream):
                    here = range(part.first_line, part.first_line + part.lines.count)
                    fetched.update((number, row_of(source, part, number - here.start)) for number in wanted & set(here))
            else:
                lines = (line for line in source.rows(stream) if line.number in wanted)
                fetched.update((line.number, values_of(source, line)) for line in lines)
        return fetched


def _side_by_side(tasks: Iterable[Callable[[], Judged]]) -> Iterator[Judged]:
    """The results in order; a few are worked on at once, so that memory stays flat however long the file is."""
    workers = min(os.cpu_count() or 1, 4)
    waiting: deque[Future[Judged]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            for task in tasks:
                waiting.append(pool.submit(task))
                if len(waiting) > workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for one in waiting:
                one.cancel()


def _chain(first: Part, rest: Iterator[Part]) -> Iterator[Part]:
    yield first
    yield from rest
