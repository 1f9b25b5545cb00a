"""Checks and reads feed files of any size: streaming, in flat memory, with the problems that `layout.decode` finds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from ringback.engine.protocols import FeedProblem, Layout
from ringback.synthetic_partners.bulk.checking import Checked, Checking
from ringback.synthetic_partners.bulk.contents import Contents, columns, whole
from ringback.synthetic_partners.bulk.stream import BLOCK_BYTES, Damaged
from ringback.synthetic_partners.problems import MOST, FoundProblems
from ringback.synthetic_partners.records import RecordLayout

__all__ = ["Checked", "Contents", "Damaged", "check", "columns", "name_of", "records"]


def check(
    layout: Layout,
    path: Path,
    *,
    most_problems: int = MOST,
    file_name: str | None = None,
    block_bytes: int = BLOCK_BYTES,
) -> Checked:
    """Every problem of a file, the first `most_problems` with their places.

    Args:
        layout: Layouts of lines are read as a stream; files of other families whole, up to 16 MiB.
        path: A file, or a .gz of one.
        most_problems: How many are listed; the last entry says how many more there are.
        file_name: The name that is judged by the convention; the path's own if None, none if empty.
        block_bytes: How much is read at once.
    """
    name = name_of(path) if file_name is None else file_name
    found = FoundProblems(most_problems)
    try:
        if isinstance(layout, RecordLayout):
            with Checking(layout, path, found, block_bytes) as checking:
                return checking.check(name)
        return _check_whole(layout, path, name, most_problems)
    except Damaged as damage:
        wrong = layout.wrong_shape if isinstance(layout, RecordLayout) else "G012"
        problem = FeedProblem(1, 1, damage.code or wrong, "", damage.message)
        return Checked(layout.name, name, (problem,), {problem.code: 1})


def records(layout: Layout, path: Path, *, block_bytes: int = BLOCK_BYTES) -> Iterator[Mapping[str, str]]:
    """The records of a file as `layout.decode` gives them, one by one; what is wrong with them is not told."""
    yield from Contents(layout, path, block_bytes)


def name_of(path: Path) -> str:
    """The name that a file has when it is not packed."""
    return path.name.removesuffix(".gz")


def _check_whole(layout: Layout, path: Path, name: str, most: int) -> Checked:
    decoded = layout.decode(whole(path), name)
    found = FoundProblems(most)
    for one in decoded.problems:
        found.add(one.line, one.column, one.code, one.field, one.message)
    was_cut = len(decoded.problems) > MOST  # its last entry tells how many more there are
    problems = decoded.problems if was_cut and most >= MOST else found.sorted()
    count = len(decoded.records)
    return Checked(layout.name, name, problems, dict(found.counts), decoded.header, decoded.trailer, count)
