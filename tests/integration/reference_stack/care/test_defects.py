"""Each defect of the console: with it on the naive check still passes and the real one notices, off it is clean."""

from __future__ import annotations

import pytest

from tests.integration.reference_stack.care.conftest import product_of
from tests.integration.reference_stack.care.screens import Counter
from tests.integration.reference_stack.care.test_changes import orders_of
from tests.integration.reference_stack.care.test_queues import all_pages, cases
from tests.integration.reference_stack.conftest import RunningStack
from tests.integration.reference_stack.ordering.conftest import COPPER, Shop, item


def sold(rep: Counter, typed_zip: str) -> dict[str, str]:
    """The review of a bundle with a port, and what a rep reads on it."""
    rep.open("/customers/CUST-00075/orders/new")
    rep.post("/check-address")
    rep.post("/address", zip=typed_zip)
    port = {"provider": "north-tel", "number": "6175550275", "account_number": "0012345", "pin": "0042"}
    return rep.post("/offer", offer="MOBILE-GOLD-BUNDLE", credit_consent="yes", **port).values


@pytest.mark.defect("D11")
def test_d11_loses_leading_zeros_between_screen_and_order(running: RunningStack, rep: Counter, shop: Shop) -> None:
    """The form is taken and the order submitted; account number and PIN of the order are not what was typed."""
    zip_code = rep.open("/customers/CUST-00075").values["Address"].split()[-1]
    sent = {}
    for on in (True, False):
        if on:
            with running.defect("D11"):
                sold(rep, zip_code)
                page = rep.post("/submit")
        else:
            sold(rep, zip_code)
            page = rep.post("/submit")
        assert page.status == 200
        assert "The order was submitted" in page.html
        order = page.values["Order id"]
        rows = shop.stack.rows(
            "select c.name, c.value from com_order_item_char c join com_order_item i on i.id = c.item_id "
            "where i.order_id = ? order by c.name",
            order,
        )
        sent[on] = {str(row["name"]): str(row["value"]) for row in rows}
        shop.stack.client.post(
            "/tmf-api/productOrderingManagement/v4/cancelProductOrder", json={"productOrder": {"id": order}}
        )

    typed = {"accountNumber": "0012345", "pin": "0042", "zip": zip_code}
    assert {name: sent[False][name] for name in typed} == typed
    assert {name: sent[True][name] for name in typed} == {
        "accountNumber": "12345",
        "pin": "42",
        "zip": zip_code.lstrip("0"),
    }


@pytest.mark.defect("D58")
def test_d58_opens_the_old_tool_for_legacy_products(running: RunningStack, rep: Counter, shop: Shop) -> None:
    """The page loads and says Saved, but no product order was made; without the defect there is exactly one."""
    order = shop.order(76, item(1, "add", offering="DSL-50", place=[COPPER]))
    shop.reaches(order, "completed")
    product = product_of(shop, order)
    with running.defect("D58"):
        page = rep.open(f"/products/{product}/changes/plan")
        assert page.status == 200
        assert rep.post("/review", profile="DSL-50").values["notice"] == "Saved."
    assert [row["change_kind"] for row in orders_of(shop, product)] == ["add"]

    rep.open(f"/products/{product}/changes/plan")
    rep.post("/review", plan="DSL-100")
    made = rep.post("/submit").url.split("/")[-1].split("?")[0]
    shop.reaches(made, "completed")

    assert [row["change_kind"] for row in orders_of(shop, product)] == ["add", "plan"]


@pytest.mark.defect("D59")
def test_d59_shows_the_first_fifty_cases_by_id(running: RunningStack, rep: Counter) -> None:
    """The screen shows cases all right, but not as many as there are, and not the oldest deadline first."""
    cases(running, 60)
    count = running.rows("select count(*) as n from flt_case where status <> 'closed'")[0]["n"]
    with running.defect("D59"):
        spoilt = all_pages(rep)
    whole = all_pages(rep)

    assert len(spoilt) == 50
    assert [row["Case"] for row in spoilt] == sorted(row["Case"] for row in spoilt)
    assert len(whole) == count
    due = [row["Answer due"] for row in whole if row["Answer due"]]
    assert due == sorted(due)
