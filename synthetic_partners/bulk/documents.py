"""CSV and JSON lines of drawn columns: values are quoted where they must be, absent members left out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

import numpy as np

from ringback.synthetic_partners.bulk.columns import Chunk
from ringback.synthetic_partners.bulk.drawing import Drawing
from ringback.synthetic_partners.bulk.rows import Piece, packed, side_by_side, squeezed
from ringback.synthetic_partners.bulk.text import Mask, Text, encoded, matrix, present
from ringback.synthetic_partners.csv_rows import quoted
from ringback.synthetic_partners.fields import FieldSpec
from ringback.synthetic_partners.records import RecordLayout
from ringback.synthetic_partners.text import TERMINATORS

MOST_PATTERNS = 64  # ways in which members are there or not; beyond it rows are written one by one
# What stands for a value while the text around it is found out: private characters, or a number no feed has.
_TEXT_MARK, _NUMBER_MARK = "\ue000{}\ue001", "314159265358979{:04d}"
_MARKS = re.compile("\ue000(\\d+)\ue001|314159265358979(\\d{4})")


def csv_lines(layout: RecordLayout, drawing: Drawing, chunk: Chunk) -> bytes:
    """Rows of CSV (RFC 4180)."""
    specials = f'{layout.delimiter}"\r\n'.encode()
    pieces: list[Piece] = []
    for place, spec in enumerate(layout.record):
        pieces.append(layout.delimiter.encode() if place else b"")
        text = chunk.drawn.get(spec.name)
        if text is None:
            pieces.append(quoted(drawing.fixed[spec.name], layout.delimiter).encode(layout.encoding))
        else:
            pieces.append(escaped(text, specials, lambda one: quoted(one, layout.delimiter), layout.encoding))
    pieces.append(TERMINATORS[layout.terminator].encode())
    return squeezed(pieces, chunk.rows)


def escaped(text: Text, specials: bytes, escape: Callable[[str], str], encoding: str) -> Text:
    """Values as they stand in a document: only those with special bytes are looked at one by one."""
    bytes_ = matrix(text)
    if not any((bytes_ == special).any() for special in specials):
        return text
    values, places = np.unique(text, return_inverse=True)
    return encoded([escape(value.decode(encoding)) for value in values.tolist()], encoding).take(places)


def json_lines(layout: RecordLayout, drawing: Drawing, chunk: Chunk) -> bytes | None:
    """Objects, one per line; None when values decide how they are written, or too many sets of members come."""
    drawn = [spec for spec in layout.record if spec.name in chunk.drawn]
    if any(spec.json == "boolean" or (spec.json == "number" and not _is_number(spec)) for spec in drawn):
        return None
    there = {spec.name: present(chunk.drawn[spec.name]) for spec in drawn}
    patterns, of_row = _patterns(there)
    if len(patterns) > MOST_PATTERNS:
        return None
    columns = {spec.name: _value(spec, chunk.drawn[spec.name], layout.encoding) for spec in drawn}
    parts = []
    for number, pattern in enumerate(patterns):
        rows = np.flatnonzero(of_row == number)
        pieces = _pieces(layout, drawing, [spec for spec in drawn if pattern[spec.name]])
        chosen = [piece if isinstance(piece, bytes) else columns[piece].take(rows) for piece in pieces]
        parts.append((rows, side_by_side(chosen, len(rows))))
    lines = np.zeros((chunk.rows, max(part.shape[1] for _, part in parts)), np.uint8)
    for rows, part in parts:
        lines[rows, : part.shape[1]] = part
    return packed(lines)


def _is_number(spec: FieldSpec) -> bool:
    return spec.kind.numeric or spec.kind.alphabet == "dec"


def _patterns(there: Mapping[str, Mask]) -> tuple[list[dict[str, bool]], np.ndarray]:
    """The sets of members that rows have, and which of them each row has."""
    rows = np.stack([*there.values()], axis=1)
    found, of_row = np.unique(rows, axis=0, return_inverse=True)
    return [dict(zip(there, map(bool, row), strict=True)) for row in found], of_row.reshape(-1)


def _value(spec: FieldSpec, text: Text, encoding: str) -> Text:
    """Values as they stand between quotes, or as bare numbers."""
    if spec.json == "number":
        stripped = np.strings.lstrip(text, b"0") if spec.kind.numeric else text
        return np.where(present(text) & ~present(stripped), b"0", stripped)
    controls = bytes(range(1, 32))
    return escaped(text, controls + b'"\\', lambda one: json.dumps(one, ensure_ascii=False)[1:-1], encoding)


def _pieces(layout: RecordLayout, drawing: Drawing, members: list[FieldSpec]) -> list[bytes | str]:
    """A line whose drawn values are named (str) and whose rest is bytes."""
    marked = dict(drawing.fixed)
    for place, spec in enumerate(members):
        marked[spec.name] = (_NUMBER_MARK if spec.json == "number" else _TEXT_MARK).format(place)
    line = layout.write(marked, layout.record) + TERMINATORS[layout.terminator]
    pieces: list[bytes | str] = []
    start = 0
    for mark in _MARKS.finditer(line):
        pieces += [line[start : mark.start()].encode(layout.encoding), members[int(mark[1] or mark[2])].name]
        start = mark.end()
    return [*pieces, line[start:].encode(layout.encoding)]
