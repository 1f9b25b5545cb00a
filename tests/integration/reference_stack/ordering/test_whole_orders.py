"""Orders that change lines, followed from the counter to the network and back to the product."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from tests.integration.reference_stack.conftest import RunningStack, started, until
from tests.integration.reference_stack.fulfilment.conftest import Order
from tests.integration.reference_stack.network.conftest import Plant
from tests.integration.reference_stack.ordering.conftest import CANCELS, Shop, fibre_of, item
from tests.integration.reference_stack.workforce.conftest import Desk

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


def bundle(shop: Shop, customer: int) -> dict[str, str]:
    """Buys the mobile bundle without a device; the product of each offering."""
    parts = [item(1, "add", offering="MOBILE-GOLD-BUNDLE"), item(2, "add", offering="MOBILE-GOLD", **PARENT)]
    return shop.finished(shop.order(customer, *parts))


def prices(shop: Shop, product: str) -> list[str]:
    """The prices that a product has."""
    rows = shop.stack.rows("select price_id from pinv_price where product_id = ? order by price_id", product)
    return [str(row["price_id"]) for row in rows]


def test_a_plan_change_keeps_the_product_and_replaces_its_prices(shop: Shop) -> None:
    """Same product, new offering and price, one more order item; the network has the new profile."""
    line = shop.bought(70, "MOBILE-SILVER")["MOBILE-SILVER"]

    shop.changed(70, item(1, "modify", line, offering="MOBILE-PLATINUM"))

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
    line = shop.bought(71, "MOBILE-SILVER")["MOBILE-SILVER"]

    earned = shop.changed(71, item(1, "modify", line, offering="MOBILE-GOLD"))
    before = shop.status(earned["SAVER-20"])
    shop.changed(71, item(1, "modify", line, offering="MOBILE-SILVER"))

    assert (before, shop.status(earned["SAVER-20"])) == (["active"], ["terminated"])
    assert shop.product(earned["SAVER-20"])["terminationDate"]


def test_a_line_is_suspended_and_taken_up_again(shop: Shop) -> None:
    """The product follows the network: barred and suspended, open and active."""
    line = shop.bought(72, "MOBILE-SILVER")["MOBILE-SILVER"]

    shop.changed(72, item(1, "modify", line, status="suspended"))
    suspended = (shop.status(line), _subscriber(shop, line)["odb"])
    shop.changed(72, item(1, "modify", line, status="active"))

    assert suspended == (["suspended"], "barred")
    assert (shop.status(line), _subscriber(shop, line)["odb"]) == (["active"], "none")


def test_the_end_of_a_bundle_is_the_end_of_what_is_in_it(shop: Shop) -> None:
    """Bundle, line and promotion are terminated by one delete."""
    products = bundle(shop, 73)

    shop.changed(73, item(1, "delete", products["MOBILE-GOLD-BUNDLE"]))

    assert set(products) == {"MOBILE-GOLD-BUNDLE", "MOBILE-GOLD", "SAVER-20"}
    assert shop.status(*products.values()) == ["terminated"] * 3


def test_a_bundle_does_not_outlive_its_last_needed_part(shop: Shop) -> None:
    """Who gives up the line gives up the bundle and its promotion."""
    products = bundle(shop, 74)

    shop.changed(74, item(1, "delete", products["MOBILE-GOLD"]))

    assert shop.status(*products.values()) == ["terminated"] * 3


def test_a_discount_ends_with_the_product_that_earned_it(shop: Shop) -> None:
    """Without fibre there is no fibre promotion; the line itself stays."""
    products = shop.bought(75, "MOBILE-GOLD")

    shop.changed(75, item(1, "delete", fibre_of(75)))

    assert shop.status(fibre_of(75), products["SAVER-20"], products["MOBILE-GOLD"]) == [
        "terminated",
        "terminated",
        "active",
    ]


def test_a_bundle_whose_line_changes_its_plan_ends_and_leaves_the_line(shop: Shop) -> None:
    """Silver is not what the bundle needs: bundle and promotion end, the line goes on."""
    products = bundle(shop, 76)

    shop.changed(76, item(1, "modify", products["MOBILE-GOLD"], offering="MOBILE-SILVER"))

    line, ended = products.pop("MOBILE-GOLD"), list(products.values())
    assert (shop.status(line), shop.status(*ended)) == (["active"], ["terminated", "terminated"])


def test_a_new_number_becomes_that_of_the_product(shop: Shop) -> None:
    """The product shows its number and the one it had before."""
    line = shop.bought(77, "MOBILE-SILVER")["MOBILE-SILVER"]
    first = shop.characteristics(line)["msisdn"]

    shop.changed(77, item(1, "modify", line, characteristics={"newNumber": "any"}))

    values = shop.characteristics(line)
    assert values["formerMsisdn"] == first
    assert values["msisdn"] == _subscriber(shop, line)["msisdn"] != first


@pytest.mark.parametrize(("customer", "outlives"), [(78, False), (79, True)])
def test_a_number_that_came_along_goes_back_when_its_line_takes_another(
    shop: Shop, customer: int, *, outlives: bool
) -> None:
    """The port ends with the old number: product, services and our version; in the bundle and in what outlived it."""
    ported = Order(shop.stack)
    brings = {"portInTn": ported.number, "donorSpid": "8Y02", "accountNumber": "0012345", "pin": "0042", "zip": "02139"}
    port = item(3, "add", offering="PORT-IN", characteristics=brings, **PARENT)
    line = item(2, "add", offering="MOBILE-GOLD", **PARENT)
    bought = shop.order(customer, item(1, "add", offering="MOBILE-GOLD-BUNDLE"), line, port)
    sql = "select id from com_order_item where order_id = ? and offering_id = 'PORT-IN'"
    ported.items["PS-PORTIN"] = str(shop.stack.rows(sql, bought)[0]["id"])
    ported.answer("C")
    ported.go_live()
    products = shop.finished(bought)

    if outlives:
        shop.changed(customer, item(1, "modify", products["MOBILE-GOLD"], offering="MOBILE-SILVER"))
    shop.changed(customer, item(1, "modify", products["MOBILE-GOLD"], characteristics={"newNumber": "any"}))

    versions = shop.stack.rows("select status from npg_sv where tn = ?", ported.number)
    in_use = "select id from rinv_resource where value = ? and usage_state = 'active'"
    assert shop.status(products["PORT-IN"], products["MOBILE-GOLD"]) == ["terminated", "active"]
    assert shop.characteristics(products["MOBILE-GOLD"])["formerMsisdn"] == ported.number
    assert {row["status"] for row in versions} == {"old"}
    assert shop.stack.rows(in_use, ported.number) == []


def test_the_end_of_a_line_cannot_be_cancelled_once_it_is_announced(shop: Shop) -> None:
    """A product that is pendingTerminate cannot be kept: the task ends with an error, the order completes."""
    line = shop.bought(78, "MOBILE-SILVER")["MOBILE-SILVER"]
    order = shop.order(78, item(1, "delete", line))
    until(lambda: shop.status(line) != ["active"], "a product on its way out")

    task = shop.stack.client.post(CANCELS, json={"productOrder": {"id": order}})

    shop.reaches(order, "completed")
    if task.status_code == 201:  # it may have been complete already
        final = until(lambda: _task(shop, str(task.json()["id"])), "a final task")
        assert final == "terminatedWithError"
    assert shop.status(line) == ["terminated"]


def _task(shop: Shop, task: str) -> str:
    found = str(shop.stack.client.get(f"{CANCELS}/{task}").json()["state"])
    return found if found in ("done", "terminatedWithError") else ""


def test_a_downgrade_for_the_next_cycle_happens_then(shop: Shop) -> None:
    """Nothing changes today; when the stack's clock has reached the day, everything does."""
    line = shop.bought(79, "MOBILE-PLATINUM")["MOBILE-PLATINUM"]
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


def test_a_replaced_line_ends_only_when_the_new_one_is_there(shop: Shop) -> None:
    """Two service orders of one product order: the old line's end comes after the new line's completion."""
    old = shop.bought(80, "DSL-50")["DSL-50"]
    order = shop.order(80, item(1, "delete", old), item(2, "add", offering="DSL-100"))

    products = shop.finished(order)

    ended = shop.stack.rows("select * from som_service_order where product_order_id = ? order by order_date", order)
    assert shop.status(old, products["DSL-100"]) == ["terminated", "active"]
    assert len(ended) == 2
    assert str(ended[0]["completion_date"]) <= str(ended[1]["order_date"])


def test_a_bundle_ends_with_one_of_its_needed_lines_and_the_others_stay(shop: Shop) -> None:
    """Without the DSL line there is no bundle of DSL and mobile; the mobile line goes on by itself."""
    parts = [item(1, "add", offering="LEGACY-MOBILE-BUNDLE")]
    parts += [item(number, "add", offering=one, **PARENT) for number, one in ((2, "DSL-50"), (3, "MOBILE-SILVER"))]
    products = shop.finished(shop.order(81, *parts))

    shop.changed(81, item(1, "delete", products["DSL-50"]))

    kept = shop.status(products["LEGACY-MOBILE-BUNDLE"], products["DSL-50"], products["MOBILE-SILVER"])
    assert kept == ["terminated", "terminated", "active"]


def test_a_pass_is_added_to_the_line_that_it_names(shop: Shop) -> None:
    """The pass belongs to that line and ends with it."""
    line = shop.bought(82, "MOBILE-SILVER")["MOBILE-SILVER"]
    on_line = [{"relationshipType": "reliesOn", "product": {"id": line}}]

    added = shop.changed(82, item(1, "add", offering="ROAM-PASS-7", productRelationship=on_line))

    relation = shop.product(added["ROAM-PASS-7"])["productRelationship"]
    assert isinstance(relation, list)
    assert relation[0]["product"]["id"] == line
    shop.changed(82, item(1, "delete", line))
    assert shop.status(line, added["ROAM-PASS-7"]) == ["terminated", "terminated"]


def test_an_order_on_its_way_is_cancelled_with_its_products(shop: Shop) -> None:
    """The port waits for the old provider: nothing is built yet, and nothing stays."""
    port = {"portInTn": "6175550983", "donorSpid": "8Y02", "accountNumber": "1", "pin": "2", "zip": "02139"}
    wanted = [item(1, "add", offering="PORT-IN", characteristics=port)]
    order = shop.order(83, *wanted)
    product = until(lambda: _product(shop, order), "a product")

    task = shop.stack.client.post(CANCELS, json={"productOrder": {"id": order}, "cancellationReason": "moved away"})

    shop.reaches(order, "cancelled")
    messages = until(lambda: shop.stack.client.get("/crm/v1/customers/CUST-00083/messages").json(), "a message")
    assert until(lambda: _task(shop, str(task.json()["id"])), "a final task") == "done"
    assert shop.status(product) == ["cancelled"]
    assert "is cancelled" in messages[-1]["text"]


def _product(shop: Shop, order: str) -> str:
    rows = shop.stack.rows("select product_id from com_order_item where order_id = ?", order)
    return str(rows[0]["product_id"] or "")


def test_a_convergent_bundle_gives_its_discount_when_its_last_line_is_there(shop: Shop) -> None:
    """Mobile and television are there at once, the discount comes with fibre, and goes with television."""
    plant = Plant(shop.stack, shop, Desk(shop.stack))
    parts = [item(1, "add", offering="CONVERGENT-BUNDLE")]
    lines = enumerate(("MOBILE-GOLD", "FIBRE-500", "TV-BASIC"), 2)
    order = shop.order(215, *parts, *(item(number, "add", offering=one, **PARENT) for number, one in lines))
    until(lambda: {"completed"} == _states(shop, order, "MOBILE-GOLD", "TV-BASIC"), "two lines of three")
    waiting = _states(shop, order, "CONVERGENT-BUNDLE", "FIBRE-500", "CONVERGENT-SAVER")

    plant.install(order)

    products = shop.finished(order)
    saver = products["CONVERGENT-SAVER"]
    ends = shop.stack.rows("select promo_end from pinv_price where product_id = ?", saver)[0]["promo_end"]
    first = str(shop.product(products["FIBRE-500"])["startDate"])
    assert waiting == {"inProgress"}
    assert str(shop.product(saver)["startDate"]) >= first
    assert int(str(ends)[:4]) - int(str(shop.product(saver)["startDate"])[:4]) == 1
    shop.changed(215, item(1, "delete", products["TV-BASIC"]))
    ended, kept = ("CONVERGENT-BUNDLE", "TV-BASIC", "CONVERGENT-SAVER"), ("MOBILE-GOLD", "FIBRE-500")
    assert shop.status(*(products[one] for one in ended)) == ["terminated"] * 3
    assert shop.status(*(products[one] for one in kept)) == ["active"] * 2


def _states(shop: Shop, order: str, *offerings: str) -> set[object]:
    """The states of the items of some offerings."""
    found = shop.stack.rows("select offering_id, state from com_order_item where order_id = ?", order)
    return {row["state"] for row in found if row["offering_id"] in offerings}
