"""The emergency registry answers our service-order files: by the street guide, by its books, or as a journey says."""

from __future__ import annotations

import itertools

from tests.integration.reference_stack.conftest import until
from tests.integration.reference_stack.partners.conftest import World

_NUMBERS = itertools.count(200)


def post(world: World, function: str = "I", **more: object) -> dict[str, object]:
    """A record for the registry, as the gateway shows it."""
    number = next(_NUMBERS)
    body = {"function": function, "tn": f"617555{number:04d}", "addressId": "ADR-00007", "customerName": "Ann Lee"}
    body |= {"orderId": f"PO-R{number}", "orderItemId": f"POI-R{number}", "resourceOrderItemId": f"ROI-R{number}"}
    reply = world.stack.client.post("/gateway/v1/e911-records", json=body | more)
    assert reply.status_code == 201, reply.text
    made: dict[str, object] = reply.json()
    return made


def becomes(world: World, record: dict[str, object], status: str) -> dict[str, object]:
    """A record once it has a status."""
    path = f"/gateway/v1/e911-records/{record['id']}"
    return until(lambda: (now := world.stack.client.get(path).json())["status"] == status and now, f"{record} {status}")


def test_a_house_of_the_street_guide_is_posted(world: World) -> None:
    """The address of a customer is right: an empty return file posts it, and its removal is posted, too."""
    record = post(world)

    becomes(world, record, "posted")

    becomes(world, post(world, "D", tn=record["tn"]), "removed")
    assert world.host.ailments(["e911-registry"]) == {}


def test_what_a_journey_refuses_is_held_with_its_code(world: World) -> None:
    """Only the journey's own number: the record beside it is posted."""
    world.tell("e911-registry", "emergency_record", {"tn": "6175550999"}, {"reject": {"code": "E02"}})

    refused, other = post(world, tn="6175550999"), post(world)

    assert becomes(world, refused, "held")["errorCode"] == "E02"
    becomes(world, other, "posted")


def test_a_locked_number_is_taken_at_the_second_try(world: World) -> None:
    """E06, M before the old provider's U: held, sent again, posted."""
    world.tell("e911-registry", "emergency_record", {"tn": "6175550998"}, {"lock": {"times": 1}})
    record = post(world, "M", tn="6175550998")

    assert becomes(world, record, "held")["errorCode"] == "E06"

    assert world.stack.client.post(f"/gateway/v1/e911-records/{record['id']}/resend").status_code == 202
    becomes(world, record, "posted")
