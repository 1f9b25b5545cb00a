"""Device logistics over X12: the order out, its answers in, and a 997 for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ringback.reference_stack.gateway.codecs.documents import (
    AnsweredLine,
    DeliveryStatus,
    OrderAnswer,
    ShipNotice,
    ShippedItem,
    ShippedOrder,
)
from ringback.reference_stack.gateway.codecs.x12 import (
    GROUP_OF_SET,
    Group,
    Interchange,
    Segment,
    TransactionSet,
    read_x12,
    write_x12,
)
from ringback.reference_stack.gateway.codecs.x12_answers import answer_to, read_functional, write_functional
from ringback.reference_stack.gateway.codecs.x12_orders import read_order, write_answer
from ringback.reference_stack.gateway.codecs.x12_shipping import write_notice, write_status

ICCID = "8901000000000000019"
IMEI = "354901000000019"
ORDER = {
    "po": "PUR-1",
    "order_id": "PO-1",
    "order_item_id": "ITEM-1",
    "sku": "PHX-128",
    "qty": 1,
    "price": "720.00",
    "iccid": ICCID,
    "ship_to": {"name": "Ada Finch", "street": "12 Elm Street", "city": "Cambridge", "state": "MA", "zip": "02139"},
}
ITEM = ShippedItem("1", "PHX-128", 1, (IMEI,), (ICCID,))
NOTICE = ShipNotice(
    *("00", "ASN-1", "20261101", "1210", 1, "UPSN", "1Z999", "20261101", "20261103"),
    (ShippedOrder("PUR-1", "000123456789012347", (ITEM,)),),
)
ANSWER = OrderAnswer("PUR-1", "AD", "20261101", "S-1", (AnsweredLine("1", "PHX-128", "IA", 1, "068", "20261102"),))
DELIVERED = DeliveryStatus("PUR-1", "REF-1", "UPSN", "D1", "NS", "20261103", "1410")


def interchange(feed: str, control: int, *sets: tuple[Segment, ...]) -> tuple[str, bytes]:
    """Name and bytes of a file of the logistics partner."""
    numbered = tuple(TransactionSet(feed, f"{place:04d}", segments) for place, segments in enumerate(sets, start=1))
    group = Group(GROUP_OF_SET[feed], str(control), numbered)
    data = write_x12(Interchange("DEVLOG", "RINGBACK", datetime.now(UTC), f"{control:09d}", "P", (group,)))
    return f"{feed}_DEVLOG_RINGBACK_{control:09d}.x12", data


@pytest.fixture
def ordered(small: Any, logistics: Any) -> bytes:
    """A purchase order that has left; answers the content of its file."""
    body = {"partner": "device-logistics", "feed": "850", "key": "PUR-1", "record": ORDER, "correlation": "CORR-5"}
    reply = small.post("/gateway/v1/outbound", body)
    assert reply.status_code == 202, reply.text
    small.row("select * from pgw_file where feed = '850'")
    return logistics.read("/from_us/850_RINGBACK_DEVLOG_000000001.x12")


@pytest.fixture
def exchange(small: Any, logistics: Any) -> Callable[..., dict[str, object]]:
    """Hands a file over and waits until it is decided."""

    def hand_over(feed: str, control: int, *sets: tuple[Segment, ...]) -> dict[str, object]:
        name, data = interchange(feed, control, *sets)
        logistics.upload(name, data)
        return small.file(name)

    return hand_over


def shipment(small: Any) -> dict[str, object]:
    """The one shipment."""
    return small.row("select * from pgw_shipment")


def events(small: Any) -> list[tuple[str, str]]:
    """State and correlation of each shipment event."""
    rows = small.rows("select state, correlation_id from evt_event where event_type = 'ShipmentStateChangeEvent'")
    return [(str(row["state"]), str(row["correlation_id"])) for row in rows]


def test_the_order_names_what_where_to_and_which_sim(small: Any, ordered: Any) -> None:
    """The 850 carries our order, the address, the article and the SIM for its box; the shipment is ordered."""
    read = read_x12(ordered)

    order, faults = read_order(read.interchange.groups[0].sets[0].segments)
    assert (read.problems, faults) == ((), ())
    assert (order.po, order.product_order_id, order.ship_to.zip) == ("PUR-1", "PO-1", "02139")
    assert [(line.sku, line.quantity, line.price, line.iccids) for line in order.lines] == [
        ("PHX-128", 1, "720.00", (ICCID,))
    ]
    assert (shipment(small)["status"], shipment(small)["order_item_id"]) == ("ordered", "ITEM-1")
    assert events(small) == [("ordered", "CORR-5")]


def test_a_box_goes_from_ordered_to_delivered(small: Any, logistics: Any, ordered: Any, exchange: Any) -> None:
    """997, 855, 856 and 214 move the shipment on, one event each; every group of theirs gets a 997 of ours."""
    said = answer_to(read_x12(ordered).interchange.groups[0], {})

    files = [
        exchange("997", 1, write_functional(said)),
        exchange("855", 2, write_answer(ANSWER)),
        exchange("856", 3, write_notice(NOTICE)),
        exchange("214", 4, write_status(DELIVERED)),
    ]

    box = shipment(small)
    ours = [logistics.read(f"/from_us/{file['ack_file_name']}") for file in files[1:]]
    answers = [read_functional(read_x12(data).interchange.groups[0].sets[0].segments)[0] for data in ours]
    assert [file["status"] for file in files] == ["accepted"] * 4
    assert (box["status"], box["imei"], box["iccid"], box["tracking"]) == ("delivered", IMEI, ICCID, "1Z999")
    assert (box["shipped_at"], box["delivered_at"]) == ("2026-11-01T12:10:00.000Z", "2026-11-03T14:10:00.000Z")
    assert [state for state, _ in events(small)] == ["ordered", "acknowledged", "shipped", "delivered"]
    assert [(one.functional_id, one.group_control, one.code) for one in answers] == [
        ("PR", "2", "A"),
        ("SH", "3", "A"),
        ("QM", "4", "A"),
    ]
    assert small.row("select * from pgw_file where feed = '850'")["status"] == "acked"


WRONG_BOXES = {
    "check digit of the IMEI": (replace(ITEM, imeis=("354901000000013",)), "R103"),
    "IMEI of another device": (replace(ITEM, imeis=("354902000000017",)), "R102"),
    "check digit of the SIM": (replace(ITEM, iccids=("8901000000000000018",)), "R103"),
    "two serials for one piece": (replace(ITEM, imeis=(IMEI, IMEI)), "R102"),
    "more than ordered": (replace(ITEM, quantity=2, imeis=(IMEI, IMEI)), "R102"),
    "another article": (replace(ITEM, sku="PHX-256"), "R102"),
}


@pytest.mark.parametrize("name", WRONG_BOXES)
def test_a_box_that_is_not_what_was_ordered_is_refused(small: Any, ordered: Any, exchange: Any, name: Any) -> None:
    """The record is rejected with its code, the shipment stays as it was; the 997 still says A: the syntax is right."""
    item, code = WRONG_BOXES[name]
    notice = replace(NOTICE, orders=(replace(NOTICE.orders[0], items=(item,)),))

    file = exchange("856", 1, write_notice(notice))

    record = small.row("select * from pgw_record where file_id = ?", file["id"])
    assert (file["status"], record["error_code"]) == ("partial", code)
    assert (shipment(small)["status"], shipment(small)["imei"]) == ("ordered", None)


def test_a_notice_for_an_order_that_we_never_sent_is_refused(small: Any, ordered: Any, exchange: Any) -> None:
    """R105: the order is unknown."""
    notice = replace(NOTICE, orders=(replace(NOTICE.orders[0], po="PUR-9"),))

    file = exchange("856", 1, write_notice(notice))

    assert small.row("select * from pgw_record where file_id = ?", file["id"])["error_code"] == "R105"


def test_a_delivery_without_a_shipment_is_refused(small: Any, ordered: Any, exchange: Any) -> None:
    """R110: delivered before shipped."""
    file = exchange("214", 1, write_status(DELIVERED))

    assert small.row("select * from pgw_record where file_id = ?", file["id"])["error_code"] == "R110"


def test_a_notice_again_under_a_new_control_number_is_refused(small: Any, ordered: Any, exchange: Any) -> None:
    """The same ASN with another envelope is R107, unless it says that it replaces."""
    exchange("856", 1, write_notice(NOTICE))

    again = exchange("856", 2, write_notice(NOTICE))
    replaced = exchange("856", 3, write_notice(replace(NOTICE, purpose="05", tracking="1Z000")))

    assert small.row("select * from pgw_record where file_id = ?", again["id"])["error_code"] == "R107"
    assert (replaced["status"], shipment(small)["tracking"]) == ("accepted", "1Z000")


def test_a_set_with_wrong_syntax_is_rejected_in_the_functional_answer(
    small: Any, logistics: Any, ordered: Any, exchange: Any
) -> None:
    """One bad set of two: the 997 says P, the good one is applied."""
    bad = tuple(segment for segment in write_notice(replace(NOTICE, asn="ASN-2")) if segment[0] != "CTT")

    file = exchange("856", 1, write_notice(NOTICE), bad)

    data = logistics.read(f"/from_us/{file['ack_file_name']}")
    said, _ = read_functional(read_x12(data).interchange.groups[0].sets[0].segments)
    assert (file["status"], said.code, [one.code for one in said.sets]) == ("partial", "P", ["A", "R"])
    assert shipment(small)["status"] == "shipped"


def test_an_interchange_with_a_wrong_envelope_is_rejected_whole(small: Any, logistics: Any, ordered: Any) -> None:
    """Quarantine, and a 997 that rejects the group."""
    name, data = interchange("856", 1, write_notice(NOTICE))
    logistics.upload(name, data.replace(b"IEA*1*000000001", b"IEA*1*000000009"))

    file = small.file(name)

    said, _ = read_functional(
        read_x12(logistics.read(f"/from_us/{file['ack_file_name']}")).interchange.groups[0].sets[0].segments
    )
    logistics.holds("/quarantine", name)
    assert (file["status"], said.code) == ("rejected", "R")


def test_a_control_number_is_used_once(small: Any, ordered: Any, exchange: Any) -> None:
    """Another interchange under the same ISA13 is rejected."""
    exchange("855", 1, write_answer(ANSWER))

    assert exchange("856", 1, write_notice(NOTICE))["status"] == "rejected"
