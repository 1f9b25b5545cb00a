"""Quotes over HTTP: priced like an order, moved by their state machine, ordered once when accepted."""

from __future__ import annotations

from tests.integration.reference_stack.conftest import RunningStack
from tests.integration.reference_stack.ordering.conftest import ORDERS

QUOTES = "/tmf-api/quoteManagement/v4/quote"


def _quote(running: RunningStack, customer: str = "CUST-00040") -> dict[str, object]:
    items = [
        {"id": "1", "action": "add", "productOffering": {"id": "MOBILE-GOLD"}},
        {"id": "2", "action": "add", "productOffering": {"id": "VOICE-HOME"}},
    ]
    party = {"id": customer, "role": "customer", "@referredType": "Customer"}
    reply = running.client.post(QUOTES, json={"relatedParty": [party], "quoteItem": items})
    assert reply.status_code == 201, reply.text
    found: dict[str, object] = reply.json()
    return found


def _totals(prices: object) -> list[tuple[str, float]]:
    assert isinstance(prices, list)
    return [(price["name"], price["price"]["dutyFreeAmount"]["value"]) for price in prices]


def test_a_quote_costs_what_the_order_will_cost(running: RunningStack) -> None:
    """45.00 and 20.00 less the promotion of 9.00 a month, 25.00 once; the order of it says the same."""
    quote = _quote(running)
    for state in ("approved", "accepted"):
        assert running.client.patch(f"{QUOTES}/{quote['id']}", json={"state": state}).status_code == 200

    first = running.client.post(f"/quotes/v1/quotes/{quote['id']}/order")
    again = running.client.post(f"/quotes/v1/quotes/{quote['id']}/order")

    order = first.json()
    assert _totals(quote["quoteTotalPrice"]) == [("Monthly total", 56.0), ("Due today", 25.0)]
    assert (first.status_code, again.status_code, again.json()["id"]) == (201, 200, order["id"])
    assert _totals(order["orderTotalPrice"]) == _totals(quote["quoteTotalPrice"])
    assert running.client.get(ORDERS, params={"externalId": str(quote["id"])}).json()[0]["id"] == order["id"]


def test_a_quote_that_is_not_accepted_is_not_ordered(running: RunningStack) -> None:
    """409 until it is accepted; an accepted one cannot be rejected any more, nor one in progress accepted."""
    quote = _quote(running)
    path = f"{QUOTES}/{quote['id']}"

    ordered = running.client.post(f"/quotes/v1/quotes/{quote['id']}/order")
    skipped = running.client.patch(path, json={"state": "accepted"})
    steps = [running.client.patch(path, json={"state": state}) for state in ("approved", "rejected", "accepted")]

    assert (ordered.status_code, skipped.status_code) == (409, 409)
    assert [step.status_code for step in steps] == [200, 200, 409]
    assert running.client.get(path).json()["state"] == "rejected"
    assert "effectiveQuoteCompletionDate" in running.client.get(path).json()


def test_a_quote_for_what_is_not_sold_is_refused(running: RunningStack) -> None:
    """400 with the reason; a quote without items, too."""
    unknown = running.client.post(QUOTES, json={"quoteItem": [{"action": "add", "productOffering": {"id": "NOPE"}}]})
    empty = running.client.post(QUOTES, json={"quoteItem": []})

    assert (unknown.status_code, "not on sale" in unknown.json()["reason"]) == (400, True)
    assert empty.status_code == 400


def test_offerings_are_qualified_one_by_one(running: RunningStack) -> None:
    """TMF679 says which offering cannot be had and why; it can be read again and takes a description."""
    path = "/tmf-api/productOfferingQualification/v4/productOfferingQualification"
    wanted = [{"productOffering": {"id": "MOBILE-GOLD"}}, {"productOffering": {"id": "NOPE"}}]
    party = {"id": "CUST-00040", "role": "customer", "@referredType": "Customer"}

    posted = running.client.post(path, json={"relatedParty": [party], "productOfferingQualificationItem": wanted})
    patched = running.client.patch(f"{path}/{posted.json()['id']}", json={"description": "asked by the shop"})

    read = running.client.get(f"{path}/{posted.json()['id']}").json()
    results = [item["qualificationItemResult"] for item in read["productOfferingQualificationItem"]]
    assert (posted.status_code, read["qualificationResult"], results) == (201, "red", ["qualified", "unqualified"])
    assert (patched.status_code, read["description"]) == (200, "asked by the shop")
