"""Orders that change lines, followed from the counter to the network and back to the product."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from tests.integration.reference_stack.conftest import RunningStack, started, until
from tests.integration.reference_stack.ordering.conftest import CANCELS, Shop, fibre_of, item

PARENT = {"productOrderItemRelationship": [{"id": "1", "relationshipType": "bundledBy"}]}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A stack of these tests' own: its clock moves and its defects leave traces."""
    with started(tmp_path_factory.mktemp("town")) as running:
        yield running


@pytest.fixture
def shop(town: RunningStack) -> Shop:
    """The counter of that stack."""
    return Shop(town)


def bought(shop: Shop, customer: int, *offerings: str) -> dict[str, str]:
    """Buys offerings; the product of each, promotions included."""
    order = shop.order(customer, *(item(number, "add", offering=one) for number, one in enumerate(offerings, 1)))
    return finished(shop, order)


def bundle(shop: Shop, customer: int) -> dict[str, str]:
    """Buys the mobile bundle without a device; the product of each offering."""
    parts = [item(1, "add", offering="MOBILE-GOLD-BUNDLE"), item(2, "add", offering="MOBILE-GOLD", **PARENT)]
    return finished(shop, shop.order(customer, *parts))


def finished(shop: Shop, order: str) -> dict[str, str]:
    """The products of an order once it is complete, by offering."""
    shop.reaches(order, "completed")
    rows = shop.stack.rows("select offering_id, product_id from com_order_item where order_id = ?", order)
    return {str(row["offering_id"]): str(row["product_id"]) for row in rows}


def changed(shop: Shop, customer: int, *items: dict[str, object]) -> dict[str, str]:
    """A change that is built; the products that its order touched, by offering."""
    return finished(shop, shop.order(customer, *items))


def status(shop: Shop, *products: str) -> list[object]:
    """The status of products."""
    return [shop.product(product)["status"] for product in products]


def prices(shop: Shop, product: str) -> list[str]:
    """The prices that a product has."""
    rows = shop.stack.rows("select price_id from pinv_price where product_id = ? order by price_id", product)
    return [str(row["price_id"]) for row in rows]


def test_a_plan_change_keeps_the_product_and_replaces_its_prices(shop: Shop) -> None:
    """Same product, new offering and price, one more order item; the network has the new profile."""
    line = bought(shop, 70, "MOBILE-SILVER")["MOBILE-SILVER"]

    changed(shop, 70, item(1, "modify", line, offering="MOBILE-PLATINUM"))

    product = shop.product(line)
    history = shop.stack.rows("select action, offering_id from product_item where product_id = ? order by action", line)
    assert (product["status"], product["productOffering"]) == ("active", {"id": "MOBILE-PLATINUM", "version": "1.1"})
    assert prices(shop, line) == ["PR-MOBILE-PLATINUM"]
    assert [tuple(row.values()) for row in history] == [("add", "MOBILE-SILVER"), ("modify", "MOBILE-PLATINUM")]
    assert _subscriber(shop, line)["profile"] == "POSTPAID-PLATINUM"


def _subscriber(shop: Shop, product: str) -> dict[str, object]:
    sql = (
        "select h.* from ne_hlr h join sinv_char c on c.value = h.imsi and c.name = 'imsi' "
        "join sinv_rel r on r.related_service_id = c.service_id join pinv_service p on p.service_id = r.service_id "
        "where p.product_id = ?"
    )
    return shop.stack.rows(sql, product)[0]


def test_a_promotion_comes_and_goes_with_the_plan_that_earns_it(shop: Shop) -> None:
    """The customer has fibre: with Gold comes the credit of 9.00, with Silver it ends."""
    line = bought(shop, 71, "MOBILE-SILVER")["MOBILE-SILVER"]

    earned = changed(shop, 71, item(1, "modify", line, offering="MOBILE-GOLD"))
    before = status(shop, earned["SAVER-20"])
    changed(shop, 71, item(1, "modify", line, offering="MOBILE-SILVER"))

    assert (before, status(shop, earned["SAVER-20"])) == (["active"], ["terminated"])
    assert shop.product(earned["SAVER-20"])["terminationDate"]


def test_a_line_is_suspended_and_taken_up_again(shop: Shop) -> None:
    """The product follows the network: barred and suspended, open and active."""
    line = bought(shop, 72, "MOBILE-SILVER")["MOBILE-SILVER"]

    changed(shop, 72, item(1, "modify", line, status="suspended"))
    suspended = (status(shop, line), _subscriber(shop, line)["odb"])
    changed(shop, 72, item(1, "modify", line, status="active"))

    assert suspended == (["suspended"], "barred")
    assert (status(shop, line), _subscriber(shop, line)["odb"]) == (["active"], "none")


def test_the_end_of_a_bundle_is_the_end_of_what_is_in_it(shop: Shop) -> None:
    """Bundle, line and promotion are terminated by one delete."""
    products = bundle(shop, 73)

    changed(shop, 73, item(1, "delete", products["MOBILE-GOLD-BUNDLE"]))

    assert set(products) == {"MOBILE-GOLD-BUNDLE", "MOBILE-GOLD", "SAVER-20"}
    assert status(shop, *products.values()) == ["terminated"] * 3


def test_a_bundle_does_not_outlive_its_last_needed_part(shop: Shop) -> None:
    """Who gives up the line gives up the bundle and its promotion."""
    products = bundle(shop, 74)

    changed(shop, 74, item(1, "delete", products["MOBILE-GOLD"]))

    assert status(shop, *products.values()) == ["terminated"] * 3


def test_a_discount_ends_with_the_product_that_earned_it(shop: Shop) -> None:
    """Without fibre there is no fibre promotion; the line itself stays."""
    products = bought(shop, 75, "MOBILE-GOLD")

    changed(shop, 75, item(1, "delete", fibre_of(75)))

    assert status(shop, fibre_of(75), products["SAVER-20"], products["MOBILE-GOLD"]) == [
        "terminated",
        "terminated",
        "active",
    ]


def test_a_bundle_whose_line_changes_its_plan_ends_and_leaves_the_line(shop: Shop) -> None:
    """Silver is not what the bundle needs: bundle and promotion end, the line goes on."""
    products = bundle(shop, 76)

    changed(shop, 76, item(1, "modify", products["MOBILE-GOLD"], offering="MOBILE-SILVER"))

    line, ended = products.pop("MOBILE-GOLD"), list(products.values())
    assert (status(shop, line), status(shop, *ended)) == (["active"], ["terminated", "terminated"])


def test_a_new_number_becomes_that_of_the_product(shop: Shop) -> None:
    """The product shows its number and the one it had before."""
    line = bought(shop, 77, "MOBILE-SILVER")["MOBILE-SILVER"]
    first = _characteristics(shop, line)["msisdn"]

    changed(shop, 77, item(1, "modify", line, characteristics={"newNumber": "any"}))

    values = _characteristics(shop, line)
    assert values["formerMsisdn"] == first
    assert values["msisdn"] == _subscriber(shop, line)["msisdn"] != first


def _characteristics(shop: Shop, product: str) -> dict[str, str]:
    found = shop.product(product)["productCharacteristic"]
    assert isinstance(found, list)
    return {str(one["name"]): str(one["value"]) for one in found}


def test_the_end_of_a_line_cannot_be_cancelled_once_it_is_announced(shop: Shop) -> None:
    """A product that is pendingTerminate cannot be kept: the task ends with an error, the order completes."""
    line = bought(shop, 78, "MOBILE-SILVER")["MOBILE-SILVER"]
    order = shop.order(78, item(1, "delete", line))
    until(lambda: status(shop, line) != ["active"], "a product on its way out")

    task = shop.stack.client.post(CANCELS, json={"productOrder": {"id": order}})

    shop.reaches(order, "completed")
    if task.status_code == 201:  # it may have been complete already
        final = until(lambda: _task(shop, str(task.json()["id"])), "a final task")
        assert final == "terminatedWithError"
    assert status(shop, line) == ["terminated"]


def _task(shop: Shop, task: str) -> str:
    found = str(shop.stack.client.get(f"{CANCELS}/{task}").json()["state"])
    return found if found in ("done", "terminatedWithError") else ""


def test_a_downgrade_for_the_next_cycle_happens_then(shop: Shop) -> None:
    """Nothing changes today; when the stack's clock has reached the day, everything does."""
    line = bought(shop, 79, "MOBILE-PLATINUM")["MOBILE-PLATINUM"]
    now = datetime.fromisoformat(shop.stack.client.get("/clock").json()["now"])
    next_cycle = (now + timedelta(days=7)).isoformat()
    order = shop.order(79, item(1, "modify", line, offering="MOBILE-SILVER"), requestedStartDate=next_cycle)
    shop.reaches(order, "pending")
    today = shop.product(line)["productOffering"]

    shop.stack.admin.post("/admin/clock", json={"advance": "8d"}).raise_for_status()

    shop.reaches(order, "completed")
    assert (today, shop.product(line)["productOffering"]) == (
        {"id": "MOBILE-PLATINUM", "version": "1.1"},
        {"id": "MOBILE-SILVER", "version": "2.0"},
    )
