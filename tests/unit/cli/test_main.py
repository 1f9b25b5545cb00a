"""How the command line ends."""

import subprocess
import sys
from pathlib import Path

import pytest

from ringback.cli.main import COMMANDS, exit_code_of, main
from ringback.engine.problems import BrokenTest, RingbackError, Unavailable, UsageError


@pytest.mark.parametrize(
    ("error", "code"),
    [(UsageError("x"), 2), (BrokenTest("x"), 3), (Unavailable("care", "x"), 4)],
)
def test_errors_have_the_exit_codes_of_the_language(error: RingbackError, code: int) -> None:
    """A wrong call, a broken test and an unavailable system can be told apart by a pipeline."""
    assert exit_code_of(error) == code


def test_an_error_is_a_message_and_not_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A journey that cannot be explained is told with its place, excerpt and mend."""
    (tmp_path / "a.journey.yaml").write_text("journey: a\nsumary: b\nsteps: []\n")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(SystemExit) as ended:
        main(["explain", "a.journey.yaml"])

    told = capsys.readouterr().err
    assert ended.value.code == 3
    assert "a.journey.yaml:2:1: unknown key 'sumary'" in told
    assert "did you mean 'summary'?" in told
    assert "Traceback" not in told


def test_an_unknown_command_gets_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelt command is answered with the one that was meant, and exit code 2."""
    with pytest.raises(SystemExit) as ended:
        main(["lnit"])

    assert ended.value.code == 2
    assert "did you mean 'lint'?" in capsys.readouterr().err


def test_help_imports_no_command() -> None:
    """`ringback --help` tells of every command without importing one."""
    script = (
        "import sys\n"
        "from ringback.cli.main import main\n"
        "try:\n    main(['--help'])\n"
        "except SystemExit:\n    print([name for name in sys.modules if name.startswith('ringback.cli.')])\n"
    )

    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    assert all(name in told for name in COMMANDS)
    assert told.splitlines()[-1] == "['ringback.cli.lazy', 'ringback.cli.main']"


def test_list_and_explain_tell_a_journey(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`list` names the variants; `explain` says what is awaited and proved in the file's own words."""
    (tmp_path / "a.journey.yaml").write_text(
        "journey: a\nsummary: b\nmatrix: {device: [X, Y]}\nsteps:\n"
        "  - {id: c, name: See it, memory: d, answers: [{n: $matrix.device}], until: {n: {in: [X, Y]}}, within: 5s}\n"
    )
    monkeypatch.chdir(tmp_path)

    with pytest.raises(SystemExit) as listed:
        main(["list", "."])
    with pytest.raises(SystemExit) as explained:
        main(["explain", "a.journey.yaml"])

    told = capsys.readouterr().out
    assert (listed.value.code, explained.value.code) == (0, 0)
    assert "1 journey, 2 variants" in told
    assert "1. See it (memory d: answer)" in told
    assert "waits for at most 5 s until n is {in: [X, Y]}" in told
