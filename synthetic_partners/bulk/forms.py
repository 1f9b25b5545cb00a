"""Columns of the trade's identifiers, check digits included."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ringback.synthetic_partners.bulk import checks
from ringback.synthetic_partners.bulk.columns import Choice, Chunk, Column
from ringback.synthetic_partners.bulk.places import DistinctTelephone, Telephone
from ringback.synthetic_partners.bulk.serials import Behind
from ringback.synthetic_partners.bulk.text import (
    MOST_DIGITS,
    Text,
    digits_of,
    encoded,
    joined,
    random_digits,
)


@dataclass(frozen=True, slots=True)
class Identifier:
    """A prefix, digits, and the check digits that follow from both; `distinct`: no two rows of a file alike."""

    prefix: str
    digits: int
    check: Callable[[Text], Text] | None = None
    distinct: bool = False
    after: tuple[str, ...] = ()

    def draw(self, rng: np.random.Generator, chunk: Chunk) -> Text:
        """Whole identifiers."""
        counted = min(self.digits, MOST_DIGITS) if self.distinct else 0
        parts: list[Text | bytes] = [self.prefix.encode()] if self.prefix else []
        if self.digits > counted:
            parts.append(random_digits(rng, chunk.rows, self.digits - counted))
        if counted:
            parts.append(digits_of(chunk.unique(10**counted), counted))
        payload = joined(*parts)
        return joined(payload, self.check(payload)) if self.check else payload


@dataclass(frozen=True, slots=True)
class Octets:
    """Groups of three digits from 000 to 255: a point code."""

    count: int
    after: tuple[str, ...] = ()

    def draw(self, rng: np.random.Generator, chunk: Chunk) -> Text:
        """The groups, one behind the other."""
        drawn = rng.integers(0, 256, (chunk.rows, self.count), dtype=np.uint8)
        return _OCTETS.take(drawn).view(f"S{3 * self.count}").reshape(chunk.rows)


_OCTETS = encoded([f"{number:03d}" for number in range(256)])


@dataclass(frozen=True, slots=True)
class ProviderId:
    """Four characters: digit, letter, two digits."""

    after: tuple[str, ...] = ()

    def draw(self, rng: np.random.Generator, chunk: Chunk) -> Text:
        """Provider ids."""
        letters = Choice(["A", "B", "C", "X", "Y", "Z"])
        return joined(random_digits(rng, chunk.rows, 1), letters.draw(rng, chunk), random_digits(rng, chunk.rows, 2))


def _switches() -> Column:
    """Location routing numbers: line 0000, so never a subscriber's."""
    return Choice([f"{code}5550000" for code in ("512", "617", "212", "312", "415", "702")], [40, 25, 15, 10, 6, 4])


IDENTIFIERS: Mapping[str, tuple[str, int, Callable[[Text], Text] | None]] = {
    "iccid": ("891410", 12, checks.luhn),
    "imei": ("35490100", 6, checks.luhn),
    "imsi": ("31026", 10, None),
    "eid": ("89049032", 22, checks.mod97),
    "aba": ("09", 6, checks.aba),
    "sscc": ("0", 16, checks.sscc),
}
_PLAIN: Mapping[str, Callable[[], Column]] = {
    "tn": Telephone,
    "lrn": _switches,
    "spid": ProviderId,
    "dpc": lambda: Octets(3),
    "bank": lambda: Behind((" ", Identifier(*IDENTIFIERS["aba"]))),
}


def form_column(form: str, *, distinct: bool) -> Column:
    """The column of an identifier."""
    if form in IDENTIFIERS:
        return Identifier(*IDENTIFIERS[form], distinct=distinct)
    if form == "tn" and distinct:
        return DistinctTelephone()
    return _PLAIN[form]()


def form_room(form: str) -> int:
    """How many different identifiers of a form there are; 0 when none can be told apart."""
    if form in IDENTIFIERS:
        return int(10 ** min(IDENTIFIERS[form][1], MOST_DIGITS))
    return 10**9 if form == "tn" else 0
