"""The samples: made by code that shares nothing with the generator, and good files of their feeds."""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from ringback.synthetic_partners.bulk.reading import check

SAMPLES = Path(__file__).parent / "samples"


def script() -> ModuleType:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("make_samples", SAMPLES / "make_samples.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_script_knows_nothing_but_the_standard_library() -> None:
    """What makes the samples imports no code of ours and no library."""
    tree = ast.parse((SAMPLES / "make_samples.py").read_text())

    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

    assert {name.partition(".")[0] for name in imported} <= set(sys.stdlib_module_names)


def test_the_script_makes_the_committed_files(tmp_path: Path) -> None:
    """Each committed sample is what the script writes."""
    module = script()

    written = module.write(tmp_path)

    assert len(written) == 12
    for path in written:
        assert path.read_bytes() == (SAMPLES / path.relative_to(tmp_path)).read_bytes(), path.name


def test_every_sample_is_valid(feeds: Mapping[str, Any]) -> None:
    """The sample files obey all rules of their layouts."""
    for feed in feeds.values():
        for path in (*feed.learnt, *feed.held):
            assert check(feed.layout, path, file_name="").problems == (), path.name
