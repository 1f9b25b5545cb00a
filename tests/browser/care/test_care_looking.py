"""Signing in, finding a customer and looking around, in a real browser against a living stack."""

import re

import httpx
import pytest
from playwright.sync_api import Page, expect


def test_a_visitor_is_sent_to_sign_in_and_back(visitor: Page, care: str, living_stack: dict[str, str]) -> None:
    """A deep link asks for the password first and then shows the page that was wanted."""
    visitor.goto(f"{care}/customers/CUST-00002")
    expect(visitor).to_have_url(re.compile("/care/login"))

    visitor.get_by_label("User name").fill("rep1")
    visitor.get_by_label("Password").fill(living_stack["REP_PASSWORD"])
    visitor.get_by_role("button", name="Sign in").click()

    expect(visitor).to_have_url(f"{care}/customers/CUST-00002")


@pytest.mark.parametrize("user", ["rep1", "nobody"])
def test_a_wrong_password_is_told_and_says_nothing_more(visitor: Page, care: str, user: str) -> None:
    """The message is the same whether the user exists or not."""
    visitor.goto(f"{care}/login")
    visitor.get_by_label("User name").fill(user)
    visitor.get_by_label("Password").fill("a wrong one")
    visitor.get_by_role("button", name="Sign in").click()

    expect(visitor.get_by_role("alert")).to_have_text("User name or password is wrong.")


def test_a_login_leads_to_no_other_site(visitor: Page, care: str, living_stack: dict[str, str]) -> None:
    """A forged link cannot send a rep elsewhere after signing in."""
    visitor.goto(f"{care}/login?next=//example.net/care/")
    visitor.get_by_label("User name").fill("rep1")
    visitor.get_by_label("Password").fill(living_stack["REP_PASSWORD"])
    visitor.get_by_role("button", name="Sign in").click()

    expect(visitor).to_have_url(f"{care}/customers")


def test_signing_out_ends_the_session(rep: Page, care: str) -> None:
    """After Sign out every page asks for the password again."""
    rep.get_by_role("button", name="Sign out").click()
    rep.goto(f"{care}/fallout")

    expect(rep).to_have_url(re.compile("/care/login"))


def test_a_form_without_the_sessions_token_is_refused(rep: Page, care: str) -> None:
    """A form that another site posts in the rep's name does nothing."""
    answer = rep.request.post(f"{care}/customers/CUST-00001/bills", form={"form_token": "forged"})

    assert answer.status == 403


def test_a_customer_is_found_by_name_id_and_masked_phone(rep: Page, systems: httpx.Client) -> None:
    """Whatever the caller says first finds the customer."""
    known = systems.get("/crm/v1/customers", params={"q": "CUST-00007"}).json()[0]
    phone = next(
        medium["characteristic"]["phoneNumber"] for medium in known["contactMedium"] if medium["mediumType"] == "phone"
    )
    for words in (known["name"], "CUST-00007", f"({phone[:3]}) {phone[3:6]}-{phone[6:]}"):
        rep.get_by_label("Search customers").fill(words)
        rep.get_by_role("button", name="Search").click()

        expect(rep.get_by_role("table", name="Customers").get_by_role("link", name=known["name"]).first).to_be_visible()


def test_a_search_without_a_result_says_what_to_try(rep: Page) -> None:
    """An empty result is a sentence, not an empty table."""
    rep.get_by_label("Search customers").fill("nobody at all")
    rep.get_by_role("button", name="Search").click()

    expect(rep.get_by_text("No customer matches.")).to_be_visible()


def test_customer_360_shows_the_active_fibre(rep: Page, care: str) -> None:
    """The seeded customer's product is read from product inventory, named by the catalogue, priced to the cent."""
    rep.goto(f"{care}/customers/CUST-00004")

    fibre = rep.get_by_role("table", name="Products").get_by_role("row").filter(has_text="Fibre 500")
    expect(fibre).to_contain_text("65.00 USD / month")
    expect(fibre).to_contain_text("active")
    for name in ("Orders", "Bills", "Open cases"):
        expect(rep.get_by_role("table", name=name)).to_be_attached()


def test_one_silent_system_blanks_only_its_section(rep: Page, care: str, operator: httpx.Client) -> None:
    """With billing stopped the rep still sees products and orders, and is told what is missing."""
    operator.post("/systems/billing/stop").raise_for_status()

    rep.goto(f"{care}/customers/CUST-00004")

    expect(rep.get_by_text("The billing system is not answering.").first).to_be_visible()
    expect(rep.get_by_role("table", name="Products").get_by_role("rowheader", name="Fibre 500")).to_be_visible()


def test_a_bill_on_demand_is_made_and_read(rep: Page, care: str, systems: httpx.Client) -> None:
    """The bill on the screen is the bill of the billing system, to the cent, its tax and lines beside it."""
    rep.goto(f"{care}/customers/CUST-00006")
    rep.get_by_role("button", name="Create bill on demand").click()
    link = rep.get_by_role("table", name="Bills").get_by_role("link").first
    for _ in range(20):
        if link.is_visible():
            break
        rep.wait_for_timeout(250)
        rep.goto(f"{care}/customers/CUST-00006")
    link.click()

    made = systems.get(
        f"/tmf-api/customerBillManagement/v4/customerBill/{rep.url.rpartition('/')[2].partition('?')[0]}"
    )
    expected = f"{made.json()['taxIncludedAmount']['value']:.2f} USD"
    expect(rep.get_by_label("Bill total", exact=True)).to_have_text(expected)
    expect(rep.get_by_label("Tax", exact=True)).to_have_text("5.20 USD")
    expect(rep.get_by_role("table", name="Lines").get_by_role("row").filter(has_text="Fibre 500")).to_be_visible()


def test_an_unknown_customer_is_a_page_and_not_a_trace(rep: Page, care: str) -> None:
    """A wrong id is told as such."""
    answer = rep.goto(f"{care}/customers/CUST-99999")

    assert answer is not None
    assert answer.status == 404
    expect(rep.get_by_role("heading", name="Not found")).to_be_visible()


def test_the_fallout_queue_opens(rep: Page) -> None:
    """The queue is one click away from everywhere."""
    rep.get_by_role("link", name="Fallout queue").click()

    expect(rep.get_by_role("table", name="Fallout queue")).to_be_attached()


def test_every_answer_forbids_loads_from_elsewhere(rep: Page, care: str) -> None:
    """The content security policy allows nothing but the console's own files."""
    answer = rep.goto(f"{care}/customers")

    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy
