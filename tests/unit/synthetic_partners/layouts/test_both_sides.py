"""The reference stack, the other side of the feeds, takes what our layouts write, and writes what they take."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest

from ringback.reference_stack.gateway.codecs.documents import OrderLine, PurchaseOrder, ShipTo
from ringback.reference_stack.gateway.codecs.model import FeedFile as TheirFile
from ringback.reference_stack.gateway.codecs.nacha import read_ach
from ringback.reference_stack.gateway.codecs.nena import read_locations, read_street_guide, write_locations
from ringback.reference_stack.gateway.codecs.sim_batch import read_sim_batch
from ringback.reference_stack.gateway.codecs.x12 import Group, Interchange, TransactionSet, read_x12, write_x12
from ringback.reference_stack.gateway.codecs.x12_changes import write_cancellation
from ringback.reference_stack.gateway.names import file_name, read_name
from ringback.reference_stack.gateway.payments import write_debits
from ringback.synthetic_partners.generate import generate_file
from ringback.synthetic_partners.layouts import built_in_layouts
from tests.unit.synthetic_partners.layouts.specimens import specimen

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
READERS: dict[str, Callable[[bytes], TheirFile]] = {
    "achret": lambda data: read_ach("ACHRET", data),
    "e911ret": lambda data: read_locations("E911RET", data),
    "e911soi": lambda data: read_locations("E911SOI", data),
    "msag": read_street_guide,
    "sim-out": lambda data: read_sim_batch(data)[0],
}
INBOUND = {"achret": "ACHRET", "e911ret": "E911RET", "msag": "MSAG", "sim-out": "SIMBATCH"}


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("rows", [1, 2, 6, 15])
def test_the_stack_takes_what_the_layout_writes(name: str, rows: int) -> None:
    """No problem, and the same values in every field that both sides name."""
    made = generate_file(built_in_layouts()[name], rows=rows, seed=rows)
    ours = built_in_layouts()[name].decode(made.content, made.name).records

    theirs = READERS[name](made.content)

    assert theirs.problems == ()
    assert len(theirs.records) == len(ours)
    for mine, read in zip(ours, theirs.records, strict=True):
        both = set(mine) & set(read.fields)
        assert both
        filled = {**mine, "iccid": mine.get("iccid", "").removesuffix("F")}
        assert {field: filled[field].strip() for field in both if mine[field]} == {
            field: read.fields[field] for field in both if mine[field]
        }


@pytest.mark.parametrize("name", INBOUND)
def test_the_stack_knows_the_names_of_our_files(name: str) -> None:
    """A name by the layout's convention is one of the feed for the gateway."""
    said = read_name(specimen(name, 0).file.name)

    assert said is not None
    assert said.feed == INBOUND[name]


def test_debits_of_the_stack_are_valid_and_written_alike() -> None:
    """An ACH file with two batches: the layout finds nothing wrong, and writes it again to the byte."""
    fields = {"routing": "231380104", "account_no": "00123", "account_id": "BA-1", "account_type": "checking"}
    fields |= {"amount": "10205", "name": "ZOE FINCH", "description": "PHONE BILL"}
    debits = [
        (7, {**fields, "sec": "PPD"}),
        (8, {**fields, "sec": "WEB", "account_type": "savings"}),
        (9, {**fields, "sec": "WEB"}),
    ]
    content, _ = write_debits(debits, "B", NOW)
    layout = built_in_layouts()["ach"]

    decoded = layout.decode(content, file_name("ACH", "RINGBACK", "FIRSTNAT", "20260115120000", 2))

    assert decoded.problems == ()
    assert [record["batch_number"] for record in decoded.records] == ["0000001", "0000002", "0000002"]
    assert [record["trace_number"][-2:] for record in decoded.records] == ["07", "08", "09"]
    assert layout.encode(decoded.header, decoded.records) == content


def test_emergency_records_of_the_stack_are_valid_and_written_alike() -> None:
    """A service-order file of 512-byte records is read without a problem, and written again to the byte."""
    record = {"function_code": "I", "npa": "617", "calling_number": "5550117", "house_number": "12"}
    record |= {"street_name": "MAIN", "street_suffix": "ST", "community": "ST. MARY'S", "state": "MA", "zip": "02139"}
    record |= {"customer_name": "FINCH, ZOE", "class_of_service": "1", "type_of_service": "0", "esn": "123"}
    record |= {"order_number": "PO-1", "company_id_1": "9X01", "source_id": "C"}
    content = write_locations(
        "RINGBACK", 7, NOW, [record, {**record, "calling_number": "5550118", "location": "APT 7"}]
    )
    layout = built_in_layouts()["e911soi"]

    decoded = layout.decode(content, file_name("E911SOI", "9X01", "ALIDB", "20260115120000", 7))

    assert decoded.problems == ()
    assert [one["esn"] for one in decoded.records] == ["00123", "00123"]
    assert layout.encode(decoded.header, decoded.records) == content


def test_a_return_file_is_made_of_the_records_of_our_file() -> None:
    """The header of the file that it answers, the refused record, its error code: the stack reads it as such."""
    sent = specimen("e911soi", 0)
    refused = {**sent.decoded.records[1], "general_use": "E06"}
    layout = built_in_layouts()["e911ret"]
    parts = sent.layout.names.read(sent.file.name) or {}

    content = layout.encode(sent.decoded.header, [refused])
    read = read_locations("E911RET", content)

    assert layout.file_name({**sent.decoded.header, **parts}) == sent.file.name.replace(".dat", ".err")
    assert read.problems == ()
    assert read.records[0].fields["general_use"] == "E06"
    assert content.split(b"\r\n")[1][:275] == sent.file.content.split(b"\r\n")[2][:275]


def test_a_change_order_of_the_stack_is_valid_and_written_alike() -> None:
    """The cancellation of a purchase order is read line by line, and written again to the byte."""
    lines = (OrderLine("1", "PHX-128", 1, "799.00", ()), OrderLine("2", "PHX-256", 2, "899.00", ()))
    order = PurchaseOrder("PO1", "20260115", "ORD1", ShipTo("A", "B", "C", "MA", "02139"), lines)
    whole = TransactionSet("860", "0001", write_cancellation(order))
    content = write_x12(Interchange("RINGBACK", "DEVLOG", NOW, "000000007", "P", (Group("PC", "7", (whole,)),)))
    layout = built_in_layouts()["x12-860"]

    decoded = layout.decode(content, file_name("860", "RINGBACK", "DEVLOG", "", 7))

    assert decoded.problems == ()
    assert [(one["po"], one["change"], one["qty"], one["qty_left"]) for one in decoded.records] == [
        ("PO1", "DI", "1", "0"),
        ("PO1", "DI", "2", "0"),
    ]
    assert layout.encode(decoded.header, decoded.records) == content
    assert read_x12(specimen("x12-860", 0).file.content).problems == ()


def other_digit(at: int, line: int) -> Callable[[bytes], bytes]:
    """One digit of a line changed to the next one."""

    def change(content: bytes) -> bytes:
        lines = content.splitlines(keepends=True)
        digit = bytes([0x30 + (lines[line][at] - 0x2F) % 10])
        lines[line] = lines[line][:at] + digit + lines[line][at + 1 :]
        return b"".join(lines)

    return change


def replaced(old: bytes, new: bytes, count: int = 1) -> Callable[[bytes], bytes]:
    """Bytes that are there, changed."""

    def change(content: bytes) -> bytes:
        assert old in content
        return content.replace(old, new, count)

    return change


BROKEN: Sequence[tuple[str, str, Callable[[bytes], bytes], str]] = [
    ("achret", "hash", other_digit(30, 9), "G005"),
    ("achret", "debits", other_digit(42, 9), "G005"),
    ("achret", "entries", other_digit(20, 9), "G004"),
    ("achret", "batches", other_digit(6, 9), "G004"),
    ("achret", "blocks", other_digit(12, 9), "G004"),
    ("achret", "length", replaced(b"\n", b" \n"), "G011"),
    ("achret", "letter", replaced(b"RINGBACK", b"RINGB\xc4CK"), "G010"),
    ("achret", "file control", lambda content: b"".join(content.splitlines(keepends=True)[:-1]), "G003"),
    ("e911ret", "count", other_digit(69, -1), "G004"),
    ("e911ret", "trailer", lambda content: b"".join(content.splitlines(keepends=True)[:-1]), "G003"),
    ("e911ret", "line ends", lambda content: content.replace(b"\r\n", b"\n"), "G013"),
    ("e911ret", "version", replaced(b"2202601", b"3202601"), "G018"),
    ("e911ret", "length", replaced(b"*\r\n", b" *\r\n"), "G011"),
    ("msag", "parity", lambda content: content[:122] + b"Q" + content[123:], "R104"),
    ("msag", "day", replaced(b"20260115*", b"20260231*"), "R109"),
    ("msag", "two ways of one day", replaced(b"011526", b"011626"), "R102"),
    ("msag", "esn", lambda content: content[:123] + b"     " + content[128:], "R101"),
    ("sim-out", "quantity", replaced(b"Quantity : 3", b"Quantity : 4"), "G004"),
    ("sim-out", "columns", replaced(b"/ACC\n", b"\n"), "G012"),
    ("sim-out", "unknown column", replaced(b"/EKI/", b"/KI/"), "G012"),
    ("sim-out", "no columns", lambda content: content[: content.index(b"var_out")], "G003"),
]


@pytest.mark.parametrize(("name", "what", "change", "code"), BROKEN)
def test_both_sides_say_the_same_of_a_broken_file(
    name: str, what: str, change: Callable[[bytes], bytes], code: str
) -> None:
    """What breaks a file for us breaks it for the stack, by the same code (to it a version is part of a header)."""
    one = specimen(name, 0)
    broken = change(one.file.content)

    ours = {problem.code for problem in one.layout.decode(broken, "").problems}
    theirs = {problem.code for problem in READERS[name](broken).problems}

    assert code in ours
    assert ({"G002"} if code == "G018" else {code}) <= theirs


def test_keys_of_cards_are_in_no_message() -> None:
    """Whatever is wrong with a card, no PIN and no key of it is told."""
    one = specimen("sim-out", 0)
    record = one.decoded.records[0]
    secrets = [record[name] for name in ("pin1", "puk1", "pin2", "puk2", "adm1", "eki", "opc")]
    line = next(text for text in one.texts if record["eki"] in text)
    content = one.file.content.decode("ascii")

    for wrong in (f"{line} {record['eki']}", line.replace(" ", ":"), line.lower(), line[:-5], f"X{line}"):
        decoded = one.layout.decode(content.replace(line, wrong).encode("ascii"), one.file.name)

        assert decoded.problems != ()
        told = " ".join(problem.message for problem in decoded.problems).upper()
        assert [secret for secret in secrets if len(secret) > 4 and secret in told] == []


def test_a_batch_as_a_vendor_writes_it_is_valid() -> None:
    """Other stars, a title without DESCRIPTION, keys in another order, capitals: the same batch for both sides."""
    one = specimen("sim-out", 0)
    text = one.file.content.decode("ascii").replace("*" * 40, "*****")
    text = text.replace("*INPUT VARIABLES DESCRIPTION", "*INPUT VARIABLES").replace("var_out:", "VAR_OUT:")
    key = next(line for line in text.splitlines() if line.startswith("Transport Key"))
    text = text.replace(f"{key}\n", "").replace("Customer :", f"{key}\nCustomer :")

    decoded = one.layout.decode(text.encode("ascii"), one.file.name)

    assert decoded.problems == read_sim_batch(text.encode("ascii"))[0].problems == ()
    assert (decoded.header, decoded.records) == (one.decoded.header, one.decoded.records)
