"""A release defect is one question at the place of the difference, and has a test that the naive check passes."""

import re
from pathlib import Path

from ringback.reference_stack.defects import DEFECTS

ROOT = Path(__file__).parents[2]
_ASKED = re.compile(r'defects\.on\(\s*"(D\d\d)"\s*\)')
_MARKED = re.compile(r'mark\.defect\("(D\d\d)"\)')


def _found(folder: str, pattern: re.Pattern[str]) -> set[str]:
    return {name for path in (ROOT / folder).rglob("*.py") for name in pattern.findall(path.read_text("utf-8"))}


def test_every_defect_can_be_seen() -> None:
    """The table promises nothing that no line of the stack does."""
    assert set(DEFECTS) - _found("reference_stack", _ASKED) == set()


def test_every_question_is_in_the_table() -> None:
    """A misspelt id would never be on."""
    assert _found("reference_stack", _ASKED) - set(DEFECTS) == set()


def test_every_defect_has_its_proof() -> None:
    """A test with the defect on, in which the naive check passes and the real one notices."""
    assert set(DEFECTS) - _found("tests", _MARKED) == set()
