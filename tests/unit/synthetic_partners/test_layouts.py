"""The built-in layouts: golden bytes, round trips, one mutation per rule, and whatever bytes may come."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringback.synthetic_partners.generate import GeneratedFile, generate_file
from ringback.synthetic_partners.layout import FeedLayout
from ringback.synthetic_partners.layouts import built_in_layouts
from ringback.synthetic_partners.problems import MEANINGS

GOLDEN = Path(__file__).parents[2] / "golden" / "feeds"
NAMES = sorted(built_in_layouts())


def layout_of(name: str) -> FeedLayout:
    """A built-in layout."""
    return built_in_layouts()[name]


def made(name: str, rows: int = 2, seed: int = 7) -> GeneratedFile:
    """A valid file."""
    return generate_file(layout_of(name), rows=rows, seed=seed)


@pytest.mark.parametrize("name", NAMES)
def test_a_small_file_is_the_golden_one_to_the_byte(name: str) -> None:
    """Name and bytes of two records with seed 7 are those in the golden folder."""
    file = made(name)
    (golden,) = (GOLDEN / name).iterdir()

    assert (golden.name, golden.read_bytes()) == (file.name, file.content)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", range(20))
def test_generated_files_are_valid_and_come_back_as_they_were(name: str, seed: int) -> None:
    """Decoding reports nothing, and writing what was decoded gives the same bytes."""
    layout, file = layout_of(name), made(name, rows=1 + seed % 4, seed=seed)

    decoded = layout.decode(file.content, file.name)

    assert decoded.problems == ()
    assert layout.encode(decoded.header, decoded.records) == file.content
    assert made(name, rows=1 + seed % 4, seed=seed) == file


def changed(old: bytes, new: bytes, count: int = 1) -> Callable[[bytes], bytes]:
    """A change of bytes that must be possible."""

    def change(content: bytes) -> bytes:
        assert old in content, content
        return content.replace(old, new, count)

    return change


MUTATIONS = [
    ("nport", changed(b"H|NPORT", b"X|NPORT"), "G002", 1),
    ("nport", changed(b"|0100|", b"|0200|"), "G018", 1),
    ("nport", changed(b"|P\n", b"|Q\n"), "G002", 1),
    ("nport", changed(b"|00001|P\n", b"|00002|P\n"), "G001", 1),
    ("nport", changed(b"D|000002", b"D|000003"), "R102", 3),
    ("nport", changed(b"D|000001|9X01", b"D|000001|9X02"), "R102", 2),
    ("nport", changed(b"|01|N|", b"|01|Q|"), "R104", 2),
    ("nport", changed(b"|N|20260115", b"|N|20260231"), "R109", 2),
    ("nport", changed(b"|N|20260115", b"|N|20260215"), "R109", 2),
    ("nport", changed(b"|20260116", b"|20260216"), "R109", 2),
    ("nport", changed(b"|00001|00", b"|00002|00"), "R102", 2),
    ("nport", changed(b"T|000002", b"T|000003"), "G004", 4),
    ("nport", changed(b"T|000002|0", b"T|000002|1"), "G005", 4),
    ("npresp", changed(b"T|000002|0", b"T|000002|1"), "G005", 4),
    ("npsv", changed(b"|NPAC|", b"|OTHR|"), "G009", 1),
    ("npsv", changed(b"T|000002", b"T|000001"), "G004", 4),
    ("bdd", changed(b"\r", b"\n"), "G013", 1),
    ("bdd", changed(b"|9X01|", b"|9x01|"), "R102", 1),
    ("bdd", changed(b"|||||||||||\r", b"||||||||||\r", 2), "G012", 1),
    ("crdq", changed(b"*\nD", b"* \nD"), "G011", 1),
    ("crdq", changed(b"*\nD", b"X\nD"), "G011", 1),
    ("crdq", changed(b"D000001", b"D00001 "), "R102", 2),
    ("crdq", changed(b"T000000002", b"T000000003"), "G004", 4),
    ("crdr", changed(b"T000000002", b"T000000001"), "G004", 4),
    ("x12-850", changed(b"ISA*00*", b"ISA*00"), "G002", 1),
    ("x12-850", changed(b"*00401*", b"*00501*"), "G018", 1),
    ("x12-850", changed(b"*004010~", b"*005010~"), "G018", 2),
    ("x12-850", changed(b"\nSE*", b"\nSE*9"), "G004", 14),
    ("x12-850", changed(b"SE*12*0001", b"SE*12*0002"), "G005", 14),
    ("x12-850", changed(b"GE*1*", b"GE*2*"), "G004", 15),
    ("x12-850", changed(b"GE*1*", b"GE*1*9"), "G005", 15),
    ("x12-850", changed(b"IEA*1*", b"IEA*2*"), "G004", 16),
    ("x12-850", changed(b"IEA*1*", b"IEA*1*9"), "G005", 16),
    ("x12-850", changed(b"CTT*2*", b"CTT*3*"), "G004", 13),
    ("x12-850", changed(b"CTT*2*2", b"CTT*2*3"), "G005", 13),
    ("x12-850", changed(b"BEG*00", b"BEG*05"), "R102", 4),
    ("x12-850", changed(b"N3*", b"N9*"), "R102", 7),
    ("x12-850", changed(b"*US~", b"*CA~"), "R102", 8),
    ("x12-850", changed(b"*ICCID~", b"*ICCI~"), "R102", 10),
    ("x12-856", changed(b"HL*2*1*O", b"HL*2*9*O"), "R102", 12),
    ("x12-856", changed(b"HL*4*3*I", b"HL*5*3*I"), "R102", 16),
    ("x12-856", changed(b"SN1*1*1*EA", b"SN1*1*2*EA"), "R102", 16),
    ("x12-856", changed(b"*IMEI~", b"*MEID~"), "R101", 20),
    ("x12-856", changed(b"CTT*", b"CTT*9"), "G004", -1),
    ("x12-214", changed(b"AT7*D1", b"AT7*ZZ"), "R104", 7),
    ("x12-214", changed(b"REF*PO*", b"REF*QQ*"), "R101", -1),
    ("x12-997", changed(b"AK5*A", b"AK5*X"), "R104", -1),
    ("x12-997", changed(b"AK5*A", b"AK5*R"), "R101", -1),
]


@pytest.mark.parametrize(("name", "change", "code", "line"), MUTATIONS)
def test_each_rule_speaks_when_it_is_broken(name: str, change: Callable[[bytes], bytes], code: str, line: int) -> None:
    """One changed byte or field in a valid file is reported with its code at its line."""
    file = made(name)

    decoded = layout_of(name).decode(change(file.content), file.name)

    found = [(problem.code, problem.line) for problem in decoded.problems]
    assert code in MEANINGS
    assert any(code == one and line in (-1, place) for one, place in found), found


RULES_OF_CRDR = [
    ({"decision": "N", "score": "720"}, "score"),
    ({"decision": "A", "score": "299"}, "score"),
    ({"decision": "D", "device_limit": "1"}, "device_limit"),
    ({"decision": "A", "deposit": "1"}, "deposit"),
    ({"decision": "P", "deposit": "0"}, "deposit"),
    ({"decision": "D", "reason_codes": ""}, "reason_codes"),
    ({"valid_until": "20260213"}, "valid_until"),
    ({"last_name": "Baker"}, "last_name"),
    ({"decision": "X"}, "decision"),
]


@pytest.mark.parametrize(("change", "field"), RULES_OF_CRDR)
def test_a_credit_decision_obeys_the_rules_between_its_fields(change: dict[str, str], field: str) -> None:
    """Score, limit, deposit, reasons and validity go with the decision."""
    layout = layout_of("crdr")
    good = {
        "request_id": "R1", "customer_id": "C1", "decision": "A", "score": "720", "credit_class": "A2",
        "max_lines": "5", "device_limit": "0", "deposit": "0", "decided_ts": "20260115120000",
        "valid_until": "20260214", "bureau_ref": "B1", "reason_codes": "01", "id_last4": "0042", "last_name": "BAKER",
    }  # fmt: skip
    header = {
        "sender": "BUREAU01",
        "receiver": "RINGBACK",
        "created_ts": "20260115120000",
        "sequence": "1",
        "mode": "P",
    }

    untouched = layout.decode(layout.encode(header, [good]), "")
    broken = layout.decode(layout.encode(header, [{**good, **change}]), "")

    assert untouched.problems == ()
    assert [problem.field for problem in broken.problems] == [field]


def test_leading_zeros_stay_and_padding_goes() -> None:
    """Values are text: zeros in front are kept, spaces that only fill a field are not."""
    layout = layout_of("crdq")
    file = made("crdq")

    record = layout.decode(file.content, file.name).records[0]

    assert record["line_no"] == "000001"
    assert record["last_name"] == record["last_name"].strip() != ""
    assert record["filler"] == ""


def test_a_bulk_download_may_leave_out_the_fields_of_other_regions() -> None:
    """Rows of 18 fields are as good as rows of all 29; any other number is not."""
    layout = layout_of("bdd")
    row = b"5330900001|6175550117|5125550000|9X01|20260115120000||||||||||||0|0\r"

    short, odd = layout.decode(row, ""), layout.decode(row.replace(b"\r", b"|\r"), "")

    assert short.problems == ()
    assert short.records[0]["sv_type"] == ""
    assert [problem.code for problem in odd.problems] == ["G012"]


def test_the_isa_segment_has_exactly_106_characters() -> None:
    """An interchange starts with ISA of fixed width, whatever the names."""
    content = layout_of("x12-850").encode(
        {"sender": "A", "receiver": "B" * 15, "created": "20260115120000", "control": "7"}, [{"po": "1", "qty": "1"}]
    )

    assert content[:4] == b"ISA*"
    assert content[105:107] == b"~\n"
    assert content.split(b"~")[0].endswith(b"*000000007*0*P*>")


def test_units_of_one_line_keep_their_numbers_together() -> None:
    """A line of two devices has two IMEIs and two ICCIDs, written pair by pair."""
    layout = layout_of("x12-856")
    header = {"sender": "DEVLOG", "receiver": "RINGBACK", "created": "20260115120000", "control": "7"}
    shared = made("x12-856", rows=1)
    record = dict(layout.decode(shared.content, shared.name).records[0])
    record |= {
        "qty": "2",
        "imei": "490154203237518 354901001280479",
        "iccid": "8901000000000000019 8965030119110000013",
    }

    decoded = layout.decode(layout.encode(header, [record]), "856_DEVLOG_RINGBACK_000000007.x12")

    assert decoded.problems == ()
    assert (record["imei"], record["iccid"]) == (decoded.records[0]["imei"], decoded.records[0]["iccid"])


def test_a_segment_that_does_not_belong_is_the_only_problem() -> None:
    """A stranger in the first of two lines hides neither the second line nor the totals."""
    file = made("x12-850")

    decoded = layout_of("x12-850").decode(file.content.replace(b"*ICCID~", b"*ICCI~", 1), file.name)

    assert [(problem.line, problem.code) for problem in decoded.problems] == [(10, "R102")]
    assert [record["line"] for record in decoded.records] == ["1", "2"]


def test_secret_values_are_not_in_messages() -> None:
    """A wrong PIN is reported without the PIN."""
    layout = layout_of("nport")
    file = made("nport")
    record = layout.decode(file.content, file.name).records[0]

    broken = file.content.replace(f"|{record['pin']}|".encode(), b"|0042-and-much-too-long|")

    (problem,) = layout.decode(broken, file.name).problems
    assert (problem.field, problem.code) == ("pin", "R102")
    assert "0042" not in problem.message


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=400))
def test_any_bytes_are_judged_and_never_raise(name: str, content: bytes) -> None:
    """Random bytes are no valid file, and no reason to fall over."""
    decoded = layout_of(name).decode(content, "odd name")

    assert decoded.problems


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_valid_file_with_damaged_bytes_never_raises(name: str, data: st.DataObject) -> None:
    """Bytes changed, doubled or lost anywhere in a valid file are judged."""
    file = made(name)
    content = bytearray(file.content)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
        content = content or bytearray(b"x")

    layout_of(name).decode(bytes(content), file.name)


def test_a_file_of_many_bad_lines_is_reported_up_to_a_bound() -> None:
    """Ten thousand bad records make a report somebody can read, which says how many are left out."""
    lines = b"".join(b"D|%06d|x\n" % number for number in range(10_000))

    problems = layout_of("nport").decode(b"H|NPORT\n" + lines, "").problems

    assert len(problems) == 1001
    assert "more problems" in problems[-1].message


def test_a_very_long_line_is_one_problem() -> None:
    """A line of a million characters is not judged field by field."""
    problems = layout_of("nport").decode(b"H|" + b"9" * 1_000_000 + b"\n", "").problems

    assert [problem.code for problem in problems] == ["G002", "G003"]
