"""Release defects of billing: the naive check passes with each, the real one notices it, and is silent without it."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date, datetime, timedelta

import pytest

from tests.integration.reference_stack.billing.conftest import GOLD, PLATINUM, PRODUCTS, Biller, local, price
from tests.integration.reference_stack.billing.lines import hand_over, line
from tests.integration.reference_stack.conftest import until
from tests.integration.reference_stack.workforce.conftest import Desk

GB = 1_000_000_000
Rows = list[dict[str, object]]


def ghosts(biller: Biller, product: str) -> Rows:
    """R11 and R14: a monthly charge that runs for a product that is not live."""
    sql = (
        "select c.id from bil_charge c join pinv_product p on p.id = c.product_id where p.id = ? "
        "and c.charge_type = 'recurring' and c.end_date is null and p.status in ('terminated', 'cancelled', 'aborted')"
    )
    return biller.stack.rows(sql, product)


def missing(biller: Biller, product: str) -> list[object]:
    """R10: monthly prices of a live product without an active charge, as revenue assurance finds them."""
    found = biller.stack.client.get("/billing/v1/revenue-assurance").json()["missing"]
    return [one for one in found if one["productId"] == product]


def heard(biller: Biller, product: str, state: str) -> None:
    """Waits until billing has been told of a product's state."""
    sql = (
        "select d.event_id from evt_delivery d join evt_event e on e.event_id = d.event_id "
        "where d.subscriber = 'billing' and d.status = 'delivered' and e.resource_id = ? and e.state = ?"
    )
    until(lambda: biller.stack.rows(sql, product, state), f"billing knows that {product} is {state}")


@pytest.mark.defect("D17")
@pytest.mark.parametrize("on", [True, False])
def test_d17_a_close_code_that_billing_does_not_know(biller: Biller, on: bool) -> None:
    """The work order is completed either way; with the new code the charge stays pending."""
    desk = Desk(biller.stack)
    booking = desk.dispatched()
    with biller.stack.defect("D17") if on else nullcontext():
        assert desk.close(desk.close_out(booking, "DONE")).status_code == 200
        assert desk.until_state(booking.work_order, "completed")
        known = "select close_code from bil_installation where order_id = ?"
        until(lambda: biller.stack.rows(known, booking.order), "billing knows of the close-out")
        item = {"productOrderId": booking.order, "orderItemId": booking.item, "orderItemAction": "add"}
        fibre = biller.product(
            biller.account(), "FIBRE-500", ("PR-FIBRE-500", "recurring", 65.0), productOrderItem=[item]
        )
        until(lambda: biller.stack.rows("select id from bil_charge where product_id = ?", fibre), "the charge")

    assert bool(missing(biller, fibre)) is on
    assert len(biller.charges(fibre, "pending")) == on
    if on:
        biller.change(fibre, status="terminated")


@pytest.mark.defect("D19")
@pytest.mark.parametrize("on", [True, False])
def test_d19_a_charge_that_starts_with_the_order_s_completion(biller: Biller, on: bool) -> None:
    """An active charge exists either way; R13 compares its first day with that of the installation."""
    installed = (datetime.fromisoformat(biller.now()) - timedelta(days=3)).isoformat()
    with biller.stack.defect("D19") if on else nullcontext():
        fibre = biller.product(biller.account(), "FIBRE-500", ("PR-FIBRE-500", "recurring", 65.0), startDate=installed)
        charge = biller.charged(fibre)[0]

    days = biller.stack.rows("select start_date from pinv_product where id = ?", fibre)[0]["start_date"]
    assert (str(charge["start_date"])[:10] != str(days)[:10]) is on


@pytest.mark.defect("D28")
@pytest.mark.parametrize("on", [True, False])
def test_d28_a_new_offering_without_a_charge_code(biller: Biller, on: bool) -> None:
    """The product is active either way; with the hand-made list its price lies in suspense."""
    with biller.stack.defect("D28") if on else nullcontext():
        new = biller.product(biller.account(), "MOBILE-PLATINUM", PLATINUM)
        heard(biller, new, "active")

    assert biller.stack.client.get(f"{PRODUCTS}/{new}").json()["status"] == "active"
    waiting = [one for one in biller.stack.client.get("/billing/v1/suspense").json() if one.get("productId") == new]
    assert bool(waiting) is on
    assert bool(missing(biller, new)) is on
    if on:
        biller.change(new, status="terminated")


@pytest.mark.defect("D41")
@pytest.mark.parametrize("on", [True, False])
def test_d41_usage_lines_without_product_and_order(biller: Biller, on: bool) -> None:
    """A bill is made either way; R41 wants the product of every usage line."""
    gold = line(biller)
    hand_over(biller, gold.record(f"{gold.imsi}-41", "sms", 1, serving_network="GBRNT"))
    gold.rated(f"{gold.imsi}-41")
    with biller.stack.defect("D41") if on else nullcontext():
        bill = biller.demand(gold.account)

    usage = [one for one in biller.lines(bill) if one["usage_id"]]
    assert len(usage) == 1
    assert (usage[0]["product_id"] is None) is on
    dispute = biller.stack.client.post("/billing/v1/disputes", json={"lineId": usage[0]["id"], "reason": "who?"})
    assert ("orderId" in dispute.json()["origin"]) is not on


@pytest.mark.defect("D46")
@pytest.mark.parametrize("on", [True, False])
def test_d46_a_charge_that_outlives_its_product(biller: Biller, on: bool) -> None:
    """The product is terminated either way; R14 looks for the end of the charge, and the next run bills it."""
    account = biller.account()
    gold = biller.product(account, "MOBILE-GOLD", GOLD)
    biller.charged(gold)
    with biller.stack.defect("D46") if on else nullcontext():
        biller.change(gold, status="terminated")
        heard(biller, gold, "terminated")

    assert bool(ghosts(biller, gold)) is on
    next_month = (local(biller.now()) + timedelta(days=31)).isoformat()
    assert bool(biller.run(account, next_month)) is on
    if on:
        biller.change(gold, description="looked at again")
        until(lambda: not ghosts(biller, gold), "the end of the charge")


@pytest.mark.defect("D47")
@pytest.mark.parametrize("on", [True, False])
def test_d47_a_cancelled_order_that_is_charged(biller: Biller, on: bool) -> None:
    """The cancellation is answered with 200 either way; R11 looks for charges of what never came to be."""
    with biller.stack.defect("D47") if on else nullcontext():
        planned = biller.planned(biller.account(), "MOBILE-GOLD", GOLD)
        heard(biller, planned, "pendingActive")
        biller.change(planned, status="cancelled")
        heard(biller, planned, "cancelled")

    assert biller.stack.client.get(f"{PRODUCTS}/{planned}").json()["status"] == "cancelled"
    assert bool(ghosts(biller, planned)) is on


@pytest.mark.defect("D61")
@pytest.mark.parametrize("on", [True, False])
def test_d61_a_promotion_that_ends_after_the_bill_run(biller: Biller, on: bool) -> None:
    """The expiry is told either way; a credit on the bill of days after the promotion's end is R58 at bill time."""
    saver = biller.product(
        biller.account(), "SAVER-20", productPrice=[price("PR-SAVER-20", "credit", -9.0, months=1, promotionId="X")]
    )
    credit = biller.charged(saver)[0]
    with biller.stack.defect("D61") if on else nullcontext():
        biller.advance(f"{24 * 32}h")
        until(lambda: biller.charges(saver, "ended"), "the end of the credit")

    told = "select event_id from evt_event where event_type = 'PromotionExpiryEvent' and resource_id = ?"
    assert biller.stack.rows(told, credit["id"])
    end = local(str(biller.charges(saver, "ended")[0]["end_date"]))
    lines = biller.stack.rows("select period_end from bil_line where charge_id = ? and amount < 0", credit["id"])
    assert lines
    assert any(date.fromisoformat(str(one["period_end"])) > end for one in lines) is on


@pytest.mark.defect("D62")
@pytest.mark.parametrize("on", [True, False])
def test_d62_an_alert_that_comes_a_day_late(biller: Biller, on: bool) -> None:
    """The alert is sent either way; the time from crossing to alert is the check."""
    gold = line(biller)
    with biller.stack.defect("D62") if on else nullcontext():
        hand_over(biller, gold.record(f"{gold.imsi}-62", "data", 17 * GB))
    sent = "select * from bil_alert where product_id = ? and fired_at is not null"
    if on:
        biller.advance("25h")
    alert = until(lambda: biller.stack.rows(sent, gold.product), "the alert")[0]

    took = datetime.fromisoformat(str(alert["fired_at"])) - datetime.fromisoformat(str(alert["crossed_at"]))
    assert (took > timedelta(minutes=15)) is on


@pytest.mark.defect("D68")
@pytest.mark.parametrize("on", [True, False])
def test_d68_a_file_that_is_sent_again_under_a_new_name(biller: Biller, on: bool) -> None:
    """The batch is answered with 200 either way; R38 counts how often a record was rated."""
    gold = line(biller)
    record = gold.record(f"{gold.imsi}-68", "sms", 1)
    hand_over(biller, record)
    with biller.stack.defect("D68") if on else nullcontext():
        hand_over(biller, record)

    counted = [row for row in gold.usage(f"{gold.imsi}-68") if row["status"] in ("guided", "rated", "billed")]
    assert (len(counted) > 1) is on


@pytest.mark.defect("D70")
@pytest.mark.parametrize("on", [True, False])
@pytest.mark.parametrize(("day", "offset"), [("2035-11-04", "-0400"), ("2035-03-11", "-0500")])
def test_d70_calls_across_the_clock_change(biller: Biller, on: bool, day: str, offset: str) -> None:
    """The call is rated either way; it must be as long as it was: no negative time, no hour too much."""
    gold = line(biller)
    key = f"{gold.imsi}-70-{day}"
    record = gold.record(key, "voice", 1200, started_at=f"{day}T01:50:00", utc_offset=offset)
    with biller.stack.defect("D70") if on else nullcontext():
        hand_over(biller, record)
        rated = gold.rated(key)

    assert rated["status"] == "rated"
    assert (rated["quantity"] != 1200) is on
