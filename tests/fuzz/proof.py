"""What holds for any file whatever: problems are listed, nothing is raised, and the two ways of reading agree."""

from __future__ import annotations

import gzip
from pathlib import Path
from random import Random

from ringback.engine.protocols import FeedFile, Layout
from ringback.synthetic_partners.bulk.reading import Checked, check, records
from ringback.synthetic_partners.bulk.stream import BLOCK_BYTES
from ringback.synthetic_partners.problems import MEANINGS, MOST

LONGEST = 2000  # of a message: one line of a report


def prove(layout: Layout, content: bytes, file_name: str, folder: Path, rng: Random) -> Checked:
    """Check a file whole and as a stream in blocks of any size; AssertionError says what is not as it must be."""
    path = folder / ("file.gz" if rng.random() < 0.2 else "file")
    path.write_bytes(gzip.compress(content, 1) if path.suffix else content)

    decoded = layout.decode(content, file_name)
    block_bytes = rng.choice((64, 700, BLOCK_BYTES))
    checked = check(layout, path, file_name=file_name, block_bytes=block_bytes)
    found = [dict(record) for record in records(layout, path, block_bytes=block_bytes)]

    _are_problems(checked)
    assert checked.problems == decoded.problems, _difference(checked, decoded)
    ends = (dict(checked.header), dict(checked.trailer)), (dict(decoded.header), dict(decoded.trailer))
    assert ends[0] == ends[1], ends
    assert checked.records == len(decoded.records), (checked.records, len(decoded.records))
    if not file_name:
        wanted = [dict(record) for record in decoded.records]
        assert len(found) == len(wanted)
        assert found == wanted, next(pair for pair in zip(found, wanted, strict=True) if pair[0] != pair[1])
    return checked


def _are_problems(checked: Checked) -> None:
    assert len(checked.problems) <= MOST + 1
    for problem in checked.problems:
        assert problem.code in MEANINGS
        assert problem.line >= 1
        assert problem.column >= 1
        assert problem.message.isprintable()
        assert len(problem.message) < LONGEST


def _difference(checked: Checked, decoded: FeedFile) -> str:
    only = [problem for problem in decoded.problems if problem not in checked.problems][:5]
    more = [problem for problem in checked.problems if problem not in decoded.problems][:5]
    return f"decode alone: {only}; the stream alone: {more}"
