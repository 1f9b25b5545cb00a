"""Addresses and what reaches them, over HTTP: validation with alternatives, sub-addresses, qualification, footprint."""

from __future__ import annotations

from typing import Any

import pytest

_PLACES = "/tmf-api/geographicAddressManagement/v4"
_SERVICES = "/tmf-api/serviceQualificationManagement/v4"
_GARDEN = {
    "streetNr": "7",
    "streetName": "Garden St",
    "city": "cambridge",
    "stateOrProvince": "ma",
    "postcode": "02138",
}


def _validate(running: Any, submitted: dict[str, object], **more: object) -> dict[str, Any]:
    body = {"submittedGeographicAddress": submitted, "provideAlternative": True} | more
    reply = running.client.post(f"{_PLACES}/geographicAddressValidation", json=body)
    assert reply.status_code == 201, reply.text
    found: dict[str, Any] = reply.json()
    return found


def _unit(number: str) -> dict[str, object]:
    return {"geographicSubAddress": [{"subUnitNumber": number}]}


def test_a_house_with_flats_needs_the_unit(running: Any) -> None:
    """Without the unit it is partial (D) with the flats to choose from, with a wrong one too (S); the right is."""
    missing = _validate(running, dict(_GARDEN))
    wrong = _validate(running, _GARDEN | _unit("APT 9"))
    right = _validate(running, _GARDEN | _unit("apartment 2"))
    bare = _validate(running, dict(_GARDEN), provideAlternative=False)
    nowhere = _validate(running, _GARDEN | {"streetNr": "9999"})

    flats = [house["geographicSubAddress"][0]["subUnitNumber"] for house in missing["alternateGeographicAddress"]]
    assert (missing["validationResult"], missing["dpvCode"], flats) == ("partial", "D", ["APT 1", "APT 2"])
    assert (wrong["validationResult"], wrong["dpvCode"]) == ("partial", "S")
    assert (right["validationResult"], right["validGeographicAddress"]["id"]) == ("success", "ADR-FLAT2")
    assert (bare["validationResult"], "alternateGeographicAddress" in bare) == ("partial", False)
    assert (nowhere["validationResult"], nowhere["dpvCode"]) == ("fails", "N")
    assert right["state"] == "done"


def test_a_validation_is_kept_found_and_patched(running: Any) -> None:
    """GET gives back what was stored, the filter really filters, PATCH changes, a mandatory attribute is asked for."""
    made = _validate(running, _GARDEN | _unit("APT 1"))
    path = f"{_PLACES}/geographicAddressValidation/{made['id']}"
    collection = f"{_PLACES}/geographicAddressValidation"

    assert running.client.get(path).json() == made
    hits = running.client.get(collection, params={"validationResult": "success", "id": made["id"]}).json()
    assert [one["id"] for one in hits] == [made["id"]]
    assert running.client.get(collection, params={"validationResult": "fails", "id": made["id"]}).json() == []
    running.client.patch(path, json={"description": "seen by the rep"}).raise_for_status()
    assert running.client.get(path).json()["description"] == "seen by the rep"
    assert running.client.post(collection, json={"provideAlternative": True}).status_code == 400
    assert running.client.get(f"{collection}/GAV-NONE").status_code == 404


def test_a_flat_is_a_sub_address(running: Any) -> None:
    """The sub-address of a flat can be listed and read by id; a house has none."""
    path = f"{_PLACES}/geographicAddress/ADR-FLAT1/geographicSubAddress"
    (unit,) = running.client.get(path).json()

    assert running.client.get(unit["href"]).json() == unit
    assert {"id", "href", "subAddressType", "subUnitNumber", "levelType"} <= unit.keys()
    assert running.client.get(f"{path}/none").status_code == 404
    assert running.client.get(f"{_PLACES}/geographicAddress/ADR-00001/geographicSubAddress").json() == []
    assert running.client.get(f"{_PLACES}/geographicAddress/ADR-NONE/geographicSubAddress").status_code == 404


def _item(place: str, product: str, speed: str = "") -> dict[str, object]:
    service: dict[str, object] = {"place": [{"id": place, "role": "installation"}]}
    service |= {"serviceSpecification": {"id": "CFS-BROADBAND"}}
    service |= {"serviceCharacteristic": [{"name": "downMbps", "value": speed}]} if speed else {}
    return {"productSpecification": {"id": product}, "service": service}


def _check(running: Any, *items: dict[str, object], **more: object) -> dict[str, Any]:
    body = {"serviceQualificationItem": list(items), **more}
    reply = running.client.post(f"{_SERVICES}/checkServiceQualification", json=body)
    assert reply.status_code == 201, reply.text
    found: dict[str, Any] = reply.json()
    return found


@pytest.mark.parametrize(
    ("place", "product", "speed", "result"),
    [
        ("ADR-00001", "PS-FIBRE", "1000", "qualified"),
        ("ADR-PARTNER", "PS-FIBRE", "", "unqualified"),
        ("ADR-PARTNER", "PS-FIBRE-W", "300", "qualified"),
        ("ADR-00001", "PS-FIBRE-W", "500", "unqualified"),
        ("ADR-COPPER", "PS-DSL", "100", "qualified"),
        ("ADR-COPPER", "PS-FIBRE-W", "", "unqualified"),
        ("ADR-NONE", "PS-DSL", "", "unqualified"),
    ],
)
def test_technology_footprint_and_speed_decide(running: Any, place: str, product: str, speed: str, result: str) -> None:
    """Own fibre, the supplier's footprint with its speed, copper: each carries what it can."""
    found = _check(running, _item(place, product, speed))

    (item,) = found["serviceQualificationItem"]
    assert (found["qualificationResult"], item["qualificationResult"]) == (result, result)
    assert ("eligibilityUnavailabilityReason" in item) == (result == "unqualified")


def test_a_supplier_s_line_has_a_reference(running: Any) -> None:
    """The order to the supplier needs its name and its reference of the address; the speed is the lower of both."""
    address = running.client.get(f"{_PLACES}/geographicAddress/ADR-00001").json()

    (item,) = _check(running, _item("ADR-00001", "PS-FIBRE-W"))["serviceQualificationItem"]

    assert (item["supplier"], item["supplierReference"], item["maxDownMbps"]) == (
        "ACCESSCO",
        address["externalId"],
        300,
    )
    assert running.client.get("/location/v1/footprint", params={"addressId": "ADR-NONE"}).status_code == 404


def test_alternatives_are_proposed_on_demand(running: Any) -> None:
    """Where fibre does not reach, what does is proposed; the whole is then an alternate, not qualified."""
    found = _check(running, _item("ADR-COPPER", "PS-FIBRE"), provideAlternative=True)

    (item,) = found["serviceQualificationItem"]
    names = {proposal["alternateService"]["name"] for proposal in item["alternateServiceProposal"]}
    assert found["qualificationResult"] == "alternate"
    assert {"DSL 50", "DSL 100"} <= names
    assert not any("Fibre" in name for name in names)


def test_only_what_the_line_carries_is_offered(running: Any) -> None:
    """A query lists services with their speeds; nothing faster than the line, nothing where there is no address."""

    def speeds(place: str, **service: object) -> set[int]:
        searched = {"service": {"place": [{"id": place, "role": "installation"}], **service}}
        reply = running.client.post(f"{_SERVICES}/queryServiceQualification", json={"searchCriteria": searched})
        assert (reply.status_code, reply.json()["state"]) == (201, "done")
        path = f"{_SERVICES}/queryServiceQualification/{reply.json()['id']}"
        assert running.client.get(path).json() == reply.json()
        values = [item["service"]["serviceCharacteristic"] for item in reply.json()["serviceQualificationItem"]]
        return {int(one["value"]) for value in values for one in value if one["name"] == "downMbps"}

    broadband = {"serviceSpecification": {"id": "CFS-BROADBAND"}}
    assert speeds("ADR-00001", **broadband) >= {300, 500, 1000}
    assert speeds("ADR-COPPER", **broadband) == {50, 100}
    assert max(speeds("ADR-PARTNER", **broadband)) == 300
    assert speeds("ADR-NONE") == set()
    assert running.client.post(f"{_SERVICES}/queryServiceQualification", json={}).status_code == 400


def test_a_house_is_looked_up_in_the_guide(running: Any) -> None:
    """Range and parity by rows that were loaded; a house outside of them is not found; nothing asked is 400."""
    row = {"line_no": 1, "street_name": "LOOKUP", "street_suffix": "ST", "community": "CAMBRIDGE", "state": "MA"}
    row |= {"low_range": "1", "high_range": "99", "odd_even": "O", "esn": "00138", "function_of_change": "I"}
    loaded = running.client.post("/location/v1/msag", json={"fileId": "FILE-T", "rows": [row]}).json()

    def found(number: str) -> bool:
        asked = {"streetNr": number, "streetName": "Lookup", "streetType": "St", "community": "Cambridge"}
        reply = running.client.get("/location/v1/msag", params=asked | {"stateOrProvince": "MA"})
        return bool(reply.json()["found"])

    assert loaded["results"][0]["line_no"] == 1
    assert [found(number) for number in ("1", "55", "99", "2", "101")] == [True, True, True, False, False]
    assert running.client.get("/location/v1/msag").status_code == 400
