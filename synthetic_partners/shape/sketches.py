"""What is kept of a stream in bounded memory: frequent values, how many there are, a fair choice of rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from hashlib import blake2b

import numpy as np

from ringback.synthetic_partners.bulk.text import Text

_HASHES = 2**64


class Frequent:
    """The values that come most often (Misra-Gries): a count is never too high, and at most `missed` too low."""

    def __init__(self, most: int = 4096) -> None:
        self._most = most
        self.counts: Counter[bytes] = Counter()
        self.missed = 0

    def add(self, counts: Mapping[bytes, int]) -> None:
        """Count these values."""
        self.counts.update(counts)
        if len(self.counts) > 2 * self._most:
            self._prune()

    def _prune(self) -> None:
        level = self.counts.most_common(self._most + 1)[-1][1]
        self.counts = Counter({value: count - level for value, count in self.counts.items() if count > level})
        self.missed += level


class Distinct:
    """How many different values there are, and how often they come again: all values of a fair share of the hashes."""

    def __init__(self, most: int = 16_384) -> None:
        self._most = most
        self._below = _HASHES
        self._seen: dict[int, int] = {}

    def add(self, counts: Mapping[bytes, int]) -> None:
        """Count these values."""
        seen, below = self._seen, self._below
        for value, count in counts.items():
            mark = int.from_bytes(blake2b(value, digest_size=8).digest(), "big")
            if mark < below:
                seen[mark] = seen.get(mark, 0) + count
        self._shrink()

    def merge(self, other: Distinct) -> None:
        """Count what another one has counted."""
        self._below = min(self._below, other._below)
        for mark, count in other._seen.items():
            self._seen[mark] = self._seen.get(mark, 0) + count
        self._seen = {mark: count for mark, count in self._seen.items() if mark < self._below}
        self._shrink()

    def _shrink(self) -> None:
        while len(self._seen) > self._most:
            self._below //= 2
            self._seen = {mark: count for mark, count in self._seen.items() if mark < self._below}

    @property
    def number(self) -> int:
        """How many different values there are; exact for a small number, else within a few percent."""
        return round(len(self._seen) * (_HASHES / self._below))

    @property
    def repeats(self) -> tuple[int, int]:
        """Of the values looked at: rows whose value came for the first time, and rows whose value came again."""
        rows = sum(self._seen.values())
        return len(self._seen), rows - len(self._seen)


class Rows:
    """A fair choice of at most `most` rows, in the order in which they came, as columns of text."""

    def __init__(self, most: int, rng: np.random.Generator) -> None:
        self._most = most
        self._rng = rng
        self._places = np.zeros(0, np.int64)
        self._keys = np.zeros(0)
        self.columns: dict[str, Text] = {}
        self.seen = 0

    def add(self, columns: Mapping[str, Text], rows: int) -> None:
        """Take these rows into the choice; a column that was not there before is empty above them."""
        places = np.arange(self.seen, self.seen + rows)
        self.seen += rows
        held = len(self._places)
        self._places = np.concatenate([self._places, places])
        self._keys = np.concatenate([self._keys, self._rng.random(rows)])
        for name in {**self.columns, **columns}:
            above = self.columns.get(name, np.zeros(held, "S1"))
            self.columns[name] = np.concatenate([above, columns.get(name, np.zeros(rows, "S1"))])
        if len(self._places) > self._most:
            self._choose()

    def _choose(self) -> None:
        """The rows with the smallest random keys stay: each row of the stream has the same chance."""
        kept = np.sort(np.argpartition(self._keys, self._most)[: self._most])
        self._places, self._keys = self._places[kept], self._keys[kept]
        self.columns = {name: texts[kept] for name, texts in self.columns.items()}

    @property
    def together(self) -> bool:
        """Whether the rows stand one behind the other as in the files (none was left out)."""
        return len(self._places) == self.seen
