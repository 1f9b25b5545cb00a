"""Failure signatures: the same fault gets the same name on every run, two faults never share one.

Precision comes before recall: a wrong merge hides a fault behind another's waiver, a wrong split costs a click.
The largest gain is that the runner knows its own values: `6175550142` is the journey's number, not part of the fault.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

ALGORITHM = "jsig1"
_SHORTEST_KNOWN = 4
_LONGEST_TEMPLATE = 400

# Tokens that carry meaning keep their digits: a fault with HTTP 404 is not the one with HTTP 500.
_PROTECTED = re.compile(
    r"ORA-\d{5}|SQLSTATE\W+\w{5}|\b(?:HTTP|status|code)\W{0,3}\d{3}\b|\bTMF\d{3}\b|reason code \d+|errno \d+"
    r"|\b[GR]\d{3}\b",
    re.IGNORECASE,
)
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_MASKS = tuple(
    (re.compile(pattern, re.IGNORECASE), mask)
    for pattern, mask in (
        (r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?", "<time>"),
        (r"\b\d{4}-\d\d-\d\d\b", "<date>"),
        (r"\b\d+(?:\.\d+)?\s?(?:ms|s|min|h)\b", "<duration>"),
        (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "<id>"),
        (r"\b[\w.+-]+@[\w-]+\.[\w.]+\b", "<id>"),
        (r"\b(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?\b", "<host>"),
        (r"\b0x[0-9a-f]+\b", "<id>"),
        (r"\b[A-Z]{2,}(?:-[A-Z0-9]+)*-[A-Z0-9]*\d[A-Z0-9]*\b", "<id>"),
        (r"\+?\b\d{7,}\b", "<id>"),
        (r"\b[0-9a-f]{16,}\b", "<id>"),
    )
)
_PLACEHOLDER = re.compile("\ue000(\\d+)\ue001")


@dataclass(frozen=True, slots=True)
class Signature:
    """`identity` tells faults apart, `family` gathers patterns; `template` is the message without the run's values."""

    identity: str
    family: str
    template: str


def template(message: str, known: Iterable[str] = (), environment_names: Iterable[str] = ()) -> str:
    """The message with everything masked that belongs to one run only.

    Money stays: 45.00 instead of 36.00 is the fault.
    """
    text = _ANSI.sub("", message)[: _LONGEST_TEMPLATE * 4]
    for value in sorted({item for item in known if _is_telling(item)}, key=len, reverse=True):
        text = re.sub(rf"(?<![\w]){re.escape(value)}(?![\w])", "<id>", text)
    for name in environment_names:
        text = text.replace(name, "<env>")
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(match.group(0))
        return f"\ue000{len(kept) - 1}\ue001"

    text = _PROTECTED.sub(keep, text)
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    text = re.sub(r"(<id>[\s,;|/]*){2,}", "<id> ", text)
    text = _PLACEHOLDER.sub(lambda match: kept[int(match.group(1))], text)
    return re.sub(r"\s+", " ", text).strip().lower()[:_LONGEST_TEMPLATE]


def sign(  # noqa: PLR0913 - the parts of an identity, all of one kind
    *,
    system: str,
    kind: str,
    error: str,
    operation: str,
    check: str,
    message: str,
    known: Iterable[str] = (),
    environment_names: Iterable[str] = (),
) -> Signature:
    """The signature of one failed step."""
    masked = template(message, known, environment_names)
    family = _digest(ALGORITHM, system, kind, error)
    return Signature(_digest(ALGORITHM, system, kind, error, operation, check, masked), family, masked)


def _is_telling(value: str) -> bool:
    """Short values and plain words ("confirmed") are the fault's own vocabulary, not a run's."""
    return len(value) >= _SHORTEST_KNOWN and not value.replace(" ", "").isalpha()


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]
