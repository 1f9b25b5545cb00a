"""The usage record (UDR) of own mediation and of roaming partners as data, and what makes its key and its start."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from ringback.reference_stack.gateway.codecs.fields import Field, Values, coded, formed, never, number, text, when
from ringback.reference_stack.gateway.codecs.stamps import TS14, is_possible
from ringback.reference_stack.gateway.codecs.wall_clocks import is_skipped

Fault = tuple[str, str, str]  # code, field, text
VERSION = "0312"
OFFSET = r"[+-](0\d|1[0-4])[0-5]\d"
TADIG = r"[A-Z]{3}[0-9A-Z]{2}"
OLDEST_CALL = timedelta(days=30)
_CALLS = ("MOC", "MTC", "VOLTE")
_TOLD = (*_CALLS, "SMO", "SMT")

FIELDS: tuple[Field, ...] = (
    number("record_id", 10),
    coded("record_type", "MOC", "MTC", "SMO", "SMT", "GPRS", "VOLTE"),
    number("imsi", 15),
    formed("msisdn", r"[1-9]\d{6,14}", 15),
    formed("imei", r"\d{15,16}", 16, never),
    formed("event_start", r"\d{14}", 14),
    formed("utc_offset", OFFSET, 5),
    formed("duration_s", r"\d{1,6}", 6, when("record_type", *_CALLS)),
    formed("other_party", r"\d{3,15}", 15, when("record_type", *_TOLD)),
    text("apn", 63, when("record_type", "GPRS")),
    formed("bytes_up", r"\d{1,15}", 15),
    formed("bytes_down", r"\d{1,15}", 15),
    formed("serving_network", TADIG, 5),
    text("cell", 20, never),
    formed("charge", r"\d{1,12}", 12),
    formed("tax", r"\d{1,12}", 12),
    text("charging_id", 16, when("record_type", "GPRS")),
    formed("partial_seq", r"\d{1,4}", 4, never),
    coded("close_cause", "16", "17", "18", "19", needed=never),
)
NAMES = tuple(field.name for field in FIELDS)
WIDTH = len(FIELDS) + 2  # with the record type and the line number

# What of a record is counted, in which unit; what comes in costs the customer nothing.
KINDS: Mapping[str, tuple[str, str]] = {
    "MOC": ("voice", "s"),
    "VOLTE": ("voice", "s"),
    "MTC": ("voiceIn", "s"),
    "SMO": ("sms", "msg"),
    "SMT": ("smsIn", "msg"),
    "GPRS": ("data", "B"),
}


def begin_of(values: Values) -> datetime:
    """When the use began: the local time with the offset that the record says, whatever the season."""
    return _local(values).astimezone(UTC)


def _local(values: Values) -> datetime:
    return datetime.strptime(f"{values['event_start']}{values['utc_offset']}", "%Y%m%d%H%M%S%z")


def record_key(values: Values) -> str:
    """The identity of a use, whichever file it comes in."""
    start = begin_of(values).strftime(TS14)
    parts = (values["imsi"], values["record_type"], start, values["other_party"], values["charging_id"])
    return hashlib.sha256("|".join((*parts, values["partial_seq"])).encode()).hexdigest()


def bytes_of(values: Values) -> int:
    """The volume of a record, both ways."""
    return _number(values["bytes_up"]) + _number(values["bytes_down"])


def _number(value: str) -> int:
    return int(value) if value.isascii() and value.isdigit() else 0


def quantity_of(values: Values) -> int:
    """What is counted: seconds, messages or bytes."""
    unit = KINDS[values["record_type"]][1]
    return {"s": _number(values["duration_s"]), "msg": 1, "B": bytes_of(values)}[unit]


def _possible_start(values: Values) -> Fault | None:
    if not is_possible(values["event_start"], TS14):
        return "R109", "event_start", f"event_start {values['event_start']} is no possible time"
    if re.fullmatch(OFFSET, values["utc_offset"]) and is_skipped(_local(values)):
        said = f"event_start {values['event_start']}{values['utc_offset']} lies in the hour that clocks skip in spring"
        return "R109", "event_start", said
    return None


RULES: tuple[Callable[[Values], Fault | None], ...] = (_possible_start,)
