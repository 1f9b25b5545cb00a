"""Real files taken in once, in bounded memory: a fair choice of rows, and exact counts of what must be exact."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ringback.engine.problems import UsageError
from ringback.synthetic_partners.bulk.reading import check, columns
from ringback.synthetic_partners.bulk.stream import Damaged
from ringback.synthetic_partners.bulk.text import Text
from ringback.synthetic_partners.layout import FeedLayout
from ringback.synthetic_partners.shape.profile import FileFact
from ringback.synthetic_partners.shape.sketches import Distinct, Frequent, Rows

MOST_ROWS = 20_000  # rows that distributions are counted from
FILE_OF = "\0file"  # the column that says which file a row came from
_DATE = re.compile(r"(?<!\d)(20\d\d)-?([01]\d)-?([0-3]\d)(?:[T_-]?([0-2]\d):?([0-5]\d):?([0-5]\d))?(?!\d)")


@dataclass(frozen=True, slots=True)
class Sample:
    """What is known of some files of a feed."""

    layout: FeedLayout
    names: tuple[str, ...]
    columns: Mapping[str, Text]  # the chosen rows
    file_of: NDArray[np.int64]  # the file of each chosen row
    files: tuple[FileFact, ...]
    frequent: Mapping[str, Frequent]
    distinct: Mapping[str, Distinct]
    repeats: Mapping[str, tuple[int, int]]  # within each file: rows with a value for the first time, and again
    empty: Mapping[str, int]
    records: int
    together: bool  # the chosen rows are all rows


def take(paths: Sequence[Path], layout: FeedLayout, *, most_rows: int = MOST_ROWS) -> Sample:
    """Read these files by a layout; UsageError when they hold no record."""
    names = [name for name in _names(layout) if "*" not in name]
    rows = Rows(most_rows, np.random.Generator(np.random.Philox(1)))
    frequent = {name: Frequent() for name in names}
    distinct = {name: Distinct() for name in names}
    empty: Counter[str] = Counter()
    repeats = dict.fromkeys(names, (0, 0))
    files = []
    for place, path in enumerate(paths):
        before = rows.seen
        own = {name: Distinct() for name in names}
        for chunk in batches(layout, path):
            for name in chunk.keys() - own.keys():  # a member of a list: its name tells its place
                names.append(name)
                frequent[name], distinct[name], own[name], repeats[name] = Frequent(), Distinct(), Distinct(), (0, 0)
            count = len(next(iter(chunk.values())))
            _count(chunk, frequent, own, empty)
            rows.add({**chunk, FILE_OF: np.full(count, str(place).encode())}, count)
        for name in names:
            distinct[name].merge(own[name])
            repeats[name] = (repeats[name][0] + own[name].repeats[0], repeats[name][1] + own[name].repeats[1])
        files.append(FileFact(rows.seen - before, path.stat().st_size, _moment(path, layout)))
    if not rows.seen:
        raise UsageError(f"{', '.join(map(str, paths))}: no record in it", f"is {layout.name} its layout?")
    held = dict(rows.columns)
    names = [name for name in names if name in held]
    file_of = held.pop(FILE_OF).astype(np.int64)
    return Sample(
        layout, tuple(names), held, file_of, tuple(files), frequent, distinct, repeats, empty, rows.seen, rows.together
    )


def _names(layout: FeedLayout) -> Iterable[str]:
    if hasattr(layout, "record"):
        return (spec.name for spec in layout.record)
    return sorted(layout.record_names)


def batches(layout: FeedLayout, path: Path) -> Iterator[Mapping[str, Text]]:
    """The records as columns, chunk by chunk; every chunk has a row. UsageError when the file cannot be unpacked."""
    try:
        for chunk in columns(layout, path):
            if chunk and len(next(iter(chunk.values()))):
                yield chunk
    except Damaged as damage:
        raise UsageError(f"{path}: {damage.message}", "`ringback feed validate` tells what is wrong") from damage


def _count(
    chunk: Mapping[str, Text],
    frequent: Mapping[str, Frequent],
    distinct: Mapping[str, Distinct],
    empty: Counter[str],
) -> None:
    for name, texts in chunk.items():
        values, counts = np.unique(texts, return_counts=True)
        seen = dict(zip(values.tolist(), counts.tolist(), strict=True))
        empty[name] += seen.pop(b"", 0)
        if name in frequent:
            frequent[name].add(seen)
            distinct[name].add(seen)


def _moment(path: Path, layout: FeedLayout) -> str:
    """The moment of a file by its name, or else by the first time of its header; empty when neither says one."""
    found = moment_in(path.name)
    if found or not getattr(layout, "header", ()):
        return found
    header = check(layout, path, most_problems=1).header
    return next((said for text in header.values() if (said := moment_in(text))), "")


def moment_in(text: str) -> str:
    """The first date (and time) in a text as ISO 8601, or nothing."""
    for found in _DATE.finditer(text):
        try:
            year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
            moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        except ValueError:
            continue
        return moment.strftime("%Y-%m-%dT%H:%M:%S")
    return ""


def seconds_of(moment: str) -> float:
    """A file's moment as seconds since 1970; not a number when it is not known."""
    return datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp() if moment else np.nan
