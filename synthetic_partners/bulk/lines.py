"""Lines of drawn columns: a matrix of bytes, row by position, in which every field has its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from ringback.engine.problems import UsageError
from ringback.synthetic_partners.bulk.columns import Chunk
from ringback.synthetic_partners.bulk.documents import csv_lines, json_lines
from ringback.synthetic_partners.bulk.drawing import Drawing
from ringback.synthetic_partners.bulk.rows import BLOCK, Piece, squeezed
from ringback.synthetic_partners.bulk.text import Text, matrix
from ringback.synthetic_partners.fields import FieldSpec
from ringback.synthetic_partners.records import RecordLayout
from ringback.synthetic_partners.text import TERMINATORS

Content: TypeAlias = "bytes | memoryview[int]"  # memoryview takes no subscript at run time before 3.14
SPACE = ord(" ")
_MARK = "\n"  # no field is called so


@dataclass(frozen=True, slots=True)
class Lines:
    """Writes chunks as the lines of a layout."""

    layout: RecordLayout
    drawing: Drawing

    def written(self, chunk: Chunk) -> Content:
        """A chunk's lines."""
        way = _WAYS.get(self.layout.family)
        content = way(self.layout, self.drawing, chunk) if way else None
        return row_by_row(self.layout, self.drawing, chunk) if content is None else content


def row_by_row(layout: RecordLayout, drawing: Drawing, chunk: Chunk) -> bytes:
    """Lines as the layout itself writes them: right for any family, and slow."""
    mark = TERMINATORS[layout.terminator]
    lines = (layout.write(record, layout.record) + mark for record in drawing.records(chunk))
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
    pieces: list[Piece] = []
    for place, spec in enumerate(layout.record):
        pieces.append(layout.delimiter.encode() if place else b"")
        text = chunk.drawn.get(spec.name)
        pieces.append(drawing.fixed[spec.name].encode() if text is None else fitting(layout, spec, text))
    pieces.append(TERMINATORS[layout.terminator].encode())
    return squeezed(pieces, chunk.rows)


_WAYS: Mapping[str, Callable[[RecordLayout, Drawing, Chunk], Content | None]] = {
    "fixed": _fixed,
    "delimited": _delimited,
    "csv": csv_lines,
    "json-lines": json_lines,
}
