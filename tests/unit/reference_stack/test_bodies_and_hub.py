"""Merging and checking what clients send, and choosing the events that a subscription wants."""

from collections.abc import Mapping

import pytest

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.bodies import faults, merged
from ringback.reference_stack.kernel.hub import listener_path, wants

SCHEMA = shapes.record(
    {
        "name": shapes.TEXT,
        "isBundle": shapes.FLAG,
        "months": shapes.NUMBER,
        "startDate": shapes.TIME,
        "relatedParty": shapes.many(shapes.PARTY),
    },
    "name",
)
ENVELOPE: dict[str, object] = {
    "eventType": "ProductStateChangeEvent",
    "event": {"product": {"id": "P-1", "status": "active"}},
}


@pytest.mark.parametrize(
    ("before", "changes", "after"),
    [
        ({"a": 1, "b": 2}, {"b": 3}, {"a": 1, "b": 3}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 9}}, {"a": {"b": 9, "c": 2}}),
        ({"a": 1, "b": 2}, {"a": None}, {"b": 2}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": None}}, {"a": {"c": 2}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": "text"}, {"a": {"b": 1}}, {"a": {"b": 1}}),
    ],
)
def test_a_merge_patch_merges_objects_removes_by_null_and_replaces_lists(
    before: object, changes: object, after: object
) -> None:
    """RFC 7396."""
    assert merged(before, changes) == after


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ({"name": 5}, "x.name is no string"),
        ({"isBundle": "true"}, "x.isBundle is no boolean"),
        ({"months": True}, "x.months is no integer"),
        ({"startDate": "2026-11-20"}, "x.startDate is '2026-11-20', no date and time with a zone"),
        ({"relatedParty": {"id": "C"}}, "x.relatedParty is no array"),
        ({"relatedParty": [{"id": "C"}, {"id": 7}]}, "x.relatedParty.1.id is no string"),
        ({"relatedParty": ["C"]}, "x.relatedParty.0 is no object"),
        ("text", "x is no object"),
    ],
)
def test_an_attribute_of_another_type_is_named_with_its_place(value: object, fault: str) -> None:
    """However deep it sits."""
    assert list(faults(SCHEMA, value, "x")) == [fault]


def test_what_is_missing_or_unknown_is_no_fault_of_type() -> None:
    """A create checks its mandatory attributes by itself, and further attributes are allowed."""
    sent: Mapping[str, object] = {"startDate": "2026-11-20T10:00:00-05:00", "colour": 7, "isBundle": None}

    assert list(faults(SCHEMA, sent, "x")) == []


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", True),
        ("eventType=ProductStateChangeEvent", True),
        ("eventType=productStateChangeEvent", True),
        ("ProductStateChangeEvent", True),
        ("eventType=ProductCreateEvent,ProductStateChangeEvent", True),
        ("eventType=ProductCreateEvent", False),
        ("eventType=BigProductStateChangeEvent", False),
        ("eventType=ProductStateChangeEvent&event.product.status=active", True),
        ("event.product.status=suspended", False),
    ],
)
def test_a_subscription_wants_the_events_of_its_query(query: str, *, wanted: bool) -> None:
    """By type, by attribute, or all of them; a name that contains another is another name."""
    assert wants(query, ENVELOPE) is wanted


def test_a_subscriber_listens_at_the_name_of_the_event() -> None:
    """The path is written in camel case, the type in Pascal case."""
    assert listener_path("ProductOrderCreateEvent") == "/listener/productOrderCreateEvent"
