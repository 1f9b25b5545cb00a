"""`ringback feed profile`, `generate --profile`, `compare` and `drift`, as typed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ringback.cli.feed import feed as commands
from ringback.engine.problems import RingbackError


def ringback(*arguments: object) -> tuple[int, str]:
    """The exit code and output of a command; what it raises is raised."""
    found = CliRunner().invoke(commands, [*map(str, arguments)])
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found.exit_code, found.output


def test_from_sample_to_files_and_back(feeds: Mapping[str, Any], tmp_path: Path) -> None:
    """A profile is learnt and drawn, files are made from it, they are valid, alike, and have not drifted."""
    feed = feeds["ports"]
    profile, picture, made = tmp_path / "np.profile.yaml", tmp_path / "np.svg", tmp_path / "made.txt"

    assert ringback("profile", *feed.learnt, "-o", profile, "--plot", picture)[0] == 0
    assert ringback("generate", "--profile", profile, "--rows", 1200, "--seed", 3, "-o", made)[0] == 0
    assert ringback("validate", made, "--layout", "nport", "--any-name")[0] == 0
    code, said = ringback("compare", feed.held[0], made, "--layout", "nport", "--plot", tmp_path / "c.html")
    drifted = ringback("drift", profile, made)

    assert code == 0, said
    assert said.splitlines()[0].endswith("(1,200) and made.txt (1,200)")
    assert drifted[0] == 0
    assert drifted[1].endswith(": as the profile says\n")
    assert picture.read_text().startswith("<svg")
    assert (tmp_path / "c.html").read_text().startswith("<!doctype html>")


def test_a_feed_without_a_layout(feeds: Mapping[str, Any], tmp_path: Path) -> None:
    """A layout is proposed, and a profile learnt by it."""
    feed = feeds["returns"]
    layout, profile = tmp_path / "returns.layout.yaml", tmp_path / "r.profile.yaml"

    assert ringback("profile", "--propose", *feed.learnt, "-o", layout)[0] == 0
    code, said = ringback("profile", *feed.learnt, "--layout", layout, "-o", profile, "--personal", "clerk")

    assert (code, said) == (0, f"{profile}: 4,000 records, 15 fields, 10 pairs\n")
    assert '"lo"' not in profile.read_text()


def test_drift_and_unlike_files_give_exit_code_1(feeds: Mapping[str, Any], tmp_path: Path) -> None:
    """What moved is told as text and as JSON; files below the asked-for score fail."""
    feed = feeds["usage"]
    profile, other = tmp_path / "u.profile.yaml", tmp_path / "u.txt"
    ringback("profile", *feed.learnt, "--layout", "udr", "-o", profile)
    ringback("generate", "--layout", "udr", "--rows", 2000, "-o", other)

    text = ringback("drift", profile, other)
    as_json = ringback("drift", profile, other, "--format", "json")
    unlike = ringback("compare", feed.held[0], other, "--layout", "udr", "--format", "json")

    assert text[0] == as_json[0] == unlike[0] == 1
    assert "record_type" in text[1]
    assert json.loads(as_json[1])["findings"][0]["moved_by"] > 0.5
    assert json.loads(unlike[1])["score"] < 0.9


def test_what_cannot_be_done_is_said(feeds: Mapping[str, Any], tmp_path: Path) -> None:
    """A field or layout that does not exist is named with what to do next."""
    sample = feeds["ports"].learnt[0]

    with pytest.raises(RingbackError, match="nport has no such field"):
        ringback("profile", sample, "--personal", "shoe_size", "-o", tmp_path / "x")
    with pytest.raises(RingbackError, match="there is no such file"):
        ringback("profile", sample, "--layout", "no.layout.yaml", "-o", tmp_path / "x")
