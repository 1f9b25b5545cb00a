"""What each kind of partner decides by itself: emergency records, visits, returns, cards, addresses, ports."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ringback.engine.problems import UsageError
from ringback.engine.protocols import Behaviour, FeedFile
from ringback.synthetic_partners.behaviour import INSTRUCTION, AnswerStep, Moment, PartnerSettings, Request
from ringback.synthetic_partners.kinds.address_registry import AddressRegistry
from ringback.synthetic_partners.kinds.bank import Bank
from ringback.synthetic_partners.kinds.device_logistics import DeviceLogistics
from ringback.synthetic_partners.kinds.e911_registry import E911Registry
from ringback.synthetic_partners.kinds.field_force import FieldForce
from ringback.synthetic_partners.kinds.mixtures import drawn
from ringback.synthetic_partners.kinds.number_portability import NumberPortability
from ringback.synthetic_partners.kinds.readers import ImeiRegistry
from ringback.synthetic_partners.kinds.sim_vendor import SimVendor
from ringback.synthetic_partners.kinds.street_guide import COLUMNS
from ringback.synthetic_partners.kinds.usage_reporters import Mediation
from ringback.synthetic_partners.sequences import PartnerMemory

NOW = datetime(2026, 1, 15, 12, 30, tzinfo=UTC)
HOUSE = {
    "function_code": "I", "npa": "617", "calling_number": "5550123", "house_number": "12", "street_name": "MAIN",
    "street_suffix": "ST", "community": "CAMBRIDGE", "state": "MA", "esn": "00139", "company_id_1": "9X01",
    "order_number": "0000000001", "zip": "02139", "general_use": "",
}  # fmt: skip
GUIDE = ["MAIN,ST,CAMBRIDGE,MA,1,99,O,00139,02139", "MAIN,ST,CAMBRIDGE,MA,2,98,E,00139,02139"]
JOB = {
    "work_order_id": "WO-00000001", "visit": "01", "version": "01", "action": "N", "appointment_id": "APP-0000001",
    "window_start": "20260115130000", "window_end": "20260115150000", "job": "INSTALL", "zip": "02139",
}  # fmt: skip


def settings(**options: object) -> PartnerSettings:
    """What an environment says of a partner."""
    return PartnerSettings("partner", "", 7, options)


def records_of(step: AnswerStep, request: Request, now: datetime = NOW) -> list[Mapping[str, str]]:
    """What a step of an answer writes."""
    return list(step.write(Moment(now, request, {})))


def nobody(_: Request) -> Behaviour | None:
    """No journey says anything."""
    return None


def judged(registry: E911Registry, memory: PartnerMemory, *changes: Mapping[str, str]) -> list[str]:
    """The codes of one file's records after each other, empty for what is posted."""
    found = []
    for number, change in enumerate(changes):
        file = FeedFile("e911soi", "", {"cycle_counter": str(number)}, {}, ({**HOUSE, **change},), ())
        (request,) = registry.requests("e911soi", file)
        do = registry.settled(request, nobody, memory)
        assert isinstance(do, dict)
        (step,) = registry.plan(request, "return", do["return"], memory)
        refused = records_of(step, request)
        found.append(refused[0]["general_use"] if refused else "")
    return found


@pytest.fixture
def guide(tmp_path: Path) -> str:
    """A street guide of one street, odd and even."""
    path = tmp_path / "guide.csv"
    path.write_text("\n".join([",".join(COLUMNS), *GUIDE]))
    return str(path)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, ""),
        ({"street_name": "ELM"}, "E01"),
        ({"community": "BOSTON"}, "E01"),
        ({"house_number": "100"}, "E02"),
        ({"house_number": "99"}, ""),
        ({"esn": "00115"}, "E07"),
        ({"company_id_1": "8Y02"}, "E08"),
        ({"house_number": "12A"}, "E09"),
        ({"function_code": "D", "street_name": "ELM"}, ""),
    ],
)
def test_a_record_is_judged_by_the_street_guide(guide: str, change: Mapping[str, str], code: str) -> None:
    """Street, range, zone, company and form each have their code; who goes away needs no place."""
    assert judged(E911Registry(settings(guide=guide)), PartnerMemory("server"), change) == [code]


def test_the_wrong_side_of_the_street_is_refused(tmp_path: Path) -> None:
    """Only odd houses are in the guide: E03."""
    path = tmp_path / "guide.csv"
    path.write_text("\n".join([",".join(COLUMNS), GUIDE[0]]))

    assert judged(E911Registry(settings(guide=str(path))), PartnerMemory("server"), {}) == ["E03"]


def test_the_books_know_what_is_there(guide: str) -> None:
    """A second insert is E04, a change of what was removed E05; afterwards it may be inserted again."""
    registry, memory = E911Registry(settings(guide=guide)), PartnerMemory("server")

    found = judged(registry, memory, {}, {}, {"function_code": "C"}, {"function_code": "D"}, {"function_code": "C"}, {})

    assert found == ["", "E04", "", "", "E05", ""]


def test_a_strict_registry_knows_nobody_at_first(guide: str) -> None:
    """With the option `strict` a number that was never heard of is E05; a usual registry is older than this."""
    change = {"function_code": "C"}

    assert judged(E911Registry(settings(guide=guide, strict=True)), PartnerMemory("server"), change) == ["E05"]
    assert judged(E911Registry(settings(guide=guide)), PartnerMemory("server"), change) == [""]


def test_a_guide_that_lacks_a_column_is_told(tmp_path: Path) -> None:
    """Before any record is judged by it."""
    path = tmp_path / "guide.csv"
    path.write_text("street_name\nMAIN\n")

    with pytest.raises(UsageError, match="has no column street_suffix"):
        E911Registry(settings(guide=str(path)))


def visits(*records: Mapping[str, str]) -> FeedFile:
    """A file of jobs."""
    return FeedFile("dispatch", "", {"sequence": "00001"}, {"count": "1"}, tuple(records), ())


def test_a_visit_waits_for_its_window_and_for_the_newest_version() -> None:
    """With `at: window` it is closed when the window ends; a version that was replaced by then is not."""
    force, memory = FieldForce(settings()), PartnerMemory("server")
    force.objections("dispatch", visits(JOB), memory)
    (request,) = force.requests("dispatch", visits(JOB))

    (step,) = force.plan(request, "done", {"at": "window"}, memory)

    assert step.not_before == datetime(2026, 1, 15, 15, 0, tzinfo=UTC)
    assert len(records_of(step, request)) == 1
    force.objections("dispatch", visits({**JOB, "version": "02"}), memory)
    assert records_of(step, request) == []


def test_an_older_version_and_an_unknown_withdrawal_are_objected_to() -> None:
    """R108 and R105; nobody drives to a job that is withdrawn."""
    force, memory = FieldForce(settings()), PartnerMemory("server")
    withdrawn = {**JOB, "action": "X", "version": "02"}

    unknown = force.objections("dispatch", visits(withdrawn), memory)
    known = force.objections("dispatch", visits({**JOB, "version": "03"}), memory)
    older = force.objections("dispatch", visits(JOB), memory)

    assert [problem.code for problem in (*unknown, *known, *older)] == ["R105", "R108"]
    (request,) = force.requests("dispatch", visits(withdrawn))
    assert force.settled(request, nobody, memory) == "no_answer"
    assert force.plan(request, "done", {}, memory) == ()


@pytest.mark.parametrize(
    ("effective", "code", "due"),
    [
        ("260115", "R01", "2026-01-20T11:00:00+00:00"),  # over a weekend and a holiday, six in the morning in the East
        ("260701", "R02", "2026-07-03T10:00:00+00:00"),  # summer time; a holiday on a Saturday is not kept on Friday
    ],
)
def test_a_return_is_due_two_banking_days_after_settlement(effective: str, code: str, due: str) -> None:
    """By the banks' calendar."""
    entry = {"trace_number": "091400600000001", "effective_entry_date": effective, "transaction_code": "27"}
    request = Request("debit", "1", {}, (entry,))

    (step,) = Bank(settings()).plan(request, "return", {"reason": code, "at": "due"}, PartnerMemory("server"))

    assert step.not_before is not None
    assert step.not_before.isoformat() == due


def test_a_complaint_may_come_within_sixty_days_on_a_banking_day() -> None:
    """R10 comes later than the usual returns, and never on a Sunday."""
    entry = {"trace_number": "091400600000001", "effective_entry_date": "260115", "transaction_code": "27"}
    request = Request("debit", "1", {}, (entry,))

    (step,) = Bank(settings()).plan(request, "return", {"reason": "R10", "at": "due"}, PartnerMemory("server"))

    assert step.not_before is not None
    assert datetime(2026, 1, 20, tzinfo=UTC) < step.not_before < datetime(2026, 3, 25, tzinfo=UTC)
    assert step.not_before.weekday() < 5


def test_two_batches_never_share_a_card() -> None:
    """A thousand batches, each with a range of its own."""
    vendor, memory, firsts = SimVendor(settings()), PartnerMemory("server"), []
    for number in range(1000):
        request = Request(INSTRUCTION, str(number), {"batch": (f"{number:010d}",)}, ())
        (step,) = vendor.plan(request, "deliver_batch", {"quantity": 1}, memory)
        firsts += [record["imsi"] for record in records_of(step, request)]

    assert len(set(firsts)) == 1000


def test_an_address_in_the_guide_has_its_zone_and_another_has_none() -> None:
    """What people type is found without accents and in capitals."""
    asked = {"request_id": "R1", "in_line1": "12 Main St", "in_city": "Cambridge", "in_state": "MA", "in_zip": "02139"}
    registry = AddressRegistry(settings())

    def answer(line: str) -> Mapping[str, str]:
        request = Request("address", "R1", {}, ({**asked, "in_line1": line},))
        (step,) = registry.plan(request, "deliverable", {}, PartnerMemory("server"))
        return records_of(step, request)[0]

    assert (answer("12 Main St")["msag_valid"], answer("12 Máin st")["esn"]) == ("Y", "00139")
    assert (answer("12 Nowhere St")["msag_valid"], answer("12 Nowhere St")["esn"]) == ("N", "")


def test_a_number_is_taken_over_when_we_say_yes_and_nobody_wants_otherwise() -> None:
    """C is broadcast; R is not, nor what the journey only asked about; an answer to nothing is R105."""
    house, memory = NumberPortability(settings(donors={"north-tel": "8Y02"})), PartnerMemory("server")
    request = Request(INSTRUCTION, "1", {"tn": ("6175550123",)}, ())
    (asked,) = house.plan(request, "port_out", {"to": "north-tel"}, memory)
    house.plan(request, "port_out", {"req_no": "CH01000000000042", "take_over": False}, memory)
    number = records_of(asked, request)[0]["req_no"]

    def done(req_no: str, response: str) -> object:
        said = {"req_no": req_no, "version": "01", "tn": "6175550123", "response_type": response}
        file = FeedFile("npresp", "", {}, {}, (said,), ())
        (answer,) = house.requests("npresp", file)
        return [problem.code for problem in house.objections("npresp", file, memory)] or house.settled(
            answer, nobody, memory
        )

    assert [done(number, "C"), done(number, "R"), done("CH01000000000042", "C")] == ["take_over", "leave", "leave"]
    assert done("CH01999999999999", "C") == ["R105"]


def test_a_cancelled_order_is_not_shipped() -> None:
    """The box stays in the warehouse, though a journey had told to ship it."""
    warehouse, memory = DeviceLogistics(settings()), PartnerMemory("server")
    line = {"po": "PO1", "order_id": "O1", "sku": "PHX-128", "qty": "1", "line": "1", "name": "Ann", "iccid": ""}
    (order,) = warehouse.requests("x12-850", FeedFile("x12-850", "", {}, {}, (line,), ()))
    (ship,) = warehouse.plan(order, "ship", {}, memory)
    before = len(records_of(ship, order))

    (cancelled,) = warehouse.requests("x12-860", FeedFile("x12-860", "", {}, {}, (line,), ()))
    warehouse.plan(cancelled, str(warehouse.settled(cancelled, nobody, memory)), {}, memory)

    assert (before, records_of(ship, order)) == (1, [])


def test_a_device_is_taken_off_the_list_once() -> None:
    """A removal of what is not on it is R105."""
    registry, memory = ImeiRegistry(settings()), PartnerMemory("server")

    def told(change: str) -> list[str]:
        file = FeedFile("imei-list", "", {}, {}, ({"imei": "49015420323751", "change": change, "reason": "0010"},), ())
        return [problem.code for problem in registry.objections("imei-list", file, memory)]

    assert [told("D"), told("I"), told("D"), told("D")] == [["R105"], [], [], ["R105"]]


def test_mediation_reports_the_lines_that_are_watched_every_hour() -> None:
    """None without lines, one file with them; the same hour has the same uses."""
    mediation, memory = Mediation(settings()), PartnerMemory("server")
    assert mediation.unsolicited("udr", NOW, memory) == ()

    line = {"imsi": ("310260000000001",), "msisdn": ("16175550123",)}
    mediation.plan(Request(INSTRUCTION, "1", line, ()), "watch", {}, memory)
    hours = [mediation.unsolicited("udr", NOW.replace(hour=hour), memory) for hour in range(24)]

    assert [len(files) for files in hours] == [1] * 24
    uses = [len(files[0].records) for files in hours]
    assert 24 < sum(uses) < 144
    assert hours[5] == mediation.unsolicited("udr", NOW.replace(hour=5), memory)


def test_an_outcome_is_drawn_by_its_share_alone() -> None:
    """Shares need not add up to a hundred, and one of nothing never comes."""
    found = {drawn({"often": 3, "never": 0, "seldom": 1}, 7, str(number)) for number in range(100)}

    assert found == {"often", "seldom"}
