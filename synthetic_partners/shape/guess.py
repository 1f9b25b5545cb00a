"""What a column of a file without a layout holds: its type, form, codes, and whether it is about a person."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from ringback.synthetic_partners.identifiers import FORMS
from ringback.synthetic_partners.shape.kinds import check_of
from ringback.synthetic_partners.shape.patterns import patterns

MOST_CODES = 30
SHORT = 6  # characters of what is a code in a field that has no title
FORM_CHECKS: Mapping[str, Sequence[str]] = {
    "luhn": ("imei", "iccid"),
    "aba": ("aba",),
    "mod97": ("eid",),
    "sscc": ("sscc",),
}
_NAME = re.compile(r"[A-Za-z_][\w .#/()-]{0,59}")
# What a title says about people, and the sample that the generator has for it.
PEOPLE: Sequence[tuple[str, str]] = (
    (r"e.?mail|clerk_mail", "email"),
    (r"first.?name|given.?name|vorname", "first_name"),
    (r"last.?name|family.?name|surname|nachname", "last_name"),
    (r"(customer|full|holder|contact|account|subscriber|user|person).?name|^name$", "full_name"),
    (r"street.?(nr|no|number)|house.?(nr|no|number)", "house_number"),
    (r"street|address|strasse", "street"),
    (r"phone|mobile|msisdn|^tel|^tn$|fax", ""),
    (r"birth|^dob$", ""),
    (r"imsi|iccid|account.?(no|nr|number)|iban|tax|ssn|passport|^pin$|password", ""),
)
_PATTERN_OF = {"9": r"\d", "A": "[A-Z]", "a": "[a-z]"}


@dataclass(frozen=True, slots=True)
class Guess:
    """One field as proposed."""

    name: str
    type: str
    required: bool = False
    codes: tuple[str, ...] = ()
    form: str = ""
    pattern: str = ""
    literal: str | None = None
    personal: bool = False
    sample: str = ""
    unique: bool = False
    room: int = 0


def quoted(text: str) -> str:
    """A text as YAML takes it, whatever is in it."""
    return json.dumps(text, ensure_ascii=False)


def name_like(text: str) -> bool:
    """Whether a cell could be the title of a column."""
    return bool(_NAME.fullmatch(text))


def field_entry(one: Guess, at: str) -> str:
    """The field as an entry of a layout."""
    if one.literal is not None:
        return f"{{name: {quoted(one.name)}, literal: {quoted(one.literal)}{f', at: {at}' if at else ''}}}"
    parts = [f"name: {quoted(one.name)}", f"type: {one.type}"]
    parts += [f"at: {at}"] if at else []
    parts += ["required: true"] if one.required else []
    parts += [f"form: {one.form}"] if one.form else []
    parts += [f"one_of: [{', '.join(map(quoted, one.codes))}]"] if one.codes else []
    parts += [f"pattern: {quoted(one.pattern)}"] if one.pattern else []
    parts += ["personal: true"] if one.personal else []
    parts += [f"sample: {one.sample}"] if one.sample else []
    return f"{{{', '.join(parts)}}}"


def guess(name: str, texts: Sequence[str], k: int, *, room: int = 0, titled: bool = True) -> Guess:
    """A field from its title and its values.

    Args:
        name: Its title, or a made-up one.
        texts: Its values, empty ones included.
        k: A code must be that of so many records to be told.
        room: Its width in a fixed record.
        titled: Whether the file names the field. If not, what may be a name or number of a person is held to be one.
    """
    filled = [text for text in texts if text]
    counts = Counter(filled)
    required = len(filled) == len(texts)
    is_fixed = room > 0
    if (
        len(counts) == 1
        and required
        and len(texts) >= k
        and len(filled[0]) <= 3
        and (not room or len(filled[0]) == room)
    ):
        return Guess(name, "", literal=filled[0], room=room)
    personal, sample = _about_people(name, filled)
    codes = () if personal else _codes(counts, k, len(filled), titled=titled)
    personal = personal or (not titled and not codes and _could_be_people(counts, len(filled)))
    form = _form(filled) if not codes else ""
    time = "" if codes or form else _time(filled)
    pattern = "" if codes or form or time or personal else _pattern(filled)
    kind = time or _type(filled, form, room)
    unique = required and len(counts) == len(filled) >= 20 and not time
    if is_fixed and time and len(filled[0]) != room:
        kind = _type(filled, form, room)
    return Guess(name, kind, required, codes, form, pattern, None, personal, sample, unique, room)


def _about_people(name: str, filled: Sequence[str]) -> tuple[bool, str]:
    title = name.lower()
    for pattern, sample in PEOPLE:
        if re.search(pattern, title):
            return True, sample
    mails = sum("@" in text for text in filled[:200])
    return (True, "email") if filled and mails > 0.9 * min(len(filled), 200) else (False, "")


def _could_be_people(counts: Counter[str], filled: int) -> bool:
    """Words, or long numbers that differ from record to record."""
    if not counts:
        return False
    words = sum(count for text, count in counts.items() if re.fullmatch(r"[^\W\d_][^\d_]{2,}", text))
    numbers = sum(count for text, count in counts.items() if re.fullmatch(r"\+?\d{9,}", text))
    return words > 0.5 * filled or (numbers > 0.5 * filled and len(counts) > 0.2 * filled)


def _codes(counts: Counter[str], k: int, filled: int, *, titled: bool) -> tuple[str, ...]:
    """The values, when they are few and each is frequent enough to be told."""
    few = 1 < len(counts) <= MOST_CODES and len(counts) * 5 <= filled
    if not few or min(counts.values()) < k or max(map(len, counts)) > (30 if titled else SHORT):
        return ()
    if all(_digits(text) and len(text) >= SHORT - 1 for text in counts):
        return ()  # ZIP codes and the like: the next file has others
    amounts = all(re.fullmatch(r"-?\d+(\.\d+)?", text) for text in counts) and len({len(text) for text in counts}) > 1
    return () if amounts else tuple(sorted(counts))


def _form(filled: Sequence[str]) -> str:
    """A form of the trade that all values have, when they have its check digit as well."""
    if len(filled) < 12:
        return ""
    check = check_of(np.array([text.encode("utf-8") for text in filled], np.bytes_))
    return next((form for form in FORM_CHECKS.get(check, ()) if not any(FORMS[form](text) for text in filled)), "")


def _time(filled: Sequence[str]) -> str:
    """ts14, d8 or an ISO time, when all values are real ones of this century."""
    for kind, shape, form in (("ts14", r"20\d{12}", "%Y%m%d%H%M%S"), ("d8", r"20\d{6}", "%Y%m%d")):
        if filled and all(re.fullmatch(shape, text) for text in filled) and _are_times(filled, form):
            return kind
    iso = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)")
    return "iso" if filled and all(map(iso.fullmatch, filled)) else ""


def _are_times(filled: Sequence[str], form: str) -> bool:
    try:
        return all(datetime.strptime(text, form) for text in filled)  # noqa: DTZ007 - only whether it is one
    except ValueError:
        return False


def _pattern(filled: Sequence[str]) -> str:
    """A regular expression, when all values have one of few patterns of the same length with signs in them."""
    if not filled or max(map(len, filled)) > 40 or not all(map(str.isascii, filled)):
        return ""
    found = sorted({one.decode() for one in patterns(np.array([text.encode() for text in filled], np.bytes_)).tolist()})
    if len(found) > 1 or found[0].isalpha() or found[0].isdigit():
        return ""
    return "".join(_runs(found[0]))


def _runs(pattern: str) -> list[str]:
    runs = []
    for found in re.finditer(r"(.)\1*", pattern):
        sign, count = found.group(1), len(found.group())
        one = _PATTERN_OF.get(sign, re.escape(sign))
        runs.append(one if count == 1 else f"{one}{{{count}}}")
    return runs


def _type(filled: Sequence[str], form: str, room: int) -> str:
    if room:
        return f"n{room}" if filled and all(_digits(text) and len(text) == room for text in filled) else f"an{room}"
    if not filled:
        return "an1-80"
    sizes = [len(text) for text in filled]
    least, most = min(sizes), max(sizes)
    if all(map(_digits, filled)):
        leading = any(text[0] == "0" and len(text) > 1 for text in filled)
        if least == most and (leading or most > 3 or form):
            return f"n{most}"
        return f"n1-{min(most + 2, 18)}" if not leading else f"n{least}-{most}"
    if all(re.fullmatch(r"-?\d+(\.\d+)?", text) for text in filled):
        return "dec"
    letter = "an" if all(map(str.isascii, filled)) else "u"
    return f"{letter}{most}-{most}" if least == most else f"{letter}1-{_roomy(most)}"


def _roomy(most: int) -> int:
    """A round width that leaves room for longer values than the sample has."""
    return next((width for width in (5, 10, 20, 30, 40, 60, 80, 120, 160, 255) if width >= most * 1.2), 400)


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
