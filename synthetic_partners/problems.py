"""Gathers what is wrong with a file: every problem, up to a bound, in the order of the file."""

from __future__ import annotations

from dataclasses import dataclass, field

from ringback.engine.protocols import FeedProblem

MOST = 1000  # a file of a million bad lines makes a report nobody reads


@dataclass(slots=True)
class FoundProblems:
    """A growing list of problems."""

    items: list[FeedProblem] = field(default_factory=list)
    beyond: int = 0

    def add(self, line: int, column: int, code: str, name: str, message: str) -> None:
        """Note one problem; beyond the bound it is only counted."""
        if len(self.items) < MOST:
            self.items.append(FeedProblem(line, column, code, name, message))
        else:
            self.beyond += 1

    def sorted(self) -> tuple[FeedProblem, ...]:
        """All problems by line and column; the last one says how many were left out."""
        ordered = sorted(self.items, key=lambda problem: (problem.line, problem.column))
        if self.beyond:
            last = ordered[-1]
            ordered.append(FeedProblem(last.line, 1, last.code, "", f"and {self.beyond} more problems"))
        return tuple(ordered)


FATAL, RECORD, WARNING = "F", "R", "W"
_WARNINGS = frozenset({"G006", "G008"})


def severity(code: str) -> str:
    """F: nothing of the file is applied; R: the record is rejected; W: a warning."""
    if code in _WARNINGS:
        return WARNING
    return FATAL if code.startswith("G") else RECORD


MEANINGS = {
    "G001": "the name does not match the convention",
    "G002": "header missing or invalid",
    "G003": "trailer missing (truncated)",
    "G004": "record count mismatch",
    "G005": "control or hash total mismatch",
    "G006": "copy of an accepted file",
    "G007": "sequence reused with other content",
    "G008": "sequence gap (held)",
    "G009": "unknown sender or receiver",
    "G010": "encoding error",
    "G011": "fixed line length wrong",
    "G012": "field count wrong",
    "G013": "record terminator wrong or mixed",
    "G014": "business date too old",
    "G015": "file dated in the future",
    "G016": "empty file",
    "G017": "checksum mismatch",
    "G018": "unsupported version",
    "G019": "partial upload",
    "R101": "mandatory field empty",
    "R102": "format",
    "R103": "check digit",
    "R104": "unknown code",
    "R105": "reference not found",
    "R106": "duplicate in the file",
    "R107": "duplicate of an earlier file",
    "R108": "older version than already applied",
    "R109": "impossible date or time",
    "R110": "illegal in the current state",
}
