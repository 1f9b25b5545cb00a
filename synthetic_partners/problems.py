"""Gathers what is wrong with a file: every problem, up to a bound, in the order of the file."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from ringback.engine.protocols import FeedProblem

LONGEST_MESSAGE = 300  # characters
MOST = 1000  # a file of a million bad lines makes a report nobody reads


@dataclass(slots=True)
class FoundProblems:
    """A growing list of problems: all are counted, the first ones in the file's order are kept."""

    most: int = MOST
    items: list[FeedProblem] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)  # by code

    def add(self, line: int, column: int, code: str, name: str, message: str) -> None:
        """Note one problem."""
        self.counts[code] += 1
        self._keep([FeedProblem(line, column, code, name, _told(message))])

    def merge(self, other: FoundProblems, code: str = "") -> None:
        """Take over what was found elsewhere, under another code if one is given."""
        if not code:
            self.counts.update(other.counts)
            self._keep(other.items)
            return
        if other.total:
            self.counts[code] += other.total
        self._keep([FeedProblem(one.line, one.column, code, one.field, one.message) for one in other.items])

    def count(self, code: str, more: int) -> None:
        """Problems that are known by number alone."""
        self.counts[code] += more

    @property
    def total(self) -> int:
        """How many there are, those not kept included."""
        return self.counts.total()

    def sorted(self) -> tuple[FeedProblem, ...]:
        """The problems by line and column; the last one says how many were left out."""
        self._cut()
        ordered = list(self.items)
        beyond = self.total - len(ordered)
        if beyond:
            last = ordered[-1]
            ordered.append(FeedProblem(last.line, 1, last.code, "", f"and {beyond} more problems"))
        return tuple(ordered)

    def _keep(self, problems: list[FeedProblem]) -> None:
        self.items.extend(problems)
        if len(self.items) > 2 * self.most:
            self._cut()

    def _cut(self) -> None:
        self.items.sort(key=_place)
        del self.items[self.most :]


def _told(message: str) -> str:
    """A message in one line: what the file holds may be long, and anything."""
    shown = message if len(message) <= LONGEST_MESSAGE else f"{message[:LONGEST_MESSAGE]}..."
    if shown.isprintable():
        return shown
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in shown)


def _place(one: FeedProblem) -> tuple[int, int, str, str, str]:
    """The whole problem: the same problems are the same list, in whatever order they are found."""
    return one.line, one.column, one.code, one.field, one.message


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
