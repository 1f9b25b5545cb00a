"""Feed files of production size: records per second beside Faker, Mimesis and a plain write; memory at its highest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from figures import BENCH, PYTHON, ROOT, Table, share, timed

MAKERS = ROOT / "tests" / "performance" / "feed_makers.py"
SLOW = ("faker", "faker, unweighted", "mimesis")  # row by row: their speed is the same for any number of rows


@dataclass(frozen=True, slots=True)
class Made:
    """What one way took: seconds of work alone, of them on processors, the peak of its memory, the file's size."""

    rows: int
    work_s: float
    cpu_s: float
    peak_mb: float
    size: int

    @property
    def per_s(self) -> float:
        """Records per second."""
        return self.rows / self.work_s


def feeds(sizes: Sequence[int], by_row: int, rounds: int, say: Callable[[str], None]) -> Table:
    """Files of each size; the ways by row make `by_row` records."""
    made: dict[tuple[str, int], Made] = {}
    for number in range(rounds):
        for way, rows in [*((way, by_row) for way in SLOW), *((way, rows) for rows in sizes for way in _FAST)]:
            found = _make(way, rows)
            said = f"{found.per_s:,.0f} records/s, {found.peak_mb:.0f} MB"
            say(f"  round {number + 1}: {way}, {rows:,} records: {said}")
            known = made.get((way, rows))
            made[way, rows] = found if known is None or found.work_s < known.work_s else known
    return _table(made, sizes, by_row)


_FAST = ("ringback", "ringback, two drawing", "plain write")


def _make(way: str, rows: int) -> Made:
    with TemporaryDirectory(dir=BENCH) as name:
        folder = Path(name)
        file = folder / "activations.dat"
        if way == "plain write":
            timed([PYTHON, str(MAKERS), "ringback", str(rows), f"{file}.like"], folder, {"PYTHONPATH": str(ROOT)})
        timed([PYTHON, str(MAKERS), way, str(rows), str(file)], folder, {"PYTHONPATH": str(ROOT)})
        work_s, cpu_s, peak_mb = map(float, (folder / "bench.log").read_text("utf-8").split()[-3:])
        return Made(rows, work_s, cpu_s, peak_mb, file.stat().st_size)


def _table(made: dict[tuple[str, int], Made], sizes: Sequence[int], by_row: int) -> Table:
    faker = made["faker", by_row]
    rows = []
    for (way, count), one in made.items():
        plain = made["plain write", count] if count in sizes else None
        rows.append(
            (
                f"{way}, {count:,} records",
                f"{one.work_s:.2f}",
                f"{one.cpu_s:.2f}",
                f"{one.per_s:,.0f}",
                share(one.per_s, faker.per_s),
                share(plain.work_s, one.work_s) if plain else "-",
                f"{one.peak_mb:.0f}",
            )
        )
    return Table(
        "feeds",
        "A feed of 12 fields, two with check digits, and a control total",
        ("", "seconds", "of processor", "records/s", "of Faker", "of plain write", "peak MB"),
        tuple(rows),
        ("the ways by row write fewer records; their speed does not depend on it",),
        {
            f"{way}, {count}": {
                "work_s": one.work_s,
                "cpu_s": one.cpu_s,
                "records_per_s": one.per_s,
                "peak_mb": one.peak_mb,
                "bytes": one.size,
            }
            for (way, count), one in made.items()
        },
    )
