"""The address registry: whether post arrives, which zone answers an emergency, what line is there; the street guide."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ringback.engine.protocols import FeedFile, FeedProblem
from ringback.synthetic_partners.behaviour import (
    INSTRUCTION,
    AnswerStep,
    Moment,
    Outgoing,
    PartnerSettings,
    Request,
    Values,
    digits_of,
)
from ringback.synthetic_partners.cadence import EASTERN, Cadence
from ringback.synthetic_partners.check_digits import zip_digit
from ringback.synthetic_partners.kinds.inquiries import asked_before, inquiries
from ringback.synthetic_partners.kinds.mixtures import drawn
from ringback.synthetic_partners.kinds.street_guide import read_guide
from ringback.synthetic_partners.sequences import PartnerMemory


@dataclass(frozen=True, slots=True)
class Finding:
    """What is found out about an address: match code, delivery point code and the footnotes that go with it."""

    match: str
    dpv: str
    footnotes: str


FINDINGS: Mapping[str, Finding] = {
    "deliverable": Finding("E", "Y", "AABB"),
    "unit_missing": Finding("D", "D", "AAN1"),
    "unit_wrong": Finding("M", "S", "AACC"),
    "no_such_house": Finding("N", "N", "AAM3"),
    "no_house_number": Finding("N", "N", "AAM1"),
    "unknown_street": Finding("N", "", "A1"),
}
SHARES: Mapping[str, float] = {
    "deliverable": 88, "unit_missing": 4, "unit_wrong": 2, "no_such_house": 3, "no_house_number": 1,
    "unknown_street": 2,
}  # fmt: skip
LINES: Mapping[str, float] = {"FTTP 1000": 55, "HFC 500": 15, "DSL 50": 18, "FTTC 100": 8, "NONE 0": 4}
DROPS: Mapping[str, float] = {"CONNECTED": 40, "PASSED": 50, "BUILD_REQUIRED": 10}
OPTIONS = frozenset({"access", "mbps", "drop", "esn", "community", "zip4", "delivery_point", "msag_valid", "after"})
ROW = frozenset(
    {"street_name", "street_suffix", "community", "state", "low_range", "high_range", "odd_even", "esn", "change"}
)


class AddressRegistry:
    """The validator of addresses, with the county's street guide."""

    receives = "address"
    takes: Mapping[str, str] = {"AVREQ": "avreq"}
    answers: Mapping[str, frozenset[str]] = {**dict.fromkeys(FINDINGS, OPTIONS), "no_answer": frozenset()}
    instructions: Mapping[str, frozenset[str]] = {"guide_row": ROW}
    cadences: Mapping[str, Cadence] = {"msag": Cadence(at="02:00", zone=EASTERN, days="sun")}

    def __init__(self, settings: PartnerSettings) -> None:
        self._seed = settings.seed
        self._guide = read_guide(settings.options)
        self._county = settings.option("county", "MA01")
        self.sender = settings.option("our_id", settings.spid or "ADDRREG")
        self.receiver = settings.option("operator_id", "RINGBACK")

    def requests(self, layout: str, file: FeedFile) -> Sequence[Request]:
        """One request per address."""
        facts = {"request": "request_id", "zip": "in_zip", "line": "in_line1", "city": "in_city"}
        return inquiries(self.receives, file, facts)

    def objections(self, layout: str, file: FeedFile, memory: PartnerMemory) -> Sequence[FeedProblem]:
        """A question is asked once."""
        return asked_before(file, memory, column=1)

    def plan(
        self, request: Request, name: str, options: Mapping[str, object], memory: PartnerMemory
    ) -> Sequence[AnswerStep]:
        """One answer, or one row of the guide."""
        if name == "no_answer":
            return ()
        after_s = float(str(options.get("after", 0)))
        if request.receives == INSTRUCTION:
            return (AnswerStep("msag", after_s, lambda moment: [self._row(request, options, moment.now)]),)
        return (AnswerStep("avrsp", after_s, lambda moment: [self._answer(moment, FINDINGS[name], options)]),)

    def _answer(self, moment: Moment, finding: Finding, options: Mapping[str, object]) -> Values:
        asked = moment.request.records[0]
        answer = {
            **{name: asked.get(name, "") for name in ("request_id", "in_line1", "in_unit", "in_city")},
            **{name: asked.get(name, "") for name in ("in_state", "in_zip")},
            "match_code": finding.match,
            "dpv_code": finding.dpv,
            "dpv_footnotes": finding.footnotes,
            "validated_at": moment.now.isoformat(timespec="seconds"),
        }
        return {**answer, **self._place(asked, options)} if finding.dpv in ("Y", "D", "S") else answer

    def _place(self, asked: Values, options: Mapping[str, object]) -> Values:
        """The house as the post writes it, with its zone and its line."""
        key, (house, street, suffix) = asked["request_id"], _parts(asked["in_line1"])
        place = {
            "street_name": street,
            "street_suffix": suffix,
            "community": _plain(asked["in_city"]),
            "state": _plain(asked["in_state"]),
            "house_number": house,
        }
        found = self._guide.find(place)
        zone = found.values if found else {}
        zip4 = str(options.get("zip4", digits_of(4, self._seed, "zip4", key)))
        point = str(options.get("delivery_point", digits_of(2, self._seed, "point", key)))
        tech, mbps = drawn(LINES, self._seed, f"line {key}").split()
        esn = str(options.get("esn", zone.get("esn", "")))
        return {
            "out_street_nr": house,
            "out_street_name": street,
            "out_street_suffix": suffix,
            "out_unit": _plain(asked.get("in_unit", "")),
            "out_city": place["community"],
            "out_state": place["state"],
            "zip5": asked["in_zip"],
            "zip4": zip4,
            "delivery_point": point,
            "dpbc_check": zip_digit(asked["in_zip"] + zip4 + point),
            "cmra": "N",
            "vacant": "N",
            "msag_valid": str(options.get("msag_valid", "Y" if esn else "N")),
            "msag_community": str(options.get("community", zone.get("community", place["community"]))) if esn else "",
            "esn": esn,
            "latitude": f"42.{digits_of(4, self._seed, 'latitude', key)}",
            "longitude": f"-71.{digits_of(4, self._seed, 'longitude', key)}",
            "access_tech": str(options.get("access", tech)),
            "max_down_mbps": str(options.get("mbps", mbps)),
            "drop_status": str(options.get("drop", drawn(DROPS, self._seed, f"drop {key}"))),
        }

    def _row(self, request: Request, options: Mapping[str, object], now: datetime) -> Values:
        said = {name: values[0] for name, values in request.facts.items() if name in ROW}
        usual = {"street_suffix": "ST", "state": "MA", "low_range": "1", "high_range": "999", "odd_even": "B"}
        row = {**usual, **said, **{name: str(value) for name, value in options.items() if name != "change"}}
        return {**row, **self._change(str(options.get("change", "I")), now)}

    def _change(self, function: str, now: datetime) -> Values:
        return {
            "county_id": self._county[:4],
            "function_of_change": function,
            "expanded_extract_date": now.strftime("%Y%m%d"),
        }

    def unsolicited(self, layout: str, due: datetime, memory: PartnerMemory) -> Sequence[Outgoing]:
        """The whole guide, every Sunday night."""
        names = ROW - {"change"}
        rows = [{name: one.values[name] for name in names} for one in self._guide.stretches]
        return (Outgoing("msag", tuple({**row, **self._change("I", due)} for row in rows)),)

    def mixture(self, request: Request) -> object:
        """Seven addresses in eight are right."""
        return drawn(SHARES, self._seed, request.key)

    def header(self, layout: str, now: datetime, number: int, records: Sequence[Values]) -> Values:
        """The parts of the names; neither file has a header of its own."""
        return {
            "partner": self.sender,
            "county": self._county,
            "day": now.strftime("%Y%m%d"),
            "time": now.strftime("%H%M%S"),
            "sequence": str(number).zfill(5),
            "cycle": str(number).zfill(6),
        }


def _parts(line: str) -> tuple[str, str, str]:
    """House number, street and suffix of a first line, in plain capitals."""
    words = _plain(line).split()
    house = words.pop(0) if words and words[0][:1].isdigit() else ""
    suffix = words.pop() if len(words) > 1 else ""
    return house, " ".join(words), suffix


def _plain(text: str) -> str:
    """Capitals without accents, as the guide writes them."""
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return folded.upper().strip()
