"""The first look at a received file: its time, its parties, its mode."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ringback.reference_stack.gateway.arrival import Arrival, against_name
from ringback.reference_stack.gateway.content import Content
from ringback.reference_stack.gateway.names import read_name
from ringback.reference_stack.gateway.partners import CLEARING_HOUSE

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
NAME = "NPRESP_CH01_9X01_20261101120000_00007.txt"


def codes(created: datetime, **changes: object) -> list[str]:
    """The codes for a file with this head."""
    head = {"sender": "CH01", "receiver": "9X01", "sequence": 7, "created": created, "mode": "P"} | changes
    content = Content(**head, entries=(), fatal=())  # type: ignore[arg-type]  # the test's own mapping
    said = read_name(NAME)
    assert said is not None
    arrival = Arrival(CLEARING_HOUSE, Path(NAME), b"x", "", "2026-11-01T12:00:00.000Z")
    return [problem.code for problem in against_name(arrival, said, content, NOW)]


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(0), []),
        (timedelta(minutes=-5), []),
        (timedelta(minutes=-6), ["G015"]),
        (timedelta(days=30), []),
        (timedelta(days=31), ["G014"]),
    ],
)
def test_a_file_is_neither_from_the_future_nor_too_old(age: timedelta, expected: list[str]) -> None:
    """Five minutes ahead is clock skew, more is G015; thirty days back is the limit of G014."""
    assert codes(NOW - age) == expected


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sender": "ZZ99"}, "G009"),
        ({"receiver": "7Z03"}, "G009"),
        ({"sequence": 8}, "G002"),
        ({"mode": "T"}, "G018"),
    ],
)
def test_the_head_must_say_what_the_name_says(changes: dict[str, object], code: str) -> None:
    """Other parties, another number and test mode reject the file."""
    assert codes(NOW, **changes) == [code]
