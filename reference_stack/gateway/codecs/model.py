"""What a codec answers: records, totals, and every problem with its code, line and field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How far a problem reaches: the file, one record, or nothing but attention."""

    FILE = "F"
    RECORD = "R"
    WARNING = "W"


@dataclass(frozen=True, slots=True)
class FeedProblem:
    """One thing that is wrong with a file, as it goes into the acknowledgement."""

    code: str  # G001-G019 for files, R101-R110 for records
    severity: Severity
    line_no: int  # the line of the file, from 1; 0 = the file as a whole
    text: str
    key: str = ""
    field: str = ""


_LONGEST = 300  # of a text in an answer: a line of a million characters is not sent back


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]}...{text[-_LONGEST // 4 :]}"


def file_problem(code: str, text: str, *, line_no: int = 0) -> FeedProblem:
    """A problem that rejects the whole file."""
    return FeedProblem(code, Severity.FILE, line_no, _short(text))


def record_problem(code: str, text: str, *, line_no: int, key: str = "", field: str = "") -> FeedProblem:
    """A problem that rejects one record."""
    return FeedProblem(code, Severity.RECORD, line_no, _short(text), _short(key), field)


@dataclass(frozen=True, slots=True)
class FeedHeader:
    """What the head of a file declares of itself."""

    feed: str
    version: str
    sender: str
    receiver: str
    created: str  # ts14, UTC
    sequence: int | None
    mode: str  # P production, T test


@dataclass(frozen=True, slots=True)
class FeedRecord:
    """One detail record: its line, its identity for ever, and its fields as text."""

    line_no: int
    key: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FeedFile:
    """A file as read; `problems` is empty when all of it can be applied."""

    header: FeedHeader | None
    records: tuple[FeedRecord, ...]
    problems: tuple[FeedProblem, ...]
    declared_count: int | None = None
    actual_count: int | None = None
    declared_total: int | None = None
    actual_total: int | None = None

    @property
    def fatal(self) -> tuple[FeedProblem, ...]:
        """The problems that reject the file."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.FILE)
