"""One way of making a feed file of activations, as a program: `feed_makers.py WAY ROWS FILE`; prints figures.

Every way writes the fields of `activations.layout.yaml`; the ways by row are what a tester would write by hand.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

from ringback.synthetic_partners.check_digits import luhn_digit
from ringback.synthetic_partners.generate import MOMENT
from ringback.synthetic_partners.layout import load_layout

LAYOUT = Path(__file__).with_name("activations.layout.yaml")
BLOCK = 10_000_000  # bytes of a plain write

Person = tuple[str, str, str, str, str, str, str]  # first and last name, house number, street, city, state, ZIP


def by_ringback(rows: int, file: Path, threads: int = 1) -> None:
    """The vectorised generator."""
    # What is measured against must not pay for loading it.
    from ringback.synthetic_partners.bulk.generate import generate

    layout = load_layout(LAYOUT.read_bytes(), LAYOUT.name)
    generate(layout, file, rows=rows, seed=1, threads=threads)


def by_row(rows: int, file: Path, people: Iterator[Person]) -> None:
    """One record after the other, with the names from a library of names."""
    rng = Random(1)
    total = 0
    with file.open("w", encoding="ascii", errors="replace") as out:
        out.write(f"H{MOMENT:%Y%m%d%H%M%S}".ljust(200) + "\n")
        for first, last, number, street, city, state, postcode in (next(people) for _ in range(rows)):
            sim = f"891410{rng.randrange(10**12):012d}"
            device = f"35490100{rng.randrange(10**6):06d}"
            tn = f"{rng.randrange(201, 989)}55501{rng.randrange(100):02d}"
            total += int(tn)
            activated = MOMENT - timedelta(seconds=rng.randrange(900))
            text = (
                f"D{sim}{luhn_digit(sim)}{device}{luhn_digit(device)}{tn}{first[:20]:20}{last[:25]:25}{number[:8]:8}"
                f"{street[:35]:35}{city[:30]:30}{state}{postcode[:5]}{activated:%Y%m%d%H%M%S}{rng.choice('APSC')}"
            )
            out.write(text.upper().ljust(200) + "\n")
        out.write(f"T{rows:09d}{total:018d}".ljust(200) + "\n")


def faker_people(*, weighted: bool) -> Iterator[Person]:
    """People of Faker."""
    # What is measured against must not pay for loading it.
    from faker import Faker

    fake = Faker("en_US", use_weighting=weighted)
    fake.seed_instance(1)
    while True:
        yield (
            fake.first_name(),
            fake.last_name(),
            fake.building_number(),
            fake.street_name(),
            fake.city(),
            fake.state_abbr(),
            fake.postcode(),
        )


def mimesis_people() -> Iterator[Person]:
    """People of Mimesis."""
    # What is measured against must not pay for loading it.
    from mimesis import Address, Person
    from mimesis.locales import Locale

    person, address = Person(Locale.EN, seed=1), Address(Locale.EN, seed=1)
    while True:
        yield (
            person.first_name(),
            person.last_name(),
            address.street_number(),
            address.street_name(),
            address.city(),
            address.state(abbr=True),
            address.zip_code(),
        )


def by_plain_write(rows: int, file: Path) -> None:
    """The bytes of so many records, without making them: one block of them again and again."""
    del rows
    whole = Path(f"{file}.like")
    left = whole.stat().st_size
    with whole.open("rb") as source:
        block = source.read(BLOCK)
    with file.open("wb") as out:
        while left > 0:
            left -= out.write(block[:left])


WAYS: dict[str, Callable[[int, Path], None]] = {
    "ringback": by_ringback,
    "ringback, two drawing": lambda rows, file: by_ringback(rows, file, 2),
    "faker": lambda rows, file: by_row(rows, file, faker_people(weighted=True)),
    "faker, unweighted": lambda rows, file: by_row(rows, file, faker_people(weighted=False)),
    "mimesis": lambda rows, file: by_row(rows, file, mimesis_people()),
    "plain write": by_plain_write,
}


def main() -> None:
    """Make one file."""
    way, rows, file = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    WAYS[way](min(rows, 100), file)  # what is loaded once is not what is measured
    began, busy = time.perf_counter(), time.process_time()
    WAYS[way](rows, file)
    sys.stdout.write(f"{time.perf_counter() - began:.6f} {time.process_time() - busy:.6f} {peak_mb():.1f}\n")


def peak_mb() -> float:
    """The most memory that this program had (not its parent before it, which the usual counter takes in)."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
