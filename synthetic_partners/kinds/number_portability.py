"""Number portability: the clearing house answers port requests, then the numbering centre broadcasts the new owner."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

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
from ringback.synthetic_partners.kinds import port_out
from ringback.synthetic_partners.sequences import PartnerMemory

Writer = Callable[[Moment], Sequence[Values]]

PROMISED = timedelta(minutes=30)  # the response time of a wireless port
SV_PENDING, SV_SENDING, SV_ACTIVE = "2", "3", "1"
PAUSE_S = 4.0  # between a delay and the answer it promised: long enough for a person to see it


@dataclass(frozen=True, slots=True)
class Reply:
    """One NPRESP record of an answer."""

    response: str  # C, D or R
    reason: str = ""
    after_s: float = 0.0


# What each answer says, in order; a confirmation is followed by the broadcast.
REPLIES: Mapping[str, tuple[Reply, ...]] = {
    "confirm": (Reply("C"),),
    "delay_then_confirm": (Reply("D", "SYS"), Reply("C", after_s=PAUSE_S)),
    "resolve_then_confirm": (Reply("R", "PIN"),),  # for version 01; a supplement is confirmed
    "refuse": (Reply("R", "ACC"),),
    "no_answer": (),
}
BROADCAST: tuple[tuple[str, float], ...] = ((SV_PENDING, 0.1), (SV_SENDING, 0.2), (SV_ACTIVE, 0.2))
MIXTURE = ("confirm",) * 85 + ("delay_then_confirm",) * 10 + ("refuse",) * 5


class NumberPortability:
    """The clearing house, and the numbering centre behind it."""

    receives = "port_request"
    takes: Mapping[str, str] = {"NPORT": "nport", "NPRESP": "npresp"}
    instructions: Mapping[str, frozenset[str]] = {"port_out": port_out.OPTIONS}
    answers: Mapping[str, frozenset[str]] = {
        "confirm": frozenset(),
        "delay_then_confirm": frozenset({"after"}),
        "resolve_then_confirm": frozenset({"reason"}),
        "refuse": frozenset({"reason"}),
        "no_answer": frozenset(),
    }

    def __init__(self, settings: PartnerSettings) -> None:
        self._settings = settings
        self.sender = settings.spid or "CH01"
        self.receiver = settings.option("our_spid", "9X01")
        self._lrn = settings.option("our_lrn", "5125550000")
        donors = settings.options.get("donors")
        self._donors = {str(name): str(spid) for name, spid in donors.items()} if isinstance(donors, Mapping) else {}

    def requests(self, layout: str, file: FeedFile) -> Sequence[Request]:
        """One request per line."""
        if layout == "npresp":
            return port_out.answers(file)
        return [
            Request(
                self.receives,
                f"{record['req_no']}/{record['version']}/{record['tn']}",
                {name: (record[name],) for name in ("tn", "req_no", "account_no", "version")},
                (record,),
            )
            for record in file.records
        ]

    def objections(self, layout: str, file: FeedFile, memory: PartnerMemory) -> Sequence[FeedProblem]:
        """The old provider wants a PIN, must be known, and takes no older version than it has."""
        if layout == "npresp":
            return [
                FeedProblem(line, 1, "R105", "req_no", f"{record['req_no']} was never asked")
                for line, record in enumerate(file.records, 2)
                if f"port out {record.get('req_no')}" not in memory.claims
            ]
        first = 2 if file.header else 1
        found = []
        for line, record in enumerate(file.records, first):
            for field, code, message in self._objections(record, memory):
                found.append(FeedProblem(line, 1, code, field, message))
        return found

    def _objections(self, record: Values, memory: PartnerMemory) -> Sequence[tuple[str, str, str]]:
        found = []
        onsp = record.get("onsp", "")
        if self._donors and onsp not in self._donors.values():
            found.append(("onsp", "R104", f"the provider {onsp} is not known here"))
        elif self._donors and not record.get("pin"):
            found.append(("pin", "R101", f"pin is empty; {onsp} requires it"))
        seen = memory.claims.get(f"version/{record.get('req_no')}", "00")
        if record.get("version", "") < seen:
            found.append(("version", "R108", f"version {seen} was already received"))
        return found

    def plan(
        self, request: Request, name: str, options: Mapping[str, object], memory: PartnerMemory
    ) -> Sequence[AnswerStep]:
        """The replies of an answer, and after a confirmation the broadcast."""
        if name == "port_out":
            provider = self._spid(str(options.get("to", "")))
            return port_out.PortOut(self.sender, self.receiver, provider, self._settings.seed).steps(
                request, options, memory
            )
        if request.receives == port_out.RECEIVES:
            return self._broadcast() if name == port_out.TAKEN_OVER else ()
        record = request.records[0]
        memory.claims[f"version/{record['req_no']}"] = record["version"]
        replies = self._replies(record, name, options)
        steps = [AnswerStep("npresp", reply.after_s, self._response(reply)) for reply in replies]
        if replies and replies[-1].response == "C" and record["action"] != "C":
            steps += self._broadcast()
        return steps

    def settled(self, request: Request, told: Told, memory: PartnerMemory) -> object | None:
        """Our answers to other providers need no word of a journey."""
        return port_out.settled(request, memory) if request.receives == port_out.RECEIVES else None

    def _broadcast(self) -> list[AnswerStep]:
        steps = [AnswerStep("npsv", after_s, self._version(status)) for status, after_s in BROADCAST]
        return [*steps, AnswerStep("bdd", 0.1, self._row)]

    def _spid(self, name: str) -> str:
        """The other provider by its name or SPID; the first one known when nobody says."""
        return self._donors.get(name) or name or next(iter(self._donors.values()), "8Y02")

    def _lrn_of(self, record: Values) -> str:
        """The switch that the number rings at: ours, or the new provider's in the number's own area."""
        return self._lrn if record["nnsp"] == self.receiver else f"{record['tn'][:3]}5559000"

    def _replies(self, record: Values, name: str, options: Mapping[str, object]) -> tuple[Reply, ...]:
        asked = self._donors.get(str(options.get("from", "")))
        if asked and record["onsp"] != asked:
            return (Reply("R", "TNF"),)  # the number is with another provider than the request says
        if name == "resolve_then_confirm" and record["version"] >= "02":
            return REPLIES["confirm"]
        replies = REPLIES[name]
        if options.get("reason"):
            return tuple(Reply(one.response, str(options["reason"]), one.after_s) for one in replies)
        if options.get("after") is not None:
            return tuple(
                Reply(one.response, one.reason, float(str(options["after"])) if place else 0.0)
                for place, one in enumerate(replies)
            )
        return replies

    def _response(self, reply: Reply) -> Writer:
        def write(moment: Moment) -> Sequence[Values]:
            record = moment.request.records[0]
            due = _due(reply.response, record["ddd_t"], moment.now)
            if reply.response == "C":
                moment.notes["due"] = due
            parts = (record["req_no"], record["version"], reply.response)
            return [
                {
                    **{name: record[name] for name in ("req_no", "version", "tn", "onsp", "nnsp")},
                    "resp_no": self.sender + digits_of(12, self._settings.seed, *parts),
                    "response_type": reply.response,
                    "reason_code": reply.reason if reply.response == "R" else "",
                    "delay_code": reply.reason if reply.response == "D" else "",
                    "cd_tsent": stamp(moment.now),
                    "due": due,
                    "remarks": "",
                }
            ]

        return write

    def _version(self, status: str) -> Writer:
        def write(moment: Moment) -> Sequence[Values]:
            record = moment.request.records[0]
            moment.notes.setdefault("due", record.get("due") or stamp(moment.now))
            if status == SV_ACTIVE:
                moment.notes["activated"] = stamp(moment.now)
            return [
                {
                    "sv_id": self._sv_id(record),
                    "tn": record["tn"],
                    "lrn": self._lrn_of(record),
                    "new_spid": record["nnsp"],
                    "old_spid": record["onsp"],
                    "sv_status": status,
                    "status_ts": stamp(moment.now),
                    "due": moment.notes["due"],
                    "sv_type": "1",
                    "lnp_type": "0",
                    "billing_id": record["nnsp"],
                }
            ]

        return write

    def _row(self, moment: Moment) -> Sequence[Values]:
        record = moment.request.records[0]
        return [
            {
                "version_id": self._sv_id(record),
                "tn": record["tn"],
                "lrn": self._lrn_of(record),
                "spid": record["nnsp"],
                "activation_ts": moment.notes["activated"],
                "billing_id": record["nnsp"],
                "lnp_type": "0",
                "download_reason": "0",
                "sv_type": "1",
            }
        ]

    def _sv_id(self, record: Values) -> str:
        return str(1 + chance(self._settings.seed, "sv", record["req_no"], record["tn"]) % 9_999_999_998)

    def mixture(self, request: Request) -> object:
        """Mostly confirmed, some late, a few refused."""
        return MIXTURE[chance(self._settings.seed, "mixture", request.key) % len(MIXTURE)]

    def header(self, layout: str, now: datetime, number: int, records: Sequence[Values]) -> Values:
        """The header, or the name's parts of a bulk download."""
        if layout == "bdd":
            exchanges = sorted(record["tn"][:6] for record in records)
            return {
                "npanxx_from": exchanges[0],
                "npanxx_to": exchanges[-1],
                "created": now.strftime("%d-%m-%Y%H%M%S"),
                "start": "00-00-0000000000",
                "end": "99-99-9999999999",
            }
        sender = "NPAC" if layout == "npsv" else self.sender
        return {
            "sender": sender,
            "receiver": self.receiver,
            "created": stamp(now),
            "sequence": str(number).zfill(5),
            "mode": "P",
        }


def _due(response: str, wished: str, now: datetime) -> str:
    """Confirmed: the wished time, or now when that has passed. Delayed: when the answer is promised."""
    if response == "R":
        return ""
    if response == "D":
        return stamp(now + PROMISED)
    due = time_of(wished)
    return wished if due and due > now.replace(tzinfo=None) else stamp(now)
