"""Which browser is started: the variable's, the environment's, playwright's own, or the system's."""

from pathlib import Path

import pytest

from ringback.drivers.ui_browser import executable
from ringback.engine.problems import Unavailable


@pytest.fixture
def binary(tmp_path: Path) -> str:
    """A file that stands for a browser."""
    file = tmp_path / "chromium"
    file.touch()
    return str(file)


def test_the_variable_goes_before_the_environment(binary: str) -> None:
    """Whoever runs the tests has the last word."""
    assert executable("/nowhere/else", "/nowhere/own", headed=False, variable=binary) == binary


def test_the_environment_goes_before_playwrights_own(binary: str) -> None:
    """An environment file may name its browser."""
    assert executable(binary, "/nowhere/own", headed=False, variable=None) == binary


def test_playwrights_own_goes_before_the_systems(binary: str) -> None:
    """What `playwright install` brought fits playwright best."""
    assert executable(None, binary, headed=False, variable=None) == binary


def test_a_named_browser_that_is_not_there_is_told() -> None:
    """A wrong name is not replaced by another browser without a word."""
    with pytest.raises(Unavailable, match="/nowhere/chromium is not there - correct RINGBACK_CHROMIUM"):
        executable(None, "/nowhere/own", headed=False, variable="/nowhere/chromium")


def test_a_headless_shell_shows_no_window(tmp_path: Path) -> None:
    """`--headed` needs another browser than the headless shell."""
    shell = tmp_path / "chromium-headless-shell"
    shell.touch()

    assert executable(None, str(shell), headed=False, variable=None) == str(shell)
    assert str(shell) not in _found_headed(str(shell))


def _found_headed(own: str) -> str:
    try:
        return executable(None, own, headed=True, variable=None)
    except Unavailable as error:
        return str(error)
