"""How a product order item becomes services and resources."""

from ringback.reference_stack.systems.service_ordering.decomposition import Row, plan, row_of

MOBILE = (
    Row("CFS-MOBILE", "RFS-HLR-SUB", "SIM", 1, "nso", "sim"),
    Row("CFS-MOBILE", "RFS-HLR-SUB", "ESIM", 1, "nso", "esim"),
    Row("CFS-MOBILE", "RFS-HLR-SUB", "IMSI", 1, "nso"),
    Row("CFS-MOBILE", "RFS-HLR-SUB", "MSISDN", 1, "nso"),
    Row("CFS-MOBILE", "RFS-PCRF-POLICY", None, 1, "nso"),
    Row("CFS-MOBILE", "RFS-VOICEMAIL", None, 1, "legacy"),
)


def test_rows_of_one_rfs_become_one_service_with_its_resources() -> None:
    """The three resources of the HLR subscriber belong to one service, in the catalogue's order."""
    made = plan(MOBILE, {})

    assert made.cfs == "CFS-MOBILE"
    assert [service.spec for service in made.services] == ["RFS-HLR-SUB", "RFS-PCRF-POLICY", "RFS-VOICEMAIL"]
    assert [need.spec for need in made.services[0].resources] == ["SIM", "IMSI", "MSISDN"]


def test_the_sim_type_chooses_the_row_that_applies() -> None:
    """An order for an eSIM gets the eSIM profile and no card."""
    made = plan(MOBILE, {"simType": "eSIM"})

    assert [need.spec for need in made.services[0].resources] == ["ESIM", "IMSI", "MSISDN"]


def test_a_service_without_numbered_resource_still_orders_its_configuration() -> None:
    """Policy and mailbox are ordered as resources, so that each is activated and verified."""
    made = plan(MOBILE, {})

    assert [(need.spec, need.controller) for need in made.services[2].resources] == [("VOICEMAIL_BOX", "legacy")]


def test_a_device_has_no_customer_facing_service() -> None:
    """A device decomposes to its shipment only."""
    made = plan(
        (row_of({"cfs": None, "rfs": "RFS-SHIP", "resource": "DEVICE", "qty": 2, "controller": "logistics"}),), {}
    )

    assert made.cfs is None
    assert [need.spec for need in made.services[0].resources] == ["DEVICE", "DEVICE"]
