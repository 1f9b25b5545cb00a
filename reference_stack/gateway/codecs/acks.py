"""The acknowledgement NAME.ack of every feed but X12: one ACK line, an ERR line per problem, an END line."""

from __future__ import annotations

from dataclasses import dataclass

from ringback.reference_stack.gateway.codecs.lines import read_lines
from ringback.reference_stack.gateway.codecs.model import FeedProblem, Severity

_ACK_FIELDS = 11
_ERR_FIELDS = 6
DECISIONS = ("ACCEPTED", "PARTIAL", "REJECTED", "DUPLICATE")


@dataclass(frozen=True, slots=True)
class Ack:
    """What the receiver of a file says of it."""

    file_name: str
    sequence: int | None
    decision: str  # ACCEPTED, PARTIAL, REJECTED or DUPLICATE
    declared: int | None
    actual: int | None
    accepted: int | None
    rejected: int | None
    received: str  # UTC ISO
    sha256: str
    problems: tuple[FeedProblem, ...] = ()


def _shown(number: int | None) -> str:
    return "" if number is None else str(number)


def write_ack(ack: Ack) -> bytes:
    """The bytes of an acknowledgement."""
    counts = (ack.declared, ack.actual, ack.accepted, ack.rejected)
    head = ("ACK", "1", ack.file_name, _shown(ack.sequence), ack.decision, *map(_shown, counts))
    lines = ["|".join((*head, ack.received, ack.sha256))]
    lines += [_error_line(problem) for problem in ack.problems]
    lines.append(f"END|{len(ack.problems)}")
    return "".join(line + "\n" for line in lines).encode("ascii", "replace")


def _error_line(problem: FeedProblem) -> str:
    text = problem.text.replace("|", " ").replace("\n", " ")
    return "|".join(("ERR", str(problem.line_no), problem.key, problem.code, problem.severity.value, text))


class BadAck(ValueError):
    """A partner's acknowledgement that cannot be read."""


def read_ack(data: bytes) -> Ack:
    """Read an acknowledgement; BadAck says what is wrong with it."""
    text = read_lines(data)
    if text.problems or not text.lines:
        raise BadAck(text.problems[0].text if text.problems else "the acknowledgement is empty")
    parts = text.lines[0].split("|")
    if parts[0] != "ACK" or len(parts) != _ACK_FIELDS or parts[4] not in DECISIONS:
        raise BadAck(f"line 1 is no ACK line of {_ACK_FIELDS} fields with a known decision: {text.lines[0]}")
    problems = tuple(_error(line) for line in text.lines[1:-1])
    if text.lines[-1] != f"END|{len(problems)}":
        raise BadAck(f"the last line is not END|{len(problems)}: {text.lines[-1]}")
    declared, actual, accepted, rejected = (_number(part) for part in parts[5:9])
    decided = (parts[2], _number(parts[3]), parts[4])
    return Ack(*decided, declared, actual, accepted, rejected, parts[9], parts[10], problems)


def _number(text: str) -> int | None:
    return int(text) if text.isdigit() else None


def _error(line: str) -> FeedProblem:
    parts = line.split("|", _ERR_FIELDS - 1)
    if parts[0] != "ERR" or len(parts) != _ERR_FIELDS or parts[4] not in set(Severity):
        raise BadAck(f"no ERR line: {line}")
    return FeedProblem(parts[3], Severity(parts[4]), _number(parts[1]) or 0, parts[5], parts[2])
