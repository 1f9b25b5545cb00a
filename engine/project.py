"""Finds a project's root and the journeys in it."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

from ringback.engine.problems import UsageError

SIGNS = ("pyproject.toml", "pytest.ini", "fixtures/environments", ".git")
JOURNEY_ENDING = ".journey.yaml"
STEPS_ENDING = ".steps.yaml"


def find_project(start: Path) -> Path:
    """The nearest folder from `start` upwards that looks like a project's root; `start` itself when none does."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if any((folder / sign).exists() for sign in SIGNS):
            return folder
    return start


def project_file(project: Path, name: str) -> Path:
    """A file that a project may have of its own, else the one that comes with Ringback under the same name.

    So the embedded environment, its contracts and its test data serve in a folder that holds nothing but a journey.
    """
    own = project / name
    if own.exists():
        return own
    built_in = Path(str(files("ringback"))) / name
    return built_in if built_in.exists() else own


def project_of(paths: Iterable[Path], here: Path) -> Path:
    """The project that `here` is in; the project of the first path when that lies outside of it."""
    project = find_project(here)
    for path in paths:
        given = path.resolve()
        return project if given.is_relative_to(project) else find_project(given if given.is_dir() else given.parent)
    return project


def journey_files(paths: Iterable[Path], endings: tuple[str, ...] = (JOURNEY_ENDING,)) -> tuple[Path, ...]:
    """The files named, and those with these endings in the folders named; UsageError for what is not there."""
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_file():
            found[path.resolve()] = None
        elif path.is_dir():
            inside = (item for item in path.rglob("*.yaml") if item.name.endswith(endings))
            found.update(dict.fromkeys(sorted(item.resolve() for item in inside if not _hidden(item, path))))
        else:
            raise UsageError(f"there is no file or folder {path}", "is the path right from here?")
    return tuple(found)


def _hidden(item: Path, root: Path) -> bool:
    return any(part.startswith(".") for part in item.relative_to(root).parts)
