"""Check digits and number formats that partners must obey (Luhn, NANP, ICCID, IMEI)."""

from __future__ import annotations

import re

IMEI_DIGITS = 15
_NANP = re.compile(r"[2-9][0-8]\d[2-9]\d\d\d{4}")


def luhn_sum(digits: str) -> int:
    """The Luhn sum of digits that include their check digit; a multiple of ten when they are right."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * 2 if place % 2 else int(digit)
        total += sum(divmod(doubled, 10))
    return total


def is_luhn(digits: str) -> bool:
    """Whether digits end in their Luhn check digit."""
    return digits.isascii() and digits.isdigit() and luhn_sum(digits) % 10 == 0


def is_tn(text: str) -> bool:
    """Whether a text is a ten-digit North American number: neither NPA nor NXX may be N11."""
    return bool(_NANP.fullmatch(text)) and text[1:3] != "11" and text[4:6] != "11"


def is_iccid(text: str) -> bool:
    """Whether a text is an ICCID: 89 and issuer, 19 or 20 digits, the last one Luhn."""
    return text.startswith("89") and len(text) in {19, 20} and is_luhn(text)


def is_imei(text: str) -> bool:
    """Whether a text is an IMEI: TAC 8, serial 6, Luhn 1."""
    return len(text) == IMEI_DIGITS and is_luhn(text)
