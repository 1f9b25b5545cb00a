"""The address registry answers our questions and keeps the street guide up to date."""

from __future__ import annotations

import itertools

import pytest

from tests.integration.reference_stack.conftest import until
from tests.integration.reference_stack.partners.conftest import World

_HOUSES = itertools.count(700)


def ask(world: World, street: str = "Harvard") -> str:
    """A question about a house that nobody knows; its id."""
    house = {"streetNr": str(next(_HOUSES)), "streetName": street, "streetType": "St", "city": "Cambridge"}
    house |= {"stateOrProvince": "MA", "postcode": "02139"}
    reply = world.stack.client.post("/location/v1/validation-requests", json={"submittedGeographicAddress": house})
    assert reply.status_code == 202, reply.text
    return str(reply.json()["requestId"])


def found(world: World, request: str) -> dict[str, object]:
    """A validation once it is answered."""
    path = f"/tmf-api/geographicAddressManagement/v4/geographicAddressValidation/{request}"
    return until(lambda: (now := world.stack.client.get(path).json())["state"] == "done" and now, f"{request} done")


def test_a_deliverable_house_has_its_zone_and_its_line(world: World) -> None:
    """What the street guide says of the house comes with the answer, and the line that the journey wants."""
    request = ask(world)
    world.tell("address-registry", "address", {"request": request}, {"deliverable": {"access": "FTTP", "mbps": 1000}})

    answer = found(world, request)

    address = answer["validGeographicAddress"]
    assert isinstance(address, dict)
    assert answer["validationResult"] == "success"
    assert (address["esn"], address["msagCommunity"]) == ("00139", "CAMBRIDGE")
    assert (address["accessTechnology"], address["maxDownMbps"]) == ("FIBRE", 1000)


@pytest.mark.parametrize(
    ("do", "result"),
    [("unit_missing", "partial"), ("unit_wrong", "partial"), ("no_such_house", "fails"), ("unknown_street", "fails")],
)
def test_other_findings_are_what_they_are(world: World, do: str, result: str) -> None:
    """Every finding is a valid answer with the footnotes that go with it."""
    request = ask(world)
    world.tell("address-registry", "address", {"request": request}, do)

    assert found(world, request)["validationResult"] == result


def test_a_row_of_the_guide_comes_when_a_journey_wants_it(world: World) -> None:
    """A new street is in the guide, with the zone that answers for it."""
    row = {"street_name": "TULIP", "community": "CAMBRIDGE", "low_range": "1", "high_range": "99", "esn": "00777"}
    world.tell("address-registry", "instruction", {"street_name": "TULIP"}, {"guide_row": row})

    assert world.acknowledged("address-registry", "MSAG_MA01_")["decision"] == "ACCEPTED"
    asked = {
        "streetNr": "7",
        "streetName": "Tulip",
        "streetType": "St",
        "community": "CAMBRIDGE",
        "stateOrProvince": "MA",
    }
    assert world.stack.client.get("/location/v1/msag", params=asked).json()["row"]["esn"] == "00777"
