"""Every resource keeps what TM Forum promises of it: attributes, states, PATCH, DELETE, filters, errors, events."""

from __future__ import annotations

import http.server
import json
import queue
import threading
from collections.abc import Iterator
from datetime import datetime

import httpx
import pytest

from tests.integration.reference_stack.conftest import RunningStack, external_id, flagship, until
from tests.integration.reference_stack.tmf_table import (
    BY_NAME,
    ENVELOPE,
    ITEM_REFERENCES,
    NESTED,
    PROMISES,
    Promise,
)

Document = dict[str, object]
CUSTOMER = {"id": "CUST-00060", "role": "customer", "@referredType": "Customer"}
WRITTEN_BY_CLIENTS = [promise for promise in PROMISES if promise.change]
each = pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: f"{promise.api}-{promise.name}")
CREATED_BY_CLIENTS = [promise for promise in WRITTEN_BY_CLIENTS if promise.deletable]
each_created = pytest.mark.parametrize(
    "promise", CREATED_BY_CLIENTS, ids=lambda promise: f"{promise.api}-{promise.name}"
)
each_changed = pytest.mark.parametrize(
    "promise", WRITTEN_BY_CLIENTS, ids=lambda promise: f"{promise.api}-{promise.name}"
)


def body_for(stack: RunningStack, name: str) -> Document:
    """A small body that makes a new resource."""
    person: Document = {"givenName": "Grace", "familyName": "Promise"}
    bodies: dict[str, Document] = {
        "partyInteraction": {
            "reason": "question",
            "status": "completed",
            "direction": "inbound",
            "interactionDate": {"startDateTime": "2026-03-02T08:00:00.000Z"},
            "channel": [{"id": "shop", "name": "shop"}],
            "relatedParty": [CUSTOMER],
        },
        "troubleTicket": {"description": "no tone", "severity": "minor", "ticketType": "complaint", "name": "Promise"},
        "alarm": {
            "alarmType": "equipmentAlarm",
            "perceivedSeverity": "major",
            "probableCause": "fan",
            "alarmedObject": {"id": "RTR-PROMISE"},
            "sourceSystemId": "EMS-1",
            "state": "raised",
            "alarmRaisedTime": "2026-03-02T08:00:00.000Z",
        },
        "serviceProblem": {
            "category": "supplier.originated",
            "priority": 1,
            "description": "slow",
            "reason": "test",
            "originatorParty": {"id": "noc", "@referredType": "Individual"},
        },
        "productOffering": {"name": "Promise", "category": [{"id": "C-1"}]},
        "productOrder": flagship(external_id(), "CUST-00061", "6175550161") | {"note": [{"text": "by hand"}]},
        "individual": person | {"title": "Dr"},
        "product": {
            "status": "active",
            "name": "Promise",
            "productOffering": {"id": "MOBILE-GOLD"},
            "billingAccount": {"id": "ACC-00060"},
            "relatedParty": [CUSTOMER],
            "productSerialNumber": "S-1",
        },
        "service": {"state": "active", "serviceSpecification": {"id": "CFS-MOBILE"}, "isServiceEnabled": True},
        "resource": {"name": "My router", "resourceCharacteristic": [{"name": "colour", "value": "grey"}]},
        "serviceOrder": {"serviceOrderItem": [_service_item("PS-NOTHING")], "category": "test"},
        "resourceOrder": {"orderItem": [{"id": "1", "action": "add", "resource": {}}], "name": "test"},
        "checkServiceQualification": {"serviceQualificationItem": [_service_item("CFS-MOBILE")], "externalId": "Q-1"},
        "appointment": {"validFor": {"startDateTime": "2031-03-03T13:00:00Z"}, "category": "test"},
        "searchTimeSlot": {"relatedPlace": {"id": "ADR-NONE", "role": "installationAddress"}},
        "workOrder": {"workOrderItem": [{"id": "1", "action": "add"}], "priority": "2", "category": "test"},
        "billingAccount": {"name": "Promise", "relatedParty": [CUSTOMER], "accountType": "postpaid"},
        "productOfferingQualification": {
            "productOfferingQualificationItem": [{"productOffering": {"id": "MOBILE-GOLD"}}],
            "relatedParty": [CUSTOMER],
        },
    }
    if name == "customer":
        party = stack.client.post(BY_NAME["individual"].path, json=person).json()
        return {"name": "Grace Promise", "engagedParty": {"id": party["id"]}, "statusReason": "asked"}
    return bodies[name]


def _service_item(specification: str) -> Document:
    return {"id": "1", "action": "add", "service": {"serviceSpecification": {"id": specification}}}


def made(stack: RunningStack, promise: Promise) -> Document:
    """A new resource of its own; only the administrator may write into the inventories."""
    reply = stack.admin.post(promise.path, json=body_for(stack, promise.name))
    assert reply.status_code == 201, reply.text
    found: Document = reply.json()
    return found


def sample(stack: RunningStack, promise: Promise) -> Document:
    """Any resource of this kind: the last of the list, made first if there is none."""
    found: list[Document] = stack.client.get(promise.path).json()
    if found:
        return found[-1]
    makers = {
        "cancelProductOrder": _cancelled_product_order,
        "cancelServiceOrder": _cancelled_service_order,
        "cancelResourceOrder": _cancelled_resource_order,
        "cancelWorkOrder": _cancelled_work_order,
    }
    if promise.api == 678:
        _bill(stack)
    elif promise.name in makers:
        makers[promise.name](stack)
    else:
        made(stack, promise)
    document: Document = stack.client.get(promise.path).json()[-1]
    return document


def _cancelled_product_order(stack: RunningStack) -> None:
    order = made(stack, BY_NAME["productOrder"])
    wish = {"productOrder": {"id": order["id"]}, "cancellationReason": "a test"}
    assert stack.client.post(BY_NAME["cancelProductOrder"].path, json=wish).status_code == 201


def _cancelled_service_order(stack: RunningStack) -> None:
    order = made(stack, BY_NAME["serviceOrder"])
    wish = {"serviceOrder": {"id": order["id"]}}
    stack.client.post(BY_NAME["cancelServiceOrder"].path, json=wish)


def _cancelled_resource_order(stack: RunningStack) -> None:
    order = made(stack, BY_NAME["resourceOrder"])
    wish = {"resourceOrder": {"id": order["id"]}}
    stack.client.post(BY_NAME["cancelResourceOrder"].path, json=wish)


def _cancelled_work_order(stack: RunningStack) -> None:
    order = made(stack, BY_NAME["workOrder"])
    wish = {"workOrder": {"id": order["id"]}}
    assert stack.client.post(BY_NAME["cancelWorkOrder"].path, json=wish).status_code == 201


def _bill(stack: RunningStack) -> None:
    path = BY_NAME["customerBillOnDemand"].path
    wish = stack.client.post(path, json={"billingAccount": {"id": "ACC-00062"}, "description": "a test"}).json()
    until(lambda: stack.client.get(wish["href"]).json()["state"] == "done", "a bill")


def parts(value: object, place: str = "") -> Iterator[tuple[str, object]]:
    """Every value of a document with its place."""
    yield place, value
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in inside:
        yield from parts(part, f"{place}.{name}".lstrip("."))


@each
def test_every_instance_has_what_is_promised(running: RunningStack, promise: Promise) -> None:
    """Attributes that are always there, real references, no nulls, times with a zone, money with its unit."""
    document = sample(running, promise)

    assert [name for name in ("id", "href", *promise.always) if document.get(name) in (None, "")] == []
    assert document["href"] == f"{promise.path}/{document['id']}"
    for place, value in parts(document):
        assert value is not None, place
        last = place.rpartition(".")[2]
        if last.endswith(("Date", "DateTime", "lastUpdate", "lastModified")) and not isinstance(value, dict):
            assert datetime.fromisoformat(str(value)).tzinfo is not None, place
        wanted = NESTED.get(last, ())
        if last in ("productOrderItem", "serviceOrderItem") and promise.name in ITEM_REFERENCES:
            wanted = ITEM_REFERENCES[promise.name]
        for one in value if isinstance(value, list) else [value] if wanted else []:
            assert not isinstance(one, dict) or set(wanted) <= set(one), place


@each
def test_an_instance_is_the_same_by_its_id_and_by_its_address(running: RunningStack, promise: Promise) -> None:
    """The list, GET by id and the href show one document; fields leave id and href."""
    document = sample(running, promise)

    def listed_as_read() -> bool:
        """Both reads fall between two changes: systems go on with what was created."""
        known = running.client.get(promise.path, params={"id": str(document["id"])}).json()
        return bool(known == [running.client.get(str(document["href"])).json()])

    chosen = running.client.get(str(document["href"]), params={"fields": promise.always[0]}).json()

    until(listed_as_read, "one document in the list and at its address")
    assert set(chosen) == {"id", "href", promise.always[0]}


@each
def test_the_contract_promises_no_state_that_tm_forum_does_not_know(running: RunningStack, promise: Promise) -> None:
    """The enumeration of the published contract, and what the contract requires."""
    contract = running.client.get(f"{promise.base}/openapi.json").json()
    schema = contract["components"]["schemas"][promise.name[0].upper() + promise.name[1:]]

    if promise.state:
        name, states = promise.state
        assert set(schema["properties"][name]["enum"]) <= states
    assert {"id", "href"} <= set(schema["required"])


@each
def test_filters_really_filter(running: RunningStack, promise: Promise) -> None:
    """Each plain attribute finds its own value and not another one; either of two values is enough."""
    document = sample(running, promise)
    plain = {name: value for name, value in document.items() if isinstance(value, str | int | float)}

    for name, value in plain.items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        found = running.client.get(promise.path, params={name: text, "limit": 20}).json()
        either = running.client.get(promise.path, params={name: [text, "no-such-value"], "limit": 20}).json()
        none = running.client.get(promise.path, params={name: "no-such-value"}).json()
        assert found, name
        assert {one.get(name) for one in found} == {value}, name
        assert either == found, name
        assert none == [], name


@each
def test_pages_make_up_the_whole(running: RunningStack, promise: Promise) -> None:
    """Offset and limit cut one list; the counts say how much there is."""
    sample(running, promise)
    whole = running.client.get(promise.path, params={"limit": 7})
    first = running.client.get(promise.path, params={"limit": 3}).json()
    rest = running.client.get(promise.path, params={"offset": 3, "limit": 4}).json()

    total = int(whole.headers["x-total-count"])
    assert [one["id"] for one in first + rest] == [one["id"] for one in whole.json()]
    assert int(whole.headers["x-result-count"]) == len(whole.json()) == min(total, 7)
    assert whole.status_code == (206 if total > 7 else 200)


@each_created
def test_what_was_posted_is_what_comes_back(running: RunningStack, promise: Promise) -> None:
    """Also attributes that no table models."""
    body = body_for(running, promise.name)

    reply = running.admin.post(promise.path, json=body)

    stored = running.client.get(str(reply.json()["href"])).json()
    assert reply.headers["location"] == stored["href"]
    for name, value in body.items():
        if isinstance(value, str | int | bool) or name in ("note", "category"):
            assert stored[name] == value, name


@each_changed
def test_a_patch_really_changes_and_only_that(running: RunningStack, promise: Promise) -> None:
    """The answer and the next GET have the new values, and nothing else is different."""
    document = sample(running, promise) if promise.name == "customerBill" else made(running, promise)

    reply = running.admin.patch(str(document["href"]), json=promise.change)

    stored = running.client.get(str(document["href"])).json()
    assert reply.status_code == 200, reply.text
    assert {name: stored[name] for name in promise.change} == promise.change
    moving = {*promise.change, "lastUpdate", "lastModified", "state", "startDate", "productOrderItem", "orderItem"}
    moving |= {"alarmChangedTime"}
    kept = {name: value for name, value in document.items() if name not in moving}
    assert {name: stored.get(name) for name in kept} == kept


@each_changed
def test_a_patch_of_what_is_fixed_is_refused(running: RunningStack, promise: Promise) -> None:
    """400 that names the attribute, instead of a 200 that changes nothing."""
    document = sample(running, promise)

    for name in promise.fixed:
        reply = running.admin.patch(str(document["href"]), json={name: ["changed"]})

        assert reply.status_code == 400, name
        assert name in reply.json()["reason"]
    assert running.client.get(str(document["href"])).json()["id"] == document["id"]


def test_null_removes_an_attribute_unless_it_must_be_there(running: RunningStack) -> None:
    """JSON merge patch: null is absence, objects merge, and a mandatory attribute stays."""
    person = made(running, BY_NAME["individual"])
    address = {"street": "Main St", "city": "Cambridge"}
    running.client.patch(str(person["href"]), json={"location": "home", "characteristics": address})

    gone = running.client.patch(str(person["href"]), json={"title": None, "characteristics": {"street": None}})
    refused = running.client.patch(str(person["href"]), json={"givenName": None})

    assert "title" not in gone.json()
    assert (gone.json()["location"], gone.json()["characteristics"]) == ("home", {"city": "Cambridge"})
    assert (refused.status_code, refused.json()["reason"]) == (400, "individual: givenName cannot be removed")


@each_created
def test_delete_really_deletes(running: RunningStack, promise: Promise) -> None:
    """204, then it is in no answer any more; deleting it again is a 404."""
    document = made(running, promise)

    replies = [running.admin.delete(str(document["href"])) for _ in range(2)]

    assert [reply.status_code for reply in replies] == [204, 404]
    assert running.client.get(str(document["href"])).status_code == 404
    assert running.client.get(promise.path, params={"id": str(document["id"])}).json() == []


def test_what_others_still_point_to_cannot_be_deleted(running: RunningStack) -> None:
    """A customer with accounts stays: 409."""
    reply = running.admin.delete(f"{BY_NAME['customer'].path}/CUST-00070")

    assert (reply.status_code, reply.json()["code"]) == (409, "conflict")
    assert running.client.get(f"{BY_NAME['customer'].path}/CUST-00070").status_code == 200


def _is_error(reply: httpx.Response, status: int) -> bool:
    body = reply.json()
    texts = [body.get(name) for name in ("code", "reason", "status")]
    return reply.status_code == status and all(isinstance(text, str) and text for text in texts)


@each
def test_errors_have_tm_forums_body(running: RunningStack, promise: Promise) -> None:
    """404 for an unknown id, 405 for a verb that is not there (with those that are), 400 for what is no resource."""
    unknown = f"{promise.path}/NOBODY"

    assert _is_error(running.client.get(unknown), 404)
    refused = running.client.put(unknown, json={})
    assert _is_error(refused, 405)
    assert "GET" in refused.headers["allow"]
    if promise.change:
        assert _is_error(running.admin.patch(unknown, json=promise.change), 404)
        assert _is_error(running.admin.patch(str(sample(running, promise)["href"]), content="{"), 400)
    if promise.deletable:
        assert _is_error(running.admin.delete(unknown), 404)
        assert _is_error(running.admin.post(promise.path, content="[]"), 400)


@pytest.mark.parametrize(
    ("name", "attribute", "value"),
    [
        ("individual", "givenName", 5),
        ("individual", "birthDate", "yesterday"),
        ("productOrder", "productOrderItem", "text"),
        ("productOrder", "relatedParty", [7]),
        ("billingAccount", "name", {"a": 1}),
        ("resource", "resourceCharacteristic", {"name": "x"}),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_with_its_place(
    running: RunningStack, name: str, attribute: str, value: object
) -> None:
    """400, never a failure inside."""
    reply = running.client.post(BY_NAME[name].path, json=body_for(running, name) | {attribute: value})

    assert _is_error(reply, 400)
    assert attribute in reply.json()["reason"]


class _Ear(http.server.ThreadingHTTPServer):
    """A subscriber outside the stack that keeps what it hears."""

    def __init__(self) -> None:
        self.heard: queue.Queue[tuple[str, Document]] = queue.Queue()
        super().__init__(("127.0.0.1", 0), _Listener)


class _Listener(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        """Takes an event."""
        body = self.rfile.read(int(self.headers["content-length"]))
        assert isinstance(self.server, _Ear)
        self.server.heard.put((self.path, json.loads(body)))
        self.send_response(201)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Keeps quiet."""


@pytest.fixture
def ear() -> Iterator[_Ear]:
    """A listening subscriber."""
    with _Ear() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(5)


def test_a_subscriber_hears_of_its_own_api_in_order_and_in_the_envelope(running: RunningStack, ear: _Ear) -> None:
    """Create, attribute value change, state change and delete of an offering; nothing of a person made meanwhile."""
    offering = BY_NAME["productOffering"]
    callback = f"http://127.0.0.1:{ear.server_address[1]}/tmf"
    hub = running.client.post(f"{offering.base}/hub", json={"callback": callback}).json()

    made(running, BY_NAME["individual"])
    document = made(running, offering)
    running.client.patch(str(document["href"]), json={"description": "changed"})
    running.client.patch(str(document["href"]), json={"lifecycleStatus": "Active"})
    running.admin.delete(str(document["href"]))

    heard = [ear.heard.get(timeout=60) for _ in range(4)]
    running.client.delete(f"{offering.base}/hub/{hub['id']}")
    kinds = ["Create", "AttributeValueChange", "StateChange", "Delete"]
    assert [path for path, _ in heard] == [f"/tmf/listener/productOffering{kind}Event" for kind in kinds]
    for kind, (_, envelope) in zip(kinds, heard, strict=True):
        assert set(envelope) == ENVELOPE
        assert envelope["eventType"] == f"ProductOffering{kind}Event"
        assert envelope["event"]["productOffering"]["id"] == document["id"]  # type: ignore[index]
    assert ear.heard.empty()
