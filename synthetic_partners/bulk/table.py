"""A block of lines as a table of bytes: where each record and each of its fields lies, without a Python loop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ringback.synthetic_partners import fixed
from ringback.synthetic_partners.delimited import Between
from ringback.synthetic_partners.fields import FieldSpec
from ringback.synthetic_partners.records import LONGEST_LINE, RecordLayout

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.intp]
Truths = npt.NDArray[np.bool_]

SPACE, RETURN = 32, 13
SPREAD = 94  # from the space to the tilde: what a record may hold
PADDING = bytes(LONGEST_LINE + 1)  # so that a field at the end of a block can be read at its widest


@dataclass(slots=True)
class Column:
    """One field of many records: bytes aligned to the left, zeros behind them, and how many bytes each has."""

    cells: Bytes  # (rows, width)
    sizes: Places  # (rows,)

    @property
    def width(self) -> int:
        """The room of the widest value."""
        return int(self.cells.shape[1])

    def texts(self) -> npt.NDArray[np.bytes_]:
        """The values as an array of bytes."""
        if not self.width:
            return np.zeros(len(self.sizes), dtype="S1")
        return np.ascontiguousarray(self.cells).view(f"S{self.width}").reshape(-1)

    def rows(self, wanted: Places | Truths) -> Column:
        """The same for some of the rows."""
        return Column(self.cells[wanted], self.sizes[wanted])


@dataclass(slots=True)
class Lines:
    """The lines of a block: where they start and end (terminators left out), and which hold nothing strange."""

    buffer: Bytes  # the block and some zeros behind it
    starts: Places
    ends: Places
    plain: Truths  # printable ASCII alone, not longer than a line may be
    returns: Truths  # ended CRLF
    unended: int = -1  # the line that lacks its terminator

    @property
    def count(self) -> int:
        """How many lines there are."""
        return len(self.starts)

    def raw(self, row: int) -> str:
        """A line as it stands in the file, without its terminator, one character a byte."""
        end = self.ends[row] + int(self.returns[row])
        return self.buffer[self.starts[row] : end].tobytes().decode("latin-1")

    def text(self) -> str:
        """All lines as they stand in the file, without the last terminator."""
        start, end = int(self.starts[0]), int(self.ends[-1])
        return self.buffer[start:end].tobytes().decode("latin-1")

    def without(self, first: int, last: int) -> Lines:
        """The lines but for so many at the beginning and at the end."""
        kept = slice(first, self.count - last)
        unended = self.unended - first if self.unended < self.count - last else -1
        return Lines(self.buffer, self.starts[kept], self.ends[kept], self.plain[kept], self.returns[kept], unended)


def lines_of(content: bytes, mark: bytes, longest: int = LONGEST_LINE) -> Lines:
    """The lines of a block; an end without terminator is a line, too."""
    buffer = np.frombuffer(content + PADDING, dtype=np.uint8)
    whole = buffer[: len(content)]
    special = np.flatnonzero((whole - np.uint8(SPACE)) > SPREAD)  # terminators, and whatever is not printable ASCII
    is_mark = whole[special] == mark[0]
    ends = special[is_mark]
    is_unended = bool(content) and not content.endswith(mark)
    if is_unended:
        ends = np.append(ends, len(content))
    starts = np.concatenate(([0], ends[:-1] + 1)).astype(np.intp) if len(ends) else ends
    returns = _returns(buffer, starts, ends, mark)
    plain = (ends - starts) <= min(longest, LONGEST_LINE)
    strange = special[~is_mark]
    if len(strange):
        owner = np.searchsorted(ends, strange)
        inside = ~(returns[owner] & (strange == ends[owner] - 1))
        plain[owner[inside]] = False
    unended = len(ends) - 1 if is_unended else -1
    return Lines(buffer, starts, ends - returns, plain, returns, unended)


def _returns(buffer: Bytes, starts: Places, ends: Places, mark: bytes) -> Truths:
    """Which lines end CRLF, where LF is the mark."""
    if mark != b"\n":
        return np.zeros(len(ends), dtype=bool)
    return np.asarray((ends > starts) & (buffer[ends - 1] == RETURN))


@dataclass(slots=True)
class Table:
    """The records of a block whose shape is right, field by field; `rows` are their places among the lines."""

    lines: Lines
    rows: Places
    starts: Places  # (fields, rows): where each field begins
    sizes: Places  # (fields, rows)
    fields: Sequence[FieldSpec]
    trimmed: bool  # spaces that fill a field are not part of the value
    columns: dict[str, Column] = field(default_factory=dict)

    @property
    def is_shorter(self) -> bool:
        """Whether some records end before their last field."""
        return bool((self.starts[-1] == self.starts[-2]).any()) if len(self.fields) > 1 else False

    def column(self, name: str) -> Column:
        """A field's values, as a journey would see them."""
        if name not in self.columns:
            place = next(at for at, spec in enumerate(self.fields) if spec.name == name)
            self.columns[name] = self._column(place)
        return self.columns[name]

    def only(self, kept: Truths) -> Table:
        """The same without some of its records."""
        if kept.all():
            return self
        columns = {name: column.rows(kept) for name, column in self.columns.items()}
        starts, sizes = self.starts[:, kept], self.sizes[:, kept]
        return Table(self.lines, self.rows[kept], starts, sizes, self.fields, self.trimmed, columns)

    def begins_with_space(self, name: str) -> Truths:
        """Which values have a space, or nothing, where they begin."""
        place = next(at for at, spec in enumerate(self.fields) if spec.name == name)
        return np.asarray((self.lines.buffer[self.starts[place]] == SPACE) | (self.sizes[place] == 0))

    def _column(self, place: int) -> Column:
        sizes = self.sizes[place]
        width = int(sizes.max(initial=0))
        cells = _gathered(self.lines.buffer, self.starts[place], width)
        if self.trimmed and self.fields[place].literal is None:
            return _without_padding(cells, sizes)
        if width and sizes.min() < width:
            cells *= np.arange(width) < sizes[:, None]
        return Column(cells, sizes)


def column_of(texts: Sequence[str]) -> Column:
    """The column of values that were read one by one."""
    values = [text.encode("utf-8", "surrogatepass") for text in texts]
    width = max(map(len, values), default=0)
    cells = np.frombuffer(b"".join(value.ljust(width, b"\0") for value in values), dtype=np.uint8)
    sizes = np.array([len(value) for value in values], dtype=np.intp)
    return Column(cells.reshape(len(values), width), sizes)


def _gathered(buffer: Bytes, starts: Places, width: int) -> Bytes:
    """`width` bytes from each start on: one copy per row, whatever the width."""
    if not width:
        return np.zeros((len(starts), 0), dtype=np.uint8)
    windows = np.ndarray((len(buffer) - width + 1,), dtype=f"V{width}", buffer=buffer, strides=(1,))
    return windows[starts].view(np.uint8).reshape(-1, width)


def _without_padding(cells: Bytes, sizes: Places) -> Column:
    width = cells.shape[1]
    if not len(cells) or not (cells[:, -1] == SPACE).any():
        return Column(cells, sizes)
    is_used = cells != SPACE
    if not is_used.any():
        return Column(np.zeros_like(cells), np.zeros_like(sizes))
    places = np.arange(1, width + 1, dtype=np.uint8 if width < 256 else np.uint16)
    used = (is_used * places).max(axis=1).astype(np.intp)
    cells *= places <= used[:, None]
    return Column(cells, used)


def has_table(layout: RecordLayout) -> bool:
    """Whether the records of a layout can be read in columns."""
    between = layout.cells
    if isinstance(between, Between):
        return len(between.delimiter) == 1 and between.delimiter.isascii()
    return between is fixed.cells


def table_of(layout: RecordLayout, lines: Lines) -> Table:
    """The records of a block whose shape is right, of a layout that has a table."""
    if isinstance(layout.cells, Between):
        return _delimited_table(lines, layout.record, layout.cells)
    return _fixed_table(lines, layout.record)


def _fixed_table(lines: Lines, fields: Sequence[FieldSpec]) -> Table:
    widths = [spec.width for spec in fields]
    rows = np.flatnonzero(lines.plain & (lines.ends - lines.starts == sum(widths)))
    offsets = np.concatenate(([0], np.cumsum(widths[:-1]))).astype(np.intp)
    starts = lines.starts[rows][None, :] + offsets[:, None]
    sizes = np.broadcast_to(np.array(widths, dtype=np.intp)[:, None], starts.shape)
    return Table(lines, rows, starts, sizes, fields, trimmed=True)


def _delimited_table(lines: Lines, fields: Sequence[FieldSpec], between: Between) -> Table:
    found = np.flatnonzero(lines.buffer == ord(between.delimiter))
    first = np.searchsorted(found, lines.starts)
    counts = np.searchsorted(found, lines.ends) - first
    allowed = np.isin(counts, [len(fields) - 1, *(number - 1 for number in between.shorter)])
    rows = np.flatnonzero(lines.plain & allowed & (counts < len(fields)))
    stops = _stops(found, first[rows], counts[rows], lines.ends[rows], len(fields))
    starts = np.empty_like(stops)
    starts[0] = lines.starts[rows]
    starts[1:] = np.minimum(stops[:-1] + 1, lines.ends[rows])
    sizes = stops - starts
    # A value that is too long is not plainly good, and must not make a column as wide as itself.
    fits = (sizes <= np.array([_room(spec) for spec in fields])[:, None]).all(axis=0)
    if not fits.all():
        rows, starts, sizes = rows[fits], starts[:, fits], sizes[:, fits]
    return Table(lines, rows, starts, sizes, fields, trimmed=False)


def _stops(found: Places, first: Places, counts: Places, ends: Places, fields: int) -> Places:
    """(fields, rows): where each field ends; those that a shorter line has not, at its end."""
    place = np.arange(fields - 1)[:, None]
    stops = np.empty((fields, len(first)), dtype=np.intp)
    stops[-1] = ends
    if (counts == fields - 1).all():
        stops[:-1] = found[first + place]
    else:
        is_there = place < counts
        stops[:-1] = np.where(is_there, np.append(found, 0)[np.where(is_there, first + place, -1)], ends)
    return stops


def _room(spec: FieldSpec) -> int:
    return max(spec.kind.most, len(spec.literal or ""), *map(len, spec.codes), 0)
