"""Changes of products: what is offered follows kind and state, and each makes one item for its product."""

from dataclasses import replace

import pytest

from ringback.reference_stack.care.assortment import Bundle, Catalogue, Choice
from ringback.reference_stack.care.changes import ACTIONS, Change, offered, problems, product_order, read_change
from ringback.reference_stack.care.customer_view import ProductRow
from ringback.reference_stack.care.words import pill

SILVER = Choice("SILVER", "Silver", "PS-MOBILE", "postpaid")
GOLD = Choice("GOLD", "Gold", "PS-MOBILE", "postpaid")
PREPAID = Choice("PREPAID", "Prepaid", "PS-MOBILE", "prepaid")
SOLD = Catalogue(
    tuple(Bundle(one.id, one.name, (), (), None, one.specification) for one in (SILVER, GOLD, PREPAID)),
    {},
    (SILVER, GOLD, PREPAID),
)
LINE = ProductRow("P-1", "Silver", 0, pill("active"), "", None, (), "", "SILVER", "PS-MOBILE")
NUMBER = "WEB-7F3K2M9QTD"
P1: dict[str, object] = {"id": "P-1"}
BY_ID = {action.id: action for action in ACTIONS}


def test_what_is_offered_follows_state_and_kind() -> None:
    """A suspended line is resumed or ended; what is pending or of no service cannot be changed."""
    assert [action.id for action in offered(LINE, SOLD)] == [
        "plan", "suspend", "sim", "number", "pass", "disconnect",
    ]  # fmt: skip
    assert [one.id for one in offered(replace(LINE, status=pill("suspended")), SOLD)] == ["resume", "disconnect"]
    assert offered(replace(LINE, status=pill("pendingActive")), SOLD) == ()
    assert offered(replace(LINE, specification="PS-DEVICE"), SOLD) == ()


def test_a_plan_may_become_one_that_is_paid_in_the_same_way() -> None:
    """Postpaid stays postpaid, and a plan that is sold no more is none."""
    assert SOLD.successors("SILVER") == (GOLD,)
    assert SOLD.successors("PREPAID") == ()
    assert replace(SOLD, bundles=()).successors("SILVER") == ()


@pytest.mark.parametrize(
    ("action", "change", "item"),
    [
        (
            "plan",
            Change(plan="GOLD"),
            {"action": "modify", "productOffering": {"id": "GOLD"}, "product": {"id": "P-1"}},
        ),
        ("suspend", Change(), {"action": "modify", "product": {"id": "P-1", "status": "suspended"}}),
        ("resume", Change(), {"action": "modify", "product": {"id": "P-1", "status": "active"}}),
        ("disconnect", Change(), {"action": "delete", "product": {"id": "P-1"}}),
    ],
)
def test_each_change_is_one_item(action: str, change: Change, item: dict[str, object]) -> None:
    """The order carries the form's own number and one item that names the product."""
    body = product_order(
        LINE,
        BY_ID[action],
        replace(change, order_number=NUMBER),
        customer_id="CUST-1",
        account_id="ACC-1",
        channel={"id": "care"},
    )

    assert body["externalId"] == NUMBER
    assert body["productOrderItem"] == [{"id": "1", "quantity": 1, **item}]


def test_a_day_is_the_markets_midnight() -> None:
    """A change on a summer day begins at four in UTC, on a winter day at five."""
    wanted = {"2027-07-01": "2027-07-01T04:00:00.000Z", "2027-01-15": "2027-01-15T05:00:00.000Z"}

    for day, instant in wanted.items():
        body = product_order(
            LINE, BY_ID["plan"], Change(NUMBER, "GOLD", day), customer_id="C", account_id="A", channel={}
        )
        assert body["requestedStartDate"] == instant


def test_what_is_wrong_is_told_by_field() -> None:
    """A number that no form minted, a plan that is not offered, a day that has passed, an EID that is none."""

    def wrong(action: str, change: Change) -> set[str]:
        found = problems(BY_ID[action], change, plans=["GOLD"], numbers=["5125550100"], today="2026-11-21")
        return set(found)

    assert wrong("plan", Change(NUMBER, "GOLD", "2026-11-21")) == set()
    assert wrong("plan", Change("WEB-1", "TIN", "2026-11-20")) == {"order_number", "plan", "starts"}
    assert wrong("sim", Change(NUMBER, sim="esim", eid="1" * 32)) == {"reason", "eid"}
    assert wrong("number", Change(NUMBER, number="5125559999")) == {"number"}
    assert read_change({"eid": "8904 9032", "foreign": "x"}).eid == "89049032"
