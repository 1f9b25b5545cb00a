"""Who may import whom: the table of docs/architecture.md, read from the source files."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EVERYTHING = frozenset(
    {"facade", "engine", "drivers", "assertions", "synthetic_partners", "journeys"}
    | {"reports", "operations", "reference_stack", "fixtures", "cli"}
)
ALLOWED = {
    "facade": EVERYTHING - {"reference_stack"},
    "engine": frozenset[str](),
    "drivers": frozenset({"engine"}),
    "assertions": frozenset({"engine"}),
    "synthetic_partners": frozenset({"engine", "drivers"}),
    "journeys": frozenset({"engine"}),
    "reports": frozenset({"engine"}),
    "operations": frozenset({"engine", "reports.record"}),
    "reference_stack": frozenset[str](),
    "fixtures": EVERYTHING - {"cli", "reference_stack"},
    "cli": EVERYTHING - {"reference_stack"},
}


def imported(path: Path) -> Iterator[str]:
    """The modules a file imports, with their full names."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            module = node.module or ""
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def breaches(folder: str) -> Iterator[str]:
    """Imports of a folder that the table does not allow."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        for name in imported(path):
            top = name.split(".")[0]
            if top in EVERYTHING - {"fixtures"}:
                yield f"{path.relative_to(ROOT)}: {name} (write ringback.{name})"
            if top != "ringback" or name == "ringback":
                continue
            inside = name.removeprefix("ringback.")
            target = inside.split(".")[0]
            permitted = (target == folder, target not in EVERYTHING, target in ALLOWED[folder])
            if not any(permitted) and not any(inside.startswith(part) for part in ALLOWED[folder] if "." in part):
                yield f"{path.relative_to(ROOT)}: {name}"


@pytest.mark.parametrize("folder", sorted(EVERYTHING))
def test_each_folder_imports_only_what_the_table_allows(folder: str) -> None:
    """A folder imports itself and what the table allows it, nothing else of ours."""
    assert list(breaches(folder)) == []


def test_only_fixtures_knows_pytest() -> None:
    """Pytest is imported in `fixtures/` alone, so that the engine serves other runners too."""
    outside = sorted(EVERYTHING - {"fixtures"})

    guilty = [
        str(path.relative_to(ROOT))
        for folder in outside
        for path in sorted((ROOT / folder).rglob("*.py"))
        if any(name.split(".")[0] in {"pytest", "_pytest"} for name in imported(path))
    ]

    assert guilty == []


def test_nobody_imports_the_reference_stack() -> None:
    """A test and its subject share no code: even the tests start the stack by its command line or its own package."""
    guilty = [
        str(path.relative_to(ROOT))
        for folder in sorted(EVERYTHING - {"reference_stack"})
        for path in sorted((ROOT / folder).rglob("*.py"))
        if any(name.startswith("ringback.reference_stack") for name in imported(path))
    ]

    assert guilty == []
