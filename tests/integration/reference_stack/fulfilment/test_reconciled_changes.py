"""Whole lives of mobile lines, ordered at the counter: after each change the systems still agree."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine

from tests.integration.reference_stack.conftest import RunningStack, started, until
from tests.integration.reference_stack.mixed.rule_books import BOOK, rows
from tests.integration.reference_stack.ordering.conftest import Shop, item

# Services, resources, numbers, network and activation; the other rules are judged by their own areas.
RULES = ("R03", "R04", "R05", "R06", "R07", "R08", "R09", "R16", "R17", "R18", "R53", "R54", "R55", "R60")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The counter of a stack in which nothing else happens."""
    with started(tmp_path_factory.mktemp("reconciled")) as stack:
        yield Shop(stack)


def disagreements(stack: RunningStack) -> dict[str, list[dict[str, object]]]:
    """The rules that speak, with their rows."""
    engine = create_engine(stack.ready["database"])
    with engine.connect() as connection:
        found = {rule.id: rows(connection, rule) for rule in BOOK.chosen(RULES, ())}
    engine.dispose()
    return {rule: said for rule, said in found.items() if said}


def test_the_systems_agree_after_every_change_of_a_line(shop: Shop) -> None:
    """Bought, suspended, resumed, another plan, another card, another number, disconnected."""
    line = shop.bought(216, "MOBILE-SILVER")["MOBILE-SILVER"]
    changes = (
        {"status": "suspended"},
        {"status": "active"},
        {"offering": "MOBILE-PLATINUM"},
        {"characteristics": {"simType": "sim", "swapReason": "loss"}},
        {"characteristics": {"newNumber": "any"}},
    )

    assert disagreements(shop.stack) == {}
    for wanted in changes:
        shop.changed(216, item(1, "modify", line, **wanted))
        assert disagreements(shop.stack) == {}, wanted
    shop.changed(216, item(1, "delete", line))

    assert disagreements(shop.stack) == {}
    assert shop.status(line) == ["terminated"]


def test_the_systems_agree_after_a_cancellation_in_flight(shop: Shop) -> None:
    """An order that waits for a port is cancelled: nothing of it stays anywhere."""
    port = {"portInTn": "6175550991", "donorSpid": "8Y02", "accountNumber": "0012345", "pin": "0042", "zip": "02139"}
    order = shop.order(
        217, item(1, "add", offering="MOBILE-SILVER"), item(2, "add", offering="PORT-IN", characteristics=port)
    )
    rings = (
        "select a.id from act_task a join com_product_order o on o.correlation_id = a.correlation_id "
        "where o.id = ? and a.command = 'HLR-ACTIVATE' and a.verified_at <> ''"
    )
    until(lambda: shop.stack.rows(rings, order), "a line on its temporary number")

    shop.stack.client.post(
        "/tmf-api/productOrderingManagement/v4/cancelProductOrder", json={"productOrder": {"id": order}}
    )
    shop.reaches(order, "cancelled")
    below = "select * from som_service_order where product_order_id = ? and state = 'cancelled'"
    until(lambda: shop.stack.rows(below, order), "a cancelled service order")

    assert disagreements(shop.stack) == {}
