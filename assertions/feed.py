"""The `feed` check: a partner file keeps its layout, from the header to the trailer."""

from __future__ import annotations

from ringback.engine.evidence import Evidence
from ringback.engine.outcomes import CheckOutcome
from ringback.engine.protocols import Call, FeedFile, FeedProblem

PROBLEMS_SHOWN = 25  # of one file; a wrong separator shows in every line


class FeedCheck:
    """Judges the files that the step means: each has to be valid, and each problem of one that is not is told."""

    name = "feed"

    def judge(self, evidence: Evidence, call: Call) -> tuple[CheckOutcome, ...]:
        """One outcome for a valid file; one for each problem of an invalid one."""
        feeds = evidence.contract if isinstance(evidence.contract, tuple) else ()
        return tuple(outcome for feed in feeds if isinstance(feed, FeedFile) for outcome in _judged(feed))


def _judged(feed: FeedFile) -> tuple[CheckOutcome, ...]:
    expected = f"a valid {feed.layout} file"
    if not feed.problems:
        actual = _counted(len(feed.records))
        return (CheckOutcome("feed", passed=True, path=feed.name, expected=expected, actual=actual),)
    return tuple(_outcome(feed, problem, expected) for problem in feed.problems[:PROBLEMS_SHOWN])


def _outcome(feed: FeedFile, problem: FeedProblem, expected: str) -> CheckOutcome:
    place = f"{feed.name}:{problem.line}:{problem.column}"
    field = f" {problem.field}" if problem.field else ""
    actual, message = f"{problem.code}{field}", f"{place}: {problem.message}"
    return CheckOutcome("feed", passed=False, path=place, expected=expected, actual=actual, message=message)


def _counted(records: int) -> str:
    return f"valid, {records} record{'' if records == 1 else 's'}"
