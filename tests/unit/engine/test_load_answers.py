"""What the linter says of partners that an environment has."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from ringback.engine.environment import Environment
from ringback.engine.loader import inspect_journey
from ringback.engine.registry import DriverSet


class House:
    """A kind of partner, as far as lint looks at it."""

    receives = "port_request"
    answers: Mapping[str, frozenset[str]] = {"confirm": frozenset(), "delay": frozenset({"after"})}


JOURNEY = """journey: a
summary: b
matrix: {{answer: [confirm, delay], late: [delay, dleay]}}
partners:
  - {{partner: house, {entry}}}
steps: [{{id: s, memory: x, answers: [{{n: $matrix}}], expect: {{n: {{present: true}}}}}}]
"""


def problems(entry: str, folder: Path) -> list[tuple[int, str]]:
    """Line and text of every problem of a journey with this entry of `partners`."""
    environment = Environment("sit", "sit.yaml", "real", {}, {"house": {"behaviour": "house"}})
    file = folder / "a.journey.yaml"
    file.write_text(JOURNEY.format(entry=entry), "utf-8")
    tools = DriverSet(environment, extra={"partners": {"house": House}})
    found = inspect_journey(file, folder, tools, environment)
    return [(problem.source.line, f"{problem.what} | {problem.hint}") for problem in found]


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        ("receives: port_requests, where: {}, do: confirm", "house receives no 'port_requests' | it receives port_"),
        ("receives: port_request, where: {}, do: confrim", "knows no answer 'confrim' | did you mean 'confirm'?"),
        ("receives: port_request, where: {}, do: [confirm, {dealy: {}}]", "knows no answer 'dealy'"),
        ("receives: port_request, where: {}, do: {delay: {aftr: 3}}", "'delay' has no option 'aftr' | did you mean"),
        ("receives: port_request, where: {}, do: {confirm: {after: 3}}", "has no option 'after' | it has no options"),
        ("receives: port_request, where: {}, do: confirm, anomaly: A41", "no anomaly is called 'A41' | did you mean"),
        ("receives: port_request, where: {}, do: confirm, anomaly: {A06: {m: 2}}", "A06 has no parameter 'm' | known"),
        ("receives: port_request, where: {}, do: confirm, anomaly: {A06: {n: two}}", "A06: n 'two' is no whole number"),
        ("receives: port_request, where: {}, do: $matrix.late", "knows no answer 'dleay' | did you mean 'delay'?"),
    ],
)
def test_what_a_partner_does_not_know_is_found_before_anything_is_sent(entry: str, what: str, tmp_path: Path) -> None:
    """A misspelt request, answer or option is a problem of its line, also when it stands in the matrix."""
    found = problems(entry, tmp_path)

    assert [line for line, _ in found] == [5]
    assert what in found[0][1]


@pytest.mark.parametrize("anomaly", ["A17", '"A09:+2"', "{A06: {n: 2}}", "{A13: {kind: latin-1}}", "$matrix.answer"])
def test_an_anomaly_that_there_is_is_no_problem(anomaly: str, tmp_path: Path) -> None:
    """By name, with parameters, or out of the matrix, where the run will say."""
    assert problems(f"receives: port_request, where: {{}}, do: confirm, anomaly: {anomaly}", tmp_path) == []


@pytest.mark.parametrize("do", ["confirm", "{delay: {after: 3}}", "[confirm, delay]", "$matrix.answer"])
def test_what_a_partner_knows_is_no_problem(do: str, tmp_path: Path) -> None:
    """A name, a name with options, a list, an axis."""
    assert problems(f"receives: port_request, where: {{}}, do: {do}", tmp_path) == []
