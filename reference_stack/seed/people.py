"""Generated customers: names, addresses with leading-zero ZIPs, parties and accounts, the same for the same seed."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from ringback.reference_stack.schema import BIL_ACCOUNT, CRM_ACCOUNT, CRM_CUSTOMER, CRM_INDIVIDUAL, LOC_ADDRESS
from ringback.reference_stack.seed.planting import Rows

WITH_FIBRE, WITHOUT, WITH_OTHERS = 210, 30, 6
_SINCE = "2025-03-01T09:00:00.000Z"
_GIVEN = (
    "Ada", "Alma", "Amir", "Ana", "Anders", "Asha", "Ben", "Bianca", "Carl", "Carmen", "Chloe", "Cora", "Dana",
    "David", "Diego", "Elena", "Elias", "Emma", "Erik", "Eva", "Farah", "Felix", "Fiona", "Gina", "Grace", "Hana",
    "Hugo", "Ida", "Ines", "Iris", "Ivan", "Jack", "Jana", "Joel", "Julia", "Kai", "Karen", "Kofi", "Lara",
    "Lena", "Leo", "Lina", "Lucia", "Luis", "Mara", "Marco", "Maria", "Max", "Mei", "Mila", "Nadia", "Nina",
    "Noah", "Nora", "Olga", "Omar", "Otto", "Paul", "Petra", "Rafael", "Rita", "Rosa", "Ruth", "Sam", "Sara",
    "Sofia", "Tara", "Tom", "Uma", "Vera", "Victor", "Wanda", "Yara", "Zoe",
)  # fmt: skip
_FAMILY = (
    "Abbott", "Adler", "Ahmed", "Alvarez", "Baker", "Becker", "Bell", "Bianchi", "Brandt", "Brooks", "Carter",
    "Castro", "Chen", "Clark", "Cohen", "Costa", "Cruz", "Dahl", "Diaz", "Dubois", "Ellis", "Evans", "Farrell",
    "Fischer", "Flores", "Foster", "Garcia", "Gomez", "Grant", "Gray", "Haas", "Hansen", "Hayes", "Ito", "Jensen",
    "Jones", "Kaplan", "Keller", "Kim", "Klein", "Kumar", "Lambert", "Larsen", "Lee", "Lopez", "Lund", "Marsh",
    "Martin", "Meyer", "Mills", "Moreau", "Morris", "Nakamura", "Novak", "Olsen", "Ortiz", "Palmer", "Park",
    "Patel", "Perez", "Quinn", "Reed", "Reyes", "Rossi", "Rowe", "Santos", "Sato", "Schmidt", "Shah", "Silva",
    "Singh", "Stone", "Tanaka", "Torres", "Turner", "Vargas", "Wagner", "Walsh", "Weber", "Wolf", "Wong", "Young",
    "Zhang",
)  # fmt: skip
_STREETS = (
    ("Main", "St"), ("Harvard", "St"), ("Prospect", "St"), ("Broadway", "Ave"), ("Elm", "St"), ("Pearl", "St"),
    ("Brookline", "Ave"), ("Magazine", "St"), ("Western", "Ave"), ("Norfolk", "St"), ("Oak", "Rd"), ("Lakeview", "Dr"),
)  # fmt: skip
_TOWNS = (
    ("Cambridge", "MA", "02139"), ("Cambridge", "MA", "02139"), ("Cambridge", "MA", "02138"), ("Boston", "MA", "02115"),
    ("Somerville", "MA", "02143"), ("Providence", "RI", "02903"), ("Hartford", "CT", "06103"),
    ("Newark", "NJ", "07102"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """A generated customer with what the other systems need of it."""

    number: int
    customer: str
    account: str
    address: str
    has_fibre: bool

    @property
    def is_prospect(self) -> bool:
        """Whether the customer has nothing yet."""
        return WITH_FIBRE < self.number <= WITH_FIBRE + WITHOUT


def people(rows: Rows, seed: int) -> list[Person]:
    """Adds all customers and returns them."""
    random = Random(f"people {seed}")  # noqa: S311  # reproducible people, no secrets
    found = [_person(rows, random, number) for number in range(1, WITH_FIBRE + WITHOUT + WITH_OTHERS + 1)]
    _further_addresses(rows)
    return found


def _person(rows: Rows, random: Random, number: int) -> Person:
    person = Person(
        number, f"CUST-{number:05d}", f"ACC-{number:05d}", f"ADR-{number:05d}", has_fibre=number <= WITH_FIBRE
    )
    given, family = random.choice(_GIVEN), random.choice(_FAMILY)
    born = f"{random.randint(1950, 2003)}-{random.randint(1, 12):02d}-{random.randint(1, 28):02d}"
    party = f"IND-{number:05d}"
    rows.add(
        CRM_INDIVIDUAL,
        id=party,
        given_name=given,
        family_name=family,
        birth_date=f"{born}T00:00:00.000Z",
        email=f"{given}.{family}.{number}@example.net".lower(),
        phone=f"508555{number:04d}",
        id_last4=f"{random.randint(0, 9999):04d}",
        status="validated",
    )
    rows.add(
        CRM_CUSTOMER,
        id=person.customer,
        party_id=party,
        name=f"{given} {family}",
        status="active",
        segment="prospect" if person.is_prospect else "consumer",
        created_at=_SINCE,
        address_id=person.address,
    )
    rows.add(
        CRM_ACCOUNT,
        id=person.account,
        customer_id=person.customer,
        name=f"{given} {family}",
        state="active",
        created_at=_SINCE,
    )
    rows.add(
        BIL_ACCOUNT,
        id=person.account,
        customer_id=person.customer,
        cycle_day=random.randint(1, 28),
        currency="USD",
        state="active",
        balance=0,
        time_zone="America/New_York",
        autopay_method="ACH",
        routing="231380104",
        bank_account=f"{70000000 + number}",
        bank_account_type="checking",
    )
    street, town = _home(number)
    _address(rows, person.address, street, town, (100 + number, None))
    return person


def _home(number: int) -> tuple[tuple[str, str], tuple[str, str, str]]:
    """The street and the town of a customer."""
    return _STREETS[number % len(_STREETS)], _TOWNS[number % len(_TOWNS)]


def emergency_place(person: Person) -> dict[str, str]:
    """Where emergency services find a customer, as the street guide writes it."""
    street, town = _home(person.number)
    return {
        "house_nr": str(100 + person.number),
        "street": street[0],
        "community": town[0].upper(),
        "state_cd": town[1],
        "esn": _service_number(town),
    }


def _service_number(town: tuple[str, str, str]) -> str:
    """The number of the emergency services of a town."""
    return f"{int(town[2]) % 1000:05d}"


def _address(
    rows: Rows,
    identity: str,
    street: tuple[str, str],
    town: tuple[str, str, str],
    house: tuple[int, str | None],
    access: tuple[str, int] = ("FIBRE", 1000),
) -> None:
    rows.add(
        LOC_ADDRESS,
        id=identity,
        street_nr=str(house[0]),
        street_name=street[0],
        street_suffix=street[1],
        sub_unit=house[1],
        city=town[0],
        state_cd=town[1],
        postcode=town[2],
        country="US",
        dpv_code="Y",
        validation_result="success",
        msag_community=town[0].upper(),
        esn=_service_number(town),
        access_tech=access[0],
        max_down_mbps=access[1],
        external_id=f"UPRN{identity[4:]}",
        validated_at=_SINCE,
    )


def _further_addresses(rows: Rows) -> None:
    """A house with two flats (without its unit an address is only partly known), and two that our fibre misses."""
    for unit in ("APT 1", "APT 2"):
        identity = f"ADR-FLAT{unit[-1]}"
        _address(rows, identity, ("Garden", "St"), ("Cambridge", "MA", "02138"), (7, unit))
    _address(rows, "ADR-COPPER", ("Garden", "St"), ("Cambridge", "MA", "02138"), (21, None), access=("DSL", 100))
    _address(rows, "ADR-PARTNER", ("Garden", "St"), ("Cambridge", "MA", "02138"), (23, None), access=("WHOLESALE", 300))
