"""Finds a project's root and the journeys in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

from ringback.engine.problems import UsageError

SIGNS = ("pyproject.toml", "pytest.ini", "fixtures/environments", ".git")
JOURNEY_ENDING = ".journey.yaml"
STEPS_ENDING = ".steps.yaml"
_ENDINGS = (JOURNEY_ENDING, STEPS_ENDING)


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


def misnamed_journeys(paths: Iterable[Path]) -> tuple[Path, ...]:
    """YAML files in these folders, and among these files, that hold a journey but are not named like one.

    Nobody would collect them, and nobody would miss them.
    """
    found: dict[Path, None] = {}
    for path in paths:
        inside = [path] if path.is_file() else [item for item in path.rglob("*.y*ml") if not _hidden(item, path)]
        for item in sorted(inside):
            if item.suffix in (".yaml", ".yml") and not item.name.endswith(_ENDINGS) and _holds_a_journey(item):
                found[item] = None
    return tuple(found)


def right_name(misnamed: Path) -> str:
    """How a misnamed journey file has to be called."""
    stem = misnamed.name.removesuffix(misnamed.suffix).removesuffix(".journey").removesuffix(".journeys")
    return f"{stem}{JOURNEY_ENDING}"


def _holds_a_journey(path: Path) -> bool:
    text = path.read_text(encoding="utf-8", errors="replace")
    return all(re.search(rf"^{key}:", text, re.MULTILINE) for key in ("journey", "steps"))


def _hidden(item: Path, root: Path) -> bool:
    return any(part.startswith(".") for part in item.relative_to(root).parts)
