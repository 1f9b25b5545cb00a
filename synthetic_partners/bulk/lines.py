"""Lines of drawn columns: a matrix of bytes, row by position, in which every field has its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from ringback.engine.problems import UsageError
from ringback.synthetic_partners.bulk.columns import Chunk
from ringback.synthetic_partners.bulk.drawing import Drawing
from ringback.synthetic_partners.bulk.text import Text, matrix
from ringback.synthetic_partners.fields import FieldSpec
from ringback.synthetic_partners.records import RecordLayout
from ringback.synthetic_partners.text import TERMINATORS

Content: TypeAlias = "bytes | memoryview[int]"  # memoryview takes no subscript at run time before 3.14
SPACE = ord(" ")
BLOCK = 4000  # rows that are put together at once: a megabyte stays in the cache of a processor
_MARK = "\n"  # no field is called so


@dataclass(frozen=True, slots=True)
class Lines:
    """Writes chunks as the lines of a layout."""

    layout: RecordLayout
    drawing: Drawing

    def written(self, chunk: Chunk) -> Content:
        """A chunk's lines."""
        way = _WAYS.get(self.layout.family)
        return way(self.layout, self.drawing, chunk) if way else self._row_by_row(chunk)

    def _row_by_row(self, chunk: Chunk) -> bytes:
        layout, mark = self.layout, TERMINATORS[self.layout.terminator]
        lines = (layout.write(record, layout.record) + mark for record in self.drawing.records(chunk))
        return "".join(lines).encode(layout.encoding, "replace")


def _fixed(layout: RecordLayout, drawing: Drawing, chunk: Chunk) -> Content:
    """Fields at their positions, spaces behind short values."""
    mark = TERMINATORS[layout.terminator].encode()
    shape = _shape(layout, len(mark))
    columns: list[tuple[str, Text | bytes]] = []
    for spec in layout.record:
        text = chunk.drawn.get(spec.name)
        columns.append((spec.name, drawing.fixed[spec.name].encode() if text is None else fitting(layout, spec, text)))
    lines = np.empty(chunk.rows, shape)
    for start in range(0, chunk.rows, BLOCK):
        block = lines[start : start + BLOCK]
        for name, column in columns:
            block[name] = column if isinstance(column, bytes) else column[start : start + BLOCK]
        bytes_ = block.view(np.uint8)
        np.maximum(bytes_, SPACE, out=bytes_)
        block[_MARK] = mark
    return lines.view(np.uint8).data


def _shape(layout: RecordLayout, mark: int) -> np.dtype[np.void]:
    """A line as a record of texts, its terminator the last of them."""
    texts = [(spec.name, f"S{spec.width}") for spec in layout.record]
    return np.dtype([*texts, (_MARK, f"S{mark}")])


def fitting(layout: RecordLayout, spec: FieldSpec, text: Text) -> Text:
    """A column no wider than its field; UsageError when a value does not fit."""
    most = spec.kind.most
    if text.dtype.itemsize <= most:
        return text
    beyond = matrix(text)[:, most:].any(axis=1)
    if beyond.any() and layout.encoding == "ascii":
        shown = spec.shown(bytes(text[int(beyond.argmax())]).decode("latin-1"))
        raise UsageError(f"{layout.name}: {spec.name}: {shown} is too long", f"give at most {most} characters")
    return text if layout.encoding != "ascii" else text.astype(f"S{most}")


def _delimited(layout: RecordLayout, drawing: Drawing, chunk: Chunk) -> bytes:
    """Values between delimiters; what values leave of their room is taken out in the end."""
    pieces: list[Text | bytes] = []
    for place, spec in enumerate(layout.record):
        pieces.append(layout.delimiter.encode() if place else b"")
        text = chunk.drawn.get(spec.name)
        pieces.append(drawing.fixed[spec.name].encode() if text is None else fitting(layout, spec, text))
    pieces.append(TERMINATORS[layout.terminator].encode())
    return squeezed(pieces, chunk.rows)


def squeezed(pieces: list[Text | bytes], rows: int) -> bytes:
    """Rows of texts and of pieces that are the same in every row, without the room that short texts leave."""
    merged = _merged(pieces)
    widths = [len(piece) if isinstance(piece, bytes) else piece.dtype.itemsize for piece in merged]
    lines = np.empty((rows, sum(widths)), np.uint8)
    start = 0
    for piece, width in zip(merged, widths, strict=True):
        slot = lines[:, start : start + width]
        slot[:] = np.frombuffer(piece, np.uint8) if isinstance(piece, bytes) else matrix(piece)
        start += width
    return lines.tobytes().translate(None, b"\0")


def _merged(pieces: list[Text | bytes]) -> list[Text | bytes]:
    """Constant pieces that stand side by side made one; empty ones left out."""
    merged: list[Text | bytes] = []
    for piece in pieces:
        last = merged[-1] if merged else None
        if isinstance(piece, bytes) and isinstance(last, bytes):
            merged[-1] = last + piece
        elif not isinstance(piece, bytes) or piece:
            merged.append(piece)
    return merged


_WAYS = {"fixed": _fixed, "delimited": _delimited}
