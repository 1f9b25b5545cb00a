"""What a system hands in, made fit for a file: defaults filled, times and numbers in the feed's form, faults named."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ringback.reference_stack.gateway.codecs.address import REQUEST_COLUMNS
from ringback.reference_stack.gateway.codecs.crd_layouts import CRDQ
from ringback.reference_stack.gateway.codecs.digits import is_imei
from ringback.reference_stack.gateway.codecs.documents import OrderLine, PurchaseOrder, ShipTo
from ringback.reference_stack.gateway.codecs.field_layouts import DISPATCH
from ringback.reference_stack.gateway.codecs.fields import Field
from ringback.reference_stack.gateway.codecs.imei import REASONS
from ringback.reference_stack.gateway.codecs.nacha_layouts import TRANSACTIONS, is_routing
from ringback.reference_stack.gateway.codecs.pipe import key_of
from ringback.reference_stack.gateway.codecs.pipe_layouts import NPORT, NPRESP
from ringback.reference_stack.gateway.codecs.stamps import as_day8, as_ts14, ts14
from ringback.reference_stack.gateway.partners import OUR_SPID

Given = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A record as it will stand in a file.

    Args:
        key: identity for ever.
        reference: what an answer will name: request number, request id, purchase order.
        subject: what it is about: the telephone number.
        fields: the record; texts for the flat feeds.
        faults: what is wrong, one sentence each; empty when it can be sent.
    """

    key: str
    reference: str
    subject: str
    fields: Mapping[str, object]
    faults: tuple[str, ...]


def prepare(feed: str, given: Given, now: datetime) -> Prepared:
    """Make a record of one of our outbound feeds ready; KeyError for a feed that we do not send."""
    return _PREPARATIONS[feed](given, now)


def ascii_of(text: str) -> str:
    """Text in the characters that the feeds know: accents go, everything else unknown becomes a space."""
    plain = unicodedata.normalize("NFKD", text).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    kept = (letter for letter in plain if not unicodedata.combining(letter))
    return "".join(letter if " " <= letter <= "~" and letter != "|" else " " for letter in kept).strip()


def _texts(fields: Sequence[Field], given: Given, *, upper: bool = False) -> dict[str, str]:
    """Each field as text in its form; numbers get their leading zeros only when they are numbers, not texts."""
    texts = {}
    for field in fields:
        value = given.get(field.name)
        text = "" if value is None else ascii_of(str(value))
        if field.kind == "ts14":
            text = as_ts14(text)
        elif field.kind == "day8":
            text = as_day8(text)
        elif field.kind == "n" and (isinstance(value, int) or field.name in _COUNTERS) and text:
            text = text.rjust(field.width, "0")
        elif field.kind == "an" and not field.codes and not field.pattern:
            text = text[: field.width]
        texts[field.name] = text.upper() if upper else text
    return texts


# Counters may come as short text; identifying digits (ZIP, last four) may not: a lost zero must be seen, not mended.
_COUNTERS = frozenset({"version", "npqty", "requested_lines", "device_amount"})


def _faults(fields: Sequence[Field], texts: Mapping[str, str]) -> tuple[str, ...]:
    found = (field.fault(texts) for field in fields)
    return tuple(fault[1] for fault in found if fault)


def _port_request(given: Given, now: datetime) -> Prepared:
    defaults = {"version": 1, "action": "N", "d_tsent": ts14(now), "npdi": "A", "nnsp": OUR_SPID, "npqty": 1}
    texts = _texts(NPORT.fields, defaults | {name: value for name, value in given.items() if value not in ("", None)})
    faults = _faults(NPORT.fields, texts)
    if not faults:
        broken = (rule(texts) for rule in NPORT.rules)
        faults = tuple(fault[2] for fault in broken if fault)
    return Prepared(key_of(NPORT, texts), texts["req_no"], texts["tn"], texts, faults)


def _job(given: Given, _now: datetime) -> Prepared:
    texts = _texts(DISPATCH.fields, given)
    faults = _faults(DISPATCH.fields, texts)
    if not faults:
        broken = (rule(texts) for rule in DISPATCH.rules)
        faults = tuple(fault[2] for fault in broken if fault)
    return Prepared(key_of(DISPATCH, texts), texts["work_order_id"], texts["appointment_id"], texts, faults)


def _port_answer(given: Given, _now: datetime) -> Prepared:
    """Our answer to another provider's request."""
    texts = _texts(NPRESP.fields, given)
    return Prepared(texts["resp_no"], texts["resp_no"], texts["tn"], texts, _faults(NPRESP.fields, texts))


def _inquiry(given: Given, _now: datetime) -> Prepared:
    fields = CRDQ.fields[1:]  # the line number comes with the file
    texts = _texts(fields, given, upper=True)
    return Prepared(texts["request_id"], texts["request_id"], "", texts, _faults(fields, texts))


def _purchase_order(given: Given, now: datetime) -> Prepared:
    place = given.get("ship_to")
    address = place if isinstance(place, Mapping) else {}
    simple = {name: _element(given.get(name)) for name in ("po", "order_id", "order_item_id", "sku", "price")}
    ship_to = {name: _element(address.get(name)) for name in ("name", "street", "city", "state", "zip")}
    quantity = str(given.get("qty") or given.get("quantity") or 1)
    fields: dict[str, object] = {
        **simple,
        "date": now.strftime("%Y%m%d"),
        "quantity": int(quantity) if quantity.isdigit() else 0,
        "iccids": _iccids(given),
        "ship_to": ship_to,
    }
    empty = [name for name, value in (*simple.items(), *ship_to.items()) if not value]
    faults = [f"{name} is empty" for name in empty]
    if not fields["quantity"]:
        faults.append(f"quantity {quantity!r} is no whole number from 1")
    return Prepared(simple["po"], simple["po"], "", fields, tuple(faults))


def _element(value: object) -> str:
    """A text that holds no delimiter of X12."""
    text = "" if value is None else ascii_of(str(value))
    return text.translate(str.maketrans("*~>", "   ")).strip()


def _iccids(given: Given) -> list[str]:
    several = given.get("iccids")
    if isinstance(several, list):
        return [str(iccid) for iccid in several]
    return [str(given["iccid"])] if given.get("iccid") else []


def purchase_order(fields: Mapping[str, object]) -> PurchaseOrder:
    """The document of a prepared 850 record."""
    place, iccids = fields["ship_to"], fields["iccids"]
    if not isinstance(place, Mapping) or not isinstance(iccids, list):
        raise TypeError(f"no prepared purchase order: {fields}")
    line = OrderLine("1", str(fields["sku"]), int(str(fields["quantity"])), str(fields["price"]), tuple(iccids))
    return PurchaseOrder(str(fields["po"]), str(fields["date"]), str(fields["order_id"]), ShipTo(**place), (line,))


def _debit(given: Given, _now: datetime) -> Prepared:
    """One debit of a payment; a payment that is presented again says its attempt."""
    defaults = {"sec": "PPD", "description": "PHONE BILL", "account_type": "checking", "attempt": 1}
    values = defaults | {name: value for name, value in given.items() if value not in ("", None)}
    texts = {name: ascii_of(str(values.get(name, ""))) for name in _DEBIT}
    texts["name"] = texts["name"].upper()[:22]
    amount = texts["amount"]
    texts["amount"] = amount.rjust(10, "0")
    faults = [f"{name} is empty" for name in _DEBIT if not texts[name]]
    faults += [] if amount.isdigit() and 0 < int(amount) < 10**10 else [f"amount {amount!r} is no number of cents"]
    faults += [] if is_routing(texts["routing"]) else [f"routing {texts['routing']!r} is no routing number"]
    known = texts["account_type"] in TRANSACTIONS
    faults += [] if known else [f"account_type {texts['account_type']!r} is none of {', '.join(TRANSACTIONS)}"]
    key = f"{texts['payment_id']}-{texts['attempt']}"
    return Prepared(key, texts["payment_id"], texts["account_id"], texts, tuple(faults))


_DEBIT = (
    "payment_id", "account_id", "amount", "name", "routing", "account_no", "account_type", "sec", "description",
    "attempt",
)  # fmt: skip


def _blocked_device(given: Given, now: datetime) -> Prepared:
    """One change of the list of blocked devices: inserted when stolen or lost, deleted when found."""
    imei, why = str(given.get("imei", "")), str(given.get("reason", ""))
    change = "D" if why == "found" else "I"
    faults = [] if is_imei(imei) else [f"imei {imei!r} is no IMEI of 15 digits with a check digit"]
    faults += [] if why in REASONS else [f"reason {why!r} is none of {', '.join(REASONS)}"]
    fields = {"imei": imei, "reason": REASONS.get(why, ""), "change": change, "date": f"{now:%Y%m%d}"}
    return Prepared(f"{imei}-{change}", f"{imei}-{change}-{now:%Y%m%d}", imei, fields, tuple(faults))


def _export(given: Given, _now: datetime) -> Prepared:
    """A file that a system has written itself."""
    key, content, count = (str(given.get(name, "")) for name in ("export_id", "content", "count"))
    faults = [] if key and count.isdigit() else ["export_id or count is missing"]
    fields = {"export_id": key, "content": content, "count": count}
    return Prepared(key, key, "", fields, tuple(faults))


def _question(given: Given, _now: datetime) -> Prepared:
    """An address to validate, as it was typed: this feed is UTF-8 and quotes what needs it."""
    texts = {name: " ".join(str(given.get(name) or "").split()) for name in REQUEST_COLUMNS}
    faults = tuple(f"{name} is empty" for name in ("request_id", "in_line1", "in_zip") if not texts[name])
    return Prepared(texts["request_id"], texts["request_id"], "", texts, faults)


_PREPARATIONS: Mapping[str, Callable[[Given, datetime], Prepared]] = {
    "NPORT": _port_request,
    "NPRESP": _port_answer,
    "CRDQ": _inquiry,
    "AVREQ": _question,
    "DISPATCH": _job,
    "850": _purchase_order,
    "860": _purchase_order,
    "ACH": _debit,
    "CUSTEXP": _export,
    "IMEI": _blocked_device,
}
PREPARED = frozenset(_PREPARATIONS)  # the feeds whose records other systems hand in
