"""Files that come with Ringback serve where a project has none of its own."""

from pathlib import Path

from ringback.engine.project import project_file

NAME = "fixtures/environments/embedded.yaml"


def test_a_project_without_the_file_gets_the_one_that_comes_with_ringback(tmp_path: Path) -> None:
    """A folder with nothing but a journey can use the embedded environment."""
    assert project_file(tmp_path, NAME).is_file()


def test_the_projects_own_file_wins(tmp_path: Path) -> None:
    """A carrier's file of the same name is the one that is read."""
    own = tmp_path / NAME
    own.parent.mkdir(parents=True)
    own.write_text("environment: embedded\n")

    assert project_file(tmp_path, NAME) == own


def test_a_file_that_nobody_has_is_named_where_the_project_would_have_it(tmp_path: Path) -> None:
    """So that the message says where to write it."""
    assert project_file(tmp_path, "fixtures/nothing.yaml") == tmp_path / "fixtures/nothing.yaml"
