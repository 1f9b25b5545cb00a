"""One field of a layout and what makes its value wrong: presence, format, code list, check digit, calendar."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ringback.reference_stack.gateway.codecs.digits import is_tn
from ringback.reference_stack.gateway.codecs.stamps import DAY8, TS14, is_possible

Values = Mapping[str, str]


def _always(_values: Values) -> bool:
    return True


def never(_values: Values) -> bool:
    """The presence rule of an optional field."""
    return False


def when(field: str, *among: str) -> Callable[[Values], bool]:
    """The presence rule of a conditional field: mandatory when another one has one of these values."""

    def needed(values: Values) -> bool:
        return values.get(field, "") in among

    return needed


@dataclass(frozen=True, slots=True)
class Field:
    """A field: `kind` is n (digits, exact width), an (text up to width), ts14, day8, tn, spid or code."""

    name: str
    kind: str
    width: int
    needed: Callable[[Values], bool] = _always
    codes: tuple[str, ...] = ()
    pattern: str = ""

    def fault(self, values: Values) -> tuple[str, str] | None:
        """The code and text of what is wrong with this field's value, or None."""
        value = values.get(self.name, "")
        if not value:
            return ("R101", f"{self.name} is empty") if self.needed(values) else None
        return self._code_fault(value) if self.codes else _FAULTS[self.kind](self, value)

    def _code_fault(self, value: str) -> tuple[str, str] | None:
        if value in self.codes:
            return None
        return "R104", f"{self.name} {value!r} is none of {' '.join(self.codes)}"


def _format_fault(field: Field, value: str, *, right: bool, wanted: str) -> tuple[str, str] | None:
    return None if right else ("R102", f"{field.name} {value!r} is not {wanted}")


def _digits(field: Field, value: str) -> tuple[str, str] | None:
    right = len(value) == field.width and value.isascii() and value.isdigit()
    return _format_fault(field, value, right=right, wanted=f"{field.width} digits")


def _text(field: Field, value: str) -> tuple[str, str] | None:
    if field.pattern:
        right = bool(re.fullmatch(field.pattern, value))
        return _format_fault(field, value, right=right, wanted=f"of the form {field.pattern}")
    return _format_fault(field, value, right=len(value) <= field.width, wanted=f"at most {field.width} characters")


def _tn(field: Field, value: str) -> tuple[str, str] | None:
    return _format_fault(field, value, right=is_tn(value), wanted="a ten-digit North American number")


def _stamp(form: str) -> Callable[[Field, str], tuple[str, str] | None]:
    def fault(field: Field, value: str) -> tuple[str, str] | None:
        badly_written = _digits(field, value)
        if badly_written or is_possible(value, form):
            return badly_written
        return "R109", f"{field.name} {value} is no possible time"

    return fault


_FAULTS: Mapping[str, Callable[[Field, str], tuple[str, str] | None]] = {
    "n": _digits,
    "an": _text,
    "tn": _tn,
    "ts14": _stamp(TS14),
    "day8": _stamp(DAY8),
}

SPID = r"[0-9A-Z]{4}"


def number(name: str, width: int, needed: Callable[[Values], bool] = _always) -> Field:
    """A field of exactly `width` digits."""
    return Field(name, "n", width, needed)


def text(name: str, width: int, needed: Callable[[Values], bool] = _always) -> Field:
    """A field of up to `width` characters."""
    return Field(name, "an", width, needed)


def stamp(name: str, needed: Callable[[Values], bool] = _always) -> Field:
    """A UTC time of 14 digits."""
    return Field(name, "ts14", 14, needed)


def coded(name: str, *codes: str, needed: Callable[[Values], bool] = _always) -> Field:
    """A field whose values are a closed list."""
    return Field(name, "an", max(map(len, codes)), needed, codes)


def formed(name: str, pattern: str, width: int, needed: Callable[[Values], bool] = _always) -> Field:
    """A text that a regular expression describes."""
    return Field(name, "an", width, needed, (), pattern)
