"""Self-care: customers see what is theirs, change it, and never see what is another's."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.integration.reference_stack.care.conftest import counter, product_of, reaches
from tests.integration.reference_stack.care.screens import Counter
from tests.integration.reference_stack.conftest import RunningStack, started, until
from tests.integration.reference_stack.gateway.test_esim import SmdpPlus
from tests.integration.reference_stack.ordering.conftest import Shop, item

EID_BODY = "890490320000000000000000004242"
EID = f"{EID_BODY}{98 - int(EID_BODY + '00') % 97:02d}"


@pytest.fixture(scope="module")
def with_smdp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A stack that orders eSIM profiles from an SM-DP+ of the test."""
    smdp = SmdpPlus()
    with started(tmp_path_factory.mktemp("self-esim"), "--smdp", smdp.url) as stack:
        yield stack
    smdp.close()


def test_an_esim_shows_its_activation_code_once_it_is_confirmed(with_smdp: RunningStack) -> None:
    """The code names the SM-DP+ and the matching id of the profile, in the form that devices read."""
    shop = Shop(with_smdp)
    order = shop.order(70, item(1, "add", offering="MOBILE-SILVER"))
    shop.reaches(order, "completed")
    customer = counter(with_smdp, "CUST-00070")
    customer.open(f"/self/lines/{product_of(shop, order)}/esim")
    wrong = customer.post("/review", eid=EID[:-1] + "0")
    assert (wrong.status, "check digits must be right" in wrong.html) == (422, True)
    customer.post("/review", eid=EID)
    ordered = customer.post("/submit")
    path = ordered.url.split("/care")[1]

    def code() -> str:
        shown = customer.open(path).values.get("Activation code", "")
        return shown if shown.startswith("LPA:") else ""

    activation = until(code, "an activation code")
    customer.close()

    (profile,) = with_smdp.client.get("/gateway/v1/esim-orders", params={"orderId": path.split("/")[-1]}).json()
    assert activation == profile["activationCode"]
    assert activation.split("$")[2] == profile["matchingId"]


def test_a_customer_changes_the_plan_and_sees_usage(
    running: RunningStack, shop: Shop, own: Callable[[str], Counter]
) -> None:
    """The review tells the next bill; the line has its new plan; a rated call is in the list."""
    order = shop.order(71, item(1, "add", offering="MOBILE-SILVER"))
    shop.reaches(order, "completed")
    product = product_of(shop, order)
    customer = own("CUST-00071")
    shown = {row["Product"]: row for row in customer.open("/self").tables["Your lines and products"]}
    number = "".join(sign for sign in shown["Mobile Silver"]["Number"] if sign.isdigit())
    call = {
        "line_no": 1, "record_id": "SELF-1", "record_key": "SELF-1", "record_type": "MOC", "usage_type": "voice",
        "msisdn": f"1{number}", "started_at": running.client.get("/clock").json()["now"], "utc_offset": "-0500",
        "quantity": 125, "unit": "s", "duration_s": 125,
    }  # fmt: skip
    batch = {"file_id": "FILE-SELF-1", "file_name": "self", "feed": "UDR", "records": [call]}
    running.client.post("/billing/v1/usage-batches", json=batch).raise_for_status()

    customer.open(f"/self/lines/{product}/plan")
    review = customer.post("/review", plan="MOBILE-GOLD")
    assert review.values["Next bill with tax"].endswith("USD")
    reaches(customer, customer.post("/submit").url.split("/care")[1], "completed")

    home = until(lambda: found if (found := customer.open("/self")).tables["Latest usage"] else None, "the call")
    assert {row["Product"] for row in home.tables["Your lines and products"]} >= {"Mobile Gold", "Fibre 500"}
    assert home.tables["Latest usage"][0]["How much"] == "2:05 min"


def test_a_prepaid_line_is_topped_up_once(shop: Shop, own: Callable[[str], Counter]) -> None:
    """The balance grows by the amount; the same form again changes nothing."""
    order = shop.order(72, item(1, "add", offering="PREPAID-START"))
    shop.reaches(order, "completed")
    product = product_of(shop, order)
    customer = own("CUST-00072")
    until(lambda: f"top-up-{product}" in customer.open("/self").links, "a balance")
    form = customer.open(f"/self/top-up/{product}")
    for _ in range(2):
        customer.at = form
        customer.post(f"/top-up/{product}", amount="20.00")

    row = next(
        row for row in customer.open("/self").tables["Your lines and products"] if row["Product"] == "Prepaid Start"
    )
    assert row["Balance"].startswith("30.00 USD")


def test_what_is_anothers_is_not_found(own: Callable[[str], Counter]) -> None:
    """Lines, orders and bills of others, and the pages of staff, are closed to a customer."""
    customer = own("CUST-00073")

    pages = ("/self/lines/PROD-F00074/plan", "/self/orders/PO-F00074", "/self/top-up/PROD-F00074")
    assert [customer.open(path).status for path in pages] == [404, 404, 404]
    assert customer.open("/customers/CUST-00073").url.endswith("/care/login?next=/care/customers/CUST-00073")


def test_a_customer_signs_in_with_the_own_password_only(running: RunningStack) -> None:
    """Unknown customers and staff do not get in."""
    url = str(running.ready["url"])
    right = str(running.ready["secrets"]["SELFCARE_PASSWORD"])
    for user, password in (("CUST-99999", right), ("rep1", right), ("CUST-00001", "guess")):
        somebody = Counter(url, "/self", user, password)
        assert (somebody.at.status, "User name or password is wrong" in somebody.at.html) == (401, True)
        somebody.close()
