"""After a run of mixed orders the systems agree, and each rule notices the disagreement that it is there for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine

from ringback.assertions.reconcile.rules import Rule
from tests.integration.reference_stack.company import Company
from tests.integration.reference_stack.conftest import servers_of, until
from tests.integration.reference_stack.mixed.lives import BOUGHT, CHANGED, Lives
from tests.integration.reference_stack.mixed.people import lively
from tests.integration.reference_stack.mixed.rule_books import BOOK, MUTATIONS, mutate, rows

SIZE = int(os.environ.get("RINGBACK_TEST_MIXED_ORDERS", "70"))
"""How many orders are mixed; `RINGBACK_TEST_MIXED_ORDERS=500` is the whole proof."""

PACE = 0.02


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Company, Lives]]:
    """A company in which everybody has had what they ordered, with a bill for each account."""
    home: Path = tmp_path_factory.mktemp("mixed")
    with lively(home, *servers_of(home), pace=PACE) as running:
        running.stock(SIZE)
        lives = Lives(running, SIZE)
        lives.play()
        pending = "select event_id from evt_delivery where status <> 'delivered'"
        until(lambda: not running.stack.rows(pending), "an end of all deliveries")
        yield running, lives


@pytest.fixture(scope="module")
def engine(played: tuple[Company, Lives]) -> Iterator[Engine]:
    """The database of the company."""
    made = create_engine(played[0].stack.ready["database"])
    yield made
    made.dispose()


def test_every_order_ends_as_it_should(played: tuple[Company, Lives]) -> None:
    """All complete, but for those that were cancelled in time; every kind is among them."""
    states = played[1].states()

    cancelled = {state for kind, found in states.items() if "cancelled" in kind for state in found}
    assert set(states) == {*BOUGHT, *CHANGED, "port-out"}
    assert {kind: set(found) for kind, found in states.items() if "cancelled" not in kind} == {
        kind: {"completed"} for kind in states if "cancelled" not in kind
    }
    assert cancelled <= {"cancelled", "completed"}
    assert "cancelled" in cancelled


@pytest.mark.parametrize("rule", BOOK.rules, ids=lambda rule: rule.id)
def test_the_systems_agree(played: tuple[Company, Lives], engine: Engine, rule: Rule) -> None:
    """No rule returns a row of the whole company."""
    now = played[0].now()
    with engine.connect() as connection:
        assert rows(connection, rule, now=now) == []


@pytest.mark.parametrize("rule", BOOK.rules, ids=lambda rule: rule.id)
def test_a_rule_notices_its_disagreement(played: tuple[Company, Lives], engine: Engine, rule: Rule) -> None:
    """The mutation touches something and the rule returns a row; it is rolled back."""
    now = played[0].now()  # asked before: while the mutation is open the stack cannot write
    with engine.connect() as connection:
        touched = mutate(connection, rule.id)
        found = rows(connection, rule, now=now)
        connection.rollback()

    assert touched > 0
    assert found


def test_every_rule_has_its_mutation() -> None:
    """The 61 rules, none without proof that it can speak."""
    assert list(MUTATIONS) == [rule.id for rule in BOOK.rules] == [f"R{number:02d}" for number in range(1, 62)]
