"""What is published in the catalogue is sold at once, what is retired is gone at once, and prices have versions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.reference_stack.conftest import RunningStack, started
from tests.integration.reference_stack.ordering.conftest import PRODUCTS, Shop, fibre_of, item

BASE = "/tmf-api/productCatalogManagement/v4"
OFFERINGS, PRICES = f"{BASE}/productOffering", f"{BASE}/productOfferingPrice"
SPEEDS = {"downMbps": "2000", "upMbps": "2000"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The counter of a stack of these tests' own: they change what it sells."""
    with started(tmp_path_factory.mktemp("catalogue")) as stack:
        yield Shop(stack)


def a_price(stack: RunningStack, dollars: float, **more: object) -> dict[str, object]:
    """A new monthly price."""
    body = {"name": "Monthly", "priceType": "recurring", "price": {"unit": "USD", "value": dollars}, **more}
    reply = stack.client.post(PRICES, json=body)
    assert reply.status_code == 201, reply.text
    made: dict[str, object] = reply.json()
    return made


def a_speed(stack: RunningStack, name: str, dollars: float) -> str:
    """Publishes a new speed of fibre; the id of the offering."""
    values = [{"name": speed, "productSpecCharacteristicValue": [{"value": value}]} for speed, value in SPEEDS.items()]
    body = {
        "name": name,
        "lifecycleStatus": "Active",
        "productSpecification": {"id": "PS-FIBRE"},
        "productOfferingPrice": [{"id": a_price(stack, dollars)["id"]}],
        "prodSpecCharValueUse": values,
    }
    reply = stack.client.post(OFFERINGS, json=body)
    assert reply.status_code == 201, reply.text
    return str(reply.json()["id"])


def ordered(shop: Shop, order: str) -> list[dict[str, object]]:
    """What an order is charged by, beside what the catalogue says under the same price id."""
    return shop.stack.rows(
        "select o.price_id, o.amount as ordered, p.amount as catalogue from com_order_price o "
        "join com_order_item i on i.id = o.item_id join cat_price p on p.id = o.price_id "
        "where i.order_id = ? order by o.price_id",
        order,
    )


def valid(shop: Shop, offering: str) -> dict[str, object]:
    """The one price that an offering has today."""
    query = {"productOffering.id": offering, "lifecycleStatus": "Active"}
    reply = shop.stack.client.get(PRICES, params=query)
    (found,) = reply.json()
    assert reply.status_code == 200
    price: dict[str, object] = found
    return price


def changed_while_open(shop: Shop, customer: int, offering: str) -> list[dict[str, object]]:
    """A price goes up while an order waits for its day; what both say then. The naive check passes on the way."""
    later = {"requestedStartDate": "2031-01-01T00:00:00.000Z"}
    order = shop.order(customer, item(1, "modify", fibre_of(customer), offering=offering), **later)
    change = {"price": {"unit": "USD", "value": 99.0}}
    assert shop.stack.client.patch(f"{PRICES}/{valid(shop, offering)['id']}", json=change).status_code == 200

    assert valid(shop, offering)["price"] == change["price"]  # the naive check
    return ordered(shop, order)


def test_a_new_speed_is_sold_at_once_and_built_without_any_release(shop: Shop) -> None:
    """Publish, order, and the product and its network line have the new speed at the new price."""
    offering = a_speed(shop.stack, "Fibre 2000", 110.0)

    order = shop.order(11, item(1, "modify", fibre_of(11), offering=offering))
    assert shop.reaches(order, "completed", "failed", "held", "partial") == "completed"

    product = shop.stack.client.get(f"{PRODUCTS}/{fibre_of(11)}").json()
    assert product["productOffering"]["id"] == offering
    assert [row["n"] for row in shop.stack.rows("select count(*) as n from ne_olt where down_mbps = 2000")] == [1]
    assert [row["n"] for row in shop.stack.rows("select count(*) as n from ne_edge where down_mbps = 2000")] == [1]
    assert [row["ordered"] for row in ordered(shop, order)] == [11000]


def test_a_retired_offering_is_gone_from_every_channel_at_once(shop: Shop) -> None:
    """Orders, prices and qualification refuse it; the catalogue says since when."""
    offering = a_speed(shop.stack, "Fibre 1500", 95.0)
    shop.stack.client.patch(f"{OFFERINGS}/{offering}", json={"lifecycleStatus": "Retired"}).raise_for_status()

    refused = shop.post(12, item(1, "modify", fibre_of(12), offering=offering))
    quote = shop.stack.client.post("/pricing/v1/quote", json={"items": [{"itemNo": "1", "offeringId": offering}]})

    assert (refused.status_code, quote.status_code) == (400, 400)
    assert "not on sale" in quote.json()["reason"]
    assert shop.stack.client.get(f"{OFFERINGS}/{offering}").json()["validFor"]["endDateTime"]


def test_another_amount_is_another_version_of_the_price(shop: Shop) -> None:
    """The old version ends and names its successor; it cannot be changed any more."""
    offering = a_speed(shop.stack, "Fibre 1200", 90.0)
    old = str(valid(shop, offering)["id"])

    shown = shop.stack.client.patch(f"{PRICES}/{old}", json={"price": {"unit": "USD", "value": 80.0}}).json()
    again = shop.stack.client.patch(f"{PRICES}/{old}", json={"price": {"unit": "USD", "value": 70.0}})

    new = valid(shop, offering)
    assert (shown["price"]["value"], shown["lifecycleStatus"]) == (90.0, "Retired")
    assert shown["popRelationship"][0]["id"] == new["id"]
    assert (new["price"], again.status_code) == ({"unit": "USD", "value": 80.0}, 409)
    shown_by = shop.stack.client.get(f"{OFFERINGS}/{offering}").json()["productOfferingPrice"]
    assert [price["id"] for price in shown_by] == [new["id"]]


@pytest.mark.defect("D07")
def test_d07_an_open_order_keeps_the_price_it_was_given(shop: Shop) -> None:
    """With the defect the order and the catalogue disagree under one price id; without it they agree."""
    with shop.stack.defect("D07"):
        spoilt = changed_while_open(shop, 13, a_speed(shop.stack, "Fibre 1300", 91.0))
    clean = changed_while_open(shop, 14, a_speed(shop.stack, "Fibre 1400", 91.0))

    assert [(row["ordered"], row["catalogue"]) for row in spoilt] == [(9100, 9900)]
    assert [(row["ordered"], row["catalogue"]) for row in clean] == [(9100, 9100)]


@pytest.mark.parametrize(
    ("path", "body", "reason"),
    [
        (OFFERINGS, {"name": "X", "productSpecification": {"id": "PS-NONE"}}, "no product specification"),
        (OFFERINGS, {"name": "X", "bundledProductOffering": [{"id": "NONE"}]}, "no product offering"),
        (OFFERINGS, {"name": "X", "productOfferingPrice": [{"id": "PR-MOBILE-GOLD"}]}, "cannot be taken"),
        (PRICES, {"name": "X", "priceType": "recurring"}, "needs price"),
        (PRICES, {"name": "X", "priceType": "oneTime", "price": {"unit": "USD", "value": 1e300}}, "price.value"),
    ],
)
def test_what_refers_to_nothing_is_refused(shop: Shop, path: str, body: dict[str, object], reason: str) -> None:
    """400 that says what is missing, and nothing is left of it."""
    before = shop.stack.client.get(path).headers["x-total-count"]

    reply = shop.stack.client.post(path, json=body)

    assert (reply.status_code, reason in reply.json()["reason"]) == (400, True), reply.text
    assert shop.stack.client.get(path).headers["x-total-count"] == before


@pytest.mark.parametrize(
    ("base", "names"),
    [
        ("/tmf-api/serviceCatalogManagement/v4", ("serviceSpecification", "serviceCandidate", "serviceCategory")),
        ("/tmf-api/resourceCatalog/v4", ("resourceSpecification", "resourceCandidate", "resourceCategory")),
    ],
)
def test_the_technical_catalogues_hang_together(shop: Shop, base: str, names: tuple[str, ...]) -> None:
    """Every reference of a service or resource catalogue leads to what it names."""
    for name in names:
        for document in shop.stack.client.get(f"{base}/{name}").json():
            for value in document.values():
                for one in value if isinstance(value, list) else [value]:
                    if isinstance(one, dict) and "href" in one:
                        assert shop.stack.client.get(one["href"]).json()["id"] == one["id"]
