"""What libraries of others say of our files, and our layouts of theirs: X12 envelopes, ACH files, check digits."""

import io
import re
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from ach.builder import AchFile
from ach.parser import Parser
from pyx12.x12file import X12Reader
from stdnum import ean, imei, imsi, luhn
from stdnum.iso7064 import mod_97_10
from stdnum.us import rtn

from ringback.synthetic_partners.identifiers import FORMS, MAKERS
from ringback.synthetic_partners.layouts import built_in_layouts
from ringback.synthetic_partners.x12 import X12Layout
from tests.unit.synthetic_partners.layouts.specimens import specimen

NEW_LINE = "\n"
X12 = sorted(name for name, layout in built_in_layouts().items() if isinstance(layout, X12Layout))


def x12_errors(content: bytes) -> list[str]:
    """What pyx12 finds wrong with envelopes, control numbers, counts and levels."""
    with X12Reader(io.StringIO(content.decode("ascii"))) as reader:
        errors = [error[1] for _ in reader for error in reader.pop_errors()]
        return errors + [error[1] for error in reader.pop_errors()]


@pytest.mark.parametrize("name", X12)
@pytest.mark.parametrize("seed", range(3))
def test_pyx12_finds_nothing_wrong_with_our_interchanges(name: str, seed: int) -> None:
    """Delimiters, control numbers, counts of segments, sets and groups, and levels are right for pyx12, too."""
    assert x12_errors(specimen(name, seed).file.content) == []


@pytest.mark.parametrize("tag", ["SE", "GE", "IEA"])
@pytest.mark.parametrize("place", [1, 2])
def test_pyx12_and_the_layout_agree_on_broken_envelopes(tag: str, place: int) -> None:
    """A wrong count or control number is noticed by both."""
    content = specimen("x12-850", 0).file.content.decode("ascii")
    (segment,) = re.findall(rf"(?<=\n){tag}\*[^~]*", content)
    elements = segment.split("*")
    elements[place] = str(int(elements[place]) + 1).zfill(len(elements[place]))

    broken = content.replace(segment, "*".join(elements)).encode("ascii")

    assert x12_errors(broken) != []
    assert built_in_layouts()["x12-850"].decode(broken, "").problems != ()


def read_by_others(content: bytes) -> dict[str, Any]:
    """An ACH file as carta-ach reads it."""
    found: dict[str, Any] = Parser(content.decode("ascii")).as_dict()
    return found


@pytest.mark.parametrize("name", ["ach", "achret"])
@pytest.mark.parametrize("seed", range(3))
def test_an_ach_reader_sees_the_same_values_in_our_files(name: str, seed: int) -> None:
    """Header, batch, entries and totals stand where another reader looks for them."""
    one = specimen(name, seed)

    seen = read_by_others(one.file.content)

    header, control = seen["file_header"], seen["file_control"]
    (batch,) = seen["batches"]
    details = [entry["entry_detail"] for entry in batch["entries"]]
    ours = one.decoded.records
    assert header["immediate_dest"] == one.decoded.header["immediate_destination"]
    assert control["entry_hash"] == one.decoded.trailer["entry_hash"]
    assert control["debit_amount"] == one.decoded.trailer["total_debit"]
    assert [entry["trace_num"] for entry in details] == [record["trace_number"] for record in ours]
    assert [entry["amount"] for entry in details] == [record["amount"] for record in ours]
    assert [entry["dfi_acnt_num"].strip() for entry in details] == [record["dfi_account_number"] for record in ours]
    assert batch["batch_header"]["std_ent_cls_code"] == ours[0]["standard_entry_class"]


@pytest.mark.parametrize("count", [1, 4, 6, 7, 16])
def test_an_ach_file_of_another_writer_is_valid(count: int) -> None:
    """Hash, totals, counts, traces, check digits and blocks of carta-ach are those that our layout asks for."""
    settings = {"immediate_dest": "091400606", "immediate_org": "1123456789", "company_id": "1123456789"}
    settings |= {"immediate_dest_name": "FIRST NATIONAL BANK", "immediate_org_name": "RINGBACK"}
    file = AchFile("A", settings)
    entry = {"type": "27", "routing_number": "23138010", "account_number": "00123", "name": "Zoe Finch"}
    file.add_batch(
        "PPD", [{**entry, "amount": f"{place}.05"} for place in range(1, count + 1)], credits=False, debits=True
    )
    content = f"{file.render_to_string().rstrip(NEW_LINE)}\n".encode("ascii")

    decoded = built_in_layouts()["ach"].decode(content, "ACH_RINGBACK_FIRSTNAT_20260115_A.ach")

    assert decoded.problems == ()
    assert [record["amount"] for record in decoded.records] == [f"{place}05".zfill(10) for place in range(1, count + 1)]


def is_sscc(number: str) -> bool:
    """Whether the check digit is GS1's."""
    digit: str = ean.calc_check_digit(number[:-1])
    return len(number) == 18 and digit == number[-1]


ORACLES: dict[str, Callable[[str], bool]] = {
    "imei": imei.is_valid,
    "iccid": luhn.is_valid,
    "eid": mod_97_10.is_valid,
    "aba": rtn.is_valid,
    "sscc": is_sscc,
    "imsi": imsi.is_valid,
}


@pytest.mark.parametrize("form", sorted(ORACLES))
def test_identifiers_are_right_for_another_library(form: str) -> None:
    """What we make is valid for python-stdnum; of numbers with one digit changed, both say the same."""
    rng = Random(7)
    for _ in range(50):
        number = MAKERS[form](rng)

        assert ORACLES[form](number)
        assert FORMS[form](number) is None
        if form != "imsi":  # it has no check digit
            for digit in "0123456789":
                changed = number[:-1] + digit
                assert (FORMS[form](changed) is None) == ORACLES[form](changed)
