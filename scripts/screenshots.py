# ruff: noqa: INP001 - a script of its own, no package
"""Takes one order through a fresh stack with its partners and keeps a picture of each page of the care console."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from ringback.engine.protocols import Behaviour
from ringback.synthetic_partners.desk import HttpPartnerDesk

HEADLESS = Path("/usr/bin/chromium-headless-shell")
QUIET = ["--disable-gpu", "--disable-background-networking", "--no-first-run"]
CUSTOMER, NUMBER = "CUST-00021", "6175550186"
NEIGHBOUR = "CUST-00231"  # without fibre
PATIENCE_S = 60.0
SESSION = "screenshots"
DONORS = {"north-tel": "8Y02", "west-mobile": "7Z03"}
PARTNERS: dict[str, dict[str, object]] = {
    "clearing-house": {
        "behaviour": "number-portability",
        "spid": "CH01",
        "options": {"donors": DONORS, "our_spid": "9X01", "our_lrn": "5125550000"},
    },
    "credit-bureau": {"behaviour": "credit-bureau"},
    "device-logistics": {"behaviour": "device-logistics"},
}


def main(folder: Path) -> None:
    """Writes the pictures into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, _stack(Path(home)) as stack, _partners(Path(home), stack) as desk:
        path = str(HEADLESS) if HEADLESS.exists() else None
        with sync_playwright() as playwright, playwright.chromium.launch(executable_path=path, args=QUIET) as browser:
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            _tour(page, stack, desk, folder)


def _tour(page: Page, stack: dict[str, object], desk: HttpPartnerDesk, folder: Path) -> None:
    care = f"{stack['url']}/care"

    def keep(name: str) -> None:
        page.evaluate("window.scrollTo(0, 0)")  # else the head of the page is in the middle of the picture
        page.screenshot(path=folder / f"care-{name}.png", full_page=True)

    page.goto(f"{care}/login")
    keep("login")
    _sign_in(page, stack, "rep1", "REP_PASSWORD")
    page.goto(f"{care}/customers?q=gra")
    keep("customers")
    _to_review(page, care, keep)
    page.get_by_role("button", name="Submit order").click()
    order = page.get_by_label("Order id", exact=True).inner_text()
    desk.instruct(SESSION, _answers(order))
    page.goto(f"{care}/orders/{order}")
    _until(page, lambda: page.get_by_role("button", name="Resubmit").is_visible())
    keep("port-resolution")
    page.goto(f"{care}/fallout")
    keep("fallout")
    page.goto(f"{care}/orders/{order}")
    page.get_by_label("PIN", exact=True).fill("0042")
    page.get_by_role("button", name="Resubmit").click()
    page.goto(f"{care}/orders/{order}")
    _until(page, lambda: page.get_by_label("Order state", exact=True).inner_text() == "completed")
    keep("order")
    page.goto(f"{care}/customers/{CUSTOMER}")
    page.get_by_role("button", name="Create bill on demand").click()
    page.goto(f"{care}/customers/{CUSTOMER}")
    bill = page.get_by_role("table", name="Bills").get_by_role("link").first
    _until(page, bill.is_visible)
    keep("customer")
    bill.click()
    keep("bill")
    _change(page, care, keep)
    _visit(page, care, keep)
    _files(page, care, keep)
    page.get_by_role("button", name="Sign out").click()
    _sign_in(page, stack, "operator1", "OPERATOR_PASSWORD")
    page.goto(f"{care}/operations")
    keep("operations")
    page.goto(f"{care}/self/login")
    _sign_in(page, stack, CUSTOMER, "SELFCARE_PASSWORD")
    page.goto(f"{care}/self")
    keep("self")


def _change(page: Page, care: str, keep: Callable[[str], None]) -> None:
    """A change of plan with what it does to the next bill."""
    page.goto(f"{care}/customers/{CUSTOMER}")
    page.get_by_role("link", name="Change plan Mobile Gold").click()
    page.get_by_label("New plan").select_option("MOBILE-PLATINUM")
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Submit change").wait_for()
    keep("change")


def _visit(page: Page, care: str, keep: Callable[[str], None]) -> None:
    """A line that a technician installs: the window in the wizard, and the page that moves it."""
    page.goto(f"{care}/customers/{NEIGHBOUR}/orders/new")
    page.get_by_role("button", name="Check address").click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Offer", exact=True).select_option("FIBRE-1000")
    page.get_by_label("Credit consent").check()
    page.get_by_role("button", name="Review").click()
    page.get_by_label("Appointment", exact=True).select_option(index=8)
    keep("wizard-appointment")
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Submit order").click()
    reschedule = page.get_by_role("link", name="Reschedule")
    _until(page, reschedule.is_visible)
    reschedule.click()
    page.get_by_label("New window").select_option(index=14)
    keep("appointment")


def _files(page: Page, care: str, keep: Callable[[str], None]) -> None:
    """What went to and came from partners, and one answer of the clearing house with its record."""
    page.goto(f"{care}/files")
    keep("files")
    page.get_by_role("link", name="NPRESP_").first.click()
    keep("file")


def _sign_in(page: Page, stack: dict[str, object], user: str, secret: str) -> None:
    secrets = stack["secrets"]
    assert isinstance(secrets, dict)
    page.get_by_label("Customer id" if user == CUSTOMER else "User name").fill(user)
    page.get_by_label("Password").fill(secrets[secret])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_test_id("signed-in-user").wait_for()


def _to_review(page: Page, care: str, keep: Callable[[str], None]) -> None:
    page.goto(f"{care}/customers/{CUSTOMER}/orders/new")
    page.get_by_role("button", name="Check address").click()
    page.get_by_test_id("address-answer").wait_for()
    keep("wizard-address")
    page.get_by_role("button", name="Continue").click()
    chosen = {"Offer": "Mobile Gold bundle", "Device": "Phoenix 128 GB", "Previous provider": "north-tel"}
    for label, choice in chosen.items():
        page.get_by_label(label, exact=True).select_option(choice)
    for label, typed in {"Number to port": NUMBER, "Account number": "0012345", "PIN": "4200"}.items():
        page.get_by_label(label, exact=True).fill(typed)
    page.get_by_label("Credit consent").check()
    keep("wizard-offer")
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Submit order").wait_for()
    keep("wizard-review")


def _answers(order: str) -> list[Behaviour]:
    """The previous provider refuses the first PIN, the bureau approves, the device is shipped and delivered."""
    return [
        Behaviour("clearing-house", "port_request", {"tn": NUMBER}, "resolve_then_confirm", {"from": "north-tel"}),
        Behaviour("credit-bureau", "inquiry", {"order": order}, {"approve": {"score": 720}}, {}),
        Behaviour("device-logistics", "purchase_order", {"order": order}, ["acknowledge", "ship", "deliver"], {}),
    ]


def _until(page: Page, holds: Callable[[], bool]) -> None:
    """Loads the page again until something holds on it."""
    ends = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > ends:
            sys.exit(
                f"screenshots: {page.url} did not come so far within {PATIENCE_S:.0f} s:\n{page.inner_text('main')}"
            )
        threading.Event().wait(0.5)
        page.reload()


@contextmanager
def _stack(home: Path) -> Iterator[dict[str, object]]:
    """A stack of its own."""
    command = ["ringback.reference_stack", "up", "--foreground", "--home", str(home / "stack")]
    with _process(command, home / "stack" / "ready.json") as ready:
        yield ready


@contextmanager
def _partners(home: Path, stack: dict[str, object]) -> Iterator[HttpPartnerDesk]:
    """The three partners of the stack, which do as they are told."""
    server, accounts = stack["sftp"], stack["partners"]
    assert isinstance(server, dict)
    assert isinstance(accounts, dict)
    partners = {name: {**entry, **server, **accounts[name]} for name, entry in PARTNERS.items()}
    config = home / "partners.json"
    config.write_text(
        json.dumps({"clock": f"{stack['url']}/clock", "partners": partners, "mode": "instructed"}), "utf-8"
    )
    ready_file = home / "partners-ready.json"
    command = ["ringback.synthetic_partners", "up", "--config", str(config), "--ready-file", str(ready_file)]
    with _process(command, ready_file) as ready:
        yield HttpPartnerDesk(str(ready["url"]), str(ready["token"]))


@contextmanager
def _process(command: list[str], ready_file: Path) -> Iterator[dict[str, object]]:
    """Runs a module until the end of the block, from the moment its ready file is there."""
    process = subprocess.Popen(  # noqa: S603 - the command is this script's own
        [sys.executable, "-m", *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        ends = time.monotonic() + PATIENCE_S
        while not ready_file.exists():
            if process.poll() is not None or time.monotonic() > ends:
                sys.exit(f"screenshots: {command[0]} did not start")
            threading.Event().wait(0.1)
        yield json.loads(ready_file.read_text("utf-8"))
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
