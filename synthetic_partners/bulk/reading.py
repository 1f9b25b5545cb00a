"""Checks and reads feed files of any size: streaming, in flat memory, with the problems that `layout.decode` finds."""

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
import numpy.typing as npt

from ringback.engine.protocols import FeedProblem, Layout
from ringback.synthetic_partners.bulk.file_rules import FileRules, file_rules_of
from ringback.synthetic_partners.bulk.good_fields import GoodField
from ringback.synthetic_partners.bulk.judging import Judge, Judged
from ringback.synthetic_partners.bulk.sources import Part, Source, source_of
from ringback.synthetic_partners.bulk.stream import Damaged, opened
from ringback.synthetic_partners.bulk.table import column_of, has_table, table_of
from ringback.synthetic_partners.bulk.totals import Totals, totals_of
from ringback.synthetic_partners.problems import MOST, FoundProblems
from ringback.synthetic_partners.records import Decoding, RecordLayout, Shapes
from ringback.synthetic_partners.text import Line

Values = Mapping[str, str]
ENOUGH = 100_000  # problems: a file with more is not read on
WHOLE_BYTES = 64 * 1024 * 1024  # of a file of a family that is read whole
TOGETHER = 5_000  # records that are added up at once where they come one by one


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


def check(layout: Layout, path: Path, *, most_problems: int = MOST, file_name: str | None = None) -> Checked:
    """Every problem of a file, the first `most_problems` with their places.

    Args:
        layout: Layouts of lines are read as a stream; files of other families whole, up to 64 MiB.
        path: A file, or a .gz of one.
        most_problems: How many are listed; the last entry says how many more there are.
        file_name: The name that is judged by the convention; the path's own if None, none if empty.
    """
    name = name_of(path) if file_name is None else file_name
    found = FoundProblems(most_problems)
    try:
        if isinstance(layout, RecordLayout):
            with _Checking(layout, path, found) as checking:
                return checking.check(name)
        return _check_whole(layout, path, name, most_problems)
    except Damaged as damage:
        wrong = layout.wrong_shape if isinstance(layout, RecordLayout) else "G012"
        problem = FeedProblem(1, 1, damage.code or wrong, "", damage.message)
        return Checked(layout.name, name, (problem,), {problem.code: 1})


def records(layout: Layout, path: Path) -> Iterator[Values]:
    """The records of a file as `layout.decode` gives them, one by one; what is wrong with them is not told."""
    if not isinstance(layout, RecordLayout):
        yield from layout.decode(_whole(path), "").records
        return
    source = _silent(layout)
    with opened(path) as stream:
        if not has_table(layout):
            yield from (_values(source, line) for line in source.rows(stream))
            return
        for part in source.parts(stream):
            yield from _records_of(source, part)


def columns(layout: Layout, path: Path) -> Iterator[Mapping[str, npt.NDArray[np.bytes_]]]:
    """The records of a file, block by block: for each field an array of bytes as in the file, padding removed.

    Of a layout in columns (fixed, delimited) only records whose shape is right are there.
    """
    if isinstance(layout, RecordLayout) and has_table(layout):
        with opened(path) as stream:
            for part in _silent(layout).parts(stream):
                table = table_of(layout, part.lines)
                if len(table.rows):
                    yield {spec.name: table.column(spec.name).texts() for spec in layout.record}
        return
    source = records(layout, path)
    while batch := list(islice(source, TOGETHER)):
        names = dict.fromkeys(name for record in batch for name in record)
        yield {name: column_of([one.get(name, "") for one in batch]).texts() for name in names}


def name_of(path: Path) -> str:
    """The name that a file has when it is not packed."""
    return path.name.removesuffix(".gz")


@dataclass(slots=True)
class _Checking:
    """One file of lines being checked."""

    layout: RecordLayout
    path: Path
    found: FoundProblems
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
        source = source_of(self.layout, name, self.decoding)
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
        source, fetched = _silent(self.layout), dict[int, Values]()
        with opened(self.path) as stream:
            if has_table(self.layout):
                for part in source.parts(stream):
                    here = range(part.first_line, part.first_line + part.lines.count)
                    fetched.update((number, _row(source, part, number - here.start)) for number in wanted & set(here))
            else:
                lines = (line for line in source.rows(stream) if line.number in wanted)
                fetched.update((line.number, _values(source, line)) for line in lines)
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


def _silent(layout: RecordLayout) -> Source:
    """A source whose problems nobody asks for."""
    return source_of(layout, "", Decoding(layout, FoundProblems(0), Shapes(FoundProblems(0))))


def _values(source: Source, line: Line) -> Values:
    if len(line.text) > source.layout.longest_line:
        return {}
    cells, _ = (source.decoding.cells or source.layout.cells)(line, source.layout.record)
    return {cell.spec.name: cell.text for cell in cells}


def _row(source: Source, part: Part, row: int) -> Values:
    return _values(source, source.endings.clean(part.lines.raw(row), part.first_line + row, source.decoding.found))


def _records_of(source: Source, part: Part) -> Iterator[Values]:
    """The records of a block: those of the right shape by columns, the others one by one."""
    table = table_of(source.layout, part.lines)
    names = [spec.name for spec in source.layout.record]
    texts = (table.column(name).texts().astype("U").tolist() for name in names)
    plain = (dict(zip(names, values, strict=True)) for values in zip(*texts, strict=True))
    if len(table.rows) == part.lines.count:
        yield from plain
        return
    right = np.zeros(part.lines.count, dtype=bool)
    right[table.rows] = True
    for row, is_right in enumerate(right.tolist()):
        yield next(plain) if is_right else _row(source, part, row)


def _check_whole(layout: Layout, path: Path, name: str, most: int) -> Checked:
    decoded = layout.decode(_whole(path), name)
    found = FoundProblems(most)
    for one in decoded.problems:
        found.add(one.line, one.column, one.code, one.field, one.message)
    count = len(decoded.records)
    return Checked(layout.name, name, found.sorted(), dict(found.counts), decoded.header, decoded.trailer, count)


def _whole(path: Path) -> bytes:
    with opened(path) as stream:
        content = bytearray()
        while part := stream.read(1024 * 1024):
            content += part
            if len(content) > WHOLE_BYTES:
                said = f"the file has more than {WHOLE_BYTES // 1024 // 1024} MiB, which is the most for this family"
                raise Damaged("G012", f"{said}; it is not read")
    return bytes(content)
