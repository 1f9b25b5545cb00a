"""What `ringback lint` reports."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from ringback.cli.lint import lint

GOLDEN = Path(__file__).parents[2] / "golden" / "lint-eight-mistakes"
ROOT = GOLDEN.parents[2]


@pytest.fixture
def in_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Call the command from the project's root, as people do."""
    monkeypatch.chdir(ROOT)


@pytest.mark.usefixtures("in_root")
def test_eight_mistakes_are_eight_problems_in_one_run() -> None:
    """A journey with eight different mistakes is told all of them, each at its line with excerpt and mend."""
    file = str(GOLDEN / "eight-mistakes.yaml")

    result = CliRunner().invoke(lint, [file])

    assert result.output == (GOLDEN / "expected.txt").read_text()
    assert result.exit_code == 3


@pytest.mark.usefixtures("in_root")
def test_json_gives_file_line_column_message_and_hint() -> None:
    """For machines the same eight problems come as a list of objects."""
    file = str(GOLDEN / "eight-mistakes.yaml")

    result = CliRunner().invoke(lint, ["--format", "json", file])

    problems = json.loads(result.output)
    assert problems == json.loads((GOLDEN / "expected.json").read_text())
    assert [problem["line"] for problem in problems] == [4, 6, 18, 21, 28, 32, 36, 44]
    assert all(set(problem) == {"file", "line", "column", "message", "hint"} for problem in problems)


def test_a_clean_folder_ends_with_code_zero(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files without problems are counted, and the exit code says so."""
    journey = "journey: a\nsummary: b\nsteps:\n  - {id: c, memory: d, answers: [{n: 1}], expect: {n: 1}}\n"
    (tmp_path / "a.journey.yaml").write_text(journey)
    monkeypatch.chdir(tmp_path)

    result = CliRunner().invoke(lint, ["."])

    assert result.output == "1 file: no problems\n"
    assert result.exit_code == 0


def test_a_system_missing_from_the_environment_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With --env the systems of the steps are looked up in the environment file, without its addresses and secrets."""
    folder = tmp_path / "fixtures" / "environments"
    folder.mkdir(parents=True)
    (folder / "sit.yaml").write_text(
        "environment: sit\nsystems:\n  billing: {db: '{$stack.database}', password: {secret: NOT_SET}}\n"
    )
    journey = "journey: a\nsummary: b\nsteps:\n  - {id: c, db: biling, sql: select 1 as n, expect: {row.n: 1}}\n"
    (tmp_path / "a.journey.yaml").write_text(journey)
    monkeypatch.chdir(tmp_path)

    result = CliRunner().invoke(lint, ["--env", "sit", "--format", "json", "a.journey.yaml"])

    assert [(problem["line"], problem["message"], problem["hint"]) for problem in json.loads(result.output)] == [
        (4, "fixtures/environments/sit.yaml has no system 'biling'", "did you mean 'billing'?")
    ]
    assert result.exit_code == 3


def test_two_journeys_with_one_id_are_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each journey has its own history."""
    journey = "journey: a\nsummary: b\nsteps:\n  - {id: c, memory: d, answers: [{n: 1}], expect: {n: 1}}\n"
    for name in ("one", "two"):
        (tmp_path / f"{name}.journey.yaml").write_text(journey)
    monkeypatch.chdir(tmp_path)

    result = CliRunner().invoke(lint, ["--format", "json", "."])

    assert [problem["message"] for problem in json.loads(result.output)] == [
        "the journey 'a' is in one.journey.yaml, too"
    ]


def test_a_journey_that_is_named_wrong_is_a_problem_of_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No run would find it; a file that is named to the linter may be called as it likes."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "two.yaml").write_text((GOLDEN / "eight-mistakes.yaml").read_text())
    (tmp_path / "data.yaml").write_text("steps: 3\n")

    folder = CliRunner().invoke(lint, ["."])
    file = CliRunner().invoke(lint, ["two.yaml"])

    assert folder.exit_code == 3
    assert "two.yaml:1:1: this journey is never run: only files named *.journey.yaml are" in folder.output
    assert "mend: rename the file to two.journey.yaml" in folder.output
    assert "never run" not in file.output
