"""The field force: takes jobs, sends technicians in their windows, and tells how each visit ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from ringback.engine.protocols import FeedFile, FeedProblem
from ringback.synthetic_partners.behaviour import (
    AnswerStep,
    Moment,
    PartnerSettings,
    Request,
    Told,
    Values,
    chance,
    digits_of,
    stamp,
)
from ringback.synthetic_partners.fields import time_of
from ringback.synthetic_partners.kinds.mixtures import drawn
from ringback.synthetic_partners.sequences import PartnerMemory

# Answer -> close code and what the technician writes down.
OUTCOMES: Mapping[str, tuple[str, str]] = {
    "done": ("DONE", ""),
    "no_access": ("NOACC", "nobody opened the door"),
    "no_show": ("NOSHOW", "the technician did not come"),
    "damaged": ("DMG", "the duct is damaged"),
    "rescheduled": ("RESCHED", "the customer asked for another day"),
    "partial": ("PARTIAL", "the terminal is in, the television is not"),
}
SHARES: Mapping[str, float] = {
    "done": 88, "no_access": 5, "rescheduled": 3, "partial": 2, "no_show": 1, "damaged": 1,
}  # fmt: skip
OPTIONS = frozenset({"minutes", "technician", "remarks", "after", "at"})
WORK_MIN = 40
WITHDRAWN = "X"
AT_WINDOW = "window"
CREWS = 24


class FieldForce:
    """The dispatcher of the technicians."""

    receives = "job"
    takes: Mapping[str, str] = {"DISPATCH": "dispatch"}
    answers: Mapping[str, frozenset[str]] = {
        **dict.fromkeys(OUTCOMES, OPTIONS),
        "done": OPTIONS | {"serial", "signal", "stb_serials"},
        "no_answer": frozenset(),
    }

    def __init__(self, settings: PartnerSettings) -> None:
        self._seed = settings.seed
        self.sender = settings.option("our_id", settings.spid or "FIELD01")
        self.receiver = settings.option("operator_id", "RINGBACK")

    def requests(self, layout: str, file: FeedFile) -> Sequence[Request]:
        """One request per version of a visit."""
        return [
            Request(
                self.receives,
                f"{_visit(record)}/{record['version']}",
                {
                    "work_order": (record["work_order_id"],),
                    "appointment": (record["appointment_id"],),
                    **{name: (record[name],) for name in ("visit", "version", "action", "job", "zip")},
                },
                (record,),
            )
            for record in file.records
        ]

    def objections(self, layout: str, file: FeedFile, memory: PartnerMemory) -> Sequence[FeedProblem]:
        """A version that is older than one that was taken changes nothing; only a known job can be withdrawn."""
        found = []
        for line, record in enumerate(file.records, 2):
            seen = memory.claims.get(f"version {_visit(record)}", "")
            if record.get("version", "") < seen:
                found.append(FeedProblem(line, 1, "R108", "version", f"version {seen} was already received"))
            elif record.get("action") == WITHDRAWN and not seen:
                found.append(FeedProblem(line, 1, "R105", "work_order_id", "a job that we never had is withdrawn"))
            else:
                memory.claims[f"version {_visit(record)}"] = record.get("version", "")
        return found

    def settled(self, request: Request, told: Told, memory: PartnerMemory) -> object | None:
        """Nobody drives to a job that is withdrawn."""
        return "no_answer" if request.records[0]["action"] == WITHDRAWN else None

    def plan(
        self, request: Request, name: str, options: Mapping[str, object], memory: PartnerMemory
    ) -> Sequence[AnswerStep]:
        """One close-out, in the window or at once; none for a version that a newer one has replaced by then."""
        job = request.records[0]
        if name == "no_answer" or job["action"] == WITHDRAWN:
            return ()

        def write(moment: Moment) -> Sequence[Values]:
            if memory.claims.get(f"version {_visit(job)}", job["version"]) != job["version"]:
                return ()
            return [self._close_out(moment, name, options)]

        end = time_of(job["window_end"]) if options.get("at") == AT_WINDOW else None
        after_s = float(str(options.get("after", 0)))
        return (AnswerStep("wfmclose", after_s, write, not_before=end.replace(tzinfo=UTC) if end else None),)

    def _close_out(self, moment: Moment, name: str, options: Mapping[str, object]) -> Values:
        job, is_done = moment.request.records[0], name == "done"
        code, remarks = OUTCOMES[name]
        key = moment.request.key
        minutes = int(str(options.get("minutes", WORK_MIN)))
        crew = f"T-{1 + chance(self._seed, 'crew', job['zip']) % CREWS:02d}"
        signal = f"-{17 + chance(self._seed, 'signal', key) % 80 / 10:.1f}"
        return {
            "close_id": "CL" + digits_of(14, self._seed, "close", key, name),
            **{field: job[field] for field in ("work_order_id", "visit", "appointment_id")},
            "technician": str(options.get("technician", crew)),
            "close_code": code,
            "started_at": stamp(_began(moment.now, minutes)),
            "ended_at": stamp(moment.now),
            "ont_serial": str(options.get("serial", self._serial(key))) if is_done else "",
            "stb_serials": str(options.get("stb_serials", "")) if is_done else "",
            "signal_dbm": str(options.get("signal", signal)) if is_done else "",
            "photos": "2" if is_done else "",
            "signature": "Y" if is_done else "",
            "remarks": str(options.get("remarks", remarks)),
        }

    def _serial(self, key: str) -> str:
        return f"HWTC{chance(self._seed, 'terminal', key) % 16**8:08X}"

    def mixture(self, request: Request) -> object:
        """Mostly done, in the window that was agreed; one visit in eight is not."""
        return {drawn(SHARES, self._seed, request.key): {"at": AT_WINDOW}}

    def header(self, layout: str, now: datetime, number: int, records: Sequence[Values]) -> Values:
        """The header of a file of close-outs."""
        return {
            "sender": self.sender,
            "receiver": self.receiver,
            "created": stamp(now),
            "sequence": str(number).zfill(5),
            "mode": "P",
        }


def _visit(record: Values) -> str:
    """What a job and its versions share."""
    return f"{record.get('work_order_id')}/{record.get('visit')}"


def _began(ended: datetime, minutes: int) -> datetime:
    return ended - timedelta(minutes=minutes)
