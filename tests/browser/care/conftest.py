"""A living stack, one browser, and a rep who has signed in: what tests of the care console stand on."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

HEADLESS = Path("/usr/bin/chromium-headless-shell")
QUIET = (
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
)
START_S = 30.0


@pytest.fixture(scope="session")
def living_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The address and secrets of a stack in a home of its own, started as its users start it."""
    home = tmp_path_factory.mktemp("stack")
    options = ["up", "--foreground", "--home", str(home)]
    with (home / "console.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "ringback.reference_stack", *options], stdout=log, stderr=log)
        try:
            ready = _ready(home / "ready.json", process, home / "console.log")
            yield json.loads((home / "secrets.json").read_text("utf-8")) | {
                "url": str(ready["url"]),
                "database": str(ready["database"]).removeprefix("sqlite:///"),
            }
        finally:
            process.terminate()
            process.wait(START_S)


@pytest.fixture(scope="session")
def care(living_stack: dict[str, str]) -> str:
    """Where the console is."""
    return living_stack["url"] + "/care"


@pytest.fixture
def operator(living_stack: dict[str, str]) -> Iterator[httpx.Client]:
    """The operator's API; every system runs again and every defect is off when the test is over."""
    headers = {"authorization": f"Bearer {living_stack['ADMIN_TOKEN']}"}
    with httpx.Client(base_url=living_stack["url"] + "/admin", headers=headers, trust_env=False) as client:
        yield client
        status = client.get("/status").json()
        for system in [name for name, state in status["systems"].items() if state == "stopped"]:
            client.post(f"/systems/{system}/start")
        for defect in status["defects"]:
            client.delete(f"/defects/{defect}")


@pytest.fixture
def systems(living_stack: dict[str, str]) -> Iterator[httpx.Client]:
    """The APIs of all systems, with the rights of a system of the stack."""
    headers = {"authorization": f"Bearer {living_stack['INTERNAL_TOKEN']}"}
    with httpx.Client(base_url=living_stack["url"], headers=headers, trust_env=False, timeout=20) as client:
        yield client


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of a module: playwright's loop holds the thread for as long as it is open."""
    with sync_playwright() as playwright:
        path = str(HEADLESS) if HEADLESS.exists() else None
        launched = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def badge(browser: Browser, care: str, living_stack: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state of a browser with which rep1 has signed in, once for the module."""
    file = tmp_path_factory.mktemp("badge") / "rep1.json"
    with browser.new_context() as context:
        page = context.new_page()
        _sign_in(page, f"{care}/login", {"User name": "rep1", "Password": living_stack["REP_PASSWORD"]})
        context.storage_state(path=file)
    return file


@pytest.fixture
def visitor(browser: Browser, living_stack: dict[str, str]) -> Iterator[Page]:
    """A page of a browser that nobody has signed in with."""
    with _page(browser, living_stack["url"]) as page:
        yield page


@pytest.fixture
def rep(browser: Browser, living_stack: dict[str, str], care: str, badge: Path) -> Iterator[Page]:
    """A page of a rep who has signed in."""
    with _page(browser, living_stack["url"], badge) as page:
        page.goto(f"{care}/fallout")
        yield page


@pytest.fixture
def operator_page(browser: Browser, living_stack: dict[str, str], care: str) -> Iterator[Page]:
    """A page of an operator who has signed in."""
    with _page(browser, living_stack["url"]) as page:
        _sign_in(page, f"{care}/login", {"User name": "operator1", "Password": living_stack["OPERATOR_PASSWORD"]})
        yield page


@pytest.fixture
def own(browser: Browser, living_stack: dict[str, str], care: str) -> Iterator[Callable[[str], Page]]:
    """Signs a customer in to self-care and gives his first page."""
    with _page(browser, living_stack["url"]) as page:

        def work(customer: str) -> Page:
            typed = {"Customer id": customer, "Password": living_stack["SELFCARE_PASSWORD"]}
            _sign_in(page, f"{care}/self/login", typed)
            return page

        yield work


@pytest.fixture
def to_offer(rep: Page, care: str) -> Callable[[str], Page]:
    """Opens the wizard for a customer and goes to its offer page, with the customer's own address."""

    def work(customer: str) -> Page:
        rep.goto(f"{care}/customers/{customer}/orders/new")
        rep.get_by_role("button", name="Check address").click()
        rep.get_by_role("button", name="Continue").click()
        return rep

    return work


@pytest.fixture
def to_review(to_offer: Callable[[str], Page]) -> Callable[[str, str], Page]:
    """Fills the wizard in for a customer and a number to port, up to the review page."""

    def work(customer: str, number: str) -> Page:
        page = to_offer(customer)
        chosen = {"Offer": "Mobile Gold bundle", "Device": "Phoenix 128 GB", "Previous provider": "north-tel"}
        for label, choice in chosen.items():
            page.get_by_label(label, exact=True).select_option(choice)
        for label, typed in {"Number to port": number, "Account number": "0012345", "PIN": "0042"}.items():
            page.get_by_label(label, exact=True).fill(typed)
        page.get_by_label("Credit consent").check()
        page.get_by_role("button", name="Review").click()
        return page

    return work


@contextmanager
def _page(browser: Browser, url: str, badge: Path | None = None) -> Iterator[Page]:
    """A page of its own; a script error or a load from elsewhere fails the test."""
    with browser.new_context(viewport={"width": 1280, "height": 800}, storage_state=badge) as context:
        page = context.new_page()
        page.set_default_timeout(10_000)
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda sent: None if sent.url.startswith(url) else wrong.append(sent.url))
        yield page
    assert wrong == []


def _sign_in(page: Page, door: str, typed: dict[str, str]) -> None:
    page.goto(door)
    for label, value in typed.items():
        page.get_by_label(label).fill(value)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_test_id("signed-in-user").wait_for()


def _ready(file: Path, process: subprocess.Popen[bytes], log: Path) -> dict[str, object]:
    """What the ready file says, once it is there."""
    ends = time.monotonic() + START_S
    while not file.exists():
        if process.poll() is not None or time.monotonic() > ends:
            pytest.fail(f"the stack did not start:\n{log.read_text('utf-8')}")
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
    found: dict[str, object] = json.loads(file.read_text("utf-8"))
    return found
