"""Codes, numbers, identifiers and people's data by a profile, a column at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ringback.synthetic_partners.bulk.checks import aba, luhn, mod97, sscc
from ringback.synthetic_partners.bulk.columns import Chunk, Column
from ringback.synthetic_partners.bulk.text import Text, digits_of, lengths, matrix, text_of
from ringback.synthetic_partners.shape.patterns import loosened, patterns
from ringback.synthetic_partners.shape.profile import FieldProfile, Tally
from ringback.synthetic_partners.shape.values import Floats

Rng = np.random.Generator
Tallies = Mapping[str, Tally]
Rows = NDArray[np.intp]
CHECKED = {"luhn": (luhn, 1), "aba": (aba, 1), "sscc": (sscc, 1), "mod97": (mod97, 2)}
CONSONANTS, VOWELS = b"BCDFGHJKLMNPRSTVWXZ", b"AEIOU"


def labels_drawn(rng: Rng, rows: int, tally: Tally) -> Rows:
    """The place of a label for each row, as often as the tally says; rare ones (other) are left out."""
    reached = np.cumsum(np.array(tally.counts, np.float64))
    if not reached[-1]:  # nothing was counted: all alike
        return rng.integers(0, len(reached), rows)
    places = np.searchsorted(reached / reached[-1], rng.random(rows), side="right")
    return np.minimum(places, len(tally.counts) - 1)


def numbers_drawn(rng: Rng, rows: int, tally: Tally) -> Floats:
    """Numbers by a histogram; within a bin that spans decades they are spread evenly over the decades."""
    places = labels_drawn(rng, rows, tally)
    edges = np.array(tally.edges)
    low, high = edges[places], edges[places + 1]
    share = rng.random(rows)
    wide = (low > 0) & (high > 4 * low)
    with np.errstate(divide="ignore", invalid="ignore"):
        by_decades = low * np.power(np.where(wide, high / low, 1.0), share)
    return np.where(wide, by_decades, low + share * (high - low))


def _encoded(tally: Tally) -> Text:
    return np.array([label.encode() for label in tally.labels] or [b""], np.bytes_)


def draw_codes(rng: Rng, rows: int, tallies: Tallies, whole: Tallies) -> Text:
    """Codes that are frequent enough to be known; a case without any goes by the whole field."""
    value = tallies.get("value")
    if value is None or not value.counts:
        value = whole.get("value")
    if value is None or not value.counts:
        return _by_patterns(rng, rows, whole.get("drawn") or whole.get("pattern"))
    return _encoded(value)[labels_drawn(rng, rows, value)]


def draw_numbers(field: FieldProfile, rng: Rng, rows: int, tallies: Tallies, whole: Tallies) -> Text:
    """Frequent numbers as they are, the others by the histogram; a case with too few others has those of all cases."""
    value, number = tallies.get("value"), tallies.get("number")
    if number is None and value is not None and value.other:
        number = whole.get("number")
    if number is None or not number.counts:
        return draw_codes(rng, rows, tallies, tallies)
    drawn = numbers_drawn(rng, rows, number)
    step = 10.0**-field.decimals
    texts = _number_texts(np.clip(np.floor(drawn / step + 1e-9) * step, number.edges[0], number.edges[-1]), field)
    if value is None or not value.counts:
        return texts
    often = rng.random(rows) < sum(value.counts) / max(value.total, 1)
    codes = _encoded(value)[labels_drawn(rng, rows, value)]
    return np.where(often, codes, texts)


def _number_texts(values: Floats, field: FieldProfile) -> Text:
    if field.decimals:
        return np.char.mod(f"%.{field.decimals}f", values).astype(np.bytes_)
    whole = np.round(values).astype(np.int64)
    return digits_of(whole, field.width) if field.width and (whole >= 0).all() else whole.astype(np.bytes_)


def is_key(field: FieldProfile) -> bool:
    """Whether the values of a field hardly ever come again in a file."""
    repeats = field.tally("repeats")
    return repeats is not None and repeats.total >= 20 and repeats.counts[1] <= 0.001 * repeats.total


def draw_identifiers(
    field: FieldProfile, rng: Rng, place: tuple[Chunk, Rows], tallies: Tallies, whole: Tallies
) -> Text:
    """Numbers of things and texts: a pattern, a known beginning, chance or the row's own number, the check digit."""
    chunk, rows_ = place
    rows = len(rows_)
    texts = _by_patterns(rng, rows, tallies.get("drawn") or whole.get("drawn"), spoken=field.kind == "text")
    start = tallies.get("start")
    if field.kind == "running":
        return _numbered(texts, chunk.numbers()[rows_], 0, 18)
    if is_key(field):
        texts = _apart(field, texts, chunk, rows_, start or whole.get("start"))
    if start and start.counts:
        texts = _begun(texts, _encoded(start)[labels_drawn(rng, rows, start)])
    if field.check:
        texts = _checked(texts, field.check)
    value = tallies.get("value")
    if value is None or not value.counts:
        return texts
    often = rng.random(rows) < sum(value.counts) / max(value.total, 1)
    return np.where(often, _encoded(value)[labels_drawn(rng, rows, value)], texts)


def _apart(field: FieldProfile, texts: Text, chunk: Chunk, rows: Rows, start: Tally | None) -> Text:
    """The texts with a number of their own in their last digits, where there is room for one per row of the file."""
    digits = (matrix(texts) >= ord("0")) & (matrix(texts) <= ord("9"))
    begun = max((len(label) for label in start.labels), default=0) if start else 0
    checked = CHECKED[field.check][1] if field.check else 0
    free = int(digits[:, begun:].sum(axis=1).min()) - checked if len(texts) else 0
    if free < 4 or chunk.total > 10 ** min(free, 18):
        return texts
    own = chunk.unique(10 ** min(free, 18), salt=crc32(field.name.encode()))[rows]
    return _numbered(texts, own, checked, free)


def _numbered(texts: Text, own: NDArray[np.int64], checked: int, room: int) -> Text:
    """The texts with these numbers in their last `room` digits, before so many check digits."""
    signs = matrix(texts).copy()
    is_digit = (signs >= ord("0")) & (signs <= ord("9"))
    behind = np.cumsum(is_digit[:, ::-1], axis=1)[:, ::-1] - 1 - checked  # digits to the right of each place
    numbers = matrix(digits_of(own, 18))
    used = is_digit & (behind >= 0) & (behind < min(room, 18))
    at = np.where(used, 17 - behind, 0)
    return text_of(np.where(used, np.take_along_axis(numbers, at, axis=1), signs))


def _by_patterns(rng: Rng, rows: int, tally: Tally | None, *, spoken: bool = False) -> Text:
    """Texts of these patterns: random digits; consonants for letters (so that no word comes about), or syllables."""
    if tally is None or not tally.counts:
        return np.zeros(rows, "S1")
    shapes = np.array([label.encode("latin-1", "replace") for label in tally.labels], np.bytes_)
    return _filled(rng, shapes[labels_drawn(rng, rows, tally)], spoken=spoken)


def _filled(rng: Rng, shapes: Text, *, spoken: bool) -> Text:
    signs = matrix(shapes)
    digits = rng.integers(48, 58, signs.shape, dtype=np.uint8)
    letters = np.frombuffer(CONSONANTS, np.uint8)[rng.integers(0, len(CONSONANTS), signs.shape)]
    if spoken:
        vowels = np.frombuffer(VOWELS, np.uint8)[rng.integers(0, len(VOWELS), signs.shape)]
        letters = np.where(np.arange(signs.shape[1]) % 2 == 1, vowels, letters)
    made = np.where(signs == ord("9"), digits, signs)
    made = np.where(signs == ord("A"), letters, made)
    return text_of(np.where(signs == ord("a"), letters + np.uint8(32), made))


def _begun(texts: Text, starts: Text) -> Text:
    """The texts with these beginnings."""
    bytes_, first = matrix(texts).copy(), matrix(starts)
    width = min(first.shape[1], bytes_.shape[1])
    known = (first[:, :width] != 0) & (bytes_[:, :width] != 0)
    bytes_[:, :width] = np.where(known, first[:, :width], bytes_[:, :width])
    return text_of(bytes_)


def _checked(texts: Text, name: str) -> Text:
    """The texts with the right check digits, whatever their lengths."""
    check, size = CHECKED[name]
    sizes = lengths(texts)
    found = texts.copy()
    for length in np.unique(sizes[sizes > size]).tolist():
        here = sizes == length
        payload = texts[here].astype(f"S{length - size}")
        found[here] = np.strings.add(payload, check(payload))
    return found


@dataclass(slots=True)
class People:
    """Names, addresses and numbers from the generator's own pools, with the lengths and capitals of the profile."""

    base: Column

    def draw(self, rng: Rng, chunk: Chunk, rows: Rows, tallies: Tallies) -> Text:
        """Values for these rows; those with the lengths that the profile has, as far as the pool has such."""
        drawn = tallies.get("drawn")
        choose = drawn is not None and bool(drawn.counts) and not self.base.after
        part = Chunk(
            len(rows) * (2 if choose else 1),
            1,
            chunk.now,
            {name: texts[rows] for name, texts in chunk.drawn.items() if len(texts) == chunk.rows},
            total=max(chunk.total, 2 * len(rows)),
            header=chunk.header,
            seed=chunk.seed,
        )
        texts = _in_case(self.base.draw(rng, part), tallies)
        return _of_lengths(rng, texts, len(rows), drawn) if choose and drawn else texts


def _in_case(texts: Text, tallies: Tallies) -> Text:
    """Capitals where the profile knows no small letter."""
    drawn = tallies.get("drawn")
    small = drawn is not None and any("a" in label for label in drawn.labels)
    return texts if small or drawn is None or not drawn.labels else np.strings.upper(texts)


def _of_lengths(rng: Rng, pool: Text, rows: int, drawn: Tally) -> Text:
    """Texts of a pool so that patterns and lengths come as often as in the profile; made up where the pool has none."""
    wanted = np.array([label.encode("latin-1", "replace") for label in drawn.labels], np.bytes_)
    places = labels_drawn(rng, rows, drawn)
    aims, have = _kinds(patterns(wanted))[places], _kinds(patterns(pool))
    order = np.argsort(have, kind="stable")
    low = np.searchsorted(have[order], aims, side="left")
    high = np.searchsorted(have[order], aims, side="right")
    there = high > low
    turn = low + _turns(aims) % np.maximum(high - low, 1)  # one after the other: none twice while there are others
    chosen = pool[order[np.minimum(turn, len(pool) - 1)]]
    return chosen if there.all() else np.where(there, chosen, _filled(rng, wanted[places], spoken=True))


def _turns(aims: Text) -> NDArray[np.intp]:
    """How many equal ones stand before each of these."""
    order = np.argsort(aims, kind="stable")
    first = np.searchsorted(aims[order], aims[order], side="left")
    turns = np.empty(len(aims), np.intp)
    turns[order] = np.arange(len(aims)) - first
    return turns


def _kinds(found: Text) -> Text:
    """Length and joined pattern of each text, as one key."""
    return np.strings.add(np.strings.add(np.strings.str_len(found).astype("S4"), b" "), loosened(found))
