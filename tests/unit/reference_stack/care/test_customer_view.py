"""Customer pages show the systems' documents as a tree of products and lists by date."""

from ringback.reference_stack.care.assortment import Catalogue
from ringback.reference_stack.care.customer_view import bills, customer, located, orders, products

GOLD = {"priceType": "recurring", "price": {"dutyFreeAmount": {"unit": "USD", "value": 45.0}}}
PHONE = {"priceType": "installment", "price": {"dutyFreeAmount": {"unit": "USD", "value": 30.0}}, "months": 24}


def test_a_customer_has_contact_media_of_any_order() -> None:
    """Phone, e-mail and the reference to the address are found wherever they stand."""
    found = customer(
        {
            "id": "CUST-1",
            "name": "Marisol Núñez",
            "status": "active",
            "segment": "consumer",
            "engagedParty": {"id": "IND-1"},
            "contactMedium": [
                {"mediumType": "postalAddress", "place": {"id": "ADR-1"}},
                {"mediumType": "phone", "characteristic": {"phoneNumber": "6175550187"}},
            ],
        }
    )

    assert (found.phone, found.address_id, found.party_id, found.email) == ("(617) 555-0187", "ADR-1", "IND-1", "")


def test_an_address_keeps_its_leading_zero_and_unit() -> None:
    """A location document reads as on an envelope."""
    document = {
        "streetNr": "7",
        "streetName": "Garden",
        "streetType": "St",
        "city": "Cambridge",
        "stateOrProvince": "MA",
        "postcode": "02138",
        "geographicSubAddress": [{"subUnitNumber": "APT 1"}],
    }

    assert located(document).line == "7 Garden St APT 1, Cambridge, MA 02138"


def test_products_are_a_tree_with_bundles_first() -> None:
    """Children follow their bundle whichever side names the relation and whatever order they come in."""
    rows = products(
        [
            {"id": "P-3", "status": "active", "productOffering": {"id": "MOBILE-GOLD"}, "productPrice": [GOLD],
             "productCharacteristic": [{"name": "portInTn", "value": "6175550123"}],
             "productRelationship": [{"relationshipType": "bundledBy", "product": {"id": "P-2"}}]},
            {"id": "P-1", "status": "active", "productOffering": {"id": "FIBRE-500"}},
            {"id": "P-2", "status": "pendingActive", "productOffering": {"id": "GOLD-BUNDLE"}},
        ],
        sold=Catalogue((), {"MOBILE-GOLD": "Mobile Gold"}),
    )  # fmt: skip

    assert [(row.id, row.depth) for row in rows] == [("P-1", 0), ("P-2", 0), ("P-3", 1)]
    assert (rows[2].name, rows[2].number, rows[2].prices) == ("Mobile Gold", "(617) 555-0123", ("45.00 USD / month",))


def test_a_device_tells_its_instalments() -> None:
    """The plan of billing is shown where there is one, else what was agreed."""
    device = {"id": "P-4", "status": "active", "productPrice": [PHONE]}
    plan = {"productId": "P-4", "months": 24, "monthly": 3000, "billedMonths": 1, "state": "active"}

    assert products([device], [plan])[0].note == "24 instalments of 30.00 USD, 1 billed, plan active"
    assert products([device])[0].note == "24 instalments of 30.00 USD"


def test_orders_and_bills_show_the_latest_first() -> None:
    """A rep reads from the top."""
    order_rows = orders(
        [{"id": "A", "orderDate": "2026-01-01T00:00:00Z"}, {"id": "B", "orderDate": "2026-02-01T00:00:00Z"}]
    )
    bill_rows = bills(
        [{"id": "A", "billDate": "2026-01-01T00:00:00Z"}, {"id": "B", "billDate": "2026-02-01T00:00:00Z"}]
    )

    assert [row.id for row in order_rows] == ["B", "A"]
    assert [row.id for row in bill_rows] == ["B", "A"]
