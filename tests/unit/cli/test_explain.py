"""What `ringback explain` and `ringback list` tell of journeys."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from ringback.cli.explain import explain
from ringback.cli.list import list_
from ringback.engine.problems import UsageError

JOURNEY = """
journey: ported
summary: A number moves
inputs: {tn: "6175550123"}
partners:
  - {partner: clearing-house, receives: port_request, where: {tn: $inputs.tn}, do: confirm, from: north-tel}
steps:
  - id: same
    name: Both sides say the same
    agree: {number: [$inputs.tn, "6175550123"]}
"""


def test_partners_and_checks_are_told_with_what_they_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which answer the outside world gives, and what has to agree, is what a reader wants to know."""
    (tmp_path / "ported.journey.yaml").write_text(JOURNEY)
    monkeypatch.chdir(tmp_path)

    told = CliRunner().invoke(explain, ["ported.journey.yaml"]).output

    assert "clearing-house receives port_request where {tn: $inputs.tn}; does confirm on behalf of north-tel" in told
    assert "1. Both sides say the same (agree)\n     number: [$inputs.tn, 6175550123]" in told


def test_a_misspelt_tag_is_told_with_the_nearest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of nothing would look as if there were no such journeys."""
    (tmp_path / "ported.journey.yaml").write_text(JOURNEY.replace("summary:", "tags: [postpaid]\nsummary:"))
    monkeypatch.chdir(tmp_path)

    with pytest.raises(UsageError, match="no journey has the tag postpad - did you mean 'postpaid'"):
        CliRunner().invoke(list_, ["--tag", "postpad", "."], catch_exceptions=False)
