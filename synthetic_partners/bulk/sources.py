"""The records of a file as they come: header and trailer taken off, in blocks or line by line."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import BinaryIO

from ringback.synthetic_partners.bulk.stream import BLOCK_BYTES, Block, Expanded, blocks
from ringback.synthetic_partners.bulk.table import Lines, lines_of
from ringback.synthetic_partners.decoding import Decoding
from ringback.synthetic_partners.problems import FoundProblems
from ringback.synthetic_partners.records import RecordLayout
from ringback.synthetic_partners.text import Endings, Line, joined, note_unended, split_at, without_mark

Values = Mapping[str, str]
LOOKED_AT = 20_000  # lines of a file whose records cannot be read


@dataclass(frozen=True, slots=True)
class Part:
    """Records of a block: their lines, the number of the first one in the file, and its place among the records."""

    lines: Lines
    first_line: int
    place: int


@dataclass(slots=True)
class Source:
    """A file of lines being read; what is wrong with header, lines and their ends is noted on the way."""

    layout: RecordLayout
    decoding: Decoding
    endings: Endings
    file_name: str = ""
    block_bytes: int = BLOCK_BYTES
    header: Values = field(default_factory=dict)
    trailer: Line | None = None
    is_empty: bool = False
    titled: bool = True  # CSV: the columns are named as they should be

    def parts(self, stream: BinaryIO | Expanded) -> Iterator[Part]:
        """The records in blocks, for a layout that has a table; at the end the trailer is known."""
        line, place = 1, 1
        for number, block in enumerate(blocks(stream, self.mark, self.block_bytes)):
            lines = lines_of(self._content(block, number), self.mark, self.layout.longest_line)
            if block.is_last:
                self._note_end(block, line + lines.count - 1)
            head = self._header(lines) if number == 0 else 0
            tail = self._trailer(lines, head, line) if block.is_last else 0
            own = lines.without(head, tail)
            yield Part(own, line + head, place)
            line, place = line + lines.count, place + own.count

    def rows(self, stream: BinaryIO | Expanded) -> Iterator[Line]:
        """The records one by one, for any layout of lines; at the end the trailer is known."""
        lines = self._lines(stream)
        rows = joined(lines, self.layout.longest_line) if self.layout.titles else lines
        row = next(rows, None)
        if self.is_empty:
            return
        self.header, taken = self.decoding.header(row, self.file_name)
        row = next(rows, None) if taken else row
        if self.layout.titles:
            self.titled = self.decoding.read_titles(row)
            if not self.titled:  # the columns are not known: the lines are only looked at for strange characters
                deque(islice(rows, LOOKED_AT), 0)
                return
            row = next(rows, None)
        while row is not None:
            last, following = row.number, next(rows, None)
            if following is not None:
                yield row
            elif self.decoding.is_trailer(row, last + 1):
                self.trailer = row
                return
            else:
                yield row
                return
            row = following
        self.decoding.is_trailer(None, 2)

    @property
    def mark(self) -> bytes:
        """The byte that ends a line."""
        return split_at(self.layout.terminator).encode()

    def _lines(self, stream: BinaryIO | Expanded) -> Iterator[Line]:
        line = 1
        for number, block in enumerate(blocks(stream, self.mark, self.block_bytes)):
            texts = self._content(block, number).decode("latin-1").split(self.mark.decode())
            last = texts.pop()
            if last:
                texts.append(last)
            if block.is_last:
                self._note_end(block, line + len(texts) - 1)
            for at, text in enumerate(texts, 1):
                ended = not (last and block.is_last and at == len(texts))
                yield self.endings.clean(text, line, self.decoding.found, ended=ended)
                line += 1

    def _content(self, block: Block, number: int) -> bytes:
        if number:
            return block.content
        self.is_empty = not block.content
        if self.is_empty:
            self.decoding.found.add(1, 1, "G016", "", "the file is empty (0 bytes)")
        return without_mark(block.content, self.decoding.found)

    def _note_end(self, block: Block, line: int) -> None:
        content = without_mark(block.content, FoundProblems()) if line <= 1 else block.content
        rest = content[content.rfind(self.mark) + 1 :]
        if rest:
            note_unended(line, len(rest) + 1, self.layout.terminator, self.decoding.found, self.layout.unended)

    def _header(self, lines: Lines) -> int:
        """How many lines the header has: one or none."""
        if self.is_empty:
            return 0
        line = self._glance(lines, 0, 1) if lines.count else None
        self.header, taken = self.decoding.header(line, self.file_name)
        if taken:
            self.endings.clean(lines.raw(0), 1, self.decoding.found, ended=lines.unended != 0)
        return int(taken)

    def _trailer(self, lines: Lines, head: int, first_line: int) -> int:
        """How many lines the trailer has: one or none."""
        if self.is_empty:
            return 0
        row = lines.count - 1
        number = first_line + row
        line = self._glance(lines, row, number) if row >= head else None
        if not self.decoding.is_trailer(line, number + 1 if line else 2):
            return 0
        ended = lines.unended != row
        self.trailer = self.endings.clean(lines.raw(row), number, self.decoding.found, ended=ended)
        return 1

    def _glance(self, lines: Lines, row: int, number: int) -> Line:
        """A line of which nothing is noted yet."""
        return Endings(self.layout.terminator, self.layout.encoding).clean(lines.raw(row), number, FoundProblems())


def source_of(layout: RecordLayout, file_name: str, decoding: Decoding, block_bytes: int = BLOCK_BYTES) -> Source:
    """A file of this layout that is about to be read."""
    return Source(layout, decoding, Endings(layout.terminator, layout.encoding), file_name, block_bytes)
