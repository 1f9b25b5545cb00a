"""The event bus towards subscribers that are not always there."""

from __future__ import annotations

from pathlib import Path

from tests.integration.reference_stack.conftest import RunningStack, started, until
from tests.integration.reference_stack.kernel.callback import subscriber

HUB, PEOPLE = "/tmf-api/party/v4/hub", "/tmf-api/party/v4/individual"
QUERY = "eventType=IndividualCreateEvent"


def a_person(stack: RunningStack) -> str:
    """A new individual, which is an event."""
    return str(stack.client.post(PEOPLE, json={"givenName": "Ada", "familyName": "Test"}).json()["id"])


def subscription(stack: RunningStack, identity: str) -> dict[str, object]:
    """What the bus says about a subscription."""
    (found,) = [one for one in stack.client.get("/events/v1/subscriptions").json() if one["id"] == identity]
    return dict(found)


def test_a_dead_subscriber_is_parked_with_a_case_and_gets_all_when_it_is_back(running: RunningStack) -> None:
    """A bounded number of attempts, one case, no further calls; after resume no event is missing."""
    with subscriber(status=500) as outside:
        hub = running.client.post(HUB, json={"callback": outside.url, "query": QUERY}).json()["id"]
        people = [a_person(running)]
        until(lambda: subscription(running, hub)["state"] == "parked", "a parked subscription")
        tried = outside.tried
        people.append(a_person(running))
        cases = {"system": "events", "code": f"EVENT-PARKED-{hub}"}
        (case,) = until(lambda: running.client.get("/fallout/v1/cases", params=cases).json(), "a case")
        waiting = running.client.get("/events/v1/deliveries", params={"subscriber": hub}).json()

        outside.status = 204
        resumed = running.client.post(f"/events/v1/subscriptions/{hub}/resume")
        until(lambda: len(outside.received) == 2, "both events")
        again = running.client.post(f"/events/v1/subscriptions/{hub}/resume")
    running.client.delete(f"{HUB}/{hub}")
    running.client.patch(f"/fallout/v1/cases/{case['id']}", json={"status": "closed", "rootCause": "test"})

    assert tried == 6
    assert [row["status"] for row in waiting] == ["parked", "parked"]
    assert set(outside.ids()) == set(people)
    assert (resumed.status_code, again.status_code) == (202, 404)


def test_the_delivery_log_tells_who_got_what(running: RunningStack) -> None:
    """One row per event and subscriber, with its attempts and its end."""
    with subscriber() as outside:
        hub = running.client.post(HUB, json={"callback": outside.url, "query": QUERY}).json()["id"]
        person = a_person(running)
        asked = {"subscriber": hub, "status": "delivered"}
        (row,) = until(lambda: running.client.get("/events/v1/deliveries", params=asked).json(), "a delivery")
        running.client.delete(f"{HUB}/{hub}")

    assert (row["eventType"], row["attempts"], row["lastError"]) == ("IndividualCreateEvent", 1, None)
    assert outside.ids() == [person]
    assert row["eventId"] == outside.received[0]["eventId"]


def test_a_subscription_and_what_it_has_not_got_survive_a_restart(tmp_path: Path) -> None:
    """The subscriber was away when the stack ended; the next run finds the event in the tables and delivers it."""
    with subscriber(status=503) as outside:
        with started(tmp_path) as stack:
            stack.client.post(HUB, json={"callback": outside.url, "query": QUERY})
            before = a_person(stack)
            until(lambda: outside.tried, "an attempt")
        outside.status = 204
        with started(tmp_path) as stack:
            after = a_person(stack)
            until(lambda: len(outside.received) == 2, "both events")

    assert sorted(map(str, outside.ids())) == sorted([before, after])
