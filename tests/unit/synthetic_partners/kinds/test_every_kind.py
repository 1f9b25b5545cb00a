"""All kinds of partners alike: valid answers, the same for the same seed, and the mixture of the trade."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ringback.synthetic_partners.behaviour import (
    INSTRUCTION,
    AnswerStep,
    Moment,
    PartnerKind,
    PartnerSettings,
    Request,
    named_answers,
)
from ringback.synthetic_partners.generate import MOMENT, generate_file
from ringback.synthetic_partners.kinds import address_registry, bank, field_force
from ringback.synthetic_partners.kinds.address_registry import AddressRegistry
from ringback.synthetic_partners.kinds.bank import Bank
from ringback.synthetic_partners.kinds.credit_bureau import CreditBureau
from ringback.synthetic_partners.kinds.device_logistics import DeviceLogistics
from ringback.synthetic_partners.kinds.e911_registry import SHARES, E911Registry
from ringback.synthetic_partners.kinds.field_force import FieldForce
from ringback.synthetic_partners.kinds.number_portability import NumberPortability
from ringback.synthetic_partners.kinds.readers import DataWarehouse, ImeiRegistry
from ringback.synthetic_partners.kinds.sim_vendor import SimVendor
from ringback.synthetic_partners.kinds.usage_reporters import Mediation, RoamingHub
from ringback.synthetic_partners.layouts import built_in_layouts
from ringback.synthetic_partners.sequences import PartnerMemory

LAYOUTS = built_in_layouts()
NOW = MOMENT + timedelta(seconds=1)
ANSWERING: Mapping[str, type[PartnerKind]] = {
    "nport": NumberPortability,
    "crdq": CreditBureau,
    "x12-850": DeviceLogistics,
    "x12-860": DeviceLogistics,
    "dispatch": FieldForce,
    "avreq": AddressRegistry,
    "ach": Bank,
    "sim-inp": SimVendor,
    "imei-list": ImeiRegistry,
    "customer-export": DataWarehouse,
    "rap": RoamingHub,
}
LINE = {"imsi": ("310260000000001",), "msisdn": ("16175550123",)}
INSTRUCTIONS: Sequence[tuple[type[PartnerKind], Mapping[str, tuple[str, ...]], object]] = (
    (NumberPortability, {"tn": ("6175550123",)}, {"port_out": {"to": "8Y02", "pin": "0042", "last_name": "Lee"}}),
    (SimVendor, {"batch": ("2026010001",)}, {"deliver_batch": {"quantity": 25}}),
    (Mediation, LINE, {"usage": {"records": 9}}),
    (Mediation, LINE, "watch"),
    (RoamingHub, LINE, {"usage": {"type": "GPRS", "records": 3}}),
    (AddressRegistry, {"street_name": ("TULIP",)}, {"guide_row": {"community": "BOSTON", "esn": "00115"}}),
)


def made(kind: type[PartnerKind], seed: int = 7) -> PartnerKind:
    """A partner of a kind."""
    return kind(PartnerSettings("partner", "", seed))  # type: ignore[call-arg]  # the protocol says nothing of how it is made


def request_of(layout: str) -> Request:
    """A request out of a generated file."""
    file = generate_file(LAYOUTS[layout], rows=1, seed=3)
    decoded = LAYOUTS[layout].decode(file.content, file.name)
    assert decoded.problems == ()
    return made(ANSWERING[layout]).requests(layout, decoded)[0]


def answered(partner: PartnerKind, request: Request, do: object) -> list[tuple[str, bytes]]:
    """The files of an answer, each valid."""
    memory, notes = PartnerMemory("server"), {}
    files = []
    for name, options in named_answers(do):
        for step in partner.plan(request, name, options, memory):
            assert isinstance(step, AnswerStep)
            records = step.write(Moment(NOW, request, notes))
            header = {**partner.header(step.layout, NOW, 1, records), **(step.header or {})}
            target = LAYOUTS[step.layout]
            file_name, content = target.file_name(header), target.encode(header, records)
            assert target.decode(content, file_name).problems == ()
            files.append((file_name, content))
    return files


ANSWERS = [(layout, name) for layout, kind in ANSWERING.items() for name in kind.answers]


@pytest.mark.parametrize(("layout", "do"), ANSWERS)
def test_every_answer_is_valid_and_repeatable(layout: str, do: object) -> None:
    """Each named answer to each request makes valid files; the same seed makes the same bytes."""
    partner, request = made(ANSWERING[layout]), request_of(layout)

    assert answered(partner, request, do) == answered(made(ANSWERING[layout]), request, do)


@pytest.mark.parametrize(("kind", "facts", "do"), INSTRUCTIONS)
def test_every_instruction_makes_a_valid_file(
    kind: type[PartnerKind], facts: Mapping[str, tuple[str, ...]], do: object
) -> None:
    """What a journey can tell a partner to do unasked; a line that is watched makes no file yet."""
    request = Request(INSTRUCTION, "session/1", facts, ())

    assert len(answered(made(kind), request, do)) == (0 if do == "watch" else 1)


@pytest.mark.parametrize(
    ("kind", "shares", "layout"),
    [
        (FieldForce, field_force.SHARES, "dispatch"),
        (AddressRegistry, address_registry.SHARES, "avreq"),
        (Bank, {**bank.SHARES, "pay": bank.SHARES["paid"]}, "ach"),
        (CreditBureau, {"approve": 88, "approve_with_deposit": 6, "refer": 3, "decline": 3}, "crdq"),
        (NumberPortability, {"confirm": 85, "delay_then_confirm": 10, "refuse": 5}, "nport"),
    ],
)
def test_ten_thousand_requests_have_the_mixture_of_the_trade(
    kind: type[PartnerKind], shares: Mapping[str, float], layout: str
) -> None:
    """Each outcome has its share, to within a fifth of it and half a percent."""
    partner, request = made(kind), request_of(layout)

    found = Counter(_outcome(partner.mixture(replace(request, key=str(number)))) for number in range(10_000))

    whole = sum(share for name, share in shares.items() if name != "paid")
    for name, share in shares.items():
        expected = share / whole * 10_000
        assert name == "paid" or abs(found[name] - expected) < 50 + expected / 5, (name, found)


def _outcome(do: object) -> str:
    """The name of an outcome; of the bank, its code."""
    ((name, options),) = named_answers(do)
    return str(options.get("reason") or options.get("code") or name)


def test_the_emergency_registry_refuses_three_in_a_hundred() -> None:
    """For the guide of the day, and for locks of other companies."""
    registry = made(E911Registry)
    request = Request("emergency_record", "", {}, ())

    found = Counter(_outcome(registry.mixture(replace(request, key=str(number)))) for number in range(10_000))

    assert {name for name in SHARES if found[name] == 0} == set()
    assert 150 < 10_000 - found["by_rules"] < 450


def test_another_seed_answers_otherwise() -> None:
    """Numbers, serials and references depend on the seed."""
    request = request_of("dispatch")

    assert answered(made(FieldForce, 1), request, "done") != answered(made(FieldForce, 2), request, "done")


def test_dates_are_those_of_the_moment() -> None:
    """What is written says when it was written by the environment's clock."""
    later = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
    partner = made(FieldForce)

    assert partner.header("wfmclose", later, 1, ())["created"] == "20310506070809"
