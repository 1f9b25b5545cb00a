"""Rows of pieces side by side: texts of a column, and bytes that are the same in every row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from ringback.synthetic_partners.bulk.text import Matrix, Text

Piece: TypeAlias = "Text | bytes"
BLOCK = 4000  # rows that are put together at once: a megabyte stays in the cache of a processor


def side_by_side(pieces: Sequence[Piece], rows: int) -> Matrix:
    """The pieces of each row in their own room; what a short text leaves of it is NULs."""
    merged = _merged(pieces)
    widths = [len(piece) if isinstance(piece, bytes) else piece.dtype.itemsize for piece in merged]
    shape = np.dtype([(f"piece {place}", f"S{width}") for place, width in enumerate(widths)])
    lines = np.empty(rows, shape)
    for start in range(0, rows, BLOCK):
        block = lines[start : start + BLOCK]
        for name, piece in zip(shape.names or (), merged, strict=True):
            block[name] = piece if isinstance(piece, bytes) else piece[start : start + BLOCK]
    return lines.view(np.uint8).reshape(rows, shape.itemsize)


def squeezed(pieces: Sequence[Piece], rows: int) -> bytes:
    """The pieces of each row without the room that short texts leave."""
    return packed(side_by_side(pieces, rows))


def packed(lines: Matrix) -> bytes:
    """The bytes of rows without their NULs."""
    return lines.tobytes().translate(None, b"\0")


def _merged(pieces: Sequence[Piece]) -> list[Piece]:
    """Constant pieces that stand side by side made one; empty ones left out."""
    merged: list[Piece] = []
    for piece in pieces:
        last = merged[-1] if merged else None
        if isinstance(piece, bytes) and isinstance(last, bytes):
            merged[-1] = last + piece
        elif not isinstance(piece, bytes) or piece:
            merged.append(piece)
    return merged
