"""Side-cars NAME.sha256: the hash of a file beside it, for feeds whose files have no trailer to tell their end."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ringback.engine.protocols import FeedProblem
from ringback.synthetic_partners.problems import FoundProblems

SIDE_CAR = ".sha256"
MOST_BYTES = 200  # of a side-car that are looked at


def side_car(content: bytes) -> bytes:
    """What stands beside a file: its SHA-256 in hexadecimal digits, and a line feed."""
    return f"{hashlib.sha256(content).hexdigest()}\n".encode("ascii")


def needs_side_car(layout: object) -> bool:
    """Whether files of a layout come with one."""
    return bool(getattr(layout, "side_car", False))


def judge_side_car(content: bytes, beside: bytes | None, *, needed: bool) -> tuple[FeedProblem, ...]:
    """G017 for a side-car that is missing though the feed needs it, or that belongs to another content.

    Args:
        content: the file.
        beside: its side-car, None when there is none.
        needed: whether the layout says `side_car: true`.
    """
    return _judged(side_car(content), beside, needed=needed)


def judge_beside(path: Path, *, needed: bool) -> tuple[FeedProblem, ...]:
    """The same for a file on a disk, of any size."""
    beside = path.with_name(path.name + SIDE_CAR)
    said = beside.read_bytes()[:MOST_BYTES] if beside.is_file() else None
    if said is None and not needed:
        return ()
    with path.open("rb") as file:
        right = hashlib.file_digest(file, "sha256").hexdigest()
    return _judged(right.encode("ascii"), said, needed=needed)


def write_beside(path: Path) -> Path:
    """Writes the side-car of a file on a disk."""
    beside = path.with_name(path.name + SIDE_CAR)
    with path.open("rb") as file:
        beside.write_bytes(f"{hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode("ascii"))
    return beside


def _judged(right: bytes, beside: bytes | None, *, needed: bool) -> tuple[FeedProblem, ...]:
    found = FoundProblems()
    wanted = right.decode("ascii").strip()
    said = beside.decode("ascii", "replace").split() if beside is not None else []
    if beside is None and needed:
        found.add(1, 1, "G017", "", f"the side-car NAME{SIDE_CAR} is missing: write it before the file")
    elif beside is not None and [word.lower() for word in said[:1]] != [wanted]:
        found.add(1, 1, "G017", "", f"the side-car says {' '.join(said)[:64] or 'nothing'}, the file has {wanted}")
    return found.sorted()
