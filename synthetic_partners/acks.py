"""Acknowledgements NAME.ack: what the receiver of a file says of it, written and read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ringback.engine.problems import RingbackError
from ringback.engine.protocols import FeedProblem
from ringback.synthetic_partners.fields import is_number
from ringback.synthetic_partners.problems import FATAL, RECORD, severity

ACCEPTED, PARTIAL, REJECTED, DUPLICATE = "ACCEPTED", "PARTIAL", "REJECTED", "DUPLICATE"
DECISIONS = (ACCEPTED, PARTIAL, REJECTED, DUPLICATE)
_ACK_PARTS, _ERR_PARTS = 11, 6


@dataclass(frozen=True, slots=True)
class AckError:
    """One ERR line."""

    line: int
    key: str
    code: str
    severity: str  # F fatal, R record, W warning
    text: str


@dataclass(frozen=True, slots=True)
class Ack:
    """One acknowledgement; numbers are texts, empty where the feed has none (BDD declares no count)."""

    file_name: str
    sequence: str
    decision: str
    declared: str
    actual: str
    accepted: str
    rejected: str
    received: str  # UTC ISO
    sha256: str
    errors: tuple[AckError, ...] = ()


class BadAck(RingbackError):
    """An acknowledgement that cannot be read."""


def decide(problems: Sequence[FeedProblem], records: int) -> tuple[str, int]:
    """The decision on a file and how many of its records are rejected: any fatal error rejects all."""
    grades = [(severity(problem.code), problem.line) for problem in problems]
    if any(grade == FATAL for grade, _ in grades):
        return REJECTED, records
    bad = len({line for grade, line in grades if grade == RECORD})
    return (PARTIAL if bad else ACCEPTED), min(bad, records)


def ack_errors(problems: Sequence[FeedProblem], keys: Mapping[int, str]) -> tuple[AckError, ...]:
    """The ERR lines for problems; `keys` are the record keys by line."""
    return tuple(
        AckError(one.line, keys.get(one.line, ""), one.code, severity(one.code), one.message) for one in problems
    )


def write_ack(ack: Ack) -> bytes:
    """The bytes of an acknowledgement: ASCII, LF."""
    counts = (ack.declared, ack.actual, ack.accepted, ack.rejected)
    head = ("ACK", "1", ack.file_name, ack.sequence, ack.decision, *counts, ack.received, ack.sha256)
    lines = ["|".join(_plain(part) for part in head)]
    for error in ack.errors:
        parts = ("ERR", str(error.line), error.key, error.code, error.severity, error.text)
        lines.append("|".join(_plain(part) for part in parts))
    lines.append(f"END|{len(ack.errors)}")
    return "".join(f"{line}\n" for line in lines).encode("ascii", "replace")


def _plain(text: str) -> str:
    return "".join(" " if character in "|\r\n" else character for character in text)


def read_ack(content: bytes) -> Ack:
    """Read an acknowledgement; BadAck says what is wrong with it."""
    lines = content.decode("ascii", "replace").splitlines()
    parts = lines[0].split("|") if lines else []
    if len(parts) != _ACK_PARTS or parts[:2] != ["ACK", "1"] or parts[4] not in DECISIONS:
        raise BadAck(
            "the first line is no ACK line", "ACK|1|file|seq|decision|declared|actual|accepted|rejected|at|hash"
        )
    errors = tuple(_read_error(line) for line in lines[1:-1])
    if lines[-1] != f"END|{len(errors)}":
        raise BadAck(f"the last line is {lines[-1][:40]!r}, not END|{len(errors)}", "the acknowledgement is cut off")
    name, sequence, decision, declared, actual, accepted, rejected, received, sha256 = parts[2:]
    return Ack(name, sequence, decision, declared, actual, accepted, rejected, received, sha256, errors)


def _read_error(line: str) -> AckError:
    parts = line.split("|", _ERR_PARTS - 1)
    if len(parts) != _ERR_PARTS or parts[0] != "ERR" or not is_number(parts[1]):
        raise BadAck(f"{line[:60]!r} is no ERR line", "ERR|line|record key|code|F, R or W|text")
    return AckError(int(parts[1]), parts[2], parts[3], parts[4], parts[5])
