"""State machines and the roll-up of items."""

import pytest

from ringback.reference_stack.kernel import machines
from ringback.reference_stack.kernel.machines import MACHINES, legal, roll_up


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_every_state_of_a_machine_can_be_reached(machine: machines.Machine) -> None:
    """No state of a table is an island."""
    reached = set(machine.initial)

    while more := {step for state in reached for step in machine.steps[state]} - reached:
        reached |= more

    assert reached == set(machine.states)


@pytest.mark.parametrize(
    ("old", "new", "allowed"),
    [
        (None, "acknowledged", True),
        (None, "inProgress", False),
        ("acknowledged", "inProgress", True),
        ("acknowledged", "completed", False),
        ("inProgress", "partial", True),
        ("pending", "completed", False),
        ("held", "cancelled", True),
        ("completed", "inProgress", False),
        ("inProgress", "inProgress", True),
    ],
)
def test_a_product_order_takes_only_the_steps_of_its_table(old: str | None, new: str, *, allowed: bool) -> None:
    """TMF622's diagram decides, and staying where one is is no step."""
    assert legal(machines.PRODUCT_ORDER, old, new) is allowed


def test_an_item_is_never_partial() -> None:
    """The state partial belongs to orders only."""
    assert "partial" not in machines.PRODUCT_ORDER_ITEM.states


def test_the_final_states_of_an_order_have_no_way_out() -> None:
    """Final states are those that nothing follows."""
    assert set(machines.PRODUCT_ORDER.final) == {"completed", "failed", "partial", "rejected", "cancelled"}


@pytest.mark.parametrize(
    ("items", "order"),
    [
        ("completed completed", "completed"),
        ("failed failed", "failed"),
        ("completed failed", "partial"),
        ("completed cancelled", "partial"),
        ("cancelled cancelled", "cancelled"),
        ("failed cancelled", "failed"),
        ("rejected rejected", "rejected"),
        ("acknowledged acknowledged", "acknowledged"),
        ("completed inProgress", "inProgress"),
        ("completed pending", "pending"),
        ("pending inProgress", "inProgress"),
        ("held inProgress", "held"),
        ("held pending", "held"),
    ],
)
def test_an_order_is_what_its_items_add_up_to(items: str, order: str) -> None:
    """The roll-up rule of the stack."""
    assert roll_up(items.split()) == order
