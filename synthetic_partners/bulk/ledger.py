"""Keys of all records of a file, as 64-bit hashes on disk: finds what is there twice in flat memory."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO

import numpy as np
import numpy.typing as npt

from ringback.synthetic_partners.bulk.table import Bytes, Column

Hashes = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]

Wanted = Callable[[Numbers, Numbers, Numbers], npt.NDArray[np.bool_]]  # by place in its group, number said, size
AT_ONCE = 2_000_000  # keys that are sorted at once: 32 MB
IN_MEMORY = 4 * 1024 * 1024  # bytes of keys; more go to disk
ENTRY = np.dtype([("key", "<u8"), ("said", "<i8"), ("line", "<i8")])
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def key_of(columns: Sequence[Column]) -> Hashes:
    """A hash of each row's values; equal values have equal hashes, whatever the width of their column.

    Among ten million different keys two share a hash with a chance of three in a million; what is told is looked at
    again in the file.
    """
    key = np.zeros(len(columns[0].sizes), dtype=np.uint64)
    for number, column in enumerate(columns):
        for place, word in enumerate(_words(column.cells)):
            mixed = word ^ (word >> np.uint64(32))
            mixed *= _FIRST
            mixed ^= mixed >> np.uint64(29)
            mixed *= _SECOND + np.uint64(2 * (1000 * number + place))
            mixed ^= mixed >> np.uint64(32)
            key += mixed
    return key


def _words(cells: Bytes) -> Iterator[Hashes]:
    """Eight bytes at a time; absent ones are zeros, which add nothing to a key."""
    for start in range(0, cells.shape[1], 8):
        part = np.zeros((len(cells), 8), dtype=np.uint8)
        piece = cells[:, start : start + 8]
        part[:, : piece.shape[1]] = piece
        yield part.view("<u8").reshape(-1)


@dataclass(frozen=True, slots=True)
class Found:
    """Records that are worth a look: (line, line of the first record with the same key, how many have that key)."""

    rows: tuple[tuple[int, int, int], ...]
    total: int  # how many there are, those beyond the bound included


@dataclass(slots=True)
class Ledger:
    """The keys of a file's records, in order, each with a number that the record says (or nothing)."""

    file: IO[bytes] = field(default_factory=lambda: tempfile.SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115 - close() ends it
    count: int = 0

    def add(self, keys: Hashes, said: Numbers, lines: Numbers) -> None:
        """The keys of the next records, the numbers they say and the lines they stand in."""
        entries = np.empty(len(keys), dtype=ENTRY)
        entries["key"], entries["said"], entries["line"] = keys, said, lines
        self.file.write(entries.tobytes())
        self.count += len(keys)

    def again(self, most: int) -> Found:
        """The records whose key an earlier one has: the first `most` of them."""
        return self._found(most, _repeated)

    def miscounted(self, most: int) -> Found:
        """The records that say another number than there are records with their key; -1 says nothing."""
        return self._found(most, _miscounted)

    def close(self) -> None:
        """Forget the keys."""
        self.file.close()

    def _found(self, most: int, wanted: Wanted) -> Found:
        rows = np.zeros((0, 3), dtype=np.int64)
        total = 0
        parts = -(-self.count // AT_ONCE)
        for part in range(parts):
            found = _grouped(self._part(part, parts), wanted)
            total += len(found)
            rows = _first(np.concatenate([rows, found]), most)
        return Found(tuple((line, first, alike) for line, first, alike in rows.tolist()), total)

    def _part(self, part: int, parts: int) -> npt.NDArray[np.void]:
        """The entries whose keys fall into one part, in order."""
        self.file.seek(0)
        entries = []
        while content := self.file.read(AT_ONCE // 8 * ENTRY.itemsize):
            read = np.frombuffer(content, dtype=ENTRY)
            entries.append(read[read["key"] % np.uint64(parts) == part] if parts > 1 else read)
        return np.concatenate(entries)


def _grouped(entries: npt.NDArray[np.void], wanted: Wanted) -> Numbers:
    """(line, first line with the key, how many have it) of the wanted entries."""
    if not _has_twice(entries["key"]):
        alone = np.ones(len(entries), dtype=np.int64)
        own = entries["line"][wanted(alone - 1, entries["said"], alone)]
        return np.stack((own, own, np.ones_like(own)), axis=1)
    order = np.argsort(entries["key"], kind="stable")
    keys, said, own = entries["key"][order], entries["said"][order], entries["line"][order]
    starts = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
    alike = np.diff(np.append(starts, len(keys)))
    group = np.repeat(np.arange(len(starts)), alike)
    chosen = wanted(np.arange(len(keys)) - starts[group], said, alike[group])
    return np.stack((own[chosen], own[starts][group[chosen]], alike[group[chosen]]), axis=1).astype(np.int64)


def _has_twice(keys: Hashes) -> bool:
    """The usual answer is no, and sorting alone is many times faster than ordering."""
    ordered = np.sort(keys)
    return bool((ordered[1:] == ordered[:-1]).any())


def _repeated(place: Numbers, _: Numbers, __: Numbers) -> npt.NDArray[np.bool_]:
    return np.asarray(place > 0)


def _miscounted(_: Numbers, said: Numbers, alike: Numbers) -> npt.NDArray[np.bool_]:
    return np.asarray((said >= 0) & (said != alike))


def _first(rows: Numbers, most: int) -> Numbers:
    return rows[np.argsort(rows[:, 0], kind="stable")][:most]
