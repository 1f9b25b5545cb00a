"""The formats of the business: telephone numbers, SIM and device identities, bank routing numbers, ZIPs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from ringback.engine.times import parse_instant

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z", re.IGNORECASE)


def luhn_digit(payload: str) -> int:
    """The check digit that ISO/IEC 7812 (Luhn) gives a run of digits."""
    total = 0
    for position, digit in enumerate(reversed(payload)):
        number = int(digit) * (2 if position % 2 == 0 else 1)
        total += number - 9 if number > 9 else number
    return -total % 10


def luhn(text: str) -> str | None:
    """Digits whose last one is their Luhn check digit."""
    if not re.fullmatch(r"[0-9]{2,}", text):
        return "it has other characters than digits"
    wanted = luhn_digit(text[:-1])
    return None if wanted == int(text[-1]) else f"the check digit is {text[-1]}, and should be {wanted}"


def iccid(text: str) -> str | None:
    """ITU-T E.118: 19 or 20 digits from 89, the last one a Luhn digit."""
    if not re.fullmatch(r"89[0-9]{17,18}", text):
        return "an ICCID has 19 or 20 digits and begins with 89"
    return luhn(text)


def imei(text: str) -> str | None:
    """3GPP TS 23.003: 15 digits, the last one a Luhn digit."""
    if not re.fullmatch(r"[0-9]{15}", text):
        return f"an IMEI has 15 digits, this has {len(text)} characters"
    return luhn(text)


def aba(text: str) -> str | None:
    """A routing transit number: nine digits whose sum weighted 3, 7, 1 is a multiple of ten."""
    if not re.fullmatch(r"[0-9]{9}", text):
        return f"a routing number has 9 digits, this has {len(text)} characters"
    total = sum(int(digit) * weight for digit, weight in zip(text, (3, 7, 1) * 3, strict=True))
    return None if total % 10 == 0 else "its checksum is wrong"


def pattern(expression: str, says: str) -> Callable[[str], str | None]:
    """A format that is a regular expression."""
    compiled = re.compile(rf"(?:{expression})\Z")
    return lambda text: None if compiled.match(text) else says


FORMATS: Mapping[str, tuple[str, Callable[[str], str | None]]] = {
    "tn": (
        "a ten-digit North American number",
        pattern("[2-9][0-9]{2}[2-9][0-9]{6}", "a number has ten digits; area and office code begin with 2 to 9"),
    ),
    "e164": ("an international number", pattern(r"\+[1-9][0-9]{6,14}", "E.164 is + and 7 to 15 digits")),
    "iccid": ("the identity of a SIM", iccid),
    "imei": ("the identity of a device", imei),
    "imsi": (
        "the identity of a subscription",
        pattern("[2-7][0-9]{13,14}", "an IMSI has 14 or 15 digits and begins with 2 to 7"),
    ),
    "luhn": ("digits with a Luhn check digit", luhn),
    "aba": ("a bank's routing number", aba),
    "zip": ("a ZIP code", pattern("[0-9]{5}(?:-[0-9]{4})?", "a ZIP code has five digits, or five and four")),
    "spid": ("a service provider id", pattern("[0-9A-Z]{4}", "an SPID has four digits or capital letters")),
    "uuid": (
        "a UUID",
        lambda text: None if UUID.match(text) else "a UUID has 32 hexadecimal digits in groups of 8-4-4-4-12",
    ),
    "date": ("a date", pattern(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])", "a date is written 2026-11-30")),
    "instant": (
        "a time with a zone",
        lambda text: None if parse_instant(text) else "a time with a zone is written 2026-11-30T10:00:00Z",
    ),
}
