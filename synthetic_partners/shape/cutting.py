"""Where the fields of lines of one length begin and end: where blanks stop, and where letters turn into digits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MOST_LINES = 5_000
BLANK, DIGIT, LETTER, SIGN = range(4)


def cut(line: str, places: Sequence[tuple[int, int]]) -> list[str]:
    """The pieces of a line."""
    return [line[start:end] for start, end in places]


def spans(lines: Sequence[str]) -> list[tuple[int, int]]:
    """The fields of lines of one length: (start, end) from 0, side by side without a gap."""
    kinds = _kinds(lines[:MOST_LINES])
    shares = np.stack([(kinds == kind).mean(axis=0) for kind in range(4)])
    ends = [place for place in range(1, shares.shape[1]) if _is_edge(shares, kinds, place)]
    return list(zip([0, *ends], [*ends, shares.shape[1]], strict=True))


def _kinds(lines: Sequence[str]) -> NDArray[np.int64]:
    codes = np.frombuffer("".join(lines).encode("latin-1", "replace"), np.uint8).reshape(len(lines), -1)
    is_digit = (codes >= 48) & (codes <= 57)
    is_letter = ((codes >= 65) & (codes <= 90)) | ((codes >= 97) & (codes <= 122)) | (codes > 127)
    return np.select([codes == 32, is_digit, is_letter], [BLANK, DIGIT, LETTER], SIGN)


def _is_edge(shares: NDArray[np.float64], kinds: NDArray[np.int64], place: int) -> bool:
    """Whether a field begins here: filled behind what is sometimes blank, or digits beside letters throughout."""
    before, here = shares[:, place - 1], shares[:, place]
    if before[BLANK] > 0.02 and here[BLANK] <= 0.02:
        return True
    sides = {(DIGIT, LETTER), (LETTER, DIGIT)}
    if (int(before.argmax()), int(here.argmax())) in sides and before.max() > 0.9 and here.max() > 0.9:
        return True
    started = (kinds[:, place - 1] == BLANK) & (kinds[:, place] != BLANK)
    return bool(started.mean() > 0.3 and here[BLANK] < before[BLANK] - 0.3)
