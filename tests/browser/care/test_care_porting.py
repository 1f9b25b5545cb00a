"""The order page while a number is ported: every answer of the previous provider is told."""

import re
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import httpx
import pytest
from playwright.sync_api import Page, expect

NUMBER = "6175550301"
PATIENCE_S = 20.0
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Partners:
    """The credit bureau and the clearing house, answering as the gateway hands their records over."""

    systems: httpx.Client
    database: str

    def approve(self, order_id: str) -> None:
        """The bureau approves the order's credit inquiry."""
        inquiry, customer = until(lambda: self._inquiry(order_id))
        answer = {
            "request_id": inquiry,
            "customer_id": customer,
            "decision": "A",
            "score": "720",
            "device_limit": "90000",
        }
        self.systems.post("/credit/v1/decisions", json=answer).raise_for_status()

    def port(self, number: str) -> dict[str, str]:
        """The port request of a number, once it is made."""
        found = until(lambda: self.systems.get("/portability/v1/ports", params={"tn": number}).json())
        latest: dict[str, str] = found[-1]
        return latest

    def answer(self, number: str, **fields: str) -> None:
        """The previous provider answers the latest request for a number."""
        port = self.port(number)
        record = {"req_no": port["reqNo"], "version": f"{int(port['version']):02d}", "tn": number, **fields}
        self.systems.post("/portability/v1/responses", json={"record": record}).raise_for_status()

    def _inquiry(self, order_id: str) -> tuple[str, str] | None:
        with sqlite3.connect(self.database) as connection:
            found: tuple[str, str] | None = connection.execute(
                "select id, customer_id from crd_inquiry where order_id = ? and state = 'sent'", (order_id,)
            ).fetchone()
            return found


def until(ask: Callable[[], T | None]) -> T:
    """The first answer that is there."""
    ends = time.monotonic() + PATIENCE_S
    while not (found := ask()):
        assert time.monotonic() < ends, "nothing came"
        threading.Event().wait(0.05)
    return found


@pytest.fixture
def partners(systems: httpx.Client, living_stack: dict[str, str]) -> Partners:
    """The partners of the stack."""
    return Partners(systems, living_stack["database"])


def test_every_answer_of_the_previous_provider_is_told(
    to_review: Callable[[str, str], Page], partners: Partners
) -> None:
    """Delay with its promise, refusal with its reason, the corrected request, and the confirmed due time."""
    page = to_review("CUST-00031", NUMBER)
    page.get_by_role("button", name="Submit order").click()
    status = page.get_by_label("Port status", exact=True)
    expect(status).to_have_text("Not requested yet")

    partners.approve(page.get_by_label("Order id", exact=True).inner_text())
    partners.port(NUMBER)
    page.reload()
    expect(status).to_have_text("Requested")
    assert page.get_by_label("Account number", exact=True).inner_text() == "0012345"

    partners.answer(NUMBER, response_type="D", delay_code="SYS", due="20261222000500")
    page.reload()
    expect(status).to_have_text("Delayed")
    expect(page.get_by_label("Promised answer", exact=True)).to_contain_text("2026-12-21 19:05:00 EST")
    expect(page.get_by_label("Promised answer (UTC)", exact=True)).to_have_text("2026-12-22T00:05:00.000Z")
    delayed = page.get_by_role("table", name="Timeline").get_by_role("row").filter(has_text="Delayed")
    expect(delayed).to_contain_text("answer promised by 2026-12-21 19:05:00 EST")

    partners.answer(NUMBER, response_type="R", reason_code="PIN")
    page.reload()
    expect(status).to_have_text("Resolution required")
    expect(page.get_by_label("Reason", exact=True)).to_contain_text("PIN")
    page.get_by_role("button", name="Resubmit").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter the corrected PIN or account number.")

    page.get_by_label("PIN", exact=True).fill("0043")
    page.get_by_role("button", name="Resubmit").click()
    expect(page.get_by_role("status").first).to_contain_text("The corrected port request was sent")
    expect(status).to_have_text("Requested")
    expect(page.get_by_role("button", name="Resubmit")).to_have_count(0)
    assert int(page.get_by_label("Request version", exact=True).inner_text()) == 2

    partners.answer(NUMBER, response_type="C", due="20261223123000")
    page.reload()
    expect(status).to_have_text(re.compile("Confirmed|Activated"))
    expect(page.get_by_label("Port due", exact=True)).to_contain_text("2026-12-23 07:30:00 EST")
    expect(page.get_by_label("Port due (UTC)", exact=True)).to_have_text("2026-12-23T12:30:00.000Z")
