"""The life of a number port: its states, what each partner answer does to it, and which answers are refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

STEPS: Mapping[str, tuple[str, ...]] = {
    "draft": ("requested", "cancelled"),
    "requested": ("delayed", "confirmed", "resolutionRequired", "cancelled"),
    "delayed": ("requested", "delayed", "confirmed", "resolutionRequired", "cancelled"),
    "resolutionRequired": ("requested", "cancelled"),
    "confirmed": ("svPending", "activated", "cancelled"),
    "svPending": ("activated", "cancelled"),
    "activated": (),
    "cancelled": (),
}
ANSWERS: Mapping[str, str] = {"C": "confirmed", "D": "delayed", "R": "resolutionRequired"}
REASONS: Mapping[str, str] = {
    "TNF": "The number is not known to the old provider",
    "TNI": "The number is not active with the old provider",
    "ACC": "The account number does not match (ACC)",
    "PIN": "The PIN does not match (PIN)",
    "ZIP": "The ZIP code does not match (ZIP)",
    "NAM": "The name does not match (NAM)",
    "FRZ": "The number is frozen against porting (FRZ)",
    "PND": "Another port of the number is pending (PND)",
    "DDT": "The due date cannot be met (DDT)",
    "OTH": "Another reason, see the remarks (OTH)",
}
DELAYS: Mapping[str, str] = {
    "SYS": "System trouble at the old provider (SYS)",
    "VOL": "High volume at the old provider (VOL)",
    "MAN": "The old provider checks by hand (MAN)",
}
SUPPLEMENTABLE = ("resolutionRequired", "delayed")
SV_STATES: Mapping[str, str] = {
    "0": "conflict", "1": "active", "2": "pending", "3": "sending", "4": "downloadFailed", "5": "partialFailure",
    "6": "disconnectPending", "7": "old", "8": "canceled", "9": "cancelPending",
}  # fmt: skip


class Refusal(Exception):
    """A partner's record that cannot be applied.

    Args:
        code: record error code, R101 to R110.
        text: what is wrong with it.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code} {text}")
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class Port:
    """What the rules need to know of a port request."""

    tn: str
    version: int
    status: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A port response that may be applied: the new state and what the partner said with it."""

    status: str
    response_type: str
    reason_code: str
    reason: str
    due: str  # ts14 UTC as the partner wrote it, or empty


def may_step(old: str, new: str) -> bool:
    """Whether a port in state `old` may go to `new`."""
    return new in STEPS.get(old, ())


def answer_of(port: Port, record: Mapping[str, str]) -> Answer:
    """What an NPRESP record means for the port it names.

    Raises:
        Refusal: R101 a mandatory field is empty, R102 it answers for another number, R104 an unknown code,
            R108 it answers an older version, R110 the port is past such an answer.
    """
    kind = record.get("response_type", "")
    if kind not in ANSWERS:
        raise Refusal("R104" if kind else "R101", f"response_type {kind!r} is none of C, D, R")
    if record.get("tn") and record["tn"] != port.tn:
        raise Refusal("R102", f"tn {record['tn']} is not the number of the request, {port.tn}")
    if _version(record) < port.version:
        raise Refusal("R108", f"version {record.get('version')} is older than {port.version:02d}, the one that is open")
    if not may_step(port.status, ANSWERS[kind]):
        raise Refusal("R110", f"a port that is {port.status} cannot become {ANSWERS[kind]}")
    code = _code(kind, record)
    return Answer(ANSWERS[kind], kind, code, _reason(kind, code, record.get("remarks", "")), _due(kind, record))


def _version(record: Mapping[str, str]) -> int:
    text = record.get("version", "")
    if not text.isdigit():
        raise Refusal("R102", f"version {text!r} is not a number")
    return int(text)


def _code(kind: str, record: Mapping[str, str]) -> str:
    """The reason code of R, the delay code of D, nothing for C."""
    if kind == "C":
        return ""
    field, known = ("reason_code", REASONS) if kind == "R" else ("delay_code", DELAYS)
    code = record.get(field, "")
    if not code:
        raise Refusal("R101", f"{field} is empty, and response type {kind} needs one")
    if code not in known:
        raise Refusal("R104", f"{field} {code} is none of {', '.join(known)}")
    return code


def _reason(kind: str, code: str, remarks: str) -> str:
    known = {"R": REASONS, "D": DELAYS}.get(kind, {})
    text = known.get(code, "")
    return f"{text}: {remarks}" if text and remarks else text


def _due(kind: str, record: Mapping[str, str]) -> str:
    due = record.get("due", "")
    if not due and kind in ("C", "D"):
        raise Refusal("R101", f"due is empty, and response type {kind} needs one")
    return due


def activation_proven(
    *, status: str, sv_status: str, sv_spid: str, sv_lrn: str, in_download: bool, ours: tuple[str, str]
) -> bool:
    """Whether a confirmed port is live: message and download both have its version active with our SPID and LRN.

    Args:
        status: state of the port.
        sv_status: state of the subscription version, e.g. ``active``.
        sv_spid: SPID of the subscription version.
        sv_lrn: location routing number of the subscription version.
        in_download: the bulk data download has the row too.
        ours: our (SPID, LRN).
    """
    return status in ("confirmed", "svPending") and sv_status == "active" and (sv_spid, sv_lrn) == ours and in_download
