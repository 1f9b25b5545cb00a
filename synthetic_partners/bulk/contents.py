"""What stands in a feed file of any size: header, records one by one or in columns, trailer; judged by nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ringback.engine.protocols import Layout
from ringback.synthetic_partners.bulk.sources import Part, Source, source_of
from ringback.synthetic_partners.bulk.stream import BLOCK_BYTES, Damaged, opened
from ringback.synthetic_partners.bulk.table import Table, column_of, has_table, table_of
from ringback.synthetic_partners.decoding import Decoding, Shapes
from ringback.synthetic_partners.problems import FoundProblems
from ringback.synthetic_partners.records import RecordLayout
from ringback.synthetic_partners.text import Line, split_at

Values = Mapping[str, str]
WHOLE_BYTES = 16 * 1024 * 1024  # of a file of a family that is read whole: its records take 30 times as much
TOGETHER = 5_000  # records that are worked on at once where they come one by one


@dataclass(slots=True)
class Contents:
    """A file that is read as it is iterated over; the header is known with the first record, the trailer at the end."""

    layout: Layout
    path: Path
    block_bytes: int = BLOCK_BYTES
    header: Values = field(default_factory=dict)
    trailer: Values = field(default_factory=dict)

    def __iter__(self) -> Iterator[Values]:
        """The records as `layout.decode` gives them.

        Raises:
            Damaged: The file cannot be read on.
        """
        if not isinstance(self.layout, RecordLayout):
            decoded = self.layout.decode(whole(self.path), "")
            self.header, self.trailer = decoded.header, decoded.trailer
            yield from decoded.records
            return
        source = silent(self.layout, self.block_bytes)
        with opened(self.path) as stream:
            if has_table(self.layout):
                for part in source.parts(stream):
                    self.header = source.header
                    yield from _records_of(source, part)
            else:
                for line in source.rows(stream):
                    self.header = source.header
                    yield values_of(source, line)
        self.header = source.header
        if source.trailer:
            self.trailer = source.decoding.ends(source.trailer, lambda _: "")


def columns(layout: Layout, path: Path) -> Iterator[Mapping[str, npt.NDArray[np.bytes_]]]:
    """The records of a file, block by block: for each field an array of bytes as in the file, padding removed.

    Of a layout in columns (fixed, delimited) only records whose shape is right are there.
    """
    if isinstance(layout, RecordLayout) and has_table(layout):
        with opened(path) as stream:
            for part in silent(layout, BLOCK_BYTES).parts(stream):
                table = table_of(layout, part.lines)
                if len(table.rows):
                    yield {spec.name: table.column(spec.name).texts() for spec in layout.record}
        return
    source = iter(Contents(layout, path))
    while batch := list(islice(source, TOGETHER)):
        names = dict.fromkeys(name for record in batch for name in record)
        yield {name: column_of([one.get(name, "") for one in batch]).texts() for name in names}


def silent(layout: RecordLayout, block_bytes: int) -> Source:
    """A source whose problems nobody asks for."""
    return source_of(layout, "", Decoding(layout, FoundProblems(0), Shapes(FoundProblems(0))), block_bytes)


def values_of(source: Source, line: Line) -> Values:
    """A record as it stands in its line."""
    if len(line.text) > source.layout.longest_line:
        return {}
    cells, _ = (source.decoding.cells or source.layout.cells)(line, source.layout.record)
    return {cell.spec.name: cell.text for cell in cells}


def row_of(source: Source, part: Part, row: int) -> Values:
    """A record by its place in a block."""
    return values_of(source, source.endings.clean(part.lines.raw(row), part.first_line + row, source.decoding.found))


def _records_of(source: Source, part: Part) -> Iterator[Values]:
    """The records of a block: those of the right shape by columns, the others one by one."""
    table = table_of(source.layout, part.lines)
    names = [spec.name for spec in source.layout.record]
    plain = _plain_records(source.layout, table, names)
    if len(table.rows) == part.lines.count:
        yield from plain
        return
    right = np.zeros(part.lines.count, dtype=bool)
    right[table.rows] = True
    for row, is_right in enumerate(right.tolist()):
        yield next(plain) if is_right else row_of(source, part, row)


def _plain_records(layout: RecordLayout, table: Table, names: Sequence[str]) -> Iterator[Values]:
    whole = layout.delimiter and not table.is_shorter and len(table.rows) == table.lines.count
    if whole and table.lines.count:  # Python splits lines faster than it gathers columns
        mark = split_at(layout.terminator)
        for line in table.lines.text().split(mark):
            yield dict(zip(names, line.removesuffix("\r").split(layout.delimiter), strict=True))
        return
    texts = [table.column(name).texts().astype("U").tolist() for name in names]
    for values in zip(*texts, strict=True):
        yield dict(zip(names, values, strict=True))


def whole(path: Path) -> bytes:
    """The content of a file; Damaged when there is too much of it."""
    with opened(path) as stream:
        content = bytearray()
        while part := stream.read(1024 * 1024):
            content += part
            if len(content) > WHOLE_BYTES:
                said = f"the file has more than {WHOLE_BYTES // 1024 // 1024} MiB, which is the most for this family"
                raise Damaged("G012", f"{said}; it is not read")
    return bytes(content)
