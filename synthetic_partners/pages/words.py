"""What the parts of a layout are called on a page: types, forms, conditions, computed values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape

from ringback.synthetic_partners.fields import Computed, FieldSpec, Kind, When

NOTHING = ""
_UNITS = {"n": "digit", "a": "letter", "an": "character", "u": "character"}
_TIMES: Mapping[str, str] = {
    "ts14": "`YYYYMMDDHHMMSS`",
    "d8": "`YYYYMMDD`",
    "d6": "`YYMMDD`",
    "t4": "`HHMM`",
    "ts19": "`YYYYMMDDHHMMSS+hhmm`",
    "iso": "ISO 8601 with offset",
    "dec": "decimal number",
}
FORMS: Mapping[str, str] = {
    "tn": "North American number: NPA `[2-9][0-8]x`, NXX `[2-9]xx`, neither of them N11",
    "lrn": "routing number, written as a North American number",
    "spid": "provider, 4 of `0-9A-Z`",
    "iccid": "ICCID: `89`, 19 or 20 digits, the last by Luhn; a filler `F` may follow",
    "imei": "IMEI: TAC 8, serial 6, the last digit by Luhn",
    "imsi": "IMSI: 15 digits",
    "eid": "EID: 32 digits, the last two by ISO 7064 MOD 97-10",
    "aba": "routing number: 9 digits, the last by weights 3 7 1",
    "bank": "a blank and a routing number (check digit by weights 3 7 1)",
    "sscc": "SSCC: 18 digits, the last by weights 3 and 1 (GS1)",
    "dpc": "point code: three times 000-255",
}


def type_words(kind: Kind) -> str:
    """A field's type."""
    if kind.text in _TIMES:
        return _TIMES[kind.text]
    return f"{_sized(kind)} of any script" if kind.alphabet == "u" else _sized(kind)


def _sized(kind: Kind) -> str:
    unit = _UNITS.get(kind.alphabet, "character")
    if kind.least == kind.most:
        return _counted(kind.most, unit)
    if kind.alphabet == "n" or kind.least > 1:
        return f"{kind.least} to {_counted(kind.most, unit)}"
    return f"up to {_counted(kind.most, unit)}"


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def when_words(when: When) -> str:
    """A condition on another field."""
    values = " or ".join(f"`{value}`" if value else "empty" for value in when.values)
    return f"`{when.field}` is {values}"


def must_words(spec: FieldSpec) -> str:
    """When a field must have a value."""
    if spec.required_when:
        return f"when {when_words(spec.required_when)}"
    if spec.required_unless:
        return f"unless {when_words(spec.required_unless)}"
    return "yes" if spec.required else NOTHING


def _fields(rule: Computed) -> str:
    return " + ".join(f"`{name}`" for name in rule.fields)


def _sum(rule: Computed) -> str:
    of = f" of the records where {when_words(rule.only)}" if rule.only else ""
    return f"the sum of {_fields(rule)}{of}"


_COUNTED = {"batch": "batches", "block": "blocks"}

COMPUTED: Mapping[str, Callable[[Computed], str]] = {
    "line": lambda _: "counts the records from 1",
    "count": lambda rule: f"the number of {_COUNTED.get(rule.of, f'`{rule.of}`' if rule.of else 'records')}",
    "sum": _sum,
    "hash": lambda rule: f"the sum of the digits of {_fields(rule)}, its last digits where there is not room for all",
    "earliest": lambda rule: f"the earliest {_fields(rule)}, as its record writes it",
    "latest": lambda rule: f"the latest {_fields(rule)}, as its record writes it",
    "header": lambda rule: f"the header's `{rule.of}`",
    "short_day": lambda rule: f"the day of `{rule.of}` as `MMDDYY`",
    "hl": lambda _: "counts the levels from 1",
    "hl_parent": lambda _: "the number of the level above",
    "same": lambda rule: f"the same as `{rule.of}`",
    "batch": lambda rule: f"the batch's `{rule.of}`",
    "batch_number": lambda _: "counts the batches from 1",
    "addenda": lambda _: "`1` when addenda follow, else `0`",
    "first": lambda rule: f"the first `{rule.of}`",
}


def value_words(spec: FieldSpec) -> str:
    """What a field may hold: its meaning, codes, form, or how it follows from the others."""
    said = [spec.says] if spec.says else []
    if spec.literal is not None:
        said.append(f"always `{spec.literal}`")
    if spec.codes:
        said.append(_codes(spec))
    if spec.form:
        said.append(FORMS.get(spec.form, spec.form))
    if spec.pattern and not spec.codes:
        said.append(_pattern(spec.pattern))
    if spec.computed:
        said.append(COMPUTED[spec.computed.what](spec.computed))
    if spec.json != "text":
        said.append(f"a JSON {spec.json}")
    return "; ".join(said)


def _pattern(pattern: str) -> str:
    """A regular expression in a table: a bar would end the cell, and brackets before a parenthesis look like a link."""
    if "|" not in pattern and "](" not in pattern:
        return f"`{pattern}`"
    return f"<code>{escape(pattern).replace('|', '&#124;').replace('](', ']&#40;')}</code>"


def _codes(spec: FieldSpec) -> str:
    if spec.meanings:
        return ", ".join(f"`{code}` {meaning}" for code, meaning in zip(spec.codes, spec.meanings, strict=True))
    if len(spec.codes) > 20:
        return f"`{spec.codes[0]}` ... `{spec.codes[-1]}` ({len(spec.codes)} codes)"
    return ", ".join(f"`{code}`" for code in spec.codes)


def marks(spec: FieldSpec) -> str:
    """Whether a value is of a person, and whether messages show it."""
    return "secret" if spec.secret else "personal" if spec.personal else NOTHING
