"""What may be wrong with one field, by its specification: each claim with texts that break it, and its code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ringback.synthetic_partners.bulk import samples
from ringback.synthetic_partners.bulk.columns import Chunk
from ringback.synthetic_partners.fields import OFFSET_TIMES, TIMES, FieldSpec
from ringback.synthetic_partners.generate import MOMENT
from ringback.synthetic_partners.identifiers import FORMS

_STRANGERS = {"n": "X", "a": "7", "dec": "x", "ts19": "x", "iso": "x"}
OTHERS = "0159AZQazq#~."


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that a layout says of a field: what it is, the code that a breach brings, and texts that break it."""

    what: str
    code: str
    texts: tuple[str, ...]


def good_text(spec: FieldSpec) -> str:
    """Some good value."""
    if spec.literal is not None:
        return spec.literal
    return samples.good_text(samples.Wanted(spec), np.random.default_rng(7), Chunk(1, 7, MOMENT, total=1))


def claims_of(spec: FieldSpec, good: str, *, padded: bool) -> Iterator[Claim]:
    """Every claim about a value that is there; `padded` says that a text cannot be longer than its field."""
    if spec.literal is not None:
        yield Claim("literal", "R102", (_shifted(spec.literal), "#" * len(spec.literal)))
        return
    if spec.codes:
        yield Claim("one_of", "R104", tuple(_unknown(spec)))
        return
    yield from _shape_claims(spec, good, padded=padded)
    if spec.kind.text in TIMES or spec.kind.text in OFFSET_TIMES:
        yield Claim("time", "R109", _impossible(spec.kind.text))
    if spec.form:
        yield from _form_claims(spec, good)


def _shape_claims(spec: FieldSpec, good: str, *, padded: bool) -> Iterator[Claim]:
    kind = spec.kind
    if kind.alphabet in _STRANGERS:
        yield Claim("type", "R102", (good[:-1] + _STRANGERS[kind.alphabet],))
    if kind.least > 1 and kind.alphabet not in ("dec", "iso", "ts19"):
        short = good[: kind.least - 1] if padded else good[1:][: kind.least - 1]
        yield Claim("least", "R102", (short.strip() or "1" * (kind.least - 1),))
    if not padded and kind.alphabet not in ("iso", "ts19"):
        filler = "1" if kind.alphabet in ("n", "dec") else "A"
        yield Claim("most", "R102", ((good or filler).ljust(kind.most + 1, filler),))
    if spec.pattern:
        yield Claim("pattern", "R102", tuple(_unlike(spec, good)))


def _form_claims(spec: FieldSpec, good: str) -> Iterator[Claim]:
    """Texts of the right shape that break the form; forms with a check digit claim two things."""
    found: dict[str, list[str]] = {}
    for text in _variants(good):
        flaw = FORMS[spec.form](text)
        if flaw and len(text) == len(good) and _fits_kind(spec, text):
            found.setdefault(flaw.code, []).append(text)
    for code in sorted(found) or ["R102"]:  # a type may leave nothing but the check digit to be wrong
        yield Claim(f"form {code}", code, tuple(found.get(code, ())))


def _variants(good: str) -> Iterator[str]:
    for place, old in enumerate(good):
        for other in OTHERS:
            if other != old:
                yield good[:place] + other + good[place + 1 :]
    yield from ("0" * len(good), "9" * len(good))


def _fits_kind(spec: FieldSpec, text: str) -> bool:
    plain = FieldSpec(spec.name, spec.kind)
    return plain.flaw(text) is None


def _unknown(spec: FieldSpec) -> Iterator[str]:
    width = len(spec.codes[0])
    letters = "9876543210" if spec.kind.numeric else "QXYWVKJGUH"
    yield from (letter * width for letter in letters if letter * width not in spec.codes)
    yield "X" * width  # where every digit is a code
    if width > 1:
        yield from (
            f"{spec.codes[0][:-1]}{letter}" for letter in letters if spec.codes[0][:-1] + letter not in spec.codes
        )


def _unlike(spec: FieldSpec, good: str) -> Iterator[str]:
    plain = FieldSpec(spec.name, spec.kind)
    for text in _variants(good):
        if text.strip() and not re.fullmatch(spec.pattern, text) and plain.flaw(text) is None:
            yield text


def _impossible(kind: str) -> tuple[str, ...]:
    return {
        "ts14": ("20260231120000", "20260115250000"),
        "d8": ("20260231",),
        "d6": ("260231",),
        "t4": ("2560",),
        "ts19": ("20260231120000+0000",),
        "iso": ("2026-02-31T12:00:00Z", "2026-02-31T12:00:00.000Z"),
    }[kind]


def _shifted(text: str) -> str:
    """Another text of the same length."""
    return "".join("B" if one != "B" else "C" for one in text)
