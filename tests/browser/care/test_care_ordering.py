"""Taking an order in the console, from the address to the order page, in a real browser against a living stack."""

import re
from collections.abc import Callable

import httpx
from playwright.sync_api import Page, expect

ORDERS = "/tmf-api/productOrderingManagement/v4/productOrder"


def shown(page: Page, label: str) -> str:
    """A labelled value of the page."""
    return page.get_by_label(label, exact=True).inner_text()


def ordered(systems: httpx.Client, number: str) -> list[dict[str, object]]:
    """The orders that the order system has under an order number."""
    found: list[dict[str, object]] = systems.get(ORDERS, params={"externalId": number}).json()
    return found


def test_the_review_repeats_every_string_and_quotes_to_the_cent(to_review: Callable[[str, str], Page]) -> None:
    """Leading zeros are there, the masked number is ten digits, and the bundle earns its promotion."""
    page = to_review("CUST-00011", "(617) 555-0211")

    expected = {
        "Previous provider": "north-tel",
        "Number to port": "6175550211",
        "Account number": "0012345",
        "PIN": "0042",
        "Offer": "Mobile Gold bundle",
        "Device": "Phoenix 128 GB",
        "Monthly total": "36.00 USD",
        "Due today": "25.00 USD",
        "Device instalments": "24 x 30.00 USD",
    }
    assert {label: shown(page, label) for label in expected} == expected
    assert re.fullmatch(r"0\d{4}", shown(page, "ZIP"))
    assert shown(page, "Promotion").startswith("Fibre and mobile saver")


def test_submit_makes_one_order_with_every_character(
    to_review: Callable[[str, str], Page], systems: httpx.Client
) -> None:
    """The order in the order system is what was typed, under the number and correlation id on the screen."""
    page = to_review("CUST-00012", "6175550212")
    page.get_by_role("button", name="Submit order").click()
    expect(page.get_by_role("status")).to_contain_text("The order was submitted")

    number = shown(page, "Order number")
    orders = ordered(systems, number)
    details = systems.get(f"{ORDERS}/{shown(page, 'Order id')}")

    assert [order["id"] for order in orders] == [shown(page, "Order id")]
    assert details.headers["x-correlation-id"] == shown(page, "Correlation id")
    sent = {
        entry["name"]: entry["value"]
        for item in details.json()["productOrderItem"]
        for entry in item["product"].get("productCharacteristic", [])
    }
    assert (sent["portInTn"], sent["accountNumber"], sent["pin"]) == ("6175550212", "0012345", "0042")
    assert (shown(page, "Monthly total"), shown(page, "Due today")) == ("36.00 USD", "25.00 USD")


def test_the_order_page_shows_items_as_a_tree_and_times_twice(to_review: Callable[[str, str], Page]) -> None:
    """The promotion's own item is there, and the timeline has UTC and local time of the first state."""
    page = to_review("CUST-00013", "6175550213")
    page.get_by_role("button", name="Submit order").click()

    items = page.get_by_role("table", name="Items")
    for name in ("Mobile Gold bundle", "Mobile Gold", "Phoenix 128 GB", "Keep your number", "Fibre and mobile saver"):
        expect(items.get_by_role("rowheader", name=name, exact=True)).to_be_visible()
    row = page.get_by_role("table", name="Timeline").get_by_role("row", name=re.compile("acknowledged")).first
    expect(row).to_contain_text(re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d E[SD]T"))
    expect(row).to_contain_text(re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"))


def test_with_the_order_api_stopped_submit_fails_visibly_and_keeps_the_draft(
    to_review: Callable[[str, str], Page], operator: httpx.Client, systems: httpx.Client
) -> None:
    """The banner names the order system; once it is back the same draft becomes one order."""
    page = to_review("CUST-00014", "6175550214")
    number = page.get_by_test_id("draft-order-number").inner_text()
    operator.post("/systems/ordering/stop").raise_for_status()
    page.get_by_role("button", name="Submit order").click()

    expect(page.get_by_role("alert")).to_contain_text("The order system is not answering.")
    expect(page.get_by_role("alert")).to_contain_text(f"Draft {number} is kept")
    assert shown(page, "PIN") == "0042"

    operator.post("/systems/ordering/start").raise_for_status()
    page.get_by_role("button", name="Submit order").click()
    assert shown(page, "Order number") == number
    assert len(ordered(systems, number)) == 1


def test_two_submits_of_one_draft_are_one_order(to_review: Callable[[str, str], Page], systems: httpx.Client) -> None:
    """A second browser tab that submits the same draft arrives at the same order."""
    page = to_review("CUST-00015", "6175550215")
    number = page.get_by_test_id("draft-order-number").inner_text()
    second = page.context.new_page()
    second.goto(page.url)

    for tab in (page, second):
        tab.get_by_role("button", name="Submit order").click()

    assert shown(page, "Order id") == shown(second, "Order id")
    assert len(ordered(systems, number)) == 1


def test_the_address_must_be_checked_and_found(rep: Page, care: str) -> None:
    """A ZIP without its zero, an unchecked address and an unknown one each have their own message."""
    rep.goto(f"{care}/customers/CUST-00016/orders/new")
    zip_code = rep.get_by_label("ZIP", exact=True)
    right = zip_code.input_value()

    zip_code.fill(right.lstrip("0"))
    rep.get_by_role("button", name="Check address").click()
    expect(rep.get_by_test_id("zip-problem")).to_contain_text("leading zero")

    rep.get_by_label("ZIP", exact=True).fill(right)
    rep.get_by_role("button", name="Continue").click()
    expect(rep.get_by_role("alert")).to_contain_text("Check the address before you continue.")

    rep.get_by_label("Street number", exact=True).fill("99999")
    rep.get_by_role("button", name="Check address").click()
    expect(rep.get_by_test_id("address-answer")).to_contain_text("No such address is known.")


def test_a_flat_is_asked_for_and_found(rep: Page, care: str) -> None:
    """A house with flats is only known with its unit."""
    rep.goto(f"{care}/customers/CUST-00016/orders/new")
    typed = {"Street number": "7", "Street": "Garden St", "City": "Cambridge", "State": "MA", "ZIP": "02138"}
    for label, value in typed.items():
        rep.get_by_label(label, exact=True).fill(value)
    rep.get_by_role("button", name="Check address").click()
    expect(rep.get_by_test_id("address-answer")).to_contain_text("Did you mean: 7 Garden St APT 1")

    rep.get_by_label("Unit", exact=True).fill("APT 1")
    rep.get_by_role("button", name="Check address").click()
    assert shown(rep, "Service qualification") == "green"


def test_each_wrong_entry_has_its_message_and_keeps_the_others(to_offer: Callable[[str], Page]) -> None:
    """The page comes back with what was typed and a message beside each wrong field."""
    page = to_offer("CUST-00017")
    page.get_by_label("Offer", exact=True).select_option("Mobile Gold bundle")
    page.get_by_label("Previous provider", exact=True).select_option("west-mobile")
    page.get_by_label("Number to port", exact=True).fill("617555")
    page.get_by_label("Account number", exact=True).fill("0012345")
    page.get_by_role("button", name="Review").click()

    for field in ("number", "pin", "credit-consent"):
        expect(page.get_by_test_id(f"{field}-problem")).to_be_visible()
    expect(page.get_by_label("Account number", exact=True)).to_have_value("0012345")
    expect(page.get_by_test_id("account-number-problem")).to_have_count(0)


def test_the_whole_wizard_goes_by_keyboard(rep: Page, care: str) -> None:
    """Tab, typing, space and Enter are enough to order."""
    rep.goto(f"{care}/customers/CUST-00018/orders/new")
    rep.get_by_label("ZIP", exact=True).focus()
    rep.keyboard.press("Tab")
    rep.keyboard.press("Enter")
    rep.get_by_test_id("address-answer").wait_for()
    rep.get_by_role("link", name="Back to customer").focus()
    rep.keyboard.press("Tab")
    rep.keyboard.press("Enter")
    rep.get_by_label("Offer", exact=True).focus()
    for key in ("Mobile Gold", "Phoenix 256", "west-mobile"):
        rep.keyboard.type(key)
        rep.keyboard.press("Tab")
    for typed in ("6175550218", "0012345", "0042"):
        rep.keyboard.type(typed)
        rep.keyboard.press("Tab")
    for _ in ("New number", "SIM", "ICCID", "EID", "Own device IMEI"):
        rep.keyboard.press("Tab")
    rep.keyboard.press("Space")
    rep.keyboard.press("Enter")
    rep.get_by_role("button", name="Submit order").focus()
    rep.keyboard.press("Enter")

    expect(rep.get_by_role("status")).to_contain_text("The order was submitted")
    assert shown(rep, "Device instalments") == "24 x 35.00 USD"


def test_an_abandoned_draft_can_be_resumed_and_discarded(to_offer: Callable[[str], Page], care: str) -> None:
    """A draft waits under Unfinished orders until the rep orders it or throws it away."""
    page = to_offer("CUST-00019")
    number = page.get_by_test_id("draft-order-number").inner_text()
    page.goto(f"{care}/drafts")
    page.get_by_role("link", name=f"Resume {number}").click()
    expect(page.get_by_label("Offer", exact=True)).to_be_visible()

    page.get_by_role("button", name="Discard this draft").click()

    expect(page.get_by_role("status")).to_have_text("The draft was discarded.")


def test_defect_d11_loses_the_leading_zeros(to_review: Callable[[str, str], Page], operator: httpx.Client) -> None:
    """With the defect on, the form goes through and the review shows what is lost."""
    operator.put("/defects/D11").raise_for_status()

    page = to_review("CUST-00020", "6175550220")

    assert (shown(page, "Account number"), shown(page, "PIN")) == ("12345", "42")
    assert re.fullmatch(r"[1-9]\d{3}", shown(page, "ZIP"))
