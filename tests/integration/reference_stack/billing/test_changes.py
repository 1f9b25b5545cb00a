"""Charges follow every change of a product, and the bill shows each day once."""

from __future__ import annotations

from datetime import date, timedelta

from tests.integration.reference_stack.billing.conftest import BILLS, GOLD, PLATINUM, Biller, local, price
from tests.integration.reference_stack.conftest import Tables, until


def test_a_plan_change_ends_the_old_charge_on_the_day_the_new_one_begins(biller: Biller) -> None:
    """The preview, made before, is the bill: what was billed in advance comes back, the new plan begins."""
    account = biller.account()
    line = biller.product(account, "MOBILE-GOLD", GOLD)
    biller.charged(line)
    assert biller.amounts(biller.demand(account)) == [4500]
    wish = {"productId": line, "productOffering": {"id": "MOBILE-PLATINUM"}}

    seen = biller.stack.client.post("/billing/v1/previews", json=wish).json()
    biller.change(line, productOffering={"id": "MOBILE-PLATINUM", "version": "1.1"}, productPrice=[price(*PLATINUM)])
    until(lambda: [row["price_id"] for row in biller.charges(line)] == ["PR-MOBILE-PLATINUM"], "the new charge alone")
    bill = biller.demand(account)

    ended, begun = biller.charges(line, "ended")[0], biller.charges(line)[0]
    assert ended["end_date"] == begun["start_date"]
    assert biller.amounts(bill) == [6000, -4500]
    assert (seen["charge"], seen["credit"]) == (6000, -4500)
    assert [shown["amount"] for shown in seen["lines"]] == biller.amounts(bill)
    total = biller.stack.client.get(f"{BILLS}/customerBill/{bill}").json()["taxIncludedAmount"]["value"]
    assert seen["bill"]["taxIncluded"] == round(total * 100)


def test_a_suspension_is_not_billed(biller: Biller) -> None:
    """The charge runs on and keeps its start; only the days of the suspension come back."""
    account = biller.account()
    line = biller.product(account, "MOBILE-GOLD", GOLD)
    start = biller.charged(line)[0]["start_date"]
    biller.demand(account)

    biller.change(line, status="suspended")
    until(lambda: biller.stack.rows("select * from bil_pause where product_id = ?", line), "the pause")
    biller.advance("72h")
    biller.change(line, status="active")
    paused = "select * from bil_pause where product_id = ? and ended_at is not null"
    until(lambda: biller.stack.rows(paused, line), "the end of the pause")
    back = biller.lines(biller.demand(account))

    assert [row["start_date"] for row in biller.charges(line)] == [start]
    assert len(back) == 1
    days = date.fromisoformat(str(back[0]["period_end"])) - date.fromisoformat(str(back[0]["period_start"]))
    assert days == timedelta(days=3)
    assert back[0]["amount"] in [round(-4500 * 3 / length) for length in (28, 29, 30, 31)]  # three days of a month


def test_a_disconnect_is_billed_once_and_never_again(biller: Biller) -> None:
    """The final bill gives back the rest of the month and takes what is left of the device; no line comes later."""
    account = biller.account()
    line = biller.product(account, "MOBILE-GOLD", GOLD)
    phone = biller.product(account, "PHX-128", ("PR-PHX-128", "installment", 30.0), **_months(24))
    biller.charged(line)
    _deliver(biller, phone)
    assert sorted(biller.amounts(biller.demand(account))) == [3000, 4500]

    for product in (line, phone):
        biller.change(product, status="terminated")
    settling = "select * from bil_installment where product_id = ? and state = 'settling'"
    until(lambda: not biller.charges(line) and biller.stack.rows(settling, phone), "the end of charge and plan")
    today = local(biller.now()).isoformat()
    bills = biller.run(account, today)

    assert sorted(biller.amounts(bills[0])) == [-4500, 69000]
    bill = biller.stack.client.get(f"{BILLS}/customerBill/{bills[0]}").json()
    assert (bill["category"], bill["state"], bill["runType"]) == ("last", "sent", "onCycle")
    assert biller.stack.rows("select state from bil_installment where product_id = ?", phone) == [{"state": "settled"}]
    later = [(date.fromisoformat(today) + timedelta(days=days)).isoformat() for days in (30, 61)]
    assert [biller.run(account, day) for day in later] == [[], []]
    ended = biller.charges(line, "ended")[0]
    product = biller.stack.rows("select termination_date from pinv_product where id = ?", line)[0]
    assert ended["end_date"] == product["termination_date"]


def _months(months: int) -> dict[str, object]:
    return {"productPrice": [price("PR-PHX-128", "installment", 30.0, months=months)]}


def _deliver(biller: Biller, phone: str) -> None:
    """The plan runs, as it would after the delivery."""
    sql = "select * from bil_installment where product_id = ?"
    plan = until(lambda: biller.stack.rows(sql, phone), "the plan")[0]
    write = "update bil_installment set state = 'active', start_date = ? where id = ?"
    Tables(biller.stack.ready["database"]).write(write, biller.now(), plan["id"])


def test_the_run_prorates_to_the_cycle_day(biller: Biller) -> None:
    """The days up to the cycle day by the length of their month, then a whole month; a second run bills nothing."""
    account = biller.account()
    line = biller.product(account, "MOBILE-GOLD", GOLD)
    start = local(str(biller.charged(line)[0]["start_date"]))
    found = biller.stack.rows("select cycle_day, next_bill from bil_account where id = ?", account)[0]
    day = str(until(lambda: found["next_bill"] or None, "the next cycle day"))

    bills = biller.run(account, day)

    amounts = [(line["amount"], line["period_start"], line["period_end"]) for line in biller.lines(bills[0])]
    cycle = date.fromisoformat(day)
    month = (cycle - _month_before(cycle)).days
    part = (2 * 4500 * (cycle - start).days + month) // (2 * month)
    assert len(amounts) == 2
    assert amounts[0][1:] == (start.isoformat(), day)
    assert amounts[0][0] == part
    assert (amounts[1][0], amounts[1][1]) == (4500, day)
    assert biller.run(account, day) == []


def _month_before(day: date) -> date:
    last = day.replace(day=1) - timedelta(days=1)
    return last.replace(day=day.day)


def test_the_clock_brings_the_bill_of_the_cycle(biller: Biller) -> None:
    """On its cycle day an account is billed without anybody asking."""
    account = biller.account()
    line = biller.product(account, "MOBILE-GOLD", GOLD)
    biller.charged(line)

    biller.advance("768h")

    sql = "select id, run_type, state from bil_bill where account_id = ?"
    bill = until(lambda: biller.stack.rows(sql, account), "a bill of the cycle")[0]
    assert (bill["run_type"], bill["state"]) == ("onCycle", "sent")


def test_a_promotion_ends_after_its_months(biller: Biller) -> None:
    """Three months of a credit of 9.00, each day once, and the credit is over when the promotion is."""
    account = biller.account()
    saver = biller.product(
        account,
        "SAVER-20",
        productPrice=[price("PR-SAVER-20", "credit", -9.0, months=3, promotionId="FIBRE-MOBILE-20")],
    )
    biller.charged(saver)

    biller.advance(f"{24 * 95}h")

    until(lambda: biller.charges(saver, "ended"), "the end of the credit")
    biller.demand(account)
    sql = "select l.* from bil_line l join bil_charge c on c.id = l.charge_id where c.product_id = ?"
    lines = biller.stack.rows(f"{sql} order by l.period_start", saver)
    assert lines[0]["period_start"] == str(biller.charges(saver, "ended")[0]["start_date"])[:10]
    assert [line["period_start"] for line in lines[1:]] == [line["period_end"] for line in lines[:-1]]
    assert lines[-1]["period_end"] == str(biller.charges(saver, "ended")[0]["end_date"])[:10]
    # Billed by the cycle there is a part of a month at both ends, of months that are not equally long.
    assert abs(sum(int(str(line["amount"])) for line in lines) + 2700) <= 90
    told = biller.stack.rows(
        "select event_type from evt_event where resource_type = 'promotion' and resource_id = ?",
        biller.charges(saver, "ended")[0]["id"],
    )
    assert told == [{"event_type": "PromotionExpiryEvent"}]
