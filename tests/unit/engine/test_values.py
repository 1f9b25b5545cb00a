"""Money, durations and paths."""

from decimal import Decimal

import pytest

from ringback.engine.durations import duration_text, seconds
from ringback.engine.evidence import ABSENT
from ringback.engine.excerpt import advice, nearest
from ringback.engine.money import Money
from ringback.engine.paths import find, known_keys, where_lost


@pytest.mark.parametrize(
    "value",
    [
        "36.00 USD",
        "36 USD",
        {"unit": "USD", "value": 36.0},
        {"unit": "USD", "value": "36.00"},
        Money(Decimal(36), "USD"),
    ],
)
def test_all_notations_of_money_are_equal(value: object) -> None:
    """Text, TM Forum's mapping and Money itself compare by value."""
    money = Money.of(value)

    assert money is not None
    assert money.equals(Money(Decimal("36.00"), "USD"))


@pytest.mark.parametrize("value", ["36.00", 36, "USD", None, True, {"unit": "USD"}, "36.00 usd"])
def test_other_values_are_no_money(value: object) -> None:
    """A number without a currency is not money."""
    assert Money.of(value) is None


def test_cents_fit_two_decimal_currencies_only() -> None:
    """3600 cents are 36.00 USD, and never 36.00 JPY."""
    cents = Money.of_cents(3600)

    assert cents is not None
    assert cents.equals(Money(Decimal("36.00"), "USD"))
    assert not cents.equals(Money(Decimal("36.00"), "JPY"))


def test_money_shows_its_two_decimals() -> None:
    """Messages show money as a bill does."""
    assert str(Money(Decimal(45), "USD")) == "45.00 USD"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("250ms", 0.25),
        ("30s", 30),
        ("4m", 240),
        ("1h30m", 5400),
        ("30d", 2592000),
        ("1.5s", 1.5),
        ("90 seconds", None),
        ("5", None),
        ("", None),
    ],
)
def test_durations(text: str, expected: float | None) -> None:
    """A duration is numbers with units; anything else is none."""
    assert seconds(text) == expected


@pytest.mark.parametrize(("value", "text"), [(0.012, "12 ms"), (2.44, "2.4 s"), (60, "1m"), (3725, "1h 2m")])
def test_durations_for_people(value: float, text: str) -> None:
    """Two units are enough."""
    assert duration_text(value) == text


EVIDENCE = {
    "body": {"items": [{"price": 1, "tags": ["a", "b"]}, {"price": 2, "tags": ["c"]}, {}], "a.b": 5},
    "text(Account number)": "0012345",
    "text(St. Louis)": "x",
}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("text(Account number)", "0012345"),
        ("text(St. Louis)", "x"),
        ("body.items.0.price", 1),
        ("body.items.-2.price", 2),
        ("body.items.length", 3),
        ("body.items.*.price", [1, 2, ABSENT]),
        ("body.items.*.tags.*", ["a", "b", "c", ABSENT]),
        ("body.a.b", 5),
        (r"body.a\.b", 5),
        ("body.items.7.price", ABSENT),
        ("body.nothing", ABSENT),
        ("body.items.price", ABSENT),
        ("text(Account number).length", 7),
    ],
)
def test_paths(path: str, expected: object) -> None:
    """Whole keys come first, then segments; a star gathers every element, absent ones too."""
    assert find(EVIDENCE, path) == expected


def test_known_keys_are_those_where_the_path_loses_its_way() -> None:
    """A message can offer the keys that are there."""
    assert known_keys(EVIDENCE, "body.itms.0") == ("items", "a.b")


@pytest.mark.parametrize(
    ("asked", "known", "meant"),
    [
        ("bugdet", ["budget", "owner"], "budget"),
        ("tm", ["account", "tn"], "tn"),
        ("sfpt", ["api", "sftp"], "sftp"),
        ("within-", ["within"], "within"),
        ("zebra", ["api", "sftp"], ""),
    ],
)
def test_the_nearest_name(asked: str, known: list[str], meant: str) -> None:
    """Misspelt names are understood, strange ones are not."""
    assert nearest(asked, known) == meant


def test_without_a_near_name_the_known_ones_are_told() -> None:
    """A long list is cut."""
    assert advice("zebra", [f"name{number:02}" for number in range(14)]).endswith("and 2 more")


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("body.nmae", "body has no 'nmae'; did you mean 'name'?"),
        ("body.price", "body has no 'price'; known here: items, name, parts"),
        ("body.items.state", "body.items is a list of 2: write body.items.0 or body.items.*"),
        ("body.parts.0.id", "body.parts is an empty list"),
        ("body.name.first", "body.name is a single value"),
        ("body.items.7", ""),
        ("row.state", ""),
    ],
)
def test_a_lost_path_says_where_it_lost_its_way(path: str, why: str) -> None:
    """The names that stand there are offered; of what is not there at all nothing is said."""
    values = {"body": {"name": "Kofi", "items": [{"state": "new"}, {}], "parts": []}}

    assert where_lost(values, path) == why
