"""One way of reading a feed file of activations, as a program: `feed_readers.py WAY FILE`; prints seconds and MB."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

from feed_makers import LAYOUT

from ringback.synthetic_partners.bulk.reading import check, columns, records
from ringback.synthetic_partners.layout import FeedLayout, load_layout


def checked(layout: FeedLayout, file: Path) -> int:
    """Every field, check digit, rule and total."""
    found = check(layout, file, file_name="")
    if found.problems:
        raise SystemExit(f"{file} has problems: {found.problems[:3]}")
    return found.records


def in_columns(layout: FeedLayout, file: Path) -> int:
    """Every value, in columns."""
    return sum(len(block["iccid"]) for block in columns(layout, file))


def one_by_one(layout: FeedLayout, file: Path) -> int:
    """Every record as a mapping."""
    return sum(1 for _ in records(layout, file))


WAYS: dict[str, Callable[[FeedLayout, Path], int]] = {
    "check": checked,
    "columns": in_columns,
    "records": one_by_one,
}

if __name__ == "__main__":
    layout = load_layout(LAYOUT.read_bytes(), LAYOUT.name)
    began = time.perf_counter()
    WAYS[sys.argv[1]](layout, Path(sys.argv[2]))
    took = time.perf_counter() - began
    sys.stdout.write(f"{took} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}\n")
