"""Who reports use: our own mediation every hour, a roaming partner once a day; the latter reads what we send back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    chance,
)
from ringback.synthetic_partners.cadence import Cadence
from ringback.synthetic_partners.kinds.usage import OPTIONS, use
from ringback.synthetic_partners.sequences import PartnerMemory

MOST_AN_HOUR = 6  # uses of one line
OFFSET = "+0000"


class Mediation:
    """Our own mediation: collects what the network's nodes write of each line."""

    receives = INSTRUCTION
    takes: Mapping[str, str] = {}
    instructions: Mapping[str, frozenset[str]] = {
        "usage": OPTIONS,
        "watch": frozenset(),  # from now on the line is used like any other: hourly, by chance
    }
    answers: Mapping[str, frozenset[str]] = instructions
    cadences: Mapping[str, Cadence] = {"udr": Cadence(every_min=60)}
    network = "USARB"

    def __init__(self, settings: PartnerSettings) -> None:
        self._seed = settings.seed
        self.sender = settings.option("our_id", settings.spid or self.network)
        self.receiver = settings.option("operator_id", "USARB")
        self._lines = _lines(settings.options.get("lines"))

    def requests(self, layout: str, file: FeedFile) -> Sequence[Request]:
        """Nobody asks mediation for anything."""
        return ()

    def objections(self, layout: str, file: FeedFile, memory: PartnerMemory) -> Sequence[FeedProblem]:
        """Nothing comes, so nothing is wrong with it."""
        return ()

    def plan(
        self, request: Request, name: str, options: Mapping[str, object], memory: PartnerMemory
    ) -> Sequence[AnswerStep]:
        """The uses that a journey asks for, in one file."""
        if request.receives != INSTRUCTION:
            return ()
        line = {name: values[0] for name, values in request.facts.items()}
        if name == "watch":
            memory.claims[f"line {line['imsi']}"] = line["msisdn"]
            return ()

        def write(moment: Moment) -> Sequence[Values]:
            places = range(int(str(options.get("records", 1))))
            return [self._use(line, place, moment.now, options) for place in places]

        return (AnswerStep("udr", float(str(options.get("after", 0))), write),)

    def _use(self, line: Values, place: int, now: datetime, options: Mapping[str, object]) -> Values:
        return use(line, place, now, self._seed, {"network": self.network, **options})

    def unsolicited(self, layout: str, due: datetime, memory: PartnerMemory) -> Sequence[Outgoing]:
        """What the lines that are watched did since the last file; an hour without use is a legal empty file."""
        watched = {key.removeprefix("line "): tn for key, tn in memory.claims.items() if key.startswith("line ")}
        lines = [*self._lines, *({"imsi": imsi, "msisdn": tn} for imsi, tn in watched.items())]
        records = []
        for line in lines:
            uses = chance(self._seed, "uses", line["imsi"], due.isoformat()) % (MOST_AN_HOUR + 1)
            records += [self._use(line, place, due, {}) for place in range(uses)]
        return (Outgoing("udr", tuple(records)),) if lines else ()

    def mixture(self, request: Request) -> object:
        """What nobody asks for."""
        return ()

    def header(self, layout: str, now: datetime, number: int, records: Sequence[Values]) -> Values:
        """The header of a usage file: chargeable, in US dollars and cents."""
        available = now.strftime("%Y%m%d%H%M%S") + OFFSET
        return {
            "sender": self.sender,
            "receiver": self.receiver,
            "mode": "C",
            "sequence": str(number).zfill(5),
            "rap_sequence": "00000",
            "available": available,
            "cut_off": available,
            "currency": "USD",
            "decimals": "2",
        }


class RoamingHub(Mediation):
    """A roaming partner abroad: its file of the day before, and what we send back of it."""

    receives = "returned_file"
    takes: Mapping[str, str] = {"RC": "rap"}
    answers: Mapping[str, frozenset[str]] = {"no_answer": frozenset()}
    cadences: Mapping[str, Cadence] = {"udr": Cadence(at="04:00")}
    network = "GBRNT"

    def requests(self, layout: str, file: FeedFile) -> Sequence[Request]:
        """One request per file of ours that came back."""
        returned = file.header.get("file_name", "")
        codes = tuple(record.get("code", "") for record in file.records)
        return [Request(self.receives, f"{file.name}", {"returned": (returned,), "code": codes}, file.records)]

    def mixture(self, request: Request) -> object:
        """A person looks at it."""
        return "no_answer"


def _lines(given: object) -> tuple[Values, ...]:
    """The lines of the option `lines`: [{imsi, msisdn}]."""
    listed = given if isinstance(given, list) else []
    return tuple({str(name): str(value) for name, value in one.items()} for one in listed if isinstance(one, Mapping))
