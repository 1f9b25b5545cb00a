"""Topics of the event bus: what is posted to one, and what of the log belongs to it, reaches its subscribers alone."""

from __future__ import annotations

from tests.integration.reference_stack.assurance.conftest import Watch
from tests.integration.reference_stack.conftest import until
from tests.integration.reference_stack.kernel.callback import subscriber

TOPIC = "/tmf-api/event/v4/topic"
PEOPLE = "/tmf-api/party/v4/individual"


def test_a_topic_has_its_own_events_and_subscribers(watch: Watch) -> None:
    """A posted event and a fitting event of the log arrive, others do not; after the end nothing does."""
    client = watch.stack.client
    body = {"name": "people", "contentQuery": "eventType=IndividualCreateEvent"}
    topic = client.post(TOPIC, json=body).json()
    path = f"{TOPIC}/{topic['id']}"
    with subscriber() as outside:
        hub = client.post(f"{path}/hub", json={"callback": outside.url})
        posted = client.post(f"{path}/event", json={"eventType": "MaintenanceEvent", "event": {"window": "tonight"}})
        until(lambda: len(outside.received) == 1, "the posted event")
        person = client.post(PEOPLE, json={"givenName": "Ida", "familyName": "Topic"}).json()
        client.patch(f"{PEOPLE}/{person['id']}", json={"familyName": "Other"}).raise_for_status()
        until(lambda: len(outside.received) == 2, "the event of the log")
        kept = client.get(f"{path}/hub/{hub.json()['id']}")
        ended = client.delete(f"{path}/hub/{hub.json()['id']}")
        client.post(f"{path}/event", json={"eventType": "MaintenanceEvent", "event": {}}).raise_for_status()

    listed = client.get(f"{path}/event").json()
    assert (hub.status_code, posted.status_code, kept.status_code, ended.status_code) == (201, 201, 200, 204)
    assert posted.json()["event"] == {"topicEvent": {"window": "tonight"}}
    assert client.get(posted.headers["location"]).json() == posted.json()
    assert posted.json()["id"] in [event["id"] for event in listed]
    assert {event["eventType"] for event in listed} == {"MaintenanceEvent", "IndividualCreateEvent"}
    assert len(outside.received) == 2
    assert client.post(f"{path}/event", json={"eventType": "Maintenance"}).status_code == 400
    assert client.get(f"{TOPIC}/TOPIC-NONE/event").status_code == 404


def test_the_log_can_be_cut_by_time_and_state(watch: Watch) -> None:
    """Only events of that state, and only those of the time asked for."""
    now = watch.stack.client.get("/clock").json()["now"]
    watch.clear(watch.alarm("RTR-9", "major"))
    query = {"resourceType": "alarm", "state": "cleared", "since": now}

    cleared = watch.stack.client.get("/events/v1/log", params=query).json()
    before = watch.stack.client.get("/events/v1/log", params={"resourceType": "alarm", "until": now}).json()

    assert [event["eventType"] for event in cleared] == ["AlarmStateChangeEvent"]
    assert cleared[0]["eventId"] not in [event["eventId"] for event in before]
