"""How values with expressions are resolved."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from ringback.engine.money import Money
from ringback.engine.names import Names
from ringback.engine.problems import BrokenTest
from ringback.engine.protocols import Scope
from ringback.engine.reading import PlaceReader, Reading
from ringback.engine.registry import DriverSet
from ringback.engine.yaml_reader import read_yaml

Resolve = Callable[..., object]
NOW = datetime(2026, 11, 1, 10, 30, tzinfo=UTC)


@pytest.fixture
def resolve(tmp_path: Path, scope: Callable[..., Scope]) -> Resolve:
    """Resolve a YAML value; its names count as known."""

    def resolved(text: str, **names: object) -> object:
        node, _ = read_yaml(text, "f.yaml")
        assert node is not None
        reading = Reading(tmp_path, DriverSet(extra={"functions": {"shout": lambda text: text.upper()}}))
        template = PlaceReader(reading, Names(inputs=frozenset(names)), tmp_path).template(node)
        problems = [problem for problem in reading.problems if "nothing is called" not in problem.what]
        assert problems == []
        return template.resolve(scope(**names))

    return resolved


@pytest.mark.parametrize("value", [5, 36.0, True, None, [1], {"a": 1}, Decimal("1.10"), "text"])
def test_a_whole_expression_keeps_its_type(resolve: Resolve, value: object) -> None:
    """What an expression finds is handed on as it is."""
    assert resolve("$order.x", order={"x": value}) == value


def test_inside_text_values_are_written_out(resolve: Resolve) -> None:
    """Numbers, booleans, money and times become text; $$ is a dollar."""
    values = {"n": 5, "b": True, "m": Money(Decimal(36), "USD"), "t": NOW}

    text = resolve('"/{$o.n}/{$o.b} {$o.m} {$o.t} costs $$5"', o=values)

    assert text == "/5/true 36.00 USD 2026-11-01T10:30:00Z costs $5"


def test_structures_are_resolved_all_through(resolve: Resolve) -> None:
    """Lists and mappings may hold expressions at any depth, in keys too."""
    assert resolve('{a: [$o.n, {b: "x{$o.n}"}], "{$o.n}": 1}', o={"n": 5}) == {"a": [5, {"b": "x5"}], "5": 1}


def test_a_resolved_literal_cannot_change_the_journey(resolve: Resolve) -> None:
    """Every resolve gives a fresh list."""
    first = resolve("[1, 2]")
    assert isinstance(first, list)
    first.append(3)

    assert resolve("[1, 2]") == [1, 2]


def test_paths_with_spaces_and_parentheses(resolve: Resolve) -> None:
    """What a page calls a value can be named."""
    assert resolve("$capture.text(Account number)", capture={"text(Account number)": "0012345"}) == "0012345"


def test_a_path_that_finds_nothing_breaks_the_test(resolve: Resolve) -> None:
    """The message names the expression, its place and the nearest key."""
    with pytest.raises(
        BrokenTest, match=r"f.yaml:1:1: \$order.correlation finds nothing - did you mean 'correlationId'"
    ):
        resolve("$order.correlation", order={"correlationId": 1})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{sum: [1, 2.5, $o.n]}", Decimal("8.5")),
        ("{sum: [1, 2]}", 3),
        ("{sum: [36.00 USD, 9.00 USD]}", Money(Decimal("45.00"), "USD")),
        ("{difference: [45.00 USD, {cents: 900}]}", Money(Decimal("36.00"), "USD")),
        ("{product: [24, 30.00 USD]}", Money(Decimal("720.00"), "USD")),
        ("{round: {product: [45.00 USD, 0.0833]}, to: 2}", Money(Decimal("3.75"), "USD")),
        ("{cents: 3600}", Money(Decimal("36.00"), "")),
        ("{by: $o.device, of: {PHX-128: 30.00 USD, PHX-256: 35.00 USD}}", "35.00 USD"),
        ("{time: now}", NOW),
        ('{time: now, plus: 30d, format: "%Y%m%d"}', "20261201"),
        ("{time: today, minus: 1d}", datetime(2026, 10, 31, tzinfo=UTC)),
        ('{time: now, zone: America/New_York, format: "%H:%M"}', "05:30"),
        ('{time: $o.t, plus: $o.later, format: "%H:%M"}', "12:00"),
        ("{spid_of: north-tel}", "8Y02"),
        ("{literal: {sum: [1, $x]}}", {"sum": [1, "$x"]}),
        ("{call: shout, with: abc}", "ABC"),
        ("{sum: 5}", {"sum": 5}),
        ("{time: 5, unit: s}", {"time": 5, "unit": "s"}),
    ],
)
def test_value_forms(resolve: Resolve, text: str, expected: object) -> None:
    """Small mappings stand for computed values; a mapping that only looks alike stays data."""
    values = {"n": 5, "device": "PHX-256", "t": "2026-11-01T11:00:00Z", "later": "1h"}

    assert resolve(text, o=values, run={"now": NOW}, env={"spids": {"north-tel": "8Y02"}}) == expected


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{sum: [1, 36.00 USD]}", "one is money"),
        ("{sum: [1, x]}", "neither a number nor money"),
        ("{sum: [1.00 USD, 1.00 EUR]}", "different currencies"),
        ("{by: $o.device, of: {A: 1}}", "no value for 'PHX-256'"),
        ("{spid_of: north-tell}", "did you mean 'north-tel'"),
        ('"x{$o.nothing}"', "no value to write"),
    ],
)
def test_what_cannot_be_computed_breaks_the_test(resolve: Resolve, text: str, what: str) -> None:
    """A value form that does not work out is the journey's fault, told with its place."""
    with pytest.raises(BrokenTest, match=what):
        resolve(text, o={"device": "PHX-256", "nothing": None}, env={"spids": {"north-tel": "8Y02"}})


def test_a_file_beside_the_journey_may_hold_expressions(tmp_path: Path, resolve: Resolve) -> None:
    """JSON becomes values, other files become text."""
    (tmp_path / "order.json").write_text('{"id": "$o.id", "note": "for {$o.id}"}')
    (tmp_path / "note.txt").write_text("Dear {$o.id}")

    assert resolve("{file: order.json}", o={"id": 7}) == {"id": 7, "note": "for 7"}
    assert resolve("{file: note.txt}", o={"id": 7}) == "Dear 7"
