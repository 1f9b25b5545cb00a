"""Sample values by name: what the generator puts into a field, from a seeded source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from ringback.synthetic_partners.fields import TIMES, FieldSpec
from ringback.synthetic_partners.identifiers import MAKERS, digits, make_iccid, make_tn

# fmt: off
GIVEN = (
    "ANN", "BEN", "CARLA", "DIEGO", "ELSA", "FRED", "GRACE", "HUGO", "IRIS", "JONAS",
    "KATE", "LEO", "MIA", "NOAH", "OLGA", "PETE", "ROSA", "SAM", "TESS", "VERA",
)
FAMILY = (
    "ABBOTT", "BAKER", "CHEN", "DIAZ", "EVANS", "FISHER", "GREEN", "HILL",
    "IRWIN", "JONES", "KELLY", "LOPEZ", "MOORE", "NOLAN", "PATEL", "REED",
)
STREETS = ("MAIN ST", "OAK AVE", "ELM ST", "PARK RD", "RIVER ST", "SCHOOL ST", "CEDAR LN", "HIGH ST")
# fmt: on
PLACES = (
    ("CAMBRIDGE", "MA", "02139"),
    ("BOSTON", "MA", "02108"),
    ("HOBOKEN", "NJ", "07030"),
    ("AUSTIN", "TX", "78701"),
)


@dataclass(frozen=True, slots=True)
class Situation:
    """What a sample may depend on besides chance: the moment of the file and the record's place."""

    now: datetime
    place: int
    city: int = 0  # city, state and ZIP of one record belong together


Sample = Callable[[Random, Situation], str]


def _time(kind: str, days: int = 0) -> Sample:
    return lambda _, at: (at.now + timedelta(days=days)).strftime(TIMES[kind])


SAMPLES: Mapping[str, Sample] = {
    "now": _time("ts14"),
    "tomorrow": _time("ts14", 1),
    "today": _time("d8"),
    "today6": _time("d6"),
    "today_iso": lambda _, at: f"{at.now:%Y-%m-%d}",
    "hour": _time("t4"),
    "clock": lambda _, at: f"{at.now:%H%M%S}",
    "now_offset": lambda _, at: f"{at.now:%Y%m%d%H%M%S}+0000",
    "now_iso": lambda _, at: f"{at.now:%Y-%m-%dT%H:%M:%S}.000Z",
    "bulk_time": lambda _, at: at.now.strftime("%d-%m-%Y%H%M%S"),
    "sequence": lambda _, __: "1",
    "our_spid": lambda _, __: "9X01",
    "house_spid": lambda _, __: "CH01",
    "donor_spid": lambda rng, _: rng.choice(("8Y02", "7Z03")),
    "request_number": lambda rng, _: "9X01" + digits(rng, 12),
    "identifier": lambda rng, at: f"T{digits(rng, 8)}{at.place:04d}",
    "number": lambda rng, at: str(rng.randrange(1000, 9999)) + f"{at.place:05d}",
    "account": lambda rng, _: "00" + digits(rng, 8),
    "pin": lambda rng, _: digits(rng, 4),
    "first_name": lambda rng, _: rng.choice(GIVEN),
    "last_name": lambda rng, _: rng.choice(FAMILY),
    "full_name": lambda rng, _: f"{rng.choice(GIVEN)} {rng.choice(FAMILY)}",
    "house_number": lambda rng, _: str(rng.randrange(1, 400)),
    "street": lambda rng, _: rng.choice(STREETS),
    "street_name": lambda rng, _: rng.choice(STREETS).rpartition(" ")[0],
    "street_suffix": lambda rng, _: rng.choice(STREETS).rpartition(" ")[2],
    "surname_first": lambda rng, _: f"{rng.choice(FAMILY)}, {rng.choice(GIVEN)}",
    "range_low": lambda _, at: str(at.place * 100 + 1),
    "range_high": lambda _, at: str(at.place * 100 + 99),
    "fictitious_line": lambda _, at: f"555{(99 + at.place) % 10_000:04d}",
    "order_number": lambda rng, at: f"{digits(rng, 6)}{at.place % 10_000:04d}",
    "street_line": lambda rng, _: f"{rng.randrange(1, 400)} {rng.choice(STREETS).title()}",
    "zip4": lambda rng, _: digits(rng, 4),
    "delivery_point": lambda rng, _: digits(rng, 2),
    "latitude": lambda rng, _: f"{rng.randrange(30, 45)}.{digits(rng, 5)}",
    "longitude": lambda rng, _: f"-{rng.randrange(71, 100)}.{digits(rng, 5)}",
    "uuid": lambda rng, _: str(UUID(int=rng.getrandbits(128), version=4)),
    "msisdn": lambda rng, _: f"1{make_tn(rng)}",
    "record_number": lambda _, at: f"{at.place:010d}",
    "seconds": lambda rng, _: str(rng.randrange(1, 900)),
    "volume": lambda rng, _: str(rng.randrange(1_000, 100_000_000)),
    "few_cents": lambda rng, _: str(rng.randrange(400)),
    "email": lambda rng, at: f"{rng.choice(GIVEN)}.{at.place}@example.com".lower(),
    "ont_serial": lambda rng, _: f"ALCL{rng.getrandbits(32):08X}",
    "city": lambda _, at: PLACES[at.city][0],
    "state": lambda _, at: PLACES[at.city][1],
    "zip": lambda _, at: PLACES[at.city][2],
    "birth_date": lambda rng, _: f"{rng.randrange(1945, 2005)}{rng.randrange(1, 13):02d}{rng.randrange(1, 29):02d}",
    "bill_cents": lambda rng, _: str(rng.randrange(1_000, 30_000)),
    "billing_account": lambda rng, _: f"BA-{digits(rng, 6)}",
    "bank_account": lambda rng, _: digits(rng, rng.randrange(6, 13)),
    "trace": lambda _, at: f"{9_140_060 * 10**7 + at.place:015d}",
    "return_trace": lambda _, at: f"{23_138_010 * 10**7 + at.place:015d}",
    "cents": lambda rng, _: str(rng.randrange(10_000, 150_000)),
    "price": lambda rng, _: f"{rng.randrange(100, 999)}.00",
    "iccid_filled": lambda rng, _: f"{make_iccid(rng)}F",
    "hex32": lambda rng, _: "".join(rng.choice("0123456789ABCDEF") for _ in range(32)),
    "batch_number": lambda rng, at: f"{at.now:%Y%m}{digits(rng, 4)}",
    "sku": lambda rng, _: rng.choice(("PHX-128", "PHX-256")),
}


def sample(spec: FieldSpec, rng: Random, at: Situation) -> str:
    """A good value for a field: by its sample's name, its form, its codes, or its type alone."""
    if spec.sample:
        return SAMPLES[spec.sample](rng, at) if spec.sample in SAMPLES else spec.sample
    if spec.form:
        return MAKERS[spec.form](rng)
    if spec.codes:
        return rng.choice(spec.codes)
    if spec.kind.text in TIMES:
        return at.now.strftime(TIMES[spec.kind.text])
    return digits(rng, spec.kind.most) if spec.kind.numeric else _letters(spec, rng)


def _letters(spec: FieldSpec, rng: Random) -> str:
    return "".join(rng.choice("ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(max(spec.kind.least, 1)))
