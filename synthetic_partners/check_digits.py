"""Check digits: what each identifier's last digits must be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping


def luhn_digit(payload: str) -> str:
    """The digit that makes `payload` + digit pass the Luhn test (ISO/IEC 7812-1 annex B)."""
    total = 0
    for place, digit in enumerate(reversed(payload)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def luhn_ok(number: str) -> bool:
    """Whether the last digit of `number` is its Luhn check digit."""
    return _digits(number) and len(number) > 1 and luhn_digit(number[:-1]) == number[-1]


def aba_digit(payload: str) -> str:
    """The ninth digit of an ABA routing number: weights 3 7 1, sum modulo 10 is 0."""
    return str(-sum(int(digit) * weight for digit, weight in zip(payload, (3, 7, 1) * 3, strict=False)) % 10)


def aba_ok(number: str) -> bool:
    """Whether a nine-digit ABA routing number is right."""
    return _digits(number) and len(number) == 9 and aba_digit(number[:8]) == number[8]


def mod97_digits(payload: str) -> str:
    """The two digits of an EID (ISO 7064 MOD 97-10): the whole number modulo 97 is 1."""
    return f"{98 - int(payload + '00') % 97:02d}"


def mod97_ok(number: str) -> bool:
    """Whether the last two digits are the ISO 7064 MOD 97-10 check digits."""
    return _digits(number) and len(number) > 2 and int(number) % 97 == 1


def mod10_31_digit(payload: str) -> str:
    """The check digit of an SSCC-18: weights 3 and 1 from the right (GS1)."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(payload)))
    return str(-total % 10)


def mod10_31_ok(number: str) -> bool:
    """Whether the last digit is the GS1 check digit."""
    return _digits(number) and len(number) > 1 and mod10_31_digit(number[:-1]) == number[-1]


def zip_digit(payload: str) -> str:
    """The delivery-point check digit of the eleven digits of a ZIP+4 and delivery point."""
    return str(-sum(int(digit) for digit in payload) % 10)


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


CHECKS: Mapping[str, tuple[int, Callable[[str], str]]] = {  # how many digits (0: any), and what makes the last one
    "zip": (11, zip_digit),
    "aba": (8, aba_digit),
    "luhn": (0, luhn_digit),
    "sscc": (17, mod10_31_digit),
}


def digit_of(check: str, parts: Iterable[str]) -> str:
    """The check digit of the digits in `parts`; nothing when they are not all there."""
    count, make = CHECKS[check]
    digits = "".join(parts)
    return make(digits) if _digits(digits) and len(digits) == (count or len(digits)) else ""
