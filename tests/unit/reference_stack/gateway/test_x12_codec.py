"""X12 850, 855, 856, 214 and 997: envelopes to the character, documents and back, and what is wrong with a bad one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ringback.reference_stack.gateway.codecs.documents import (
    AnsweredLine,
    DeliveryStatus,
    OrderAnswer,
    OrderLine,
    PurchaseOrder,
    ShipNotice,
    ShippedItem,
    ShippedOrder,
    ShipTo,
)
from ringback.reference_stack.gateway.codecs.x12 import Group, Interchange, Segment, TransactionSet, read_x12, write_x12
from ringback.reference_stack.gateway.codecs.x12_answers import answer_to, read_functional, write_functional
from ringback.reference_stack.gateway.codecs.x12_orders import read_answer, read_order, write_answer, write_order
from ringback.reference_stack.gateway.codecs.x12_shipping import read_notice, read_status, write_notice, write_status

ICCID = "8901000000000000019"
IMEI = "354901000000019"
ORDER = PurchaseOrder(
    "PUR-1",
    "20261101",
    "PO-1",
    ShipTo("Ada Finch", "12 Elm Street", "Cambridge", "MA", "02139"),
    (OrderLine("1", "PHX-128", 1, "720.00", (ICCID,)),),
)
NOTICE = ShipNotice(
    *("00", "ASN-1", "20261101", "1210", 1, "UPSN", "1Z999", "20261101", "20261103"),
    (ShippedOrder("PUR-1", "000123456789012347", (ShippedItem("1", "PHX-128", 1, (IMEI,), (ICCID,)),)),),
)
STATUS = DeliveryStatus("PUR-1", "REF-1", "UPSN", "D1", "NS", "20261103", "1410")


def interchange(identifier: str, functional_id: str, segments: tuple[Segment, ...]) -> Interchange:
    """An interchange with one set."""
    group = Group(functional_id, "1", (TransactionSet(identifier, "0001", segments),))
    return Interchange("DEVLOG", "RINGBACK", datetime(2026, 11, 1, 12, 5, tzinfo=UTC), "000000001", "P", (group,))


def notice_bytes() -> bytes:
    """A ship notice in its envelopes."""
    return write_x12(interchange("856", "SH", write_notice(NOTICE)))


def test_the_envelope_is_written_to_the_character() -> None:
    """The ISA has 106 characters with the delimiters at their fixed places, and all counts agree."""
    data = notice_bytes()

    first = data.split(b"\n")[0]
    assert (len(first), first[3:4], first[104:106], first[82:83]) == (106, b"*", b">~", b"U")
    assert data.splitlines()[-3:] == [b"SE*19*0001~", b"GE*1*1~", b"IEA*1*000000001~"]


def test_an_interchange_comes_back_as_it_was_written() -> None:
    """Reading what was written gives the same interchange, apart from the places of its sets."""
    written = interchange("850", "PO", write_order(ORDER))

    read = read_x12(write_x12(written))

    group = read.interchange.groups[0] if read.interchange else None
    assert read.problems == ()
    assert group is not None
    assert (group.control, group.sets[0].segments) == ("1", written.groups[0].sets[0].segments)


def test_documents_come_back_as_they_were_written() -> None:
    """Order, answer, ship notice and delivery status survive the way through segments."""
    answer = OrderAnswer("PUR-1", "AD", "20261101", "S-1", (AnsweredLine("1", "PHX-128", "IA", 1, "068", "20261102"),))

    assert read_order(write_order(ORDER)) == (ORDER, ())
    assert read_answer(write_answer(answer)) == (answer, ())
    assert read_notice(write_notice(NOTICE)) == (NOTICE, ())
    assert read_status(write_status(STATUS)) == (STATUS, ())


def test_an_order_names_the_sim_for_the_box_after_its_line() -> None:
    """The 850 carries one REF*SE with the ICCID after each PO1."""
    segments = write_order(ORDER)

    place = next(place for place, segment in enumerate(segments) if segment[0] == "PO1")
    assert segments[place + 1] == ("REF", "SE", ICCID, "ICCID")


ENVELOPE_MUTATIONS = {
    "empty": (b"", b"", "G016"),
    "not X12": (b"ISA*00", b"HELLO*", "G002"),
    "bad letter": (b"UPSN", b"UPS\xd1", "G010"),
    "cut inside a segment": (b"IEA*1*000000001~\n", b"IEA*1*0000", "G003"),
    "no closing": (b"IEA*1*000000001~\n", b"", "G003"),
    "no group end": (b"GE*1*1~\n", b"", "G003"),
    "later version": (b"*00401*", b"*00501*", "G018"),
    "closing control differs": (b"IEA*1*000000001", b"IEA*1*000000002", "G005"),
    "group control differs": (b"GE*1*1~", b"GE*1*2~", "G005"),
    "group count": (b"IEA*1*", b"IEA*2*", "G004"),
    "set count": (b"GE*1*1~", b"GE*2*1~", "G004"),
    "set in a wrong group": (b"GS*SH*", b"GS*PR*", "G002"),
}


@pytest.mark.parametrize("name", ENVELOPE_MUTATIONS)
def test_a_wrong_envelope_earns_its_code(name: str) -> None:
    """Each damage to ISA, GS, GE or IEA rejects the file under its code."""
    old, new, code = ENVELOPE_MUTATIONS[name]
    data = notice_bytes().replace(old, new) if old else b""

    read = read_x12(data)

    assert code in [problem.code for problem in read.problems]


SET_MUTATIONS = {
    "segments miscounted": (b"SE*19*", b"SE*18*", "4"),
    "set control differs": (b"SE*19*0001", b"SE*19*0002", "3"),
    "no set end": (b"SE*19*0001~\n", b"", "2"),
}


@pytest.mark.parametrize("name", SET_MUTATIONS)
def test_a_wrong_set_is_rejected_alone(name: str) -> None:
    """Damage to ST and SE rejects the set, not the file, with the fault code of the 997."""
    old, new, ak5 = SET_MUTATIONS[name]

    read = read_x12(notice_bytes().replace(old, new))

    assert read.problems == ()
    assert read.interchange is not None
    assert [fault.ak5 for fault in read.interchange.groups[0].sets[0].faults] == [ak5]


NOTICE_MUTATIONS = {
    "order level missing": (("PRF", "PUR-1"), None, "R101"),
    "tracking missing": (("REF", "CN", "1Z999"), None, "R101"),
    "purpose unknown": (("BSN", "00"), ("BSN", "77", "ASN-1", "20261101", "1210", "0001"), "R104"),
    "day that is none": (("DTM", "011"), ("DTM", "011", "20261131"), "R109"),
    "level out of turn": (("HL", "3"), ("HL", "4", "2", "P"), "R102"),
    "level under a wrong parent": (("HL", "2"), ("HL", "2", "", "O"), "R102"),
    "levels miscounted": (("CTT", "4"), ("CTT", "5", "1"), "R102"),
    "pieces miscounted": (("CTT", "4"), ("CTT", "4", "2"), "R102"),
    "quantity no number": (("SN1", "1"), ("SN1", "1", "one", "EA"), "R102"),
}


@pytest.mark.parametrize("name", NOTICE_MUTATIONS)
def test_a_wrong_ship_notice_says_what_is_wrong(name: str) -> None:
    """Missing, misnumbered or impossible parts of an 856 are faults with a record code."""
    begins, instead, code = NOTICE_MUTATIONS[name]
    segments = [
        replaced
        for segment in write_notice(NOTICE)
        if (replaced := instead if segment[: len(begins)] == begins else segment) is not None
    ]

    _, faults = read_notice(segments)

    assert code in [fault.code for fault in faults]


def test_a_functional_acknowledgement_counts_what_was_accepted() -> None:
    """A group with one good and one bad set is accepted in part: P, two received, one accepted."""
    good = TransactionSet("856", "0001", ())
    bad = TransactionSet("856", "0002", ())
    faults = {"0002": read_notice(())[1]}

    answer = answer_to(Group("SH", "7", (good, bad)), faults)

    assert (answer.code, answer.declared, answer.accepted) == ("P", 2, 1)
    assert [(one.code, one.fault) for one in answer.sets] == [("A", ""), ("R", "5")]
    assert read_functional(write_functional(answer)) == (answer, ())


def test_a_rejected_file_is_rejected_whole() -> None:
    """When the envelope is wrong no set of the group is accepted."""
    answer = answer_to(Group("SH", "7", (TransactionSet("856", "0001", ()),)), {}, file_rejected=True)

    assert (answer.code, answer.accepted, answer.sets[0].code) == ("R", 0, "R")


def test_a_status_finds_our_order_in_a_business_reference() -> None:
    """The purchase order number of a 214 may stand in L11 with qualifier PO."""
    segments = [segment for segment in write_status(STATUS) if segment[0] != "REF"] + [("L11", "PUR-1", "PO")]

    document, faults = read_status(segments)

    assert (document, faults) == (replace(STATUS), ())
