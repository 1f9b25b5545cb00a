"""Reps, operators and customers of the care console, each with a browser of plain HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from tests.integration.reference_stack.care.screens import Counter, Screen
from tests.integration.reference_stack.conftest import RunningStack, until
from tests.integration.reference_stack.ordering.conftest import Shop


def counter(stack: RunningStack, user: str = "rep1") -> Counter:
    """Somebody who has signed in."""
    secrets = json.loads((stack.home / "secrets.json").read_text("utf-8"))
    staff = {"rep1": "REP_PASSWORD", "operator1": "OPERATOR_PASSWORD"}
    door = "" if user in staff else "/self"
    return Counter(stack.ready["url"], door, user, secrets[staff.get(user, "SELFCARE_PASSWORD")])


@pytest.fixture
def rep(running: RunningStack) -> Iterator[Counter]:
    """A rep at the console."""
    somebody = counter(running)
    yield somebody
    somebody.close()


@pytest.fixture
def shop(running: RunningStack) -> Shop:
    """The order system behind the console."""
    return Shop(running)


@pytest.fixture
def own(running: RunningStack) -> Iterator[Callable[[str], Counter]]:
    """Signs a customer in to self-care."""
    opened: list[Counter] = []

    def work(customer: str) -> Counter:
        opened.append(counter(running, customer))
        return opened[-1]

    yield work
    for somebody in opened:
        somebody.close()


def reaches(who: Counter, order_path: str, state: str) -> Screen:
    """The page of an order, once the order is in a state."""

    def look() -> Screen | None:
        values = who.open(order_path).values
        return who.at if state in (values.get("Order state"), values.get("order-state")) else None

    return until(look, f"an order {state}")


def product_of(shop: Shop, order: str) -> str:
    """The product that an order made."""
    rows = shop.stack.rows("select product_id from com_order_item where order_id = ? order by item_no", order)
    return str(rows[0]["product_id"])
