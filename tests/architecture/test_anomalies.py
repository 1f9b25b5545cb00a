"""Every anomaly of the table has a test that shows what the gateway of the reference stack does with it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from ringback.synthetic_partners.anomalies import ANOMALIES

ROOT = Path(__file__).resolve().parents[2]


def marked(folder: str) -> Iterator[str]:
    """The ids in `pytest.mark.anomaly(...)` of a folder, and the first word of lists that are marked item by item."""
    for path in sorted((ROOT / folder).rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.anomaly":
                yield from (one.value for one in node.args if isinstance(one, ast.Constant))
        yield from listed(path)


def listed(path: Path) -> Iterator[str]:
    """Ids in the tables of a test module whose parameters are marked by a comprehension."""
    tree = ast.parse(path.read_text("utf-8"))
    tables = [node.value for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign) and node.value]
    comprehensions = [one for one in ast.walk(tree) if isinstance(one, ast.ListComp) and "anomaly" in ast.unparse(one)]
    tables += [generator.iter for one in comprehensions for generator in one.generators]
    if "pytest.mark.anomaly" in path.read_text("utf-8"):
        constants = (one.value for table in tables for one in ast.walk(table) if isinstance(one, ast.Constant))
        yield from (text[:3] for text in constants if isinstance(text, str) and text[:3] in ANOMALIES)


def test_every_anomaly_is_shown_on_the_reference_stack() -> None:
    """A01 to A40: none is only listed."""
    assert sorted(set(ANOMALIES) - set(marked("tests/integration/reference_stack"))) == []


def test_no_mark_names_an_anomaly_that_is_none() -> None:
    """A misspelt mark would show nothing."""
    assert sorted(set(marked("tests/integration/reference_stack")) - set(ANOMALIES)) == []
