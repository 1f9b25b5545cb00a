"""What the matchers of `expect` hold true, and how they say what differs."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from ringback.assertions.expect import ExpectVocabulary
from ringback.assertions.matchers.formats import FORMATS, luhn_digit
from ringback.engine.evidence import ABSENT
from ringback.engine.money import Money
from ringback.engine.names import Names
from ringback.engine.nodes import MappingNode
from ringback.engine.protocols import Verdict
from ringback.engine.reading import PlaceReader, Reading, StepBlock
from ringback.engine.registry import DriverSet
from ringback.engine.source import NOWHERE
from ringback.engine.yaml_reader import read_yaml

Judge = Callable[..., Verdict]
NAMES = {"a": {"n": 5, "tn": "6175550123", "at": "2026-11-01T10:00:00Z"}, "env": {"spids": {"north-tel": "8Y02"}}}


class NameScope:
    """The names of NAMES."""

    def lookup(self, name: str) -> object:
        """The value of a root name."""
        return NAMES[name]


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """Judge a value by a right-hand side as YAML."""

    def judged(text: str, actual: object, path: str = "") -> Verdict:
        node, problems = read_yaml(text, "f.yaml")
        assert node is not None
        reading = Reading(tmp_path, DriverSet())
        place = PlaceReader(reading, Names(inputs=frozenset({"x"})), tmp_path)
        block = StepBlock(place, MappingNode((), NOWHERE), "", ())
        matcher = ExpectVocabulary().parse(node, block, path)
        assert [found for found in reading.problems if "nothing is called" not in found.what] == []
        assert problems == ()
        return matcher.judge(actual, NameScope())

    return judged


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ("completed", "completed"),
        ("5", 5),
        ("$a.n", 5),
        ("36.00", 36),
        ("36.00", Decimal("36.00")),
        ("36.00", "36.0"),
        ("36.00 USD", "36.00 USD"),
        ("36.00 USD", "36 USD"),
        ("36.00 USD", {"unit": "USD", "value": 36.0}),
        ("36.00 USD", Money(Decimal(36), "")),
        ("{cents: 3600}", 3600),
        ("{cents: 3600}", "3600"),
        ("{cents: 3600}", "36.00 USD"),
        ("{cents: 3600}", {"unit": "USD", "value": 36}),
        ('"2026-11-01T10:00:00Z"', "2026-11-01T05:00:00-05:00"),
        ('"2026-11-01T10:00:00Z"', datetime(2026, 11, 1, 10, 0, tzinfo=UTC)),
        ("{spid_of: north-tel}", "8Y02"),
        ("null", None),
        ("true", True),
        ("[1, {equal: 2}]", [1, {"equal": 2}]),
        ("{equal: {unit: USD, value: 45.0}}", {"value": 45, "unit": "USD"}),
        ("{in: [acknowledged, inProgress]}", "inProgress"),
        ("{in: [36.00 USD, 45.00 USD]}", {"unit": "USD", "value": 45}),
        ("{gt: 4, le: 5}", 5),
        ("{ge: 36.00 USD}", "45.00 USD"),
        ('{lt: "2026-11-01T11:00:00Z"}', "2026-11-01T10:00:00Z"),
        ('{gt: "2026-11-01"}', "2026-11-02"),
        ("{between: [1, 5]}", 5),
        ("{near: 36.00 USD, by: 0.01}", "36.01 USD"),
        ("{near: $a.at, by: 5s}", "2026-11-01T10:00:04Z"),
        ("{matches: '^PO-[0-9A-Z]+$'}", "PO-7F3K"),
        ("{contains: PIN}", "wrong PIN given"),
        ("{contains: 2}", [1, 2]),
        ("{contains: id}", {"id": 1}),
        ("{starts_with: WEB-, ends_with: '7'}", "WEB-7"),
        ("{absent: true}", ABSENT),
        ("{present: true}", None),
        ("{absent: false}", 0),
        ("{each: {gt: 0}}", [1, 2]),
        ("{any: 2}", [1, 2]),
        ("{none: {gt: 5}}", [1, 2]),
        ("{unordered: [a, b, a]}", ["a", "a", "b"]),
        ("{subset: {a: 1, b: {c: 2}}}", {"a": 1, "b": {"c": 2, "d": 3}, "e": 4}),
        ("{subset: [{a: 1}]}", [{"a": 1, "b": 2}, {"a": 3}]),
        ("{length: 2}", [1, 2]),
        ("{length: {gt: 3}}", "text"),
        ("{type: integer}", 5),
        ("{type: money}", "36.00 USD"),
        ("{type: 'null'}", None),
        ("{not: {in: [failed, rejected]}}", "completed"),
        ("{format: tn}", "6175550123"),
        (
            "{schema: {type: object, properties: {id: {$ref: '#/$defs/id'}}, $defs: {id: {type: string}}}}",
            {"id": "x"},
        ),
    ],
)
def test_what_holds(judge: Judge, expected: str, actual: object) -> None:
    """Values are equal across the notations of money, numbers and times; matchers hold."""
    verdict = judge(expected, actual)

    assert verdict.passed, verdict


@pytest.mark.parametrize(
    ("expected", "actual", "reason"),
    [
        ('"0012345"', "12345", "two leading zeros are missing"),
        ('"0012345"', 12345, "two leading zeros are missing"),
        ("12345", "0012345", "it is a text, not a number; quote the expected value"),
        ('"12345"', "012345", "one leading zero is too many"),
        ('"12345"', 12345, "it is a number, not a text"),
        ("completed", "Completed", "only capital and small letters differ"),
        ("completed", "completed ", "it has blanks at its start or end"),
        ("Resolution required now", "Resolution required yet", "they part at character 21: 'now' and 'yet'"),
        ("36.00 USD", "45.00 USD", "9.00 USD too much"),
        ("36.00 USD", "27.00 USD", "9.00 USD too little"),
        ("36.00 USD", "36.00 EUR", "the currency is EUR, not USD"),
        ("36.00 USD", 3600, "it has no currency; if it counts cents, write {cents: ..}"),
        ("{cents: 3600}", 4500, "9.00 too much"),
        ("true", "true", "it is a text"),
        ("1", True, ""),
        ("x", ABSENT, "the path finds nothing"),
        ("x", None, ""),
        ("[1, 2]", [1, 3], "element 1: expected 2, got 3"),
        ("[1, 2]", [1], "it has one element, not 2"),
        ("{equal: {a: 1, b: 2}}", {"a": 2, "c": 3}, "missing b; not expected: c; a: expected 1, got 2"),
        ("{gt: 5}", "x", "these cannot be ordered: both must be numbers, money of one currency, or times"),
        ("{gt: 5}", ABSENT, "the path finds nothing"),
        ("{between: [1, 5]}", 7, "it is above the range"),
        ("{near: $a.at, by: 5s}", "2026-11-01T10:00:09Z", "it is 0:00:09 away"),
        ("{each: {in: [a, b]}}", ["a", "c"], "element 1: got c"),
        ("{each: {gt: 0}}", [], "there is no element"),
        ("{any: 3}", [1, 2], "none of two elements does"),
        ("{none: 2}", [1, 2], "element 1 does"),
        ("{unordered: [a, b]}", ["a", "c"], "missing [b]; not expected [c]"),
        ("{subset: {a: 1, b: {c: 2}}}", {"a": 1, "b": {}}, "b.c is missing"),
        ("{not: 5}", ABSENT, "the path finds nothing"),
        ("{format: imei}", "490154203237519", "the check digit is 9, and should be 8"),
        ("{format: zip}", 2139, "it is not a text: its leading zeros would be lost"),
        ("{schema: {type: string}}", 5, 'it: 5 is not of type "string"'),
        ("{length: 2}", [1], ""),
    ],
)
def test_what_does_not_hold_says_why(judge: Judge, expected: str, actual: object, reason: str) -> None:
    """The reason names the difference as a person would."""
    verdict = judge(expected, actual)

    assert not verdict.passed
    assert verdict.reason == reason


def test_a_matcher_of_lists_says_what_it_expects_of_what_is_not_there(judge: Judge) -> None:
    """`length` alone would not tell how many were expected."""
    verdicts = [judge(expected, ABSENT) for expected in ("{length: 2}", "{any: active}", "{each: {gt: 0}}")]

    assert [verdict.expected for verdict in verdicts] == ["length 2", "any active", "each greater than 0"]


def test_expected_and_actual_can_be_told_apart(judge: Judge) -> None:
    """A text that looks like a number is quoted, one with leading zeros need not be."""
    verdict = judge('"0012345"', "12345")

    assert (verdict.expected, verdict.actual) == ("0012345", '"12345"')


@pytest.mark.parametrize(
    ("expected", "elements", "passed"),
    [
        ("add", ["add", "add"], True),
        ("add", ["add", "modify"], False),
        ("add", ["add", ABSENT], False),
        ("add", [], False),
        ("{in: [a, b]}", ["a", "b"], True),
        ("{contains: a}", ["a", "b"], True),
        ("{length: 2}", ["a", "b"], True),
        ("[a, b]", ["a", "b"], True),
        ("{not: {contains: z}}", ["a", "b"], True),
        ("{absent: true}", [ABSENT, ABSENT], True),
    ],
)
def test_a_star_speaks_of_every_element(judge: Judge, expected: str, elements: list[object], *, passed: bool) -> None:
    """Behind a `*` a plain matcher holds for each element and one at least; list matchers see the whole list."""
    assert judge(expected, elements, "body.items.*.action").passed is passed


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("tn", "6175550123", "0175550123"),
        ("e164", "+16175550123", "6175550123"),
        ("iccid", "8901410000000000014", "8901410000000000015"),
        ("imei", "490154203237518", "49015420323751"),
        ("imsi", "310150123456789", "990150123456789"),
        ("luhn", "79927398713", "79927398710"),
        ("aba", "011000015", "011000016"),
        ("zip", "02139", "2139"),
        ("spid", "8Y02", "8y02"),
        ("uuid", "6f1e1c5e-7d0b-4f3c-9b6a-0c8f4f0a2b11", "6f1e1c5e"),
        ("date", "2026-11-30", "2026-13-30"),
        ("instant", "2026-11-30T10:00:00Z", "2026-11-30T10:00:00"),
    ],
)
def test_formats_of_the_business(name: str, good: str, bad: str) -> None:
    """Each format accepts a right value and refuses a wrong one with a reason."""
    good = good[:-1] + str(luhn_digit(good[:-1])) if name == "iccid" else good

    assert FORMATS[name][1](good) is None
    assert FORMATS[name][1](bad)
