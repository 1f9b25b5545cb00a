"""What the generator puts into a field: the column of its sample's name, its form, its codes, or its type alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from ringback.synthetic_partners.bulk import people
from ringback.synthetic_partners.bulk.columns import Choice, Chunk, Column, Constant, Digits
from ringback.synthetic_partners.bulk.forms import IDENTIFIERS, Identifier, form_column, form_room
from ringback.synthetic_partners.bulk.patterned import Patterned, pattern_room, places_of
from ringback.synthetic_partners.bulk.places import PlaceName, Telephone, Zip
from ringback.synthetic_partners.bulk.recent import QUARTER_HOUR_S, Around, Birthday, MomentText
from ringback.synthetic_partners.bulk.serials import Behind, Counted, Hex, OfTheMonth, SomeDigits, Uuid
from ringback.synthetic_partners.bulk.text import MOST_DIGITS, Text, encoded, plain_numbers
from ringback.synthetic_partners.fields import OFFSET_TIMES, TIMES, FieldSpec

LETTERS = b"ABCDEFGHJKLMNPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a column is wanted for."""

    spec: FieldSpec
    distinct: bool = False  # no two rows of a file may be alike
    exact: bool = False  # of a header: the file's own moment
    upper: bool = False
    encoding: str = "ascii"

    @property
    def kind(self) -> str:
        """The way a time is written."""
        return self.spec.kind.text if self.spec.kind.text in TIMES or self.spec.kind.text in OFFSET_TIMES else "ts14"


Make = Callable[[Wanted], Column]


@dataclass(frozen=True, slots=True)
class Number:
    """Numbers of so many digits without zeros in front, each of them once in a file."""

    digits: int
    after: tuple[str, ...] = ()

    def draw(self, rng: np.random.Generator, chunk: Chunk) -> Text:
        """Numbers."""
        least = 10 ** (self.digits - 1)
        return plain_numbers(least + chunk.unique(9 * least))


@dataclass(frozen=True, slots=True)
class Letters:
    """So many random capitals."""

    count: int
    after: tuple[str, ...] = ()

    def draw(self, rng: np.random.Generator, chunk: Chunk) -> Text:
        """Capitals."""
        places = rng.integers(0, len(LETTERS), (chunk.rows, self.count), dtype=np.uint8)
        return np.frombuffer(LETTERS, np.uint8).take(places).view(f"S{self.count}").reshape(chunk.rows)


def _words(pool: Callable[[], Sequence[str]]) -> Make:
    """Values of a pool, as long as the field allows and in its case."""

    def make(wanted: Wanted) -> Column:
        texts = [text[: wanted.spec.kind.most].rstrip() for text in pool()]
        return Choice(encoded([text.upper() for text in texts] if wanted.upper else texts, wanted.encoding))

    return make


def _place(part: int) -> Make:
    return lambda wanted: PlaceName(part, wanted.spec.kind.most, wanted.upper, wanted.encoding)


def _around(days: int, spread_s: int) -> Make:
    return lambda wanted: Around(wanted.kind, days, 1 if wanted.exact else spread_s)


def _amount(middle: float, spread: float, shape: str) -> Make:
    def make(wanted: Wanted) -> Column:
        return Choice([shape.format(number)[: wanted.spec.kind.most] for number in people.amounts(middle, spread)])

    return make


def _serial(prefix: str, digits: int) -> Make:
    def make(wanted: Wanted) -> Column:
        return Identifier(prefix, min(digits, wanted.spec.kind.most - len(prefix)), distinct=wanted.distinct)

    return make


def _plain(column: Callable[[], Column]) -> Make:
    return lambda _: column()


def _time(kind: str, spread_s: int = QUARTER_HOUR_S) -> Make:
    """Times written in a way of their own."""
    return lambda wanted: Around(kind, 0, 1 if wanted.exact else spread_s)


def _filled_iccid(wanted: Wanted) -> Column:
    return Behind((Identifier(*IDENTIFIERS["iccid"], distinct=wanted.distinct), "F"))


def _email(wanted: Wanted) -> Column:
    names = Choice(encoded([name.lower() for name in people.first_names()], wanted.encoding))
    return Behind((names, ".", Counted(lambda row: row), "@example.com"))


def _street_line(wanted: Wanted) -> Column:
    return Behind((_amount(400, 1.5, "{}")(wanted), " ", _words(people.streets)(wanted)))


_SAMPLES: Mapping[str, Make] = {
    "now": _around(0, QUARTER_HOUR_S),
    "now_offset": _time("ts19"),
    "now_iso": _time("iso_ms"),
    "hour": _time("t4", 1),
    "today_iso": _time("iso_day", 1),
    "clock": _time("time", 1),
    "today6": _time("d6", 1),
    "bulk_time": _plain(MomentText),
    "sequence": _plain(partial(Constant, "1")),
    "uuid": _plain(Uuid),
    "hex32": _plain(partial(Hex, "", 16)),
    "ont_serial": _plain(partial(Hex, "ALCL", 4)),
    "msisdn": _plain(partial(Behind, ("1", Telephone()))),
    "record_number": _plain(partial(Counted, lambda row: row, 10)),
    "range_low": _plain(partial(Counted, lambda row: row * 100 + 1)),
    "range_high": _plain(partial(Counted, lambda row: row * 100 + 99)),
    "fictitious_line": _plain(partial(Counted, lambda row: 5_550_099 + row, 7)),
    "order_number": _plain(partial(Behind, (Digits("", 6), Counted(lambda row: row % 10_000, 4)))),
    "trace": _plain(partial(Counted, lambda row: 9_140_060 * 10**7 + row, 15)),
    "return_trace": _plain(partial(Counted, lambda row: 23_138_010 * 10**7 + row, 15)),
    "batch_number": _plain(partial(OfTheMonth, 4)),
    "billing_account": _plain(partial(Digits, "BA-", 6)),
    "bank_account": _plain(partial(SomeDigits, 6, 12)),
    "iccid_filled": _filled_iccid,
    "email": _email,
    "street_line": _street_line,
    "street_name": _words(people.street_names),
    "street_suffix": _plain(partial(Choice, people.STREET_SUFFIXES, people.SUFFIX_WEIGHTS)),
    "surname_first": _words(people.surnames_first),
    "zip4": _plain(partial(Digits, "", 4)),
    "delivery_point": _plain(partial(Digits, "", 2)),
    "latitude": _plain(partial(Behind, (Choice([str(degree) for degree in range(30, 45)]), ".", Digits("", 5)))),
    "longitude": _plain(partial(Behind, (Choice([str(-degree) for degree in range(71, 100)]), ".", Digits("", 5)))),
    "seconds": _amount(90, 1.1, "{}"),
    "volume": _amount(5_000_000, 1.5, "{}"),
    "few_cents": _amount(40, 0.8, "{}"),
    "bill_cents": _amount(6_500, 0.6, "{}"),
    "tomorrow": _around(1, 36_000),
    "today": _plain(partial(Around, "d8", 0, 1)),
    "our_spid": _plain(partial(Constant, "9X01")),
    "house_spid": _plain(partial(Constant, "CH01")),
    "donor_spid": _plain(partial(Choice, ["8Y02", "7Z03"], [70, 30])),
    "request_number": _serial("9X01", 12),
    "identifier": _serial("T", 12),
    "number": lambda wanted: Number(min(wanted.spec.kind.most, 10)),
    "account": _serial("00", 8),
    "pin": _plain(partial(Digits, "", 4)),
    "first_name": _words(people.first_names),
    "last_name": _words(people.last_names),
    "full_name": _words(people.full_names),
    "house_number": _amount(400, 1.5, "{}"),
    "street": _words(people.streets),
    "city": _place(0),
    "state": _place(1),
    "zip": _plain(Zip),
    "birth_date": lambda wanted: Birthday(wanted.kind if wanted.kind != "ts14" else "d8"),
    "cents": _amount(60_000, 0.5, "{}"),
    "price": _amount(600, 0.4, "{}.00"),
    "sku": _plain(partial(Choice, ["PHX-128", "PHX-256"], [65, 35])),
}


def default_column(wanted: Wanted) -> Column:
    """The column of a field that no profile gives."""
    spec = wanted.spec
    if spec.weights:
        return Choice(
            encoded([value for value, _ in spec.weights], wanted.encoding), [share for _, share in spec.weights]
        )
    if spec.sample in _SAMPLES:
        return _SAMPLES[spec.sample](wanted)
    if spec.sample:
        return Constant(spec.sample)
    if spec.form:
        return form_column(spec.form, distinct=wanted.distinct)
    places = places_of(spec.pattern) if spec.pattern and not spec.codes else None
    return Patterned(places, distinct=wanted.distinct) if places else _by_type(wanted)


def good_text(wanted: Wanted, rng: np.random.Generator, chunk: Chunk) -> str:
    """One good value, for a chunk of one row; numbers have their zeros in front."""
    text = bytes(default_column(wanted).draw(rng, chunk)[0]).decode(wanted.encoding)
    return text.zfill(wanted.spec.kind.least) if wanted.spec.kind.numeric and text else text


def _by_type(wanted: Wanted) -> Column:
    spec = wanted.spec
    if spec.codes:
        return Choice(encoded(spec.codes, wanted.encoding), [1 / place for place in range(1, len(spec.codes) + 1)])
    if spec.kind.text in TIMES or spec.kind.text in OFFSET_TIMES:
        return Around(spec.kind.text, 0, 1 if wanted.exact else QUARTER_HOUR_S)
    if spec.kind.numeric or wanted.distinct:
        return Identifier("", min(spec.kind.most, 2 * MOST_DIGITS), distinct=wanted.distinct)
    if spec.kind.alphabet == "dec":
        return Choice([f"{number}.00" for number in people.amounts(60, 0.6)])
    return Letters(max(spec.kind.least, 1))


_ROOM: Mapping[str, Callable[[int], int]] = {
    "request_number": lambda most: 10 ** min(12, most - 4),
    "identifier": lambda most: 10 ** min(12, most - 1),
    "number": lambda most: 9 * 10 ** (min(most, 10) - 1),
    "account": lambda most: 10 ** min(8, most - 2),
    "iccid_filled": lambda _: 10**12,
    **dict.fromkeys(("uuid", "record_number", "range_low", "range_high", "trace", "return_trace"), lambda _: 10**18),
}


def room(spec: FieldSpec) -> int:
    """How many different values the generator has for a field; 0 when it does not keep them apart."""
    if spec.literal is not None or spec.computed or spec.codes or spec.weights:
        return 0
    if spec.pattern and not spec.sample:
        return pattern_room(spec.pattern)
    if spec.sample:
        return _ROOM[spec.sample](spec.kind.most) if spec.sample in _ROOM else 0
    if spec.form:
        return form_room(spec.form)
    counted = spec.kind.text not in TIMES and spec.kind.alphabet in ("n", "an", "u")
    return int(10 ** min(spec.kind.most, MOST_DIGITS)) if counted else 0
