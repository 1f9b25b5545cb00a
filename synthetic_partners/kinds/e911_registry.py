"""The emergency registry: judges every record by the street guide and its own books, and returns what it refuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from ringback.engine.protocols import FeedFile, FeedProblem
from ringback.synthetic_partners.behaviour import (
    AnswerStep,
    Moment,
    PartnerSettings,
    Request,
    Told,
    Values,
    named_answers,
)
from ringback.synthetic_partners.kinds.mixtures import drawn
from ringback.synthetic_partners.kinds.street_guide import read_guide
from ringback.synthetic_partners.sequences import PartnerMemory

WHOLE_FILE = "emergency_file"  # a return file lists what is refused: all records of a file are answered together
EXISTS, UNKNOWN, LOCKED, STRANGER, FORMAT = "E04", "E05", "E06", "E08", "E09"
CODES = ("E01", "E02", "E03", EXISTS, UNKNOWN, LOCKED, "E07", STRANGER, FORMAT)
REFUSED_WITH: Mapping[str, str] = {"reject": "E02", "lock": LOCKED}
POSTED, REMOVED = "posted", "removed"
PLACED, ENDING, NEEDING = "ICM", "DU", "CDU"  # functions: that name a place, that end a record, that need one
# Refusals that no rule of this registry brings about by itself: the guide of the day, and locks of other companies.
SHARES: Mapping[str, float] = {"by_rules": 97.0, "E02": 0.8, "E01": 0.6, "E07": 0.5, "E03": 0.3, "lock": 0.8}


class E911Registry:
    """The database behind the emergency call centres.

    A number that was never heard of is taken to be on record for changes and removals: a registry is older than its
    partners' processes. With the option `strict` it is not (E05).
    """

    receives = "emergency_record"
    takes: Mapping[str, str] = {"E911SOI": "e911soi"}
    answers: Mapping[str, frozenset[str]] = {
        "by_rules": frozenset(),
        "post": frozenset(),
        "reject": frozenset({"code", "times"}),
        "lock": frozenset({"times"}),
    }

    def __init__(self, settings: PartnerSettings) -> None:
        self._seed = settings.seed
        self._strict = str(settings.options.get("strict", False)).lower() == "true"
        self._guide = read_guide(settings.options)
        self.sender = settings.option("our_id", settings.spid or "ALIDB")
        self.receiver = settings.option("operator_id", "9X01")

    def requests(self, layout: str, file: FeedFile) -> Sequence[Request]:
        """The whole file is one request: its return file names what is refused, and posts the rest."""
        numbers = tuple(_number(record) for record in file.records)
        return [Request(WHOLE_FILE, f"cycle {_cycle(file)}", {"tn": numbers}, file.records, file.header)]

    def objections(self, layout: str, file: FeedFile, memory: PartnerMemory) -> Sequence[FeedProblem]:
        """A cycle is answered once."""
        known = f"cycle {_cycle(file)}" in memory.answered
        return [FeedProblem(1, 62, "G007", "cycle_counter", "this cycle was received before")] if known else []

    def settled(self, request: Request, told: Told, memory: PartnerMemory) -> object | None:
        """Each record by what a journey says of it, and by the rules where none does."""
        return {"return": {_number(record): self._verdict(record, told, memory) for record in request.records}}

    def _verdict(self, record: Values, told: Told, memory: PartnerMemory) -> str:
        tn = _number(record)
        part = Request(self.receives, tn, _facts(record), (record,))
        behaviour = told(part)
        for name, options in named_answers(behaviour.do) if behaviour else ():
            if name == "post":
                return ""
            if name in REFUSED_WITH and _still_refused(tn, options.get("times", 1 if name == "lock" else 0), memory):
                return str(options.get("code", REFUSED_WITH[name]))
        return self._by_rules(record, memory)

    def _by_rules(self, record: Values, memory: PartnerMemory) -> str:
        function, book = record["function_code"], memory.claims.get(f"book {_number(record)}", "")
        if record["company_id_1"] != self.receiver:
            return STRANGER
        if function == "I" and book == POSTED:
            return EXISTS
        if function in NEEDING and (book == REMOVED or (self._strict and book != POSTED)):
            return UNKNOWN
        if function in ENDING:
            return ""
        return self._guide.fault(record) if record["house_number"].isdigit() else FORMAT

    def plan(
        self, request: Request, name: str, options: Mapping[str, object], memory: PartnerMemory
    ) -> Sequence[AnswerStep]:
        """The return file; the books are kept as it says."""
        for record in request.records:
            tn = _number(record)
            if not options.get(tn):
                memory.claims[f"book {tn}"] = REMOVED if record["function_code"] in ENDING else POSTED

        def write(_: Moment) -> Sequence[Values]:
            refused = [record for record in request.records if options.get(_number(record))]
            return [{**record, "general_use": str(options[_number(record)])} for record in refused]

        return (AnswerStep("e911ret", 0.0, write, header={**request.header, "company": self.receiver}),)

    def mixture(self, request: Request) -> object:
        """Three records in a hundred are refused for what the registry alone knows."""
        found = drawn(SHARES, self._seed, request.key)
        return {"reject": {"code": found}} if found in CODES else found

    def header(self, layout: str, now: datetime, number: int, records: Sequence[Values]) -> Values:
        """A return file has the header of the file it answers."""
        return {}


def _number(record: Values) -> str:
    return record["npa"] + record["calling_number"]


def _cycle(file: FeedFile) -> str:
    return f"{file.header.get('expanded_extract_date')}/{file.header.get('cycle_counter')}"


def _facts(record: Values) -> Mapping[str, tuple[str, ...]]:
    names = {"order": "order_number", "function": "function_code", "zip": "zip", "house": "house_number"}
    return {"tn": (_number(record),), **{fact: (record[name],) for fact, name in names.items()}}


def _still_refused(tn: str, times: object, memory: PartnerMemory) -> bool:
    """Whether a number is refused at this try: the first so many times, or every time when that is 0."""
    tried = int(memory.claims.get(f"tried {tn}", "0"))
    memory.claims[f"tried {tn}"] = str(tried + 1)
    return not int(str(times)) or tried < int(str(times))
