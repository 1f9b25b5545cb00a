"""How anomalies are asked for, and what is said of a word that is none."""

from __future__ import annotations

import pytest

from ringback.engine.problems import UsageError
from ringback.synthetic_partners.anomalies import ANOMALIES, asked
from ringback.synthetic_partners.anomalies.table import KINDS


def test_there_are_forty_each_with_its_words() -> None:
    """A01 to A40, each of a kind, with what is wrong and what a receiver does."""
    assert list(ANOMALIES) == [f"A{number:02d}" for number in range(1, 41)]
    assert all(one.kind in KINDS and one.says and one.expects and one.fits for one in ANOMALIES.values())
    assert all(parameter.says for one in ANOMALIES.values() for parameter in one.parameters)


@pytest.mark.parametrize(
    ("said", "values"),
    [
        ("A09", {"n": 1}),
        ("A09:+2", {"n": 2}),
        ("A09:-3", {"n": -3}),
        ("A06:n=4", {"n": 4}),
        ({"A06": {"n": 2}}, {"n": 2}),
        ({"A06": 2}, {"n": 2}),
        ({"A17": None}, {"n": 1}),
        ("A20:field=zip,value=Q", {"field": "zip", "value": "Q"}),
        ("A13:latin-1", {"kind": "latin-1"}),
        ("A13", {"kind": "bom"}),
        ("A03", {}),
    ],
)
def test_text_and_mapping_say_the_same(said: object, values: dict[str, object]) -> None:
    """A lone value is that of the first parameter; what is not said stands at its default."""
    assert asked(said).values == values


@pytest.mark.parametrize(
    ("said", "what", "hint"),
    [
        ("A41", "no anomaly is called 'A41'", "A40"),
        ("A06:count=2", "A06 has no parameter 'count'", "known here: n"),
        ("A03:2", "A03 has no parameter '2'", "it has none"),
        ("A06:two", "A06: n 'two' is no whole number", "n=1"),
        ("A06:0", "A06: n 0 is out of range", "at least 1"),
        ("A09:0", "A09: n 0 is out of range", "not 0"),
        ("A13:kind=latin1", "A13: kind 'latin1' is unknown", "latin-1"),
        ({"A06": {"n": 1}, "A07": {}}, "one anomaly at a time, not 2", "A06"),
    ],
)
def test_what_cannot_be_asked_for_is_told(said: object, what: str, hint: str) -> None:
    """The error names the word, and the one that was meant."""
    with pytest.raises(UsageError, match=what) as told:
        asked(said)

    assert hint in told.value.problem.hint
