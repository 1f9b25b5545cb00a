"""Tails of distributions, against values of statistical tables."""

from __future__ import annotations

import pytest

from ringback.synthetic_partners.shape.chance import (
    chi_square_tail,
    homogeneity_tail,
    rank_tail,
    share_tail,
    smirnov_tail,
)


@pytest.mark.parametrize(
    ("statistic", "freedom", "tail"),
    [
        (3.8415, 1, 0.05),
        (6.6349, 1, 0.01),
        (18.307, 10, 0.05),
        (29.588, 10, 0.001),
        (124.342, 100, 0.05),
        (2.706, 1, 0.1),
    ],
)
def test_chi_square(statistic: float, freedom: int, tail: float) -> None:
    """The tail is that of the table."""
    assert chi_square_tail(statistic, freedom) == pytest.approx(tail, rel=0.001)


def test_smirnov() -> None:
    """A distance of 1.358 / sqrt(n / 2) has a tail of 5 % for large samples."""
    assert smirnov_tail(1.3581 / (50_000**0.5), 100_000, 100_000) == pytest.approx(0.05, rel=0.02)
    assert smirnov_tail(0.0, 100, 100) == 1.0


def test_shares() -> None:
    """Equal shares are no surprise; none of 500 where 5 % had it is one; large numbers agree with small ones."""
    assert share_tail(50, 1000, 25, 500) == pytest.approx(1.0, abs=0.1)
    assert share_tail(50, 1000, 0, 500) < 1e-6
    assert share_tail(0, 10, 0, 10) == 1.0
    assert share_tail(1040, 100_000, 980, 100_000) == pytest.approx(0.189, abs=0.02)


def test_homogeneity() -> None:
    """Rows of one distribution have a large tail, others a small one; labels that are too rare are taken together."""
    assert homogeneity_tail([100, 200, 300], [50, 100, 150]) == 1.0
    assert homogeneity_tail([100, 200, 300], [300, 200, 100]) < 1e-20
    assert homogeneity_tail([100, 1, 0, 0], [100, 0, 1, 1]) > 0.05
    assert homogeneity_tail([10, 0], [0, 0]) == 1.0


def test_ranks() -> None:
    """Samples that are far apart in rank are told from mixed ones."""
    assert rank_tail(range(10), range(100, 110)) < 0.001
    assert rank_tail([1, 3, 5, 7, 9], [2, 4, 6, 8, 10]) > 0.5
