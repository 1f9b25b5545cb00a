"""The console's words and colours for states and codes of the systems behind it."""

from __future__ import annotations

import re
from dataclasses import dataclass

PORT_STATUS = {
    "draft": "Draft",
    "requested": "Requested",
    "delayed": "Delayed",
    "resolutionRequired": "Resolution required",
    "confirmed": "Confirmed",
    "svPending": "Confirmed",
    "activated": "Activated",
    "svActive": "Activated",
    "cancelled": "Cancelled",
}
PORT_REASON = {
    "TNF": "number not found",
    "TNI": "number not active",
    "ACC": "account number does not match",
    "PIN": "PIN is wrong or missing",
    "ZIP": "ZIP does not match",
    "NAM": "name does not match",
    "FRZ": "number is frozen",
    "PND": "another port is pending",
    "DDT": "due date is not possible",
    "OTH": "other reason, ask the provider",
    "SYS": "provider's system is delayed",
    "VOL": "provider has too many requests",
    "MAN": "provider checks by hand",
}
TONES = {
    "good": "active approved green success completed done confirmed activated svActive delivered settled closed",
    "busy": "acknowledged inProgress pendingActive requested svPending ordered shipped reserved designed new"
    " validated sent created accepted",
    "warn": "pending delayed held resolutionRequired referred approvedWithDeposit open partial partiallyPaid suspended"
    " assessingCancellation pendingCancellation onHold",
    "bad": "failed rejected cancelled declined aborted terminated red fails overdue terminatedWithError",
}
_TONE_OF = {word: tone for tone, words in TONES.items() for word in words.split()}


@dataclass(frozen=True, slots=True)
class Pill:
    """A state as a coloured label: `text` is read by people, `state` is the systems' own word."""

    state: str
    text: str
    tone: str


def pill(state: object) -> Pill:
    """The label of a state; its text is the systems' own word, because reps quote it to other desks."""
    word = str(state or "unknown")
    return Pill(word, word, _TONE_OF.get(word, "plain"))


def port_pill(status: object) -> Pill:
    """The label of a port's status, in the rep's words."""
    word = str(status or "")
    return Pill(word, PORT_STATUS.get(word, spaced(word)), _TONE_OF.get(word, "plain"))


def reason(code: object) -> str:
    """A port reason with its code first: `PIN: PIN is wrong or missing`; empty without a code."""
    word = str(code or "")
    meaning = PORT_REASON.get(word)
    return f"{word}: {meaning}" if meaning else word


def spaced(name: str) -> str:
    """A camel-case name as words: `serviceOrder` -> `Service order`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).lower()
    return words[:1].upper() + words[1:]


def phone(number: object) -> str:
    """Ten digits as (617) 555-0123; anything else unchanged."""
    text = str(number or "")
    return f"({text[:3]}) {text[3:6]}-{text[6:]}" if re.fullmatch(r"\d{10}", text) else text
