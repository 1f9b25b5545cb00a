"""The order page shows items as a tree, the port in the rep's words, and what every system said in order of time."""

from ringback.reference_stack.care.order_view import order, port, timeline


def item(number: str, offering: str, parent: str = "", **more: object) -> dict[str, object]:
    """An order item; a parent makes it a child of that item."""
    relation = [{"id": parent, "relationshipType": "bundledBy"}] if parent else []
    reference = {"id": offering, "name": offering}
    return {
        "id": number,
        "action": "add",
        "productOffering": reference,
        "productOrderItemRelationship": relation,
        **more,
    }


def price(kind: str, value: float, **more: object) -> dict[str, object]:
    """A price of an item."""
    return {"priceType": kind, "price": {"dutyFreeAmount": {"unit": "USD", "value": value}}, **more}


def test_items_stand_under_their_parent() -> None:
    """A flat list with relationships becomes a tree."""
    shown = order(
        {"id": "PO-1", "productOrderItem": [item("2", "GOLD", "1"), item("1", "BUNDLE"), item("3", "PHX", "1")]}
    )

    assert [(row.no, row.depth) for row in shown.items] == [("1", 0), ("2", 1), ("3", 1)]


def test_nested_items_are_a_tree_too() -> None:
    """Items inside items are shown as children."""
    shown = order(
        {"id": "PO-1", "productOrderItem": [{**item("1", "BUNDLE"), "productOrderItem": [item("2", "GOLD")]}]}
    )

    assert [(row.no, row.depth) for row in shown.items] == [("1", 0), ("2", 1)]


def test_totals_count_credits_and_not_instalments() -> None:
    """Monthly is recurring less credits; one-time and instalments stand apart."""
    prices = [price("recurring", 45.0), price("credit", -9.0, months=3), price("oneTime", 25.0)]
    items = [item("1", "GOLD", itemPrice=prices), item("2", "PHX", itemPrice=[price("installment", 30.0, months=24)])]

    shown = order({"id": "PO-1", "productOrderItem": items})

    assert str(shown.totals.monthly) == "36.00 USD"
    assert str(shown.totals.once) == "25.00 USD"
    assert shown.totals.instalments == "24 x 30.00 USD"


def test_the_latest_port_is_told_in_words() -> None:
    """A resolution request shows its code and what it means, and asks for a correction."""
    shown = port([{"status": "requested"}, {"status": "resolutionRequired", "reasonCode": "PIN", "tn": "6175550123"}])

    assert shown is not None
    assert (shown.status.text, shown.reason) == ("Resolution required", "PIN: PIN is wrong or missing")
    assert shown.needs_resolution


def test_a_confirmed_port_needs_nothing() -> None:
    """Only a resolution request asks the rep for something."""
    shown = port([{"status": "confirmed", "due": "2026-11-21T00:05:00.000Z"}])

    assert shown is not None
    assert shown.due is not None
    assert shown.due.local == "2026-11-20 19:05:00 EST"
    assert not shown.needs_resolution
    assert port([]) is None


def state_event(kind: str, identity: str, state: str, second: int) -> dict[str, object]:
    """An event that tells a state."""
    at = f"2026-11-21T00:04:{second:02d}.000Z"
    return {
        "eventType": "x",
        "eventTime": at,
        "resourceType": kind,
        "resourceId": identity,
        "state": state,
        "event": {},
    }


def test_the_timeline_tells_changes_and_sets_technical_steps_apart() -> None:
    """A state that is told again is no news, and resources are not what a customer asks about."""
    events = [
        state_event("serviceOrder", "SO-1", "inProgress", 1),
        state_event("serviceOrder", "SO-1", "inProgress", 2),
        state_event("resource", "SIM-1", "reserved", 3),
        state_event("serviceOrder", "SO-1", "completed", 4),
    ]

    steps = timeline(events)

    assert [(step.state.text, step.is_technical) for step in steps] == [
        ("inProgress", False),
        ("reserved", True),
        ("completed", False),
    ]


def test_the_timeline_is_in_order_and_tells_the_promise() -> None:
    """Each state change is a row; after a delay the promised time is there to read out."""
    events = [
        {
            "eventType": "PortStatusChangeEvent",
            "eventTime": "2026-11-21T00:04:03.000Z",
            "resourceType": "port",
            "event": {"port": {"status": "delayed", "promisedAt": "2026-11-21T01:00:00.000Z"}},
        },
        {
            "eventType": "ProductOrderCreateEvent",
            "eventTime": "2026-11-21T00:04:01.000Z",
            "resourceType": "productOrder",
            "state": "acknowledged",
            "event": {"productOrder": {"state": "acknowledged"}},
        },
        {"eventType": "ProductOrderAttributeValueChangeEvent", "state": "acknowledged", "event": {}},
    ]

    steps = timeline(events)

    assert [(step.what, step.state.text) for step in steps] == [("Product order", "acknowledged"), ("Port", "Delayed")]
    assert "answer promised by 2026-11-20 20:00:00 EST" in steps[1].detail
