"""Check digits of what a rep reads from cards and displays: ICCID, IMEI (Luhn) and EID (modulo 97)."""

from __future__ import annotations

import re
from collections.abc import Callable

_SEPARATORS = re.compile(r"[\s.-]")


def digits(typed: str) -> str:
    """The digits without the blanks, dots and hyphens that cards group them by; anything else unchanged."""
    plain = _SEPARATORS.sub("", typed)
    return plain if plain.isdecimal() else typed


def is_iccid(value: str) -> bool:
    """The number of a SIM: 19 or 20 digits of a telephone card (89), the last one its check digit."""
    return bool(re.fullmatch(r"89\d{17,18}", value)) and _luhn(value)


def is_imei(value: str) -> bool:
    """The number of a device: 15 digits, the last one its check digit."""
    return bool(re.fullmatch(r"\d{15}", value)) and _luhn(value)


def is_eid(value: str) -> bool:
    """The number of an eUICC: 32 digits that leave 1 when divided by 97."""
    return bool(re.fullmatch(r"\d{32}", value)) and int(value) % 97 == 1


def optional(check: Callable[[str], bool]) -> Callable[[str], bool]:
    """The check for a field that may stay empty."""
    return lambda value: not value or check(value)


def _luhn(value: str) -> bool:
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(value)))
    return sum(part // 10 + part % 10 for part in doubled) % 10 == 0
