"""COM's own rules without a running stack: carts, the way between states, the roll-up with its defect."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from ringback.reference_stack.defects import DefectSwitches
from ringback.reference_stack.kernel.errors import TmfError
from ringback.reference_stack.kernel.machines import PRODUCT_ORDER_ITEM
from ringback.reference_stack.systems.ordering.cart import read_cart
from ringback.reference_stack.systems.ordering.progress import _way, rolled_up

PARTY = {"relatedParty": [{"id": "CUST-1", "role": "customer"}]}


def item(identity: str, offering: str, **more: object) -> dict[str, object]:
    """A posted order item."""
    return {"id": identity, "action": "add", "productOffering": {"id": offering}, **more}


def test_nested_and_related_items_become_the_same_cart() -> None:
    """A bundle may be posted as a tree or as a flat list with bundledBy."""
    child = item("2", "LINE")
    related = child | {"productOrderItemRelationship": [{"id": "1", "relationshipType": "bundledBy"}]}

    tree = read_cart(PARTY | {"productOrderItem": [item("1", "BUNDLE", productOrderItem=[child])]})
    flat = read_cart(PARTY | {"productOrderItem": [item("1", "BUNDLE"), related]})

    assert tree.items == flat.items
    assert [(one.number, one.parent) for one in tree.items] == [("1", ""), ("2", "1")]


def test_all_faults_of_a_cart_are_told_at_once() -> None:
    """One answer names the missing customer, the double number and the parent that is not there."""
    stranger = item("1", "LINE", productOrderItemRelationship=[{"id": "9", "relationshipType": "bundledBy"}])

    with pytest.raises(TmfError) as refused:
        read_cart({"productOrderItem": [item("1", "BUNDLE"), stranger]})

    assert refused.value.status == 400
    for fault in ("names no customer", "id 1 is there twice", "bundled by 9, which is not in the order"):
        assert fault in refused.value.reason


@pytest.mark.parametrize(
    ("old", "new", "way"),
    [
        ("inProgress", "completed", ("completed",)),
        ("pending", "completed", ("inProgress", "completed")),
        ("acknowledged", "cancelled", ("pending", "cancelled")),
        ("inProgress", "cancelled", ("pending", "cancelled")),
    ],
)
def test_an_item_goes_the_shortest_legal_way(old: str, new: str, way: tuple[str, ...]) -> None:
    """What a state machine does not allow directly is done in its own steps, each with its history."""
    assert _way(PRODUCT_ORDER_ITEM, old, new) == way


def test_there_is_no_way_out_of_a_final_state() -> None:
    """A completed item stays completed."""
    with pytest.raises(TmfError, match="completed -> inProgress"):
        _way(PRODUCT_ORDER_ITEM, "completed", "inProgress")


@pytest.mark.parametrize(("defects", "state"), [((), "completed"), (("D01",), "inProgress")])
def test_defect_d01_forgets_the_items_of_promotions(defects: tuple[str, ...], state: str) -> None:
    """All items are complete; with the defect the order never is."""
    stack = cast("Any", SimpleNamespace(defects=DefectSwitches(defects)))
    items = cast("Any", [{"state": "completed", "promotion_id": None}, {"state": "completed", "promotion_id": "P"}])

    assert rolled_up(stack, items) == state
