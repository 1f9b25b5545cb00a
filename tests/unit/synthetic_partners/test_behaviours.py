"""Kinds of partners: the same seed and request bring the same answer, and every answer is a valid file."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pytest

from ringback.engine.problems import BrokenTest
from ringback.engine.protocols import Behaviour
from ringback.synthetic_partners.behaviour import (
    Moment,
    PartnerKind,
    PartnerSettings,
    Request,
    check_answers,
    named_answers,
)
from ringback.synthetic_partners.generate import generate_file
from ringback.synthetic_partners.instructions import Instructions
from ringback.synthetic_partners.kinds.credit_bureau import CreditBureau
from ringback.synthetic_partners.kinds.device_logistics import DeviceLogistics
from ringback.synthetic_partners.kinds.number_portability import NumberPortability
from ringback.synthetic_partners.layouts import built_in_layouts
from ringback.synthetic_partners.sequences import PartnerMemory

NOW = datetime(2026, 1, 15, 12, 30, tzinfo=UTC)
OPTIONS = {"donors": {"north-tel": "8Y02", "west-mobile": "7Z03"}}
KINDS: Mapping[str, type[PartnerKind]] = {
    "nport": NumberPortability,
    "crdq": CreditBureau,
    "x12-850": DeviceLogistics,
}


def kind_of(layout: str, seed: int = 7) -> PartnerKind:
    """The partner that takes a layout."""
    made: PartnerKind = KINDS[layout](PartnerSettings("partner", "", seed, OPTIONS))
    return made


def request_of(layout: str) -> Request:
    """A request out of a generated file."""
    made = generate_file(built_in_layouts()[layout], rows=1, seed=3)
    file = built_in_layouts()[layout].decode(made.content, made.name)
    return kind_of(layout).requests(layout, file)[0]


def answers(layout: str, do: object, seed: int = 7) -> list[tuple[str, bytes]]:
    """The files of an answer, all written at one moment."""
    kind, request, memory = kind_of(layout, seed), request_of(layout), PartnerMemory("server")
    files = []
    notes: dict[str, str] = {}
    for name, options in named_answers(do):
        for step in kind.plan(request, name, options, memory):
            records = step.write(Moment(NOW, request, notes))
            header = kind.header(step.layout, NOW, 1, records)
            target = built_in_layouts()[step.layout]
            file_name, content = target.file_name(header), target.encode(header, records)
            assert target.decode(content, file_name).problems == ()
            files.append((file_name, content))
    return files


def every_answer() -> Sequence[tuple[str, object]]:
    """All answers of all kinds, by the layout they answer."""
    return [(layout, name) for layout in KINDS for name in KINDS[layout].answers]


@pytest.mark.parametrize(("layout", "do"), every_answer())
def test_every_answer_is_valid_and_repeatable(layout: str, do: object) -> None:
    """Each named answer makes valid files; the same seed makes the same bytes."""
    assert answers(layout, do) == answers(layout, do)


def test_another_seed_makes_other_numbers() -> None:
    """Response numbers, subscription versions and references depend on the seed."""
    assert answers("nport", "confirm", seed=1) != answers("nport", "confirm", seed=2)


def test_a_confirmation_is_due_when_wished_or_now() -> None:
    """C never promises the past: the due time is the later of the wish and now."""
    kind, request = kind_of("nport"), request_of("nport")
    late = Request(request.receives, request.key, request.facts, ({**request.records[0], "ddd_t": "20260101000000"},))
    (first, *_) = kind.plan(late, "confirm", {}, PartnerMemory("server"))

    (record,) = first.write(Moment(NOW, late, {}))

    assert record["due"] == "20260115123000"


def test_a_number_with_another_provider_is_not_found() -> None:
    """When the journey says who has the number and the request names somebody else, the answer is R TNF."""
    kind, request = kind_of("nport"), request_of("nport")
    other = "west-mobile" if request.records[0]["onsp"] == "8Y02" else "north-tel"

    (step,) = kind.plan(request, "confirm", {"from": other}, PartnerMemory("server"))

    (record,) = step.write(Moment(NOW, request, {}))
    assert (record["response_type"], record["reason_code"]) == ("R", "TNF")


def test_two_orders_never_share_an_imei() -> None:
    """A serial that another order has is passed over."""
    kind, request, memory = kind_of("x12-850"), request_of("x12-850"), PartnerMemory("server")
    (step,) = kind.plan(request, "ship", {}, memory)
    taken = step.write(Moment(NOW, request, {}))[0]["imei"]
    memory.claims[taken] = "another order"

    imei = step.write(Moment(NOW, request, {}))[0]["imei"]

    assert imei != taken
    assert imei[:8] == taken[:8]


@pytest.mark.parametrize(
    ("do", "hint"),
    [("confrim", "did you mean 'confirm'"), ({"delay_then_confirm": {"aftr": 2}}, "did you mean 'after'")],
)
def test_unknown_answers_and_options_name_the_nearest(do: object, hint: str) -> None:
    """A misspelt answer or option is told with what was probably meant."""
    with pytest.raises(BrokenTest, match=hint):
        check_answers("clearing-house", kind_of("nport").answers, do)


def test_instructions_belong_to_their_own_data() -> None:
    """Two journeys with the same kind of request never meet; a withdrawn one matches nothing."""
    told = Instructions()
    request = request_of("nport")
    tn = request.records[0]["tn"]
    told.add("other", [Behaviour("house", "port_request", {"tn": "6175550100"}, "refuse", {})])
    told.add("mine", [Behaviour("house", "port_request", {"tn": tn}, "confirm", {})])

    found = told.find("house", request)
    told.withdraw("mine")

    assert found is not None
    assert found.do == "confirm"
    assert told.find("house", request) is None
    assert told.find("elsewhere", request) is None
