"""A line on an eSIM: the subscriber rings only after the device has installed the profile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.reference_stack.conftest import RunningStack, started, until
from tests.integration.reference_stack.fulfilment.conftest import Order
from tests.integration.reference_stack.fulfilment.macd import Line, change
from tests.integration.reference_stack.gateway.test_esim import Profiles, SmdpPlus


def _valid(number: int) -> str:
    body = f"890490320000000000000000{number:06d}"
    return f"{body}{98 - int(body + '00') % 97:02d}"


@pytest.fixture(scope="module")
def esim_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A stack with an SM-DP+ of the test."""
    smdp = SmdpPlus()
    with started(tmp_path_factory.mktemp("esim-line"), "--smdp", smdp.url) as running:
        yield running
    smdp.close()


def _profile(stack: RunningStack, order: Order, state: str) -> dict[str, Any]:
    """The profile of an order, once it is in a state."""
    params = {"orderId": order.name, "state": state}
    found = until(lambda: stack.client.get("/gateway/v1/esim-orders", params=params).json(), f"a profile {state}")
    profile: dict[str, Any] = found[0]
    return profile


def _install(stack: RunningStack, profile: dict[str, Any]) -> None:
    for point in (3, 4):
        assert Profiles(stack).point(profile, point) == 204


def test_an_esim_rings_after_its_installation(esim_stack: RunningStack) -> None:
    """Confirmed: the subscriber is prepared; downloaded and installed: it rings, with the profile's ICCID and IMSI."""
    order = Order(esim_stack)
    order.more = {"simType": "esim", "eid": _valid(700)}
    order.place("PS-MOBILE")
    profile = _profile(esim_stack, order, "confirmed")
    order.row(
        "select * from act_task where correlation_id = ? and command = 'HLR-PROFILE' and verified_at <> ''",
        order.correlation,
    )
    before = Line(order).subscriber(profile["imsi"])["state"]

    _install(esim_stack, profile)
    until(lambda: order.state() == "completed", "a completed service order")

    line = Line(order)
    values, subscriber = line.values(), line.subscriber()
    assert before == "provisioned"
    assert (values["iccid"], values["imsi"]) == (profile["iccid"], profile["imsi"])
    assert (subscriber["state"], subscriber["iccid"], subscriber["msisdn"]) == (
        "active",
        profile["iccid"],
        values["msisdn"],
    )
    assert values["matchingId"].startswith("M-")
    assert line.resource("ESIM_PROFILE", profile["iccid"])["usage_state"] == "active"


def test_an_esim_order_is_cancelled_before_the_download_and_not_after(esim_stack: RunningStack) -> None:
    """Cancelling returns the profile; once it is on the device the order goes on."""
    cancel = "/tmf-api/serviceOrdering/v4/cancelServiceOrder"
    first, second = Order(esim_stack), Order(esim_stack)
    first.more, second.more = {"simType": "esim", "eid": _valid(701)}, {"simType": "esim", "eid": _valid(702)}
    first.place("PS-MOBILE")
    profile = _profile(esim_stack, first, "confirmed")
    second.place("PS-MOBILE")
    other = _profile(esim_stack, second, "confirmed")  # before the first is returned, which it might get otherwise
    accepted = esim_stack.client.post(cancel, json={"serviceOrder": {"id": first.id}})
    Profiles(esim_stack).point(other, 3)
    downloaded = "select * from rom_order_item_char where item_id = ? and name = 'stage:downloaded' and value = 'done'"
    second.row(downloaded, other["resourceOrderItemId"])

    refused = esim_stack.client.post(cancel, json={"serviceOrder": {"id": second.id}})
    until(lambda: first.state() == "cancelled", "a cancelled service order")

    assert (accepted.status_code, refused.status_code) == (201, 409)
    assert Line(first).subscriber(profile["imsi"]) == {}
    _profile(esim_stack, first, "cancelled")
    returned = (
        "select id from rinv_resource where kind = 'ESIM_PROFILE' and value = ? and resource_status = 'available'"
    )
    first.row(returned, profile["iccid"])  # by the gateway's own event, which is not the order's
    Profiles(esim_stack).point(other, 4)
    until(lambda: second.state() == "completed", "the order that goes on")


def test_a_profile_that_fails_holds_the_order(esim_stack: RunningStack) -> None:
    """Failed inside HTTP 200: the item is held with the reason, nothing rings."""
    order = Order(esim_stack)
    order.more = {"simType": "esim", "eid": _valid(703)}
    order.place("PS-MOBILE")
    profile = _profile(esim_stack, order, "confirmed")

    failure = {"status": "Failed", "statusCodeData": {"subjectCode": "8.1.1", "reasonCode": "3.9"}}
    Profiles(esim_stack).point(profile, 4, notificationPointStatus=failure)
    until(lambda: order.state() == "held", "a held service order")

    assert Line(order).subscriber(profile["imsi"]).get("state") != "active"
    assert (
        order.row("select * from flt_case where order_id = ? and code = 'ESIM-FAILED'", order.name)["status"] == "open"
    )


def test_a_card_is_exchanged_for_an_esim(esim_stack: RunningStack) -> None:
    """The line keeps its number; the card's entry is gone before the eSIM rings."""
    order = Order(esim_stack)
    order.place("PS-MOBILE")
    until(lambda: order.state() == "completed", "a completed line")
    line = Line(order)
    before = line.values()

    swap = change(order, "sim-swap", {"simType": "esim", "eid": _valid(704), "swapReason": "esim"})
    profile = _profile(esim_stack, swap, "confirmed")
    _install(esim_stack, profile)
    until(lambda: swap.state() == "completed", "a completed swap")

    after = line.values()
    assert (after["msisdn"], after["iccid"]) == (before["msisdn"], profile["iccid"])
    assert line.subscriber(before["imsi"]) == {}
    assert line.subscriber()["msisdn"] == before["msisdn"]
    assert line.resource("SIM", before["iccid"])["resource_status"] == "suspended"
