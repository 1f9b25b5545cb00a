"""Debits that leave for the bank, and what comes back of them: returns and notices of change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ringback.reference_stack.gateway.arrival import Arrival
from ringback.reference_stack.gateway.banking_days import next_banking_day
from ringback.reference_stack.gateway.codecs.nacha import Batch, write_ach
from ringback.reference_stack.gateway.codecs.nacha_layouts import TRANSACTIONS
from ringback.reference_stack.gateway.content import Entry
from ringback.reference_stack.gateway.handover import Effect, hand_over
from ringback.reference_stack.gateway.ledger import TRACE_DIGITS, sent_debit

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

OUR_BANK = "09140060"  # the bank that sends for us, without its check digit
_OUR_BANK_WHOLE = f"{OUR_BANK}6"
_COMPANY = {"company_name": "RINGBACK", "company_identification": "1123456789"}
_BANK_TIME = ZoneInfo("America/New_York")
# Where the reason stood in the addenda before the layout of today.
_OLD_REASON = slice(35, 38)


def trace_number(queued: int) -> str:
    """The trace number of a debit: our bank, and the number that the queue gave it."""
    return f"{OUR_BANK}{queued % 10**TRACE_DIGITS:0{TRACE_DIGITS}d}"


def write_debits(debits: Sequence[tuple[int, Mapping[str, str]]], modifier: str, now: datetime) -> tuple[bytes, int]:
    """The ACH file of debits, and their sum.

    Args:
        debits: the number of each in the queue, and its fields as they were prepared.
        modifier: tells the files of a day apart.
        now: when the file is made.
    """
    local = now.astimezone(_BANK_TIME)
    header = {
        "immediate_destination": f" {_OUR_BANK_WHOLE}",
        "immediate_origin": _COMPANY["company_identification"],
        "file_creation_date": f"{local:%y%m%d}",
        "file_creation_time": f"{local:%H%M}",
        "file_id_modifier": modifier,
        "immediate_destination_name": "FIRST NATIONAL BANK",
        "immediate_origin_name": _COMPANY["company_name"],
    }
    groups: dict[tuple[str, str], list[tuple[int, Mapping[str, str]]]] = {}
    for number, fields in debits:
        groups.setdefault((fields["sec"], fields["description"]), []).append((number, fields))
    effective = f"{next_banking_day(local.date()):%y%m%d}"
    batches = [_batch(kind, effective, entries) for kind, entries in groups.items()]
    return write_ach(header, batches), sum(int(fields["amount"]) for _, fields in debits)


def _batch(kind: tuple[str, str], effective: str, entries: Sequence[tuple[int, Mapping[str, str]]]) -> Batch:
    header = {
        **_COMPANY,
        "service_class_code": "225",
        "standard_entry_class": kind[0],
        "company_entry_description": kind[1],
        "effective_entry_date": effective,
        "odfi_identification": OUR_BANK,
    }
    return Batch(header, [_entry(number, fields) for number, fields in entries])


def _entry(number: int, fields: Mapping[str, str]) -> dict[str, str]:
    return {
        "transaction_code": TRANSACTIONS[fields["account_type"]],
        "rdfi_identification": fields["routing"][:8],
        "check_digit": fields["routing"][8:],
        "dfi_account_number": fields["account_no"],
        "amount": fields["amount"],
        "identification_number": fields["account_id"],
        "individual_name": fields["name"],
        "discretionary_data": "R" if fields["sec"] == "WEB" else "",
        "addenda_indicator": "0",
        "trace_number": trace_number(number),
    }


async def take_return(stack: Stack, arrival: Arrival, entry: Entry) -> Effect:
    """Tells billing of a return or a notice of change; an entry without a code is one that was paid."""
    with stack.db.begin() as tx:
        sent = sent_debit(tx, entry.field("original_trace"))
    payment = str(sent.fields["payment_id"]) if sent else ""
    code = entry.field("return_reason") or entry.field("change_code")
    if stack.defects.on("D76"):
        code = entry.field("addenda")[_OLD_REASON].strip()
    if not code:
        return Effect(entity_type="bil_payment", entity_id=payment)
    account = str(sent.fields["account_id"]) if sent else ""
    known = {"kind": "change" if code.startswith("C") else "return", "payment_id": payment, "account_id": account}
    origin = {"file_id": arrival.file_id, "file_name": arrival.name}
    told = replace(entry, body={**{name: entry.field(name) for name in _TOLD}, **known})
    return await hand_over(stack, arrival.feed, told, sent.correlation if sent else "", origin)


_TOLD = (
    "return_reason", "change_code", "corrected_data", "original_trace", "trace_number", "amount", "date_of_death",
    "identification_number", "individual_name", "transaction_code", "addenda_information",
)  # fmt: skip
