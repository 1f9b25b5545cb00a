"""What usage costs, by the table of rates."""

import pytest

from ringback.reference_stack.systems.billing.tariffs import GIGABYTE, Use, rated


@pytest.mark.parametrize(
    ("use", "cents"),
    [
        (Use("MOBILE-GOLD", "voice", 600), 0),
        (Use("MOBILE-GOLD", "voice", 600, roaming=True), 250),
        (Use("MOBILE-GOLD", "voice", 601, roaming=True), 275),
        (Use("MOBILE-GOLD", "voice", 601, roaming=True, passed=True), 0),
        (Use("PREPAID-START", "voice", 1), 10),
        (Use("PREPAID-START", "voice", 0), 0),
        (Use("MOBILE-GOLD", "data", 20 * GIGABYTE), 0),
        (Use("MOBILE-GOLD", "data", 1, before=20 * GIGABYTE), 1),
        (Use("MOBILE-GOLD", "data", 2 * GIGABYTE, before=19 * GIGABYTE), 1000),
        (Use("MOBILE-GOLD", "data", GIGABYTE, before=25 * GIGABYTE), 1000),
        (Use("PREPAID-START", "data", 1_500_000), 2),
    ],
)
def test_begun_blocks_are_paid_for(use: Use, cents: int) -> None:
    """Home is free or within the allowance; abroad each begun minute counts, but for a pass."""
    found = rated(use)

    assert found is not None
    assert found[1] == cents


def test_nobody_guesses_a_price() -> None:
    """An offering without tariff, and a kind of usage that the tariff does not name, have no price."""
    assert rated(Use("VOICE-HOME", "voice", 60)) is None
    assert rated(Use("MOBILE-GOLD", "fax", 1)) is None
