"""Reader of a SIM vendor's output file: header, input and output sections, one line per card; right as a whole or not.

The file carries keys of the cards. Only what names a card is read out of it; the rest is checked and left where it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ringback.reference_stack.gateway.codecs.digits import is_luhn
from ringback.reference_stack.gateway.codecs.lines import read_lines
from ringback.reference_stack.gateway.codecs.model import FeedFile, FeedProblem, FeedRecord, Severity, file_problem
from ringback.reference_stack.gateway.codecs.stamps import DAY8, is_possible

_SECTION = re.compile(r"\*([A-Z0-9 ])+")
_STARS = re.compile(r"\*+")
_OUTPUT = re.compile(r"var_out:(?P<columns>\S+)", re.IGNORECASE)
_INPUT = re.compile(r"var_in:.*", re.IGNORECASE)
_HEADER, _INPUTS, _OUTPUTS = "HEADER DESCRIPTION", "INPUT VARIABLES", "OUTPUT VARIABLES"
_HEADER_FORMS: Mapping[str, str] = {
    "Customer": r"[0-9A-Z]{1,20}",
    "ProfileType": r"[0-9A-Z-]{1,20}",
    "Order Date": r"\d{8}",
    "Batch No": r"\d{10}",
    "Quantity": r"\d{1,7}",
    "Transport Key": r"\d{2}",
}
_COLUMN_FORMS: Mapping[str, str] = {
    "ICCID": r"\d{19}F?|\d{20}",
    "IMSI": r"\d{15}",
    **dict.fromkeys(("PIN1", "PIN2"), r"\d{4}"),
    **dict.fromkeys(("PUK1", "PUK2", "ADM1"), r"\d{8}"),
    **dict.fromkeys(("EKI", "OPC"), r"[0-9A-F]{32}"),
    "ACC": r"[0-9A-F]{4}",
}


@dataclass(frozen=True, slots=True)
class _Sections:
    """The parts of a file: what its header and inputs say, its columns, its cards with their line numbers."""

    header: Mapping[str, str]
    inputs: Mapping[str, str]
    columns: tuple[str, ...]
    cards: tuple[tuple[int, tuple[str, ...]], ...]
    problems: tuple[FeedProblem, ...]


def read_sim_batch(data: bytes) -> tuple[FeedFile, Mapping[str, str]]:
    """The cards of a batch and its header; every problem rejects the whole of it."""
    text = read_lines(data)
    if text.problems:
        return FeedFile(None, (), text.problems), {}
    parts = _sections(text.lines)
    problems = [*parts.problems, *_header_problems(parts.header), *_column_problems(parts.columns)]
    if problems:
        return FeedFile(None, (), tuple(problems)), parts.header
    cards = [(line_no, dict(zip(parts.columns, values, strict=False))) for line_no, values in parts.cards]
    declared = int(parts.header["Quantity"])
    if declared != len(cards):
        problems.append(file_problem("G004", f"Quantity is {declared}, the file has {len(cards)} cards"))
    problems += _card_problems(parts, cards)
    records = tuple(_record(line_no, card) for line_no, card in cards)
    return FeedFile(None, records, tuple(problems), declared, len(cards)), parts.header


def _sections(lines: Sequence[str]) -> _Sections:
    values: dict[str, dict[str, str]] = {_HEADER: {}, _INPUTS: {}}
    columns: tuple[str, ...] = ()
    cards: list[tuple[int, tuple[str, ...]]] = []
    problems: list[FeedProblem] = []
    section = ""
    for number, line in enumerate(lines, start=1):
        if not line.strip() or _STARS.fullmatch(line) or _INPUT.fullmatch(line):
            continue
        if _SECTION.fullmatch(line):
            section = line[1:].removesuffix(" DESCRIPTION") if "VARIABLES" in line else line[1:]
            continue
        declared = _OUTPUT.fullmatch(line)
        if declared:
            columns = tuple(declared["columns"].upper().split("/"))
        elif section == _OUTPUTS:
            cards.append((number, tuple(line.split(" "))))
        elif section not in values or line.count(":") != 1:
            problems.append(file_problem("G002", "a line is no `key : value` of a known section", line_no=number))
        else:
            key, _, value = line.partition(":")
            values[section][key.strip()] = value.strip()
    return _Sections(values[_HEADER], values[_INPUTS], columns, tuple(cards), tuple(problems))


def _header_problems(header: Mapping[str, str]) -> Iterator[FeedProblem]:
    for key, form in _HEADER_FORMS.items():
        value = header.get(key, "")
        if not re.fullmatch(form, value):
            yield file_problem("G002", f"header: {key} {value!r} is not of the form {form}")
    day = header.get("Order Date", "")
    if re.fullmatch(r"\d{8}", day) and not is_possible(day, DAY8):
        yield file_problem("G002", f"header: Order Date {day} is no possible day")


def _column_problems(columns: Sequence[str]) -> Iterator[FeedProblem]:
    if not columns:
        yield file_problem("G003", "no var_out line declares the columns: the file is cut off")
        return
    for name in ("ICCID", "IMSI"):
        if name not in columns:
            yield file_problem("G012", f"var_out has no column {name}")
    for name in columns:
        if name not in _COLUMN_FORMS:
            yield file_problem("G012", f"var_out has the unknown column {name}")


def _card_problems(parts: _Sections, cards: Sequence[tuple[int, Mapping[str, str]]]) -> Iterator[FeedProblem]:
    first = cards[0][1] if cards else {}
    for name in ("ICCID", "IMSI"):
        said = parts.inputs.get(name, "").removesuffix("F")
        if first and said != first.get(name, "").removesuffix("F"):
            yield file_problem("G005", f"the inputs begin with {name} {said}, the cards with {first.get(name)}")
    before: Mapping[str, str] = {}
    for (line_no, card), (_, values) in zip(cards, parts.cards, strict=True):
        fault = _card_fault(parts.columns, values, card) or _order_fault(before, card)
        if fault:
            key = card.get("ICCID", "").removesuffix("F")
            yield FeedProblem(fault[0], Severity.FILE, line_no, fault[1], key)
        before = card


def _card_fault(columns: Sequence[str], values: Sequence[str], card: Mapping[str, str]) -> tuple[str, str] | None:
    """What is wrong with a card by itself; what it says is not repeated, it may be a key."""
    if len(values) != len(columns):
        return "G012", f"the line has {len(values)} values, var_out declares {len(columns)}"
    for name in columns:
        if not re.fullmatch(_COLUMN_FORMS[name], card[name]):
            return "R102", f"{name} is not of the form {_COLUMN_FORMS[name]}"
    if not is_luhn(card["ICCID"].removesuffix("F")):
        return "R103", f"ICCID {card['ICCID']} has a wrong check digit"
    if "ACC" in card and int(card["ACC"], 16) != 1 << int(card["IMSI"][-1]):
        return "R102", f"ACC {card['ACC']} is not the bit of the last digit of the IMSI"
    return None


def _order_fault(before: Mapping[str, str], card: Mapping[str, str]) -> tuple[str, str] | None:
    if not before or not all(re.fullmatch(_COLUMN_FORMS[name], before[name]) for name in ("ICCID", "IMSI")):
        return None
    for name, cut in (("ICCID", -1), ("IMSI", None)):
        last, now = (one[name].removesuffix("F")[:cut] for one in (before, card))
        if int(now) != int(last) + 1:
            return "R102", f"{name} {card[name]} does not follow {before[name]}"
    return None


def _record(line_no: int, card: Mapping[str, str]) -> FeedRecord:
    iccid = card.get("ICCID", "").removesuffix("F")
    return FeedRecord(line_no, iccid, {"iccid": iccid, "imsi": card.get("IMSI", "")})
