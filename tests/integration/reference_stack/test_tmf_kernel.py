"""The wire rules of TM Forum's APIs, tried on resources of several systems."""

from __future__ import annotations

import http.server
import json
import queue
import threading
from collections.abc import Iterator

import jsonschema_rs
import pytest

from tests.integration.reference_stack.conftest import RunningStack

CUSTOMERS = "/tmf-api/customerManagement/v4/customer"
PEOPLE = "/tmf-api/party/v4/individual"
OFFERINGS = "/tmf-api/productCatalogManagement/v4/productOffering"
PRODUCTS = "/tmf-api/productInventory/v4/product"
VALIDATIONS = "/tmf-api/geographicAddressManagement/v4/geographicAddressValidation"
QUALIFICATIONS = "/tmf-api/serviceQualificationManagement/v4/checkServiceQualification"


def a_person(stack: RunningStack) -> str:
    """A new individual."""
    return str(stack.client.post(PEOPLE, json={"givenName": "Ada", "familyName": "Test"}).json()["id"])


def test_a_create_fills_in_what_a_client_leaves_out(running: RunningStack) -> None:
    """201 with id, href, Location and the default state; attributes without a column come back as they were sent."""
    reply = running.client.post(PEOPLE, json={"givenName": "Łukasz", "familyName": "Núñez", "title": "Dr"})

    person = reply.json()
    assert (reply.status_code, person["status"], person["title"]) == (201, "initialized", "Dr")
    assert person["givenName"] + person["familyName"] == "ŁukaszNúñez"
    assert reply.headers["location"] == person["href"] == f"{PEOPLE}/{person['id']}"
    assert running.client.get(person["href"]).json() == person


def test_a_create_names_all_attributes_that_are_missing(running: RunningStack) -> None:
    """One answer, every gap."""
    reply = running.client.post(PEOPLE, json={"title": "Dr"})

    assert reply.status_code == 400
    assert reply.json()["reason"] == "individual needs givenName, familyName"


@pytest.mark.parametrize("body", ["nonsense", "[1]"])
def test_a_body_that_is_no_object_is_refused(running: RunningStack, body: str) -> None:
    """400 with the error body, not a stack trace."""
    reply = running.client.post(PEOPLE, content=body)

    assert (reply.status_code, reply.json()["code"]) == (400, "invalidBody")


def test_a_list_is_filtered_paged_and_counted(running: RunningStack) -> None:
    """206 for a part, with the counts of part and whole; equality on plain, dotted and quoted values."""
    part = running.client.get(CUSTOMERS, params={"segment": "prospect", "limit": "10", "offset": "25"})
    quoted = running.client.get(OFFERINGS, params={"name": '"Mobile Gold"'})
    dotted = running.client.get(PRODUCTS, params={"relatedParty.id": "CUST-00003"})
    deep = running.client.get(OFFERINGS, params={"bundledProductOffering.id": "PORT-IN"})

    assert (part.status_code, part.headers["x-total-count"], part.headers["x-result-count"]) == (206, "30", "5")
    assert [offering["id"] for offering in quoted.json()] == ["MOBILE-GOLD"]
    assert [product["productOffering"]["id"] for product in dotted.json()] == ["FIBRE-500"]
    assert "MOBILE-GOLD-BUNDLE" in [offering["id"] for offering in deep.json()]
    assert "PORT-IN" not in [offering["id"] for offering in deep.json()]


def test_an_offset_that_is_no_number_is_refused(running: RunningStack) -> None:
    """Paging does not guess."""
    reply = running.client.get(CUSTOMERS, params={"offset": "x"})

    assert (reply.status_code, reply.json()["reason"]) == (400, "offset is 'x'")


def test_fields_choose_attributes(running: RunningStack) -> None:
    """Only what was asked for, and id and href."""
    customer = running.client.get(f"{CUSTOMERS}/CUST-00001", params={"fields": "name,status"}).json()

    assert set(customer) == {"id", "href", "name", "status"}


def test_a_patch_changes_what_it_names_and_nothing_else(running: RunningStack) -> None:
    """JSON merge, then the same by GET, and one event."""
    identity = a_person(running)

    reply = running.client.patch(f"{PEOPLE}/{identity}", json={"familyName": "Lovelace", "nationality": "GB"})

    person = running.client.get(f"{PEOPLE}/{identity}").json()
    assert reply.json() == person
    assert (person["givenName"], person["familyName"], person["nationality"]) == ("Ada", "Lovelace", "GB")
    events = running.client.get("/events/v1/log", params={"resourceId": identity}).json()
    assert [event["eventType"] for event in events] == ["IndividualCreateEvent", "IndividualAttributeValueChangeEvent"]


def test_only_an_administrator_deletes_and_what_is_gone_is_gone(running: RunningStack) -> None:
    """403 for a client; 204, then 404."""
    identity = a_person(running)

    replies = [
        running.client.delete(f"{PEOPLE}/{identity}"),
        running.admin.delete(f"{PEOPLE}/{identity}"),
        running.client.get(f"{PEOPLE}/{identity}"),
    ]

    assert [reply.status_code for reply in replies] == [403, 204, 404]
    assert set(replies[2].json()) >= {"code", "reason"}


def test_a_customer_needs_an_individual_that_exists(running: RunningStack) -> None:
    """CRM refers to the party, it does not invent one."""
    identity = a_person(running)

    unknown = running.client.post(CUSTOMERS, json={"name": "X", "engagedParty": {"id": "IND-NOBODY"}})
    known = running.client.post(CUSTOMERS, json={"name": "Ada Test", "engagedParty": {"id": identity}})

    assert (unknown.status_code, known.status_code) == (400, 201)
    assert known.json()["engagedParty"]["id"] == identity


def test_products_are_written_by_com_only(running: RunningStack) -> None:
    """A client that writes into the inventory is refused."""
    reply = running.client.post(PRODUCTS, json={"status": "active"})

    assert (reply.status_code, reply.json()["reason"]) == (403, "a product is written by ordering only")


def test_nobody_comes_in_without_a_token(running: RunningStack) -> None:
    """401 in the error body; a client's token does not open the operator's API."""
    anonymous = running.client.get(CUSTOMERS, headers={"authorization": ""})
    client = running.client.get("/admin/status")

    assert (anonymous.status_code, client.status_code) == (401, 401)
    assert anonymous.json()["code"] == "unauthorized"


@pytest.mark.parametrize(
    ("house", "unit", "result"),
    [("7", None, "partial"), ("7", "Apt 2", "success"), ("7", "Apt 9", "partial"), ("7777", None, "fails")],
)
def test_an_address_without_its_unit_is_only_partly_known(
    running: RunningStack, house: str, unit: str | None, result: str
) -> None:
    """success, partial with alternatives, or fails; spelling and abbreviations do not matter."""
    typed: dict[str, object] = {
        "streetNr": house,
        "streetName": "garden STREET",
        "city": "Cambridge",
        "stateOrProvince": "ma",
        "postcode": "02138",
    }
    if unit:
        typed["geographicSubAddress"] = [{"subUnitNumber": unit}]

    reply = running.client.post(VALIDATIONS, json={"submittedGeographicAddress": typed})

    assert (reply.status_code, reply.json()["validationResult"]) == (201, result)
    assert len(reply.json().get("alternateGeographicAddress", [])) == (2 if result == "partial" else 0)


def test_a_service_is_qualified_for_an_address_that_exists_only(running: RunningStack) -> None:
    """Qualified for a validated address, unqualified for an unknown one."""

    def check(address: str) -> str:
        service = {"place": [{"id": address}], "serviceSpecification": {"id": "CFS-MOBILE"}}
        body = {"serviceQualificationItem": [{"id": "1", "service": service}]}
        return str(running.client.post(QUALIFICATIONS, json=body).json()["qualificationResult"])

    assert (check("ADR-00001"), check("ADR-NOWHERE")) == ("qualified", "unqualified")


class _Callback(http.server.BaseHTTPRequestHandler):
    """A subscriber outside the stack."""

    received: queue.Queue[tuple[str, dict[str, object]]] = queue.Queue()

    def do_POST(self) -> None:
        """Takes an event."""
        body = self.rfile.read(int(self.headers["content-length"]))
        self.received.put((self.path, json.loads(body)))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Keeps quiet."""


@pytest.fixture
def callback() -> Iterator[str]:
    """The URL of a subscriber."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Callback) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join(5)


def test_a_subscriber_outside_receives_events_until_it_unsubscribes(running: RunningStack, callback: str) -> None:
    """POST hub, an event in TM Forum's envelope at callback/listener/<event name>, DELETE hub."""
    hub = "/tmf-api/party/v4/hub"
    subscription = running.client.post(hub, json={"callback": callback, "query": "eventType=IndividualCreateEvent"})

    identity = a_person(running)

    path, envelope = _Callback.received.get(timeout=60)
    assert (subscription.status_code, path) == (201, "/listener/individualCreateEvent")
    assert envelope["event"]["individual"]["id"] == identity  # type: ignore[index]
    assert set(envelope) >= {"eventId", "eventTime", "eventType", "correlationId", "domain", "timeOcurred"}
    ended = running.client.delete(f"{hub}/{subscription.json()['id']}")
    again = running.client.delete(f"{hub}/{subscription.json()['id']}")
    assert (ended.status_code, again.status_code) == (204, 404)


def test_every_api_answers_as_its_contract_says(running: RunningStack) -> None:
    """The published OpenAPI document holds for what the collections return."""
    seen = 0
    bases = ["customerManagement", "party", "productCatalogManagement", "productInventory", "accountManagement"]
    for base in (f"/tmf-api/{name}/v4" for name in bases):
        contract = running.client.get(f"{base}/openapi.json").json()
        for path, operations in contract["paths"].items():
            if "{" in path:
                continue
            schema = operations["get"]["responses"]["200"]["content"]["application/json"]["schema"]
            validator = jsonschema_rs.Draft202012Validator({**schema, "components": contract["components"]})
            found = running.client.get(f"{base}{path}", params={"limit": "20"}).json()
            seen += bool(found)
            assert [error.message for error in validator.iter_errors(found)] == []
    assert seen > len(bases)
