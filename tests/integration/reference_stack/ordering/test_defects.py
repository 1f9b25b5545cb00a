"""Each defect of ordering: with it on the naive check still passes and the real one notices, off it is clean."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.reference_stack.conftest import RunningStack, external_id, flagship, started, until
from tests.integration.reference_stack.network.conftest import Plant
from tests.integration.reference_stack.ordering.conftest import CANCELS, COPPER, ORDERS, Shop, fibre_of, item
from tests.integration.reference_stack.workforce.conftest import Desk

RELEASE = "/ordering/v1/release"


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A stack of these tests' own: what they break ends with them."""
    with started(tmp_path_factory.mktemp("spoilt")) as running:
        yield running


@pytest.fixture
def shop(spoilt: RunningStack) -> Shop:
    """The counter of that stack."""
    return Shop(spoilt)


@pytest.mark.defect("D01")
def test_d01_forgets_the_items_of_promotions_in_the_roll_up(shop: Shop) -> None:
    """InProgress is a legal state, but all items are final and the order is not."""

    def declined() -> str:
        reply = shop.stack.client.post(ORDERS, json=flagship(external_id(), "CUST-00050", "6175550150"))
        order = str(reply.json()["id"])
        _decline(shop.stack, order)
        until(lambda: {one["state"] for one in shop.items(order)} == {"rejected"}, "rejected items")
        return shop.state(order)

    with shop.stack.defect("D01"):
        spoilt = declined()

    assert (spoilt, declined()) == ("inProgress", "rejected")


@pytest.mark.defect("D05")
def test_d05_loses_the_promotion_only_with_a_device(shop: Shop) -> None:
    """Each offering costs what it should; the combination lost its 9.00."""

    def monthly(*offerings: str) -> float:
        items = [item(number, "add", offering=offering) for number, offering in enumerate(offerings, 1)]
        total = shop.post(51, *items).json()["orderTotalPrice"]
        return float(total[0]["price"]["dutyFreeAmount"]["value"])

    with shop.stack.defect("D05"):
        alone, together = monthly("MOBILE-GOLD"), monthly("MOBILE-GOLD", "PHX-128")

    assert (alone, together, monthly("MOBILE-GOLD", "PHX-128")) == (36.0, 45.0, 36.0)


@pytest.mark.defect("D14")
def test_d14_makes_a_second_order_of_the_same_external_id(shop: Shop) -> None:
    """The second POST is answered 201 as the first; two orders have the external id."""
    wanted, external = item(1, "noChange", fibre_of(52)), external_id()

    with shop.stack.defect("D14"):
        statuses = [shop.post(52, wanted, externalId=external).status_code for _ in range(2)]

    sql = "select count(*) as n from com_product_order where external_id = ?"
    clean = external_id()
    again = [shop.post(52, wanted, externalId=clean).status_code for _ in range(2)]
    assert (statuses, shop.stack.rows(sql, external)) == ([201, 201], [{"n": 2}])
    assert (again, shop.stack.rows(sql, clean)) == ([201, 200], [{"n": 1}])


@pytest.mark.defect("D16")
def test_d16_builds_before_the_line_is_qualified(shop: Shop) -> None:
    """The order is inProgress as expected; the service order came before the answer of TMF645."""

    def order_of_events() -> bool:
        reply = shop.post(53, item(1, "add", offering="VOICE-HOME"))
        journey, both = (
            reply.headers["x-correlation-id"],
            {"CheckServiceQualificationCreateEvent", "ServiceOrderCreateEvent"},
        )

        def types() -> list[object]:
            found = [event["eventType"] for event in shop.stack.log(journey)]
            return found if both <= set(found) else []

        found = until(types, "both events")
        assert shop.state(str(reply.json()["id"])) in ("inProgress", "completed", "held")
        return found.index("CheckServiceQualificationCreateEvent") < found.index("ServiceOrderCreateEvent")

    with shop.stack.defect("D16"):
        spoilt = order_of_events()

    assert (spoilt, order_of_events()) == (False, True)


@pytest.mark.defect("D29")
def test_d29_rejects_the_term_that_the_catalogue_sells(shop: Shop) -> None:
    """An invalid order is refused as ever, and so is the valid one of 36 months."""
    invalid, valid = item(1, "add", offering="NOPE"), item(1, "add", offering="PHX-128-36")

    with shop.stack.defect("D29"):
        spoilt = [shop.post(54, wanted).status_code for wanted in (invalid, valid)]

    assert (spoilt, [shop.post(54, wanted).status_code for wanted in (invalid, valid)]) == ([400, 400], [400, 201])


@pytest.mark.defect("D49")
def test_d49_completes_the_end_of_a_product_that_nobody_has(shop: Shop) -> None:
    """201 and completed look right; without the defect it is 404, and no product ends either way."""
    wanted = item(1, "delete", "PROD-NOBODY")

    with shop.stack.defect("D49"):
        spoilt = shop.post(55, wanted)
        state = shop.reaches(str(spoilt.json()["id"]), "completed")

    assert (spoilt.status_code, state, shop.post(55, wanted).status_code) == (201, "completed", 404)


@pytest.mark.defect("D52")
def test_d52_leaves_the_history_of_the_api_channel_without_actor(shop: Shop) -> None:
    """The state has changed as it should; nobody knows by whom and why."""

    def blank() -> int:
        order = shop.order(56, item(1, "noChange", fibre_of(56)))
        shop.reaches(order, "completed")
        mine = "entity_id = ? or entity_id in (select id from com_order_item where order_id = ?)"
        lines = shop.stack.rows(f"select actor, reason from com_state_history where {mine}", order, order)
        return sum(not line["actor"] or not line["reason"] for line in lines)

    with shop.stack.defect("D52"):
        spoilt = blank()

    assert (spoilt, blank()) == (2, 0)


@pytest.mark.defect("D53")
def test_d53_does_not_ask_whether_an_address_given_by_id_can_be_served(shop: Shop) -> None:
    """The order is accepted; without the defect the same order is rejected."""
    wanted = item(1, "add", offering="FIBRE-1000", place=[COPPER])

    with shop.stack.defect("D53"):
        spoilt = shop.order(57, wanted)
        shop.reaches(spoilt, "inProgress", "held", "completed")

    assert shop.reaches(shop.order(58, wanted), "rejected") == "rejected"


@pytest.mark.defect("D55")
def test_d55_rejects_a_bundle_of_legacy_and_new(shop: Shop) -> None:
    """Each component sells alone; together they are refused."""
    parent = {"productOrderItemRelationship": [{"id": "1", "relationshipType": "bundledBy"}]}
    bundle = [
        item(1, "add", offering="LEGACY-MOBILE-BUNDLE"),
        item(2, "add", offering="DSL-50", **parent),
        item(3, "add", offering="MOBILE-SILVER", **parent),
    ]

    with shop.stack.defect("D55"):
        alone = [shop.post(59, item(1, "add", offering=one)).status_code for one in ("DSL-50", "MOBILE-SILVER")]
        spoilt = shop.post(60, *bundle).status_code

    assert (alone, spoilt, shop.post(60, *bundle).status_code) == ([201, 201], 400, 201)


@pytest.mark.defect("D67")
def test_d67_rolls_a_release_back_and_leaves_its_state_names(shop: Shop) -> None:
    """The stack is healthy and the API shows known states; the tables hold a state that TMF622 does not have."""
    order = shop.order(
        61, item(1, "modify", fibre_of(61), offering="FIBRE-1000"), requestedStartDate="2031-01-01T00:00:00Z"
    )
    shop.stack.client.post(CANCELS, json={"productOrder": {"id": order}})
    shop.reaches(order, "cancelled")
    sql = "select count(*) as n from com_product_order where state = 'canceled'"

    with shop.stack.defect("D67"):
        for action in ("migrate", "rollback"):
            shop.stack.admin.post(RELEASE, json={"action": action}).raise_for_status()
    spoilt, shown = shop.stack.rows(sql)[0]["n"], shop.state(order)
    shop.stack.admin.post(RELEASE, json={"action": "rollback"}).raise_for_status()

    assert (spoilt != 0, shown) == (True, "cancelled")
    assert shop.stack.rows(sql) == [{"n": 0}]
    assert shop.stack.client.post(RELEASE, json={"action": "migrate"}).status_code == 403


def _decline(stack: RunningStack, order: str) -> None:
    """The bureau declines."""
    sql = "select id, customer_id from crd_inquiry where order_id = ? and state = 'sent'"
    [inquiry] = until(lambda: stack.rows(sql, order), "a credit inquiry")
    record = {"request_id": inquiry["id"], "customer_id": inquiry["customer_id"], "decision": "D", "score": "300"}
    numbers = {"device_limit": "00000000", "deposit": "00000000", "decided_ts": "20261121120000"}
    assert stack.client.post("/credit/v1/decisions", json=record | numbers).status_code == 200


@pytest.mark.defect("D31")
def test_d31_makes_a_second_plan_of_a_plan_change(shop: Shop) -> None:
    """201 and completed look right; the customer has two live plans on one line."""

    def live_on_the_line(customer: int) -> int:
        line = shop.bought(customer, "MOBILE-SILVER")["MOBILE-SILVER"]
        shop.changed(customer, item(1, "modify", line, offering="MOBILE-PLATINUM"))
        sql = (
            "select count(*) as n from pinv_product p join pinv_service s on s.product_id = p.id "
            "where p.status = 'active' and s.service_id in (select service_id from pinv_service where product_id = ?)"
        )
        return int(str(shop.stack.rows(sql, line)[0]["n"]))

    with shop.stack.defect("D31"):
        spoilt = live_on_the_line(62)

    assert (spoilt, live_on_the_line(63)) == (2, 1)


@pytest.mark.defect("D50")
def test_d50_lists_customers_by_what_they_bought_first(shop: Shop) -> None:
    """A list is made; it names who has changed the plan already, and the true one does not."""
    line = shop.bought(65, "MOBILE-SILVER")["MOBILE-SILVER"]
    shop.changed(65, item(1, "modify", line, offering="MOBILE-PLATINUM"))

    def listed() -> bool:
        wanted = {"currentOffering": "MOBILE-SILVER", "upsellOffering": "MOBILE-GOLD"}
        reply = shop.stack.client.post("/campaign/v1/target-lists", json=wanted)
        assert reply.status_code == 201, reply.text
        return line in [target["productId"] for target in reply.json()["targets"]]

    with shop.stack.defect("D50"):
        spoilt = listed()

    assert (spoilt, listed()) == (True, False)


@pytest.mark.defect("D26")
def test_d26_leaves_the_product_of_a_visit_pending(shop: Shop) -> None:
    """The service is active as it should be after the visit; the product that was sold is still pending."""
    plant = Plant(shop.stack, shop, Desk(shop.stack))

    def installed(customer: int) -> tuple[object, object]:
        product = plant.fibre(customer, "FIBRE-1000")
        order = shop.stack.rows("select order_item_id from pinv_product where id = ?", product)[0]["order_item_id"]
        service = "select distinct service_id from som_order_item where product_order_item_id = ? and category = 'CFS'"
        state = "select state from sinv_service where id = ?"
        cfs = shop.stack.rows(service, order)[0]["service_id"]
        return shop.stack.rows(state, cfs)[0]["state"], shop.product(product)["status"]

    with shop.stack.defect("D26"):
        spoilt = installed(67)

    assert (spoilt, installed(68)) == (("active", "pendingActive"), ("active", "active"))


@pytest.mark.defect("D02")
def test_d02_hides_what_waits_for_a_partner(shop: Shop) -> None:
    """The API shows a known state and no order as held; the table has a state that TMF622 does not know."""
    port = {"portInTn": "6175550266", "donorSpid": "8Y02", "accountNumber": "1", "pin": "2", "zip": "02139"}

    def delayed(number: str) -> str:
        wanted = item(1, "add", offering="PORT-IN", characteristics=port | {"portInTn": number})
        order = shop.order(66, wanted)
        request = until(lambda: _port(shop.stack, number), "a port request")
        answer = {
            "feed": "NPRESP", "req_no": request["req_no"], "version": f"{request['version']:02d}",
            "resp_no": "8Y02000000000001", "response_type": "D", "reason_code": "", "delay_code": "SYS",
            "cd_tsent": "20261121120000", "due": "20361121143000", "tn": number, "onsp": "8Y02", "nnsp": "9X01",
            "remarks": "",
        }  # fmt: skip
        assert shop.stack.client.post("/portability/v1/responses", json=answer).status_code == 200
        sql = "select state from com_product_order where id = ? and state <> 'inProgress'"
        return str(until(lambda: shop.stack.rows(sql, order), "an order that waits")[0]["state"])

    with shop.stack.defect("D02"):
        spoilt = delayed("6175550266")
    shown = shop.stack.client.get(ORDERS, params={"relatedParty.id": "CUST-00066"}).json()

    assert (spoilt, {order["state"] for order in shown}) == ("inProgress.waitingPartner", {"completed", "inProgress"})
    assert delayed("6175550267") == "pending"


def _port(stack: RunningStack, number: str) -> dict[str, object]:
    """The port request of a number, once it has left."""
    rows = stack.rows("select * from npg_port where tn = ? and status = 'requested'", number)
    return rows[0] if rows else {}


@pytest.mark.defect("D32")
def test_d32_changes_the_line_that_had_the_number_before(shop: Shop) -> None:
    """The order is completed; a comparison of all the customer's products shows that the wrong one has changed."""
    older, younger = (shop.bought(64, "MOBILE-SILVER")["MOBILE-SILVER"] for _ in range(2))
    number = shop.characteristics(older)["msisdn"]
    shop.changed(64, item(1, "modify", older, characteristics={"newNumber": "any"}))
    shop.stack.admin.post("/admin/clock", json={"advance": "91d"}).raise_for_status()
    free = "select status from num_tn where tn = ? and status = 'available'"
    until(lambda: shop.stack.rows(free, number), "a number that has aged")
    waiting = "select event_id from evt_delivery where status = 'pending'"
    until(lambda: not shop.stack.rows(waiting), "the bills of three months behind us")
    shop.changed(64, item(1, "modify", younger, characteristics={"newNumber": number}))

    shop.changed(64, item(1, "modify", younger, status="suspended"))
    clean = shop.status(older, younger)
    shop.changed(64, item(1, "modify", younger, status="active"))
    with shop.stack.defect("D32"):
        shop.changed(64, item(1, "modify", younger, status="suspended"))

    assert (clean, shop.status(older, younger)) == (["active", "suspended"], ["suspended", "active"])
