"""Two codecs that share nothing agree: the partner gateway of the reference stack, and the layouts of the partners."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from ringback.reference_stack.gateway.codecs.address import read_answers, write_requests
from ringback.reference_stack.gateway.codecs.imei import write_imei_list
from ringback.reference_stack.gateway.codecs.model import FeedHeader, FeedProblem, FeedRecord, Severity
from ringback.reference_stack.gateway.codecs.ndjson import read_ndjson, write_ndjson
from ringback.reference_stack.gateway.codecs.pipe import read_pipe, write_pipe
from ringback.reference_stack.gateway.codecs.udr import UsageHeader, read_udr, write_rap, write_udr
from ringback.reference_stack.gateway.names import file_name, read_name
from ringback.reference_stack.gateway.preparation import prepare
from ringback.reference_stack.gateway.wholesale.progress import Standing, cleaned, envelope_faults, progress
from ringback.reference_stack.systems.exports import COLUMNS
from ringback.synthetic_partners.generate import GeneratedFile, generate_file
from ringback.synthetic_partners.layout import FeedLayout
from ringback.synthetic_partners.layouts import built_in_layouts

CREATED = "20260115120000"
NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
ADDRESS = {"request_id": "AV-1", "in_line1": 'Rue "Zoé", 5', "in_city": "Cañon", "in_state": "NM", "in_zip": "02139"}
USE = {
    "record_id": "0000000001", "record_type": "GPRS", "imsi": "310260000000012", "msisdn": "12125550117",
    "event_start": "20260115063000", "utc_offset": "-0500", "apn": "internet", "bytes_up": "17", "bytes_down": "4711",
    "serving_network": "GBRNT", "charge": "120", "tax": "0", "charging_id": "A17", "close_cause": "16",
}  # fmt: skip
CLOSE = {
    "close_id": "CL-0000001", "work_order_id": "WO-1", "visit": "02", "appointment_id": "AP-1", "technician": "T7",
    "close_code": "DONE", "started_at": "20260115100000", "ended_at": "20260115110000", "ont_serial": "ALCL0012AB34",
    "signal_dbm": "-18.25", "signature": "Y",
}  # fmt: skip
ORDER = {
    "id": "WHO-1-2", "sequenceNumber": 2, "issuedOn": "2026-01-15T12:00:00.000Z", "action": "CANCEL",
    "entityType": "MODIFY_ORDER",
    "entity": {
        "orderType": "NEW", "id": "WHO-1", "supplier": "ACCESSCO", "status": "ACKNOWLEDGED",
        "address": {"id": "ADR-1", "type": "ADDRESS_ID", "street": "5 Calle Mayor", "city": "Cañon"},
        "serviceOrderItem": {
            "serviceSpecification": {"id": "ACCESS-LINE"},
            "serviceCharacteristics": [{"name": "downMbps", "value": None}, {"name": "upMbps", "value": 50}],
        },
        "created": "2026-01-14T12:00:00.000Z",
    },
}  # fmt: skip

EARLIER = {
    **USE,
    "record_id": "0000000002",
    "charging_id": "A18",
    "event_start": "20260115112959",  # one second before the other, though its clock shows five hours more
    "utc_offset": "+0000",
}


def header(feed: str, version: str, sender: str, receiver: str) -> FeedHeader:
    """What the stack says of a file."""
    return FeedHeader(feed, version, sender, receiver, CREATED, 7, "P")


def blocked(imei: str, reason: str) -> dict[str, str]:
    """A change of the block list as the stack prepares it."""
    return {name: str(value) for name, value in prepare("IMEI", {"imei": imei, "reason": reason}, NOW).fields.items()}


def customers() -> bytes:
    """The customer file as the stack writes it."""
    text = io.StringIO()
    person = ["C1", "Müller, Zoë", "Zoë", "Müller", "consumer", "active", "z@example.com", "", f"{NOW:%FT%TZ}"]
    csv.writer(text, lineterminator="\n").writerows([COLUMNS, person])
    return text.getvalue().encode() + b"#TRAILER,1\n"


PROBLEMS = (
    FeedProblem("G005", Severity.FILE, 5, "the trailer's sum of charges is 7, the records give 8"),
    FeedProblem("R102", Severity.RECORD, 3, "imsi 'x' is not 15 digits", "ab" * 32, "imsi"),
)
WRITTEN: dict[str, tuple[str, Callable[[], bytes]]] = {
    "avreq": ("AVREQ", lambda: write_requests([ADDRESS])),
    "customer-export": ("CUSTEXP", customers),
    "imei-list": (
        "IMEI",
        lambda: write_imei_list(
            header("IMEI", "", "RINGBACK", "IMEIDB"),
            [blocked("490154203237518", "stolen"), blocked("354901001280479", "found")],
        ),
    ),
    "wholesale-order": ("WSORDER", lambda: write_ndjson([json.loads(json.dumps(ORDER, sort_keys=True))])),
    "kcirsp": (
        "KCIRSP",
        lambda: write_ndjson([{"code": "R105", "messageId": "m1", "result": "REJECTED", "text": "no order ñ"}]),
    ),
    "rap": ("RC", lambda: write_rap(header("RC", "0100", "USARB", "GBRNT"), "CDGBRNTUSARB00001", PROBLEMS)),
    "udr": (
        "UDR",
        lambda: write_udr(
            header("UDR", "0312", "GBRNT", "USARB"), UsageHeader("USD", 2, 0, ""), [USE, EARLIER]
        ),
    ),
    "wfmclose": ("WFMCLOSE", lambda: write_pipe(header("WFMCLOSE", "0100", "FIELD01", "RINGBACK"), [CLOSE])),
}  # fmt: skip
PARTIES = {"RC": ("USARB", "GBRNT"), "IMEI": ("RINGBACK", "IMEIDB"), "WFMCLOSE": ("FIELD01", "RINGBACK")}


def layout_of(name: str) -> FeedLayout:
    """A built-in layout."""
    return built_in_layouts()[name]


@pytest.mark.parametrize("name", WRITTEN)
def test_a_file_of_the_stack_is_valid_for_the_partner_to_the_byte(name: str) -> None:
    """Its layout reports nothing, and writing what was read gives the same bytes."""
    feed, write = WRITTEN[name]
    layout, content = layout_of(name), write()
    sender, receiver = PARTIES.get(feed, ("RINGBACK", "PARTNER"))
    named = "CDGBRNTUSARB00007" if feed == "UDR" else file_name(feed, sender, receiver, CREATED, 7)

    decoded = layout.decode(content, named)

    assert decoded.problems == ()
    assert decoded.records
    if name != "wholesale-order":  # a null is not written again
        assert layout.encode(decoded.header, decoded.records) == content


def test_a_null_and_every_element_of_a_list_are_read() -> None:
    """An absent speed is an empty text; the second characteristic has its own name."""
    decoded = layout_of("wholesale-order").decode(WRITTEN["wholesale-order"][1](), "")

    (record,) = decoded.records
    characteristics = "entity.serviceOrderItem.serviceCharacteristics"
    assert record[f"{characteristics}.0.value"] == ""
    assert record[f"{characteristics}.1.name"] == "upMbps"
    assert record[f"{characteristics}.1.value"] == "50"


def made(name: str, seed: int) -> GeneratedFile:
    """A valid file of five records."""
    return generate_file(layout_of(name), rows=5, seed=seed)


READERS: dict[str, Callable[[bytes], tuple[tuple[FeedRecord, ...], tuple[FeedProblem, ...]]]] = {
    "avrsp": lambda data: ((read := read_answers(data)).records, read.problems),
    "udr": lambda data: ((read := read_udr(data).file).records, read.problems),
    "wfmclose": lambda data: ((read := read_pipe("WFMCLOSE", data)).records, read.problems),
}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", READERS)
def test_a_file_of_the_partner_is_valid_for_the_stack(name: str, seed: int) -> None:
    """Its codec reports nothing, reads the same values, and knows the name."""
    file = made(name, seed)
    ours = layout_of(name).decode(file.content, file.name).records

    records, problems = READERS[name](file.content)

    assert problems == ()
    assert len(records) == len(ours) == 5
    for theirs, our in zip(records, ours, strict=True):
        assert {field: our[field] for field in theirs.fields} == dict(theirs.fields)
    assert read_name(file.name if name != "udr" else "CDUSARBUSARB00001") is not None


@pytest.mark.parametrize("seed", range(5))
def test_a_progress_message_of_the_partner_is_understood_by_the_stack(seed: int) -> None:
    """The envelope is right, and the message moves an order on."""
    file = made("kci", seed)

    lines, problems = read_ndjson(file.content)

    assert problems == ()
    assert read_name(file.name) is not None
    for line in lines:
        assert line.problem is None
        assert list(envelope_faults(line.document)) == []
        assert progress(Standing("SENT_TO_SUPPLIER"), cleaned(dict(line.document))).standing.status


def change(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    """A change of bytes that must be possible."""

    def changed(content: bytes) -> bytes:
        assert old in content, content
        return content.replace(old, new, 1)

    return changed


DAMAGED = [
    ("avrsp", lambda content: b"\xef\xbb\xbf" + content, "G010"),
    ("avrsp", change(b",FTTP,", b",FTT\xf1,"), "G010"),
    ("avrsp", change(b",esn,", b",ens,"), "G012"),
    ("avrsp", change(b"\r\n", b"\n"), "G013"),
    ("avrsp", lambda content: content[:-20], "G003"),
    ("avrsp", change(b"#TRAILER,5", b"#TRAILER,6"), "G004"),
    ("avrsp", change(b",Y,AABB,", b",Y,AACC,"), "R102"),
    ("avrsp", change(b",Y,AABB,", b",,AABB,"), "R102"),
    ("avrsp", change(b",FTTP,", b",FTTX,"), "R104"),
    ("avrsp", change(b",E,", b",,"), "R101"),
    ("avrsp", change(b",2026-01-", b",2026-13-"), "R109"),
    ("avrsp", change(b"Z\r\n", b"\r\n"), "R102"),
    ("avrsp", change(b",PASSED,", b",PASSED,more,"), "R102"),
    ("udr", change(b"H|UDR|0312", b"H|UDR|0311"), "G018"),
    ("udr", change(b"|C|", b"||"), "G002"),
    ("udr", change(b"\nT|5|", b"\nT|6|"), "G004"),
    ("udr", change(b"|0\n", b"|9\n"), "G005"),
    ("udr", lambda content: content[: content.index(b"\nT|") + 1], "G003"),
    ("udr", change(b"|+0000|", b"||"), "R101"),
    ("udr", change(b"|+0000|", b"|+9900|"), "R102"),
    ("udr", change(b"|20260115", b"|20250115"), "R109"),
    ("udr", change(b"|20260115", b"|20260231"), "R109"),
    ("udr", change(b"0000000002", b"0000000001"), "R106"),
    ("wfmclose", change(b"|DONE|", b"|GONE|"), "R104"),
    ("wfmclose", change(b"\nT|000005", b"\nT|000004"), "G004"),
]


@pytest.mark.parametrize(("name", "damage", "code"), DAMAGED)
def test_both_sides_give_the_same_code(name: str, damage: Callable[[bytes], bytes], code: str) -> None:
    """A damaged file is refused by the stack and by the layout for the same reason."""
    if name == "udr" and code == "R109":
        damage = _in_a_record(damage)
    content = damage(made(name, 3).content)

    theirs = {problem.code for problem in READERS[name](content)[1]}
    ours = {problem.code for problem in layout_of(name).decode(content, "").problems}

    assert code in theirs
    assert code in ours or (code == "G002" and ours & {"G002", "G018"})


def _in_a_record(damage: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """The change behind the first line, which has times of its own."""
    return lambda content: content[: (end := content.index(b"\n"))] + damage(content[end:])
