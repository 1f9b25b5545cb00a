"""The rate limit at the edge: 429 with Retry-After, and clients that come again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.reference_stack.conftest import RunningStack

CUSTOMERS = "/tmf-api/customerManagement/v4/customer/CUST-00001"


@pytest.fixture
def limited(running: RunningStack) -> Iterator[RunningStack]:
    """A stack whose CRM takes one request in two seconds from clients."""
    running.admin.put("/admin/rate-limits/crm", json={"perSecond": 0.5}).raise_for_status()
    yield running
    running.admin.delete("/admin/rate-limits/crm").raise_for_status()


def test_a_client_over_the_limit_is_told_when_to_come_again(limited: RunningStack) -> None:
    """429 in the error body with whole seconds; an administrator and the other systems are not counted."""
    first, second = (limited.client.get(CUSTOMERS) for _ in range(2))
    operator = limited.admin.get(CUSTOMERS)
    elsewhere = limited.client.get("/tmf-api/productCatalogManagement/v4/productOffering/MOBILE-GOLD")

    assert (first.status_code, second.status_code, second.headers["retry-after"]) == (200, 429, "2")
    assert second.json()["code"] == "tooManyRequests"
    assert (operator.status_code, elsewhere.status_code) == (200, 200)


def test_a_limit_is_a_positive_number(running: RunningStack) -> None:
    """Nothing else is taken, and a limit that is gone is gone."""
    refused = running.admin.put("/admin/rate-limits/crm", json={"perSecond": 0})

    assert refused.status_code == 400
    assert {running.client.get(CUSTOMERS).status_code for _ in range(5)} == {200}
