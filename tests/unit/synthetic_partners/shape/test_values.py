"""Times and numbers of a column, as the standard library reads them one by one."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from ringback.synthetic_partners.shape.patterns import loose, patterns, stretched
from ringback.synthetic_partners.shape.values import are_numbers, numbers, seconds, time_format, written

TIMES = [
    b"20260310120000", b"20240229235959", b"20260229000000", b"20261301000000", b"20260310240000",
    b"", b"202603101200001", b"19991231000001", b"2026 310120000", b"20260631000000",
]  # fmt: skip


@pytest.mark.parametrize("shape", ["%Y%m%d%H%M%S", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S.%fZ", "%m/%d/%Y %H:%M"])
def test_a_column_of_times_is_read_as_strptime_does(shape: str) -> None:
    """Good times of full width get their seconds, others no number; written again, a time is what it was."""
    good = [
        datetime(2026, 3, 10, 12, 30, tzinfo=UTC),
        datetime(2024, 2, 29, tzinfo=UTC),
        datetime(1999, 12, 31, tzinfo=UTC),
    ]
    texts = np.array([*TIMES, *(one.strftime(shape.replace("%f", "000")).encode() for one in good)], np.bytes_)

    found = seconds(texts, shape)

    for text, number in zip(texts.tolist(), found.tolist(), strict=True):
        try:
            expected = datetime.strptime(text.decode(), shape).replace(tzinfo=UTC).timestamp()
        except ValueError:
            assert np.isnan(number), text
        else:
            assert number == expected, text
            assert written(np.array([number]), shape).tolist() == [text]


def test_formats_of_times_are_recognised() -> None:
    """A column of days, and a column of numbers that are no days."""
    assert time_format(np.array([b"2026-03-10", b"2026-04-30", b"2025-12-31"])) == "%Y-%m-%d"
    assert time_format(np.array([b"12345678", b"99999999", b"20261399"])) == ""


def test_numbers_are_told_from_other_texts() -> None:
    """Decimals and signs are numbers, dates and words are not."""
    assert are_numbers(np.array([b"1", b"-2.50", b"0042"]))
    assert not are_numbers(np.array([b"1", b"2026-03-10"]))
    assert not are_numbers(np.array([b"1", b"nan"]))
    assert numbers(np.array([b"1.5", b"x", b"-2"])).tolist()[::2] == [1.5, -2.0]


def test_patterns() -> None:
    """Digits, capitals and small letters have a sign each; runs join, and stretch to a length again."""
    assert patterns(np.array([b"MA 02139", b"O'Neil-x", b""])).tolist() == [b"AA 99999", b"A'Aaaa-a", b""]
    assert loose("AAA99-9") == "A9-9"
    assert stretched("A 9", 8) == "AAAA 999"
    assert stretched("A-A", 2) == "A-"
