"""The wizard sells everything: what the rep chose is what COM gets and what is built."""

from __future__ import annotations

import pytest

from tests.integration.reference_stack.care.conftest import product_of, reaches
from tests.integration.reference_stack.care.screens import Counter, Screen
from tests.integration.reference_stack.conftest import RunningStack, until
from tests.integration.reference_stack.ordering.conftest import Shop


def to_offer(rep: Counter, customer: int) -> Screen:
    """The offer page, with the customer's own address."""
    rep.open(f"/customers/CUST-{customer:05d}/orders/new")
    rep.post("/check-address")
    return rep.post("/address")


def sold(rep: Counter, customer: int, offer: str, **typed: str) -> str:
    """Sells an offer; the path of its order."""
    to_offer(rep, customer)
    rep.post("/offer", offer=offer, credit_consent="yes", **typed)
    if "slot" in rep.at.choices:
        rep.post("/appointment", slot=rep.at.choices["slot"][5], equipment="ownStock")
    assert "Submit order" in rep.at.html, rep.at.html
    return rep.post("/submit").url.split("/care")[1].split("?")[0]


@pytest.mark.parametrize(
    ("customer", "offer", "product"),
    [
        (80, "MOBILE-PLATINUM", "Mobile Platinum"),
        (81, "PREPAID-START", "Prepaid Start"),
        (82, "TV-BASIC", "TV Basic"),
        (83, "DSL-100", "DSL 100"),
        (84, "SDWAN-LITE", "SD-WAN Lite site"),
        (85, "LEGACY-MOBILE-BUNDLE", "DSL and mobile"),
    ],
)
def test_what_needs_nobody_outside_is_completed(rep: Counter, customer: int, offer: str, product: str) -> None:
    """From the wizard to an active product."""
    path = sold(rep, customer, offer)
    reaches(rep, path, "completed")

    rows = {row["Product"]: row["Status"] for row in rep.open(f"/customers/CUST-{customer:05d}").tables["Products"]}
    assert rows[product] == "active"


def test_a_chosen_number_and_a_chosen_card_are_the_lines(running: RunningStack, rep: Counter, shop: Shop) -> None:
    """What the rep picked from the pool and read from the card is on the line, not another one."""
    number = to_offer(rep, 86).choices["new_number"][4]
    sql = "select value from rinv_resource where kind = 'SIM' and resource_status = 'available' order by value desc"
    card = str(running.rows(sql)[0]["value"])

    path = sold(rep, 86, "MOBILE-SILVER", new_number=number, iccid=card)
    reaches(rep, path, "completed")

    product = product_of(shop, path.split("/")[-1])
    (found,) = running.rows("select value from pinv_char where product_id = ? and name = 'msisdn'", product)
    assert found["value"] == number
    assert running.rows("select resource_status from rinv_resource where value = ?", card) != [
        {"resource_status": "available"}
    ]


def test_a_home_phone_gets_the_chosen_landline(running: RunningStack, rep: Counter) -> None:
    """Landlines are offered beside mobile numbers; a mobile number for a home phone is refused at the form."""
    page = to_offer(rep, 87)
    landline = next(number for number in page.choices["new_number"] if number.startswith("617444"))
    mobile = next(number for number in page.choices["new_number"] if number.startswith("512"))
    refused = rep.post("/offer", offer="VOICE-HOME", credit_consent="yes", new_number=mobile)
    assert (refused.status, "suits the offer" in refused.html) == (422, True)

    sold(rep, 87, "VOICE-HOME", new_number=landline)

    taken = "select status from num_tn where tn = ? and status <> 'available'"
    until(lambda: running.rows(taken, landline), "the landline taken")


def test_a_plan_without_a_bundle_brings_device_and_number_along(running: RunningStack, rep: Counter) -> None:
    """Device and port are items beside the plan, and the port request is on its way."""
    port = {"provider": "north-tel", "number": "6175550288", "account_number": "0012345", "pin": "0042"}

    order = sold(rep, 88, "MOBILE-SILVER", device="PHX-128-36", **port).split("/")[-1]
    items = running.rows("select offering_id from com_order_item where order_id = ? order by item_no", order)
    wanted = "select c.value from com_order_item_char c join com_order_item i on i.id = c.item_id where i.order_id = ?"

    assert [row["offering_id"] for row in items] == ["MOBILE-SILVER", "PHX-128-36", "PORT-IN"]
    assert running.rows(f"{wanted} and c.name = 'deviceSku'", order) == [{"value": "PHX-128"}]
    assert running.rows(f"{wanted} and c.name = 'portInTn'", order) == [{"value": "6175550288"}]
    rep.open(f"/orders/{order}")
    rep.post("/cancel", cancellation_reason="only a test")


def test_a_partners_line_is_ordered_from_the_partner(running: RunningStack, rep: Counter) -> None:
    """Fibre over a partner's network needs the technician's window, too, and a wholesale order."""
    path = sold(rep, 233, "FIBRE-W-300")

    sql = "select order_type from pgw_wholesale_order where order_id = ?"
    assert until(lambda: running.rows(sql, path.split("/")[-1]), "a wholesale order") == [{"order_type": "PROVIDE"}]


def test_a_flat_is_chosen_from_the_alternatives(rep: Counter) -> None:
    """A house number without its flat is answered with the flats; choosing one checks it."""
    rep.open("/customers/CUST-00089/orders/new")
    house = {
        "street_number": "7",
        "street": "Garden St",
        "city": "Cambridge",
        "state": "MA",
        "zip": "02138",
        "unit": "",
    }
    asked = rep.post("/check-address", **house)
    assert "No such address is known" in asked.values["address-answer"]
    flats = [form for form in asked.forms if form.values.get("unit", "").startswith("APT")]

    rep.at.forms = [flats[1]]
    chosen = rep.post("/check-address")

    assert chosen.values["Service qualification"] == "green"
    assert "APT 2" in chosen.values["Validated address"]
