"""What texts look like, a column at once: `MA 02139` is `AA 99999`; runs joined it is `A 9`."""

from __future__ import annotations

import re

import numpy as np

from ringback.synthetic_partners.bulk.text import Text, matrix

LONGEST = 64  # characters of a pattern; what stands behind them is cut off
_RUN = re.compile(r"(.)\1*")


def _table() -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    table = np.arange(256, dtype=np.uint8)
    table[48:58] = ord("9")
    table[65:91] = ord("A")
    table[97:123] = ord("a")
    table[128:] = ord("a")  # a byte of a letter beyond ASCII
    table[1:32] = ord("?")
    return table


_CLASSES = _table()


def patterns(texts: Text) -> Text:
    """The pattern of each text: 9 a digit, A a capital, a a small letter; all else stands for itself."""
    if not len(texts) or not texts.dtype.itemsize:
        return np.zeros(len(texts), "S1")
    width = min(texts.dtype.itemsize, LONGEST)
    classes = np.ascontiguousarray(_CLASSES[matrix(texts)][:, :width])
    return classes.view(f"S{width}").reshape(-1)


def loose(pattern: str) -> str:
    """A pattern with every run of one class as a single sign: `AAA99` is `A9`."""
    return _RUN.sub(r"\1", pattern)


def loosened(found: Text) -> Text:
    """Patterns with their runs joined, a column at once."""
    distinct, places = np.unique(found, return_inverse=True)
    joined = np.array([loose(one.decode("latin-1")).encode("latin-1") for one in distinct], dtype=np.bytes_)
    return joined[places] if len(distinct) else np.zeros(0, "S1")


def stretched(pattern: str, length: int) -> str:
    """A joined pattern drawn out to `length`: the runs of letters and digits share the room evenly."""
    places = [index for index, sign in enumerate(pattern) if sign in "9Aa"]
    spare = length - len(pattern)
    if not places or spare <= 0:
        return pattern[:length]
    each, more = divmod(spare, len(places))
    longer = {place: 1 + each + (1 if rank < more else 0) for rank, place in enumerate(places)}
    return "".join(sign * longer.get(index, 1) for index, sign in enumerate(pattern))
