"""What systems hand in becomes a record fit for its file, or a list of faults."""

from __future__ import annotations

from datetime import UTC, datetime

from ringback.reference_stack.gateway.preparation import prepare, purchase_order

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
PORT = {
    "req_no": "9X01000000000001",
    "ddd_t": "2026-11-02T07:00:00-05:00",
    "onsp": "8Y02",
    "tn": "6175550100",
    "account_no": "0012345",
    "pin": "0042",
    "first_name": "Zoë",
    "last_name": "O|Brien",
    "street_nr": "12",
    "street": "Elm Street",
    "city": "Cambridge",
    "state": "MA",
    "zip": "02139",
}
ORDER = {
    "po": "PUR-1",
    "order_id": "PO-1",
    "order_item_id": "ITEM-1",
    "sku": "PHX-128",
    "qty": 1,
    "price": "720.00",
    "iccid": "8901000000000000019",
    "ship_to": {"name": "Ada*Finch", "street": "12 Elm Street", "city": "Cambridge", "state": "MA", "zip": "02139"},
}


def test_a_port_request_is_completed_and_put_into_utc() -> None:
    """Version, action, quantity and sending time are filled; a local due time becomes UTC; zeros stay."""
    prepared = prepare("NPORT", PORT, NOW)

    fields = prepared.fields
    assert prepared.faults == ()
    assert (fields["version"], fields["action"], fields["npqty"], fields["d_tsent"]) == (
        "01",
        "N",
        "00001",
        "20261101120000",
    )
    assert (fields["ddd_t"], fields["account_no"], fields["pin"], fields["zip"]) == (
        "20261102120000",
        "0012345",
        "0042",
        "02139",
    )
    assert (fields["first_name"], fields["last_name"]) == ("Zoe", "O Brien")
    assert (prepared.key, prepared.reference) == ("9X01000000000001-01-6175550100", "9X01000000000001")


def test_a_lost_zero_is_a_fault_and_not_mended() -> None:
    """A ZIP of four digits is refused: padding would hide who lost the zero."""
    assert prepare("NPORT", PORT | {"zip": "2139"}, NOW).faults == ("zip '2139' is not 5 digits",)


def test_all_faults_are_named_at_once() -> None:
    """Each missing or wrong field has its sentence."""
    faults = prepare("NPORT", PORT | {"tn": "123", "city": "", "state": "Mass"}, NOW).faults

    assert len(faults) == 3


def test_a_purchase_order_holds_no_delimiter() -> None:
    """Asterisks of a name do not become elements of a segment; the SIM stands at its line."""
    prepared = prepare("850", ORDER, NOW)

    order = purchase_order(prepared.fields)
    assert prepared.faults == ()
    assert (order.ship_to.name, order.date, order.lines[0].iccids) == (
        "Ada Finch",
        "20261101",
        ("8901000000000000019",),
    )


def test_a_purchase_order_without_place_or_quantity_is_refused() -> None:
    """The address is needed field by field, the quantity as a number."""
    faults = prepare("850", ORDER | {"ship_to": {}, "qty": "two"}, NOW).faults

    assert faults == (*(f"{name} is empty" for name in ("name", "street", "city", "state", "zip")), faults[-1])
    assert faults[-1] == "quantity 'two' is no whole number from 1"
