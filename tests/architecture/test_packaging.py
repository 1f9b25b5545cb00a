"""The wheel holds every package of the tree: the explicit list in pyproject.toml is compared with the folders."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]


def packages_of_the_tree() -> set[str]:
    """Every folder with an __init__.py below a package folder, by its import name."""
    folders = dict(SETTINGS["package-dir"])
    found = set()
    for name, folder in folders.items():
        for init in (ROOT / folder).rglob("__init__.py"):
            inner = init.parent.relative_to(ROOT / folder).parts
            found.add(".".join((name, *inner)))
    return found


def test_package_list_equals_the_tree() -> None:
    """A package that is not listed would be missing from the wheel."""
    assert sorted(SETTINGS["packages"]) == sorted(packages_of_the_tree())


def test_data_files_of_packages_are_listed() -> None:
    """Files other than Python that lie inside a package are matched by a package-data pattern."""
    listed = SETTINGS["package-data"]
    missing = []
    for name, folder in SETTINGS["package-dir"].items():
        for path in (ROOT / folder).rglob("*"):
            if path.is_dir() or path.suffix in {".py", ".pyc"} or "__pycache__" in path.parts:
                continue
            owner, base = _owner(name, ROOT / folder, path)
            if not any(
                path.match(f"{base}/{pattern}") or path.relative_to(base).match(pattern)
                for pattern in listed.get(owner, [])
            ):
                missing.append(str(path.relative_to(ROOT)))
    assert missing == []


def _owner(name: str, root: Path, path: Path) -> tuple[str, Path]:
    """The innermost package a file belongs to, and its folder."""
    folder = path.parent
    while folder != root and not (folder / "__init__.py").exists():
        folder = folder.parent
    inner = folder.relative_to(root).parts
    return ".".join((name, *inner)), folder
