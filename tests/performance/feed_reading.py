"""Feed files of production size, read: checked, in columns, record by record; beside making them; peaks of memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from feeds import MAKERS
from figures import BENCH, PYTHON, ROOT, Table, share, timed

READERS = MAKERS.with_name("feed_readers.py")
SAID = {"check": "check everything", "columns": "parse into columns", "records": "parse into mappings, one by one"}
FAST = ("check", "columns")  # one by one is as fast for any number of records
Took = tuple[float, float]  # seconds of work alone, the peak of memory in MB


def feed_reading(sizes: Sequence[int], rounds: int, say: Callable[[str], None]) -> Table:
    """Files of each size, made and then read in every way, round by round."""
    took: dict[tuple[str, int], list[Took]] = {}
    for rows in sizes:
        with TemporaryDirectory(dir=BENCH) as folder:
            file = Path(folder) / "activations.dat"
            for number in range(rounds):
                for way in ("make", *SAID) if rows == sizes[0] else ("make", *FAST):
                    one = _run(way, rows, file)
                    took.setdefault((way, rows), []).append(one)
                    say(f"  round {number + 1}: {way}, {rows:,} records: {one[0]:.2f} s, {one[1]:.0f} MB")
    return _table(took)


def _run(way: str, rows: int, file: Path) -> Took:
    making = [str(MAKERS), "ringback", str(rows), str(file)]
    timed(
        [PYTHON, *(making if way == "make" else [str(READERS), way, str(file)])], file.parent, {"PYTHONPATH": str(ROOT)}
    )
    work_s, peak_mb = (file.parent / "bench.log").read_text("utf-8").split()[-2:]
    return float(work_s), float(peak_mb)


def _table(took: dict[tuple[str, int], list[Took]]) -> Table:
    least = {key: (min(one[0] for one in all_of), max(one[1] for one in all_of)) for key, all_of in took.items()}
    rows = tuple(
        (
            f"{SAID.get(way, 'make the file')}, {count:,} records",
            f"{work_s:.2f}",
            f"{count / work_s:,.0f}",
            share(least["make", count][0], work_s),
            f"{peak_mb:.0f}",
        )
        for (way, count), (work_s, peak_mb) in least.items()
    )
    return Table(
        "reading",
        "Reading a feed of 12 fields, two with check digits, and a control total",
        ("", "seconds", "records/s", "of making it", "peak MB"),
        rows,
        ("1.00 x: as fast as the generator writes the file, with two threads; more is faster",),
        {f"{way}, {count}": {"work_s": one[0], "peak_mb": one[1]} for (way, count), one in least.items()},
    )
