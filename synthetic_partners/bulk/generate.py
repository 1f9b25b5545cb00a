"""Writes whole valid files of any size: chunks are drawn in threads and written in order, memory stays flat."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeVar

from ringback.engine.problems import UsageError
from ringback.synthetic_partners.bulk.columns import Column
from ringback.synthetic_partners.bulk.drawing import Drawing, draw_by, kept
from ringback.synthetic_partners.bulk.headers import (
    draw_header,
    first_lines,
    has_range,
    last_line,
    named_range,
    number_range,
)
from ringback.synthetic_partners.bulk.lines import Content, Lines
from ringback.synthetic_partners.bulk.output import Output, output_to
from ringback.synthetic_partners.bulk.shared import Records
from ringback.synthetic_partners.bulk.tally import Tally, tally
from ringback.synthetic_partners.generate import MOMENT
from ringback.synthetic_partners.layout import FeedLayout
from ringback.synthetic_partners.records import RecordLayout

THREADS = 2  # that draw, beside the one that writes: on two idle cores 1.4 to 1.8 times as fast as one
__all__ = ["Generated", "generate", "kept"]
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Generated:
    """What was written; `path` is None for a stream, `trailer` empty for families that compute their own."""

    name: str
    path: Path | None
    rows: int
    size: int
    header: Mapping[str, str]
    trailer: Mapping[str, str]


def generate(  # noqa: PLR0913 - what a file follows from, each by name
    layout: FeedLayout,
    target: Path | BinaryIO,
    *,
    rows: int,
    seed: int,
    now: datetime = MOMENT,
    columns: Mapping[str, Column] | None = None,
    threads: int = THREADS,
) -> Generated:
    """Write a valid file of `rows` records to a stream, a path, or a folder (where its name is the convention's).

    `columns` stand in for what a field's values are drawn from. Same layout, rows, seed, moment and columns: same
    bytes, with any number of threads. A file appears under its name only when it is whole. UsageError when the layout
    cannot hold so many rows: too few different keys, a line number or count that is too narrow.
    """
    if not rows:
        _check_empty(layout, seed, now)
    header = draw_header(layout, seed=seed, now=now)
    drawing = draw_by(layout, header, rows=rows, seed=seed, now=now, columns=columns or {})
    with output_to(target) as output:
        if isinstance(layout, RecordLayout):
            ends = _write_lines(layout, drawing, output, threads)
        else:
            ends = _write_whole(layout, drawing, output)
        output.name = layout.file_name(ends.header)
    return Generated(output.name, output.path, rows, output.size, ends.header, ends.trailer)


def _check_empty(layout: FeedLayout, seed: int, now: datetime) -> None:
    """Some layouts have no legal file without records: nothing would be in it, or the header names the first one."""
    header = draw_header(layout, seed=seed, now=now)
    if layout.decode(layout.encode(header, ()), "").problems:
        raise UsageError(f"a file of {layout.name} has at least one record", "ask for a row")


class Ends(NamedTuple):
    """What stands around the records."""

    header: Mapping[str, str]
    trailer: Mapping[str, str]


def _write_lines(layout: RecordLayout, drawing: Drawing, output: Output, threads: int) -> Ends:
    """Layouts of lines, chunk by chunk."""
    header = drawing.header
    lines, totals = Lines(layout, drawing), Tally(layout.trailer)
    last_line(layout, header, Tally(layout.trailer, drawing.rows))  # a count that does not fit is told before the work
    output.write(first_lines(layout, header))
    ranges: list[tuple[str, str]] = []

    def made(number: int) -> tuple[Content, Tally, tuple[str, str] | None]:
        chunk = drawing.chunk(number)
        return lines.written(chunk), tally(layout.trailer, drawing, chunk), number_range(layout, chunk.drawn)

    for content, part, found in in_order(made, drawing.chunks, threads):
        output.write(content)
        totals.add(part)
        ranges += [found] if found else []
    if ranges or has_range(layout):
        header = {**header, **named_range(ranges)}
    line, trailer = last_line(layout, header, totals)
    output.write(line)
    return Ends(header, trailer)


def _write_whole(layout: FeedLayout, drawing: Drawing, output: Output) -> Ends:
    """Layouts whose parts depend on each other across the file: drawn in columns, written at once."""
    records = Records(layout, drawing)
    # Batches are written in one pass; the other families go back and forth in records that fit into memory.
    output.write(layout.encode(drawing.header, records if layout.family == "batched" else list(records)))
    return Ends(drawing.header, {})


def in_order(make: Callable[[int], Result], count: int, threads: int) -> Iterator[Result]:
    """The results for 0..count-1 in order, made by threads at most a result each ahead of the caller."""
    if count < 2:
        yield from map(make, range(count))
        return
    with ThreadPoolExecutor(threads, thread_name_prefix="generate") as pool:
        waiting: deque[Future[Result]] = deque()
        for number in range(count):
            waiting.append(pool.submit(make, number))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
