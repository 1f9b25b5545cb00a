"""The credit feeds CRDQ and CRDR as data: fixed columns of 200 bytes, and the rules of a decision."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from ringback.reference_stack.gateway.codecs.fields import Field, Values, coded, never, number, stamp, text
from ringback.reference_stack.gateway.codecs.stamps import DAY8, moment

Fault = tuple[str, str, str]  # code, field, text
RECORD_BYTES = 200
VALID_DAYS = 30
LOWEST_SCORE, HIGHEST_SCORE = 300, 850


@dataclass(frozen=True, slots=True)
class FixedLayout:
    """A record of fixed columns: each field takes its width; a filler fills up to the closing asterisk."""

    record_type: str
    fields: tuple[Field, ...]
    identity: str = ""
    amount: str = ""  # the field that the trailer's amount_total adds up
    rules: tuple[Callable[[Values], Fault | None], ...] = ()


HEADER = FixedLayout(
    "H",
    (
        coded("file_type", "CRDQ", "CRDR"),
        text("version", 4),
        text("sender", 10),
        text("receiver", 10),
        stamp("created_ts"),
        number("sequence", 5),
        coded("mode", "P", "T"),
    ),
)

TRAILER = FixedLayout(
    "T",
    (number("record_count", 9), number("amount_total", 15), number("hash_total", 15), number("sequence", 5)),
)

CRDQ = FixedLayout(
    "D",
    (
        number("line_no", 6),
        text("request_id", 20),
        text("customer_id", 20),
        text("product_order_id", 20),
        text("first_name", 20),
        text("last_name", 25),
        Field("birth_date", "day8", 8),
        number("id_last4", 4),
        text("house_number", 10),
        text("street", 30),
        number("postcode", 5),
        number("requested_lines", 2),
        number("device_amount", 8),
        stamp("consent_ts"),
    ),
    "request_id",
    "device_amount",
)


def _score(values: Values) -> Fault | None:
    score = int(values["score"])
    unscored = values["decision"] in {"N", "Z"}
    right = score == 0 if unscored else LOWEST_SCORE <= score <= HIGHEST_SCORE
    return (
        None if right else ("R102", "score", f"score {values['score']} does not go with decision {values['decision']}")
    )


def _amounts(values: Values) -> Fault | None:
    decision, deposit, limit = values["decision"], int(values["deposit"]), int(values["device_limit"])
    if (deposit > 0) != (decision == "P"):
        return "R102", "deposit", f"deposit {deposit} does not go with decision {decision}"
    if limit > 0 and decision in {"D", "Z", "N"}:
        return "R102", "device_limit", f"device_limit {limit} does not go with decision {decision}"
    return None


def _valid_until(values: Values) -> Fault | None:
    decided = moment(values["decided_ts"]).date()
    if moment(values["valid_until"], DAY8).date() == decided + timedelta(days=VALID_DAYS):
        return None
    return "R109", "valid_until", f"valid_until {values['valid_until']} is not the decision's day + {VALID_DAYS} days"


_REASONS = tuple(f"{reason:02d}" for reason in range(1, 9))


def _reasons(values: Values) -> Fault | None:
    reasons = values["reason_codes"]
    if not reasons:
        wanted = values["decision"] != "A"
        return ("R101", "reason_codes", "reason_codes is empty though the decision is not A") if wanted else None
    pairs = [reasons[place : place + 2].strip() for place in range(0, len(reasons), 2)]
    unknown = [pair for pair in pairs if pair not in _REASONS]
    return ("R104", "reason_codes", f"reason code {unknown[0]!r} is unknown") if unknown else None


CRDR = FixedLayout(
    "D",
    (
        number("line_no", 6),
        text("request_id", 20),
        text("customer_id", 20),
        coded("decision", "A", "P", "R", "D", "N", "Z"),
        number("score", 3),
        coded("credit_class", "A1", "A2", "B1", "B2", "C1", "D1"),
        number("max_lines", 2),
        number("device_limit", 8),
        number("deposit", 8),
        stamp("decided_ts"),
        Field("valid_until", "day8", 8),
        text("bureau_ref", 20),
        text("reason_codes", 8, never),
        coded("alert_code", "01", "02", "03", "04", needed=never),
        number("id_last4", 4),
        text("last_name", 25),
    ),
    "request_id",
    "deposit",
    (_score, _amounts, _valid_until, _reasons),
)

CRD_LAYOUTS: Mapping[str, FixedLayout] = {"CRDQ": CRDQ, "CRDR": CRDR}
