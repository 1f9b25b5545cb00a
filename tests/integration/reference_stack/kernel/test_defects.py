"""The kernel's defects: what each breaks, and that a naive check does not see it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.integration.reference_stack.conftest import RunningStack, started, until
from tests.integration.reference_stack.kernel.callback import subscriber
from tests.integration.reference_stack.kernel.test_event_bus import HUB, a_person

_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
_ADDRESS = {"street_number": "7", "street": "Garden St", "unit": "APT 2", "city": "Cambridge", "state": "MA"}
_OFFER = {"offer": "MOBILE-GOLD-BUNDLE", "device": "PHX-128", "credit_consent": "yes", "provider": "", "number": ""}
_CUSTOMERS = itertools.count(41)


@pytest.mark.defect("D77")
@pytest.mark.parametrize("arguments", [(), ("--defect", "D77")], ids=["off", "on"])
def test_d77_a_subscription_is_lost_at_the_restart(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """The hub has answered 201, and events are published; after the restart the subscriber hears nothing."""
    with subscriber() as outside:
        with started(tmp_path, *arguments) as stack:
            naive = stack.client.post(HUB, json={"callback": outside.url}).status_code
            first = a_person(stack)
            until(lambda: outside.received, "the first event")
        with started(tmp_path, *arguments) as stack:
            second = a_person(stack)
            published = {"resourceId": second, "eventType": "IndividualCreateEvent"}
            (event,) = stack.client.get("/events/v1/log", params=published).json()
            if not arguments:
                until(lambda: len(outside.received) == 2, "the second event")
            subscriptions = stack.client.get("/events/v1/subscriptions").json()

    heard = [first] if arguments else [first, second]
    assert (naive, event["eventType"]) == (201, "IndividualCreateEvent")
    assert outside.ids() == heard
    assert (len(subscriptions), len(event["deliveries"])) == ((0, 0) if arguments else (1, 1))


class Rep:
    """A rep at the care console, without a browser."""

    def __init__(self, stack: RunningStack) -> None:
        self.client = httpx.Client(base_url=stack.ready["url"], trust_env=False, follow_redirects=True, timeout=20)
        self._sign_in(stack.ready["secrets"]["REP_PASSWORD"])

    def _sign_in(self, password: str) -> None:
        page = self.client.get("/care/login")
        self.post(page, "/care/login", {"user": "rep1", "password": password})

    def close(self) -> None:
        """Ends the connections."""
        self.client.close()

    def post(self, page: httpx.Response, path: str, values: dict[str, str]) -> httpx.Response:
        """Posts the form of a page."""
        (token, *_) = _TOKEN.findall(page.text)
        return self.client.post(path, data={"form_token": token, **values})

    def draft(self, customer: str) -> tuple[str, httpx.Response]:
        """An order that is ready to be submitted: the path of its draft, and its last page."""
        page = self.client.get(f"/care/customers/{customer}/orders/new")
        draft = str(page.url).rpartition("/")[0].removeprefix(str(self.client.base_url).rstrip("/"))
        address = _ADDRESS | {"zip": "02138"}
        page = self.post(page, f"{draft}/check-address", address)
        page = self.post(page, f"{draft}/address", address)
        page = self.post(page, f"{draft}/offer", _OFFER)
        return draft, page


@pytest.fixture
def rep(running: RunningStack) -> Iterator[Rep]:
    """A rep who has signed in."""
    made = Rep(running)
    yield made
    made.close()


@pytest.mark.defect("D65")
@pytest.mark.parametrize("on", [False, True], ids=["off", "on"])
def test_d65_an_order_that_met_the_rate_limit_counts_as_accepted(running: RunningStack, rep: Rep, on: bool) -> None:
    """No answer is a 5xx; but with the defect the order that was limited is nowhere in order management."""
    customer = f"CUST-{next(_CUSTOMERS):05d}"
    sql = "select id from com_product_order where customer_id = ?"
    draft, page = rep.draft(customer)
    before = len(running.rows(sql, customer))
    limit = running.admin.put("/admin/rate-limits/ordering", json={"perSecond": 1})
    used = running.client.get("/tmf-api/productOrderingManagement/v4/productOrder", params={"limit": "1"})
    try:
        if on:
            with running.defect("D65"):
                reply = rep.post(page, f"{draft}/submit", {})
        else:
            reply = rep.post(page, f"{draft}/submit", {})
    finally:
        running.admin.delete("/admin/rate-limits/ordering")

    assert "/review" in str(page.url)
    assert (limit.status_code, used.status_code in (200, 206)) == (200, True)
    assert [answer.status_code < 500 for answer in (*reply.history, reply)].count(False) == 0
    assert reply.history[0].status_code == 303
    assert len(running.rows(sql, customer)) - before == (0 if on else 1)
