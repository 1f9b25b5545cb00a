"""Columns of text as numbers and times: which format they have, and the arrays behind them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ringback.synthetic_partners.bulk.text import Text, digits_of, joined, matrix

Floats = NDArray[np.float64]
DAY = 86_400

FORMATS: tuple[str, ...] = (
    "%Y%m%d%H%M%S",
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S.%fZ",
    "%Y-%m-%dT%H:%M:%S%z",
    "%Y-%m-%dT%H:%M:%S.%f%z",
    "%Y%m%d",
    "%Y-%m-%d",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%Y%m%d%H%M",
    "%Y-%m-%d %H:%M",
    "%m/%d/%Y %H:%M",
    "%H:%M:%S",
    "%H%M",
    "%y%m%d",
)
ZONED: Mapping[str, str] = {"ts19": "%Y%m%d%H%M%S%z"}
KIND_FORMATS: Mapping[str, str] = {"ts14": "%Y%m%d%H%M%S", "d8": "%Y%m%d", "d6": "%y%m%d", "t4": "%H%M", **ZONED}
_GUESSED = frozenset(FORMATS) - {"%H%M", "%y%m%d", "%Y%m%d%H%M"}  # bare digits that could be anything
_RANGES = {"%Y": (1, 9999), "%m": (1, 12), "%d": (1, 31), "%H": (0, 23), "%M": (0, 59), "%S": (0, 59)}
_NUMBER_SIGNS = np.zeros(256, np.bool_)
_NUMBER_SIGNS[[0, *b"0123456789.-"]] = True


def has_date(shape: str) -> bool:
    """Whether a format says the day, not only the time of the day."""
    return "%d" in shape


def has_clock(shape: str) -> bool:
    """Whether a format says the time of the day."""
    return "%H" in shape


def are_numbers(texts: Text) -> bool:
    """Whether each text is a decimal number: digits, perhaps a minus sign and a point."""
    if not len(texts) or not _NUMBER_SIGNS[matrix(texts)].all():
        return False
    return not np.isnan(numbers(texts)).any()


def numbers(texts: Text) -> Floats:
    """The numbers that texts say; not a number where one says none."""
    try:
        return texts.astype(np.float64)
    except ValueError:
        distinct, places = np.unique(texts, return_inverse=True)
        return np.array([_number(text) for text in distinct])[places]


def _number(text: bytes) -> float:
    signs = text.replace(b".", b"", 1).removeprefix(b"-")
    return float(text) if signs.isdigit() else np.nan


def time_format(texts: Text) -> str:
    """The format in which (nearly) all of these texts are times, or nothing; plausible years only."""
    look = np.unique(texts[:: max(1, len(texts) // 300)])
    for shape in FORMATS:
        if shape not in _GUESSED:
            continue
        read = [_seconds(text, shape) for text in look]
        good = [one for one in read if one is not None and (not has_date(shape) or -2e9 < one < 4.2e9)]
        if len(good) >= 0.98 * len(look):
            return shape
    return ""


def seconds(texts: Text, shape: str) -> Floats:
    """Seconds since 1970 as the clock of the file says (a zone is not applied); not a number for what is no time."""
    places_of = _places(shape)
    if places_of and texts.dtype.itemsize >= places_of[-1][1]:
        return _read(texts, places_of)
    distinct, places = np.unique(texts, return_inverse=True)
    read = (_seconds(text, shape) for text in distinct)
    return np.array([np.nan if one is None else one for one in read], np.float64)[places]


@lru_cache
def _places(shape: str) -> tuple[tuple[int, int, str], ...]:
    """Where each part of a format stands, (start, end, part); none for formats whose parts vary in width."""
    found, start, rest = [], 0, shape
    while rest:
        part = rest[:2] if rest[0] == "%" else rest[0]
        size = 4 if part == "%Y" else len(part)
        if part in ("%z", "%f", "%y"):
            return ()
        found.append((start, start + size, part))
        start, rest = start + size, rest[len(part) :]
    return tuple(found)


def _read(texts: Text, places: tuple[tuple[int, int, str], ...]) -> Floats:
    """As strptime, a column at once."""
    signs = matrix(texts)
    good = np.ones(len(texts), np.bool_)
    parts: dict[str, NDArray[np.int64]] = {}
    for start, end, part in places:
        piece = signs[:, start:end]
        if len(part) == 1:
            good &= piece[:, 0] == ord(part)
            continue
        good &= ((piece >= ord("0")) & (piece <= ord("9"))).all(axis=1)
        parts[part] = (piece.astype(np.int64) - ord("0")) @ (10 ** np.arange(end - start - 1, -1, -1))
    if texts.dtype.itemsize > places[-1][1]:
        good &= signs[:, places[-1][1]] == 0
    for part, (least, most) in _RANGES.items():
        if part in parts:
            good &= (parts[part] >= least) & (parts[part] <= most)
    days = np.zeros(len(texts), np.int64)
    if "%Y" in parts:
        months = (parts["%Y"] - 1970) * 12 + parts["%m"] - 1
        days = np.where(good, months, 0).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
        days += parts["%d"] - 1
        same = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) == months
        good &= same  # no 31st of June
    clock = [parts.get(part, 0) * size for part, size in (("%H", 3600), ("%M", 60), ("%S", 1))]
    return np.where(good, days * DAY + sum(clock), np.nan)


@lru_cache(maxsize=200_000)
def _seconds(text: bytes, shape: str) -> float | None:
    try:
        said = datetime.strptime(text.decode("latin-1"), shape)  # noqa: DTZ007 - made UTC below
    except ValueError:
        return None
    if said.year == 1900 and "%Y" not in shape and "%y" not in shape:
        said = said.replace(year=1970)
    return said.replace(tzinfo=UTC).timestamp()


def written(moments: Floats, shape: str) -> Text:
    """Seconds since 1970 in a format, a column at once."""
    whole = np.floor(moments).astype(np.int64)
    days = whole.astype("datetime64[s]").astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    years = days.astype("datetime64[Y]").astype(np.int64) + 1970
    clock = whole % DAY
    parts: dict[str, Text] = {
        "%Y": digits_of(years, 4),
        "%y": digits_of(years % 100, 2),
        "%m": digits_of(months.astype(np.int64) % 12 + 1, 2),
        "%d": digits_of((days - months).astype(np.int64) + 1, 2),
        "%H": digits_of(clock // 3600, 2),
        "%M": digits_of(clock // 60 % 60, 2),
        "%S": digits_of(clock % 60, 2),
        "%z": np.full(len(whole), b"+0000"),
        "%f": np.full(len(whole), b"000"),
    }
    pieces: list[Text | bytes] = []
    rest = shape
    while rest:
        size = 2 if rest[0] == "%" else 1
        pieces.append(parts[rest[:2]] if size == 2 else rest[0].encode())
        rest = rest[size:]
    return joined(*pieces)
