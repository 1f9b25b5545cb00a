"""Pools of what people read: names, streets and towns, drawn once from Faker and then only looked up."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from ringback.synthetic_partners.bulk.data import AREA_CODES, CITIES

if TYPE_CHECKING:
    from faker import Faker

POOL = 3000  # values drawn with Faker's own weights: frequent names come up often, rare ones once
TOWNS = 1000
# As the post has them.
STREET_SUFFIXES = (
    "ST",
    "AVE",
    "RD",
    "DR",
    "LN",
    "CT",
    "PL",
    "BLVD",
    "WAY",
    "CIR",
    "TER",
    "PKWY",
)  # as the post has them
SUFFIX_WEIGHTS = (30, 18, 14, 12, 7, 5, 4, 3, 3, 2, 1, 1)
_IN_CITIES = 0.6  # the share of people who live in one of the big cities


@cache
def _faker() -> Faker:
    # Loading Faker takes 0.2 s: only for layouts that hold people.
    from faker import Faker

    return Faker("en_US")


def _drawn(what: str, count: int = POOL) -> tuple[str, ...]:
    faker = _faker()
    faker.seed_instance(what)
    draw = getattr(faker, what)
    return tuple(draw() for _ in range(count))


@cache
def first_names() -> tuple[str, ...]:
    """First names, as often as they are given."""
    return _drawn("first_name")


@cache
def last_names() -> tuple[str, ...]:
    """Family names, as often as they are borne."""
    return _drawn("last_name")


@cache
def full_names() -> tuple[str, ...]:
    """First and family name."""
    shift = POOL // 3  # no pair of the same draw
    return tuple(f"{first} {last}" for first, last in zip(first_names(), _rolled(last_names(), shift), strict=True))


@cache
def streets() -> tuple[str, ...]:
    """Names of streets."""
    return _drawn("street_name")


@cache
def street_names() -> tuple[str, ...]:
    """Names of streets without their suffix."""
    return tuple(street.rpartition(" ")[0] for street in streets())


@cache
def surnames_first() -> tuple[str, ...]:
    """Family and first name with a comma between them."""
    return tuple(f"{last}, {first}" for first, last in (name.split(" ", 1) for name in full_names()))


def _rolled(values: tuple[str, ...], by: int) -> tuple[str, ...]:
    return (*values[by:], *values[:by])


Place = tuple[str, str, int, int, tuple[str, ...], float]  # city, state, first ZIP, how many, area codes, weight


@cache
def places() -> tuple[Place, ...]:
    """Cities with their state, ZIP codes and area codes, and made-up towns of every state."""
    known = [
        (city, state, first, last - first + 1, codes, float(weight))
        for city, state, first, last, codes, weight in CITIES
    ]
    whole = sum(weight for *_, weight in known)
    share = whole / _IN_CITIES * (1 - _IN_CITIES) / TOWNS
    return (*known, *((*town, share) for town in _towns()))


def _towns() -> list[tuple[str, str, int, int, tuple[str, ...]]]:
    """Each town has one ZIP code of its state."""
    faker = _faker()
    faker.seed_instance("towns")
    states = tuple(AREA_CODES)
    made = []
    for place in range(TOWNS):
        state = states[place % len(states)]
        made.append((faker.city(), state, int(faker.zipcode_in_state(state)), 1, AREA_CODES[state]))
    return made


@cache
def area_codes() -> tuple[str, ...]:
    """Every area code that a place has."""
    return tuple(sorted({code for codes in AREA_CODES.values() for code in codes}))


def amounts(middle: float, spread: float, count: int = 2048) -> np.ndarray:
    """Whole amounts around a middle, few of them large: a pool from a log-normal distribution, always the same."""
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([count, int(middle)])))
    return np.rint(rng.lognormal(np.log(middle), spread, count)).astype(np.int64)
