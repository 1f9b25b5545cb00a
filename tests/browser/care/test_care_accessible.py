"""Every page of the console and of self-care can be used by people who do not see it: axe finds nothing grave."""

from collections.abc import Callable

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

GRAVE = {"serious", "critical"}
CUSTOMER = "CUST-00030"


def faults(page: Page) -> list[str]:
    """What axe finds grave on a page: the rule and the elements that break it."""
    found = Axe().run(page).response["violations"]
    return [
        f"{page.url}: {one['id']}: {node['html'][:120]}"
        for one in found
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]


@pytest.fixture(scope="module")
def case_id(living_stack: dict[str, str]) -> str:
    """A case in the queue."""
    headers = {"authorization": f"Bearer {living_stack['INTERNAL_TOKEN']}"}
    body = {"system": "ordering", "code": "ACCESSIBLE", "rootCause": "a case to look at", "orderId": "PO-F00030"}
    with httpx.Client(base_url=living_stack["url"], headers=headers, trust_env=False) as client:
        return str(client.post("/fallout/v1/cases", json=body).json()["id"])


def test_pages_for_reps(rep: Page, care: str, case_id: str) -> None:
    """Search, customer, change, order, queue, case, files and a page that says no."""
    product = f"PROD-F{CUSTOMER[-5:]}"
    pages = [
        "customers?q=gra",
        f"customers/{CUSTOMER}",
        f"products/{product}/changes/plan",
        f"products/{product}/changes/disconnect",
        f"orders/PO-F{CUSTOMER[-5:]}",
        "fallout",
        f"fallout/{case_id}",
        "files",
        "files/FILE-SIM-00001",
        "drafts",
        "operations",
        "orders/NONE",
    ]

    found = []
    for path in pages:
        rep.goto(f"{care}/{path}")
        found += faults(rep)

    assert found == []


def test_pages_of_the_wizard(rep: Page, care: str) -> None:
    """Address with its answer, offer with its messages, appointment and review."""
    rep.goto(f"{care}/customers/CUST-00231/orders/new")
    rep.get_by_role("button", name="Check address").click()
    rep.get_by_test_id("address-answer").wait_for()
    found = faults(rep)
    rep.get_by_role("button", name="Continue").click()
    rep.get_by_role("button", name="Review").click()
    found += faults(rep)
    rep.get_by_label("Offer", exact=True).select_option("FIBRE-1000")
    rep.get_by_label("Credit consent").check()
    rep.get_by_role("button", name="Review").click()
    found += faults(rep)
    rep.get_by_label("Appointment", exact=True).select_option(index=4)
    rep.get_by_role("button", name="Review").click()
    found += faults(rep)

    assert found == []


def test_pages_to_sign_in_and_for_operators(operator_page: Page, visitor: Page, care: str) -> None:
    """Both doors, and the page of systems with a defect on."""
    found = []
    for path in ("login", "self/login"):
        visitor.goto(f"{care}/{path}")
        found += faults(visitor)
    operator_page.goto(f"{care}/operations")
    found += faults(operator_page)

    assert found == []


def test_pages_of_self_care(own: Callable[[str], Page], care: str) -> None:
    """The overview and what a customer does from there."""
    page = own(CUSTOMER)
    found = faults(page)
    for path in (f"lines/PROD-F{CUSTOMER[-5:]}/plan", f"orders/PO-F{CUSTOMER[-5:]}"):
        page.goto(f"{care}/self/{path}")
        found += faults(page)

    assert found == []
