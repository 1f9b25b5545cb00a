"""Changes at the counter: each is a form, a review and exactly one product order that is really built."""

from __future__ import annotations

from tests.integration.reference_stack.care.conftest import product_of, reaches
from tests.integration.reference_stack.care.screens import Counter
from tests.integration.reference_stack.ordering.conftest import Shop, item


def orders_of(shop: Shop, product: str) -> list[dict[str, object]]:
    """The orders that concern a product, the one that made it included."""
    sql = "select o.id, o.state, o.external_id, i.change_kind from com_order_item i join com_product_order o"
    return shop.stack.rows(f"{sql} on o.id = i.order_id where i.product_id = ? order by o.order_date", product)


def line(shop: Shop, customer: int, offering: str) -> str:
    """A line that a customer has; its product."""
    order = shop.order(customer, item(1, "add", offering=offering))
    shop.reaches(order, "completed")
    return product_of(shop, order)


def changed(rep: Counter, product: str, action: str, **typed: str) -> str:
    """Carries a change out at the counter; the path of its order."""
    rep.open(f"/products/{product}/changes/{action}")
    rep.post("/review", **typed)
    assert rep.at.status == 200, rep.at.html
    ordered = rep.post("/submit")
    assert "/care/orders/" in ordered.url, ordered.html
    return ordered.url.split("/care")[1].split("?")[0]


def test_a_plan_change_shows_the_next_bill_and_is_ordered_once(rep: Counter, shop: Shop) -> None:
    """The review has credit, charge and total; the same form sent twice is one order; the price is the new plan's."""
    product = line(shop, 61, "MOBILE-SILVER")
    rep.open(f"/products/{product}/changes/plan")
    assert rep.at.choices["plan"] == ["", "MOBILE-GOLD", "MOBILE-PLATINUM"]
    review = rep.post("/review", plan="MOBILE-PLATINUM")
    assert review.values["New plan"] == "Mobile Platinum"
    assert review.values["Charge"] == "60.00 USD"
    assert any(row["Line"].startswith("Mobile Platinum monthly") for row in review.tables["Next bill"])

    first = rep.post("/submit").url
    rep.at = review
    second = rep.post("/submit").url
    reaches(rep, first.split("/care")[1].split("?")[0], "completed")

    assert first == second
    assert [row["change_kind"] for row in orders_of(shop, product)] == ["add", "plan"]
    shown = {row["Product id"]: row for row in rep.open("/customers/CUST-00061").tables["Products"]}[product]
    assert (shown["Product"], shown["Price"]) == ("Mobile Platinum", "60.00 USD / month")


def test_a_line_is_suspended_resumed_and_ended(rep: Counter, shop: Shop) -> None:
    """The product's actions follow its state: what is suspended can be resumed, what has ended cannot be changed."""
    product = line(shop, 62, "MOBILE-SILVER")

    seen = []
    for action in ("suspend", "resume", "disconnect"):
        reaches(rep, changed(rep, product, action), "completed")
        row = {row["Product id"]: row for row in rep.open("/customers/CUST-00062").tables["Products"]}[product]
        seen.append((row["Status"], f"resume-{product}" in rep.at.links, f"suspend-{product}" in rep.at.links))

    assert seen == [("suspended", True, False), ("active", False, True), ("terminated", False, False)]
    assert rep.open(f"/products/{product}/changes/plan").status == 409


def test_number_and_sim_are_changed(rep: Counter, shop: Shop) -> None:
    """A chosen number and a swapped card are on the line afterwards; a wrong check digit is told before anything."""
    product = line(shop, 63, "MOBILE-SILVER")
    rep.open(f"/products/{product}/changes/number")
    wanted = rep.at.choices["number"][3]
    reaches(rep, changed(rep, product, "number", number=wanted), "completed")
    rep.open(f"/products/{product}/changes/sim")
    refused = rep.post("/review", reason="loss", iccid="8901998000000000011")
    assert (refused.status, "check digit" in refused.html) == (422, True)
    reaches(rep, changed(rep, product, "sim", reason="loss"), "completed")

    row = {row["Product id"]: row for row in rep.open("/customers/CUST-00063").tables["Products"]}[product]
    assert "".join(sign for sign in row["Number"] if sign.isdigit()) == wanted
    assert [one["change_kind"] for one in orders_of(shop, product)] == ["add", "number-change", "sim-swap"]


def test_a_roaming_pass_relies_on_its_line(rep: Counter, shop: Shop) -> None:
    """The pass is a product of its own beside the line."""
    product = line(shop, 64, "MOBILE-SILVER")

    reaches(rep, changed(rep, product, "pass"), "completed")

    names = [row["Product"] for row in rep.open("/customers/CUST-00064").tables["Products"]]
    assert "Roaming pass 7 days" in names


def test_a_later_day_waits_and_says_so_and_can_be_cancelled(rep: Counter, shop: Shop) -> None:
    """A change of plan of next year is pending with its reason, until the rep takes it back."""
    product = line(shop, 65, "MOBILE-SILVER")
    path = changed(rep, product, "plan", plan="MOBILE-GOLD", starts="2031-01-15")
    waiting = reaches(rep, path, "pending")
    assert "scheduled for" in waiting.values["Why it waits"]

    rep.post("/cancel", cancellation_reason="changed his mind")

    gone = reaches(rep, path, "cancelled")
    assert "changed his mind" in gone.values["Cancellation"]
    assert all("cancel" not in form.action for form in gone.forms)


def test_a_fixed_line_is_sold_with_an_appointment_that_moves(rep: Counter, shop: Shop) -> None:
    """The wizard holds a window by the site's clock and confirms it with the order; the page of the order moves it."""
    rep.open("/customers/CUST-00232/orders/new")
    rep.post("/check-address")
    rep.post("/address")
    rep.post("/offer", offer="FIBRE-1000", credit_consent="yes")
    slots = [slot for slot in rep.at.choices["slot"] if slot]
    review = rep.post("/appointment", slot=slots[7], equipment="ownStock")
    assert review.values["Appointment"].endswith("(America/New_York)")
    ordered = rep.post("/submit")
    path = ordered.url.split("/care")[1].split("?")[0]
    (visit,) = reaches(rep, path, "inProgress").tables["Appointments"]
    assert (visit["Status"], visit["UTC"][:16]) == ("confirmed", slots[7][:16])
    assert rep.at.values["Why it waits"].startswith("The technician comes")

    rep.open(next(href for name, href in rep.at.links.items() if name.startswith("reschedule-")))
    moved = rep.post(f"/appointments/{visit['Appointment']}", slot=slots[12])

    (visit,) = moved.tables["Appointments"]
    assert visit["UTC"][:16] == slots[12][:16]
