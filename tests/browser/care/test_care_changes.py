"""Changing what a customer has, with a real browser: feedback while typing, and one order for an impatient click."""

import httpx
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

ORDERS = "/tmf-api/productOrderingManagement/v4/productOrder"
PLAN = "FIBRE-1000"
TEST_IDS = {"EID": "eid", "ICCID": "iccid", "Own device IMEI": "own-imei"}
FEEDBACK = (
    ("EID", "8904 9032 0000 0100 0000 0123 4567 8954", "check digits are right"),
    ("EID", "89049032000001000000012345678901", "check digits are wrong"),
    ("EID", "8904", "4 of 32 digits"),
    ("ICCID", "8901998000000003017", "check digit is right"),
    ("ICCID", "8901998000000003018", "check digit is wrong"),
    ("Own device IMEI", "490154203237518", "check digit is right"),
)


def test_a_change_that_is_clicked_twice_is_one_order(rep: Page, care: str, systems: httpx.Client) -> None:
    """From the customer's products to the order, by what a rep reads on the screen."""
    rep.goto(f"{care}/customers/CUST-00031")
    rep.get_by_role("link", name="Change plan Fibre 500").click()
    rep.get_by_label("New plan").select_option(PLAN)
    rep.get_by_role("button", name="Review").click()
    expect(rep.get_by_label("New plan", exact=True)).to_have_text("Fibre 1000")
    expect(rep.get_by_role("table", name="Next bill")).to_contain_text("Fibre 1000 monthly")

    rep.get_by_role("button", name="Submit change").dblclick()

    expect(rep.get_by_role("status")).to_contain_text("The order was submitted")
    number = rep.get_by_label("Order number", exact=True).inner_text()
    assert len(systems.get(ORDERS, params={"externalId": number}).json()) == 1


def test_check_digits_are_told_while_they_are_typed(rep: Page, care: str) -> None:
    """A rep hears of a wrong digit before the form is sent."""
    rep.goto(f"{care}/customers/CUST-00032/orders/new")
    rep.get_by_role("button", name="Check address").click()
    rep.get_by_role("button", name="Continue").click()

    for label, typed, said in FEEDBACK:
        rep.get_by_label(label, exact=True).fill("")
        rep.get_by_label(label, exact=True).press_sequentially(typed)
        expect(rep.get_by_test_id(f"{TEST_IDS[label]}-feedback")).to_have_text(said)


def test_axe_would_find_a_field_without_its_label(rep: Page, care: str) -> None:
    """The search for faults is no empty gesture."""
    rep.goto(f"{care}/files")
    rep.evaluate("document.querySelector('label[for=partner]').remove()")

    found = Axe().run(rep).response["violations"]

    assert "select-name" in {one["id"] for one in found}
