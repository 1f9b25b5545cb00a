"""The credit bureau: answers each inquiry exactly once, with the applicant's own fields echoed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ringback.engine.protocols import FeedFile, FeedProblem
from ringback.synthetic_partners.behaviour import (
    AnswerStep,
    Moment,
    PartnerSettings,
    Request,
    Values,
    chance,
    digits_of,
    stamp,
)
from ringback.synthetic_partners.kinds.inquiries import asked_before, inquiries
from ringback.synthetic_partners.sequences import PartnerMemory

VALID = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision and its figures; money in cents."""

    letter: str
    score: int
    device_limit: int = 0
    deposit: int = 0
    reasons: str = ""
    max_lines: int = 5


DECISIONS: Mapping[str, Decision] = {
    "approve": Decision("A", 720, device_limit=200_000),
    "approve_with_deposit": Decision("P", 620, device_limit=100_000, deposit=5_000, reasons="01", max_lines=2),
    "refer": Decision("R", 580, reasons="0508", max_lines=1),
    "decline": Decision("D", 480, reasons="0203", max_lines=0),
    "no_hit": Decision("N", 0, reasons="08", max_lines=0),
    "frozen": Decision("Z", 0, reasons="07", max_lines=0),
}
CLASSES = ((750, "A1"), (700, "A2"), (650, "B1"), (600, "B2"), (550, "C1"), (0, "D1"))
MIXTURE = ("approve",) * 88 + ("approve_with_deposit",) * 6 + ("refer",) * 3 + ("decline",) * 3


class CreditBureau:
    """The bureau's gateway."""

    receives = "inquiry"
    takes: Mapping[str, str] = {"CRDQ": "crdq"}
    answers: Mapping[str, frozenset[str]] = {
        **{name: frozenset({"score", "deposit", "device_limit", "reasons", "alert"}) for name in DECISIONS},
        "no_answer": frozenset(),
    }

    def __init__(self, settings: PartnerSettings) -> None:
        self._seed = settings.seed
        self.sender = settings.option("our_id", settings.spid or "BUREAU01")
        self.receiver = settings.option("operator_id", "RINGBACK")

    def requests(self, layout: str, file: FeedFile) -> Sequence[Request]:
        """One request per inquiry."""
        facts = {"customer": "customer_id", "order": "product_order_id", "request": "request_id"}
        return inquiries(self.receives, file, facts)

    def objections(self, layout: str, file: FeedFile, memory: PartnerMemory) -> Sequence[FeedProblem]:
        """A request id is unique for ninety days."""
        return asked_before(file, memory, column=8)

    def plan(
        self, request: Request, name: str, options: Mapping[str, object], memory: PartnerMemory
    ) -> Sequence[AnswerStep]:
        """One decision."""
        if name == "no_answer":
            return ()
        return (AnswerStep("crdr", 0.0, lambda moment: [self._decision(moment, DECISIONS[name], options)]),)

    def _decision(self, moment: Moment, decision: Decision, options: Mapping[str, object]) -> Values:
        asked = moment.request.records[0]
        score = _figure(options, "score", decision.score)
        return {
            **{name: asked[name] for name in ("request_id", "customer_id", "id_last4", "last_name")},
            "decision": decision.letter,
            "score": str(score),
            "credit_class": next(letter for least, letter in CLASSES if score >= least),
            "max_lines": str(decision.max_lines),
            "device_limit": str(_figure(options, "device_limit", decision.device_limit)),
            "deposit": str(_figure(options, "deposit", decision.deposit)),
            "decided_ts": stamp(moment.now),
            "valid_until": (moment.now + VALID).strftime("%Y%m%d"),
            "bureau_ref": "CB" + digits_of(12, self._seed, "bureau", asked["request_id"]),
            "reason_codes": str(options.get("reasons", decision.reasons)),
            "alert_code": str(options.get("alert", "")),
        }

    def mixture(self, request: Request) -> object:
        """Mostly approved."""
        return MIXTURE[chance(self._seed, "mixture", request.key) % len(MIXTURE)]

    def header(self, layout: str, now: datetime, number: int, records: Sequence[Values]) -> Values:
        """The header of a file of decisions."""
        return {
            "sender": self.sender,
            "receiver": self.receiver,
            "created_ts": stamp(now),
            "sequence": str(number).zfill(5),
            "mode": "P",
        }


def _figure(options: Mapping[str, object], name: str, usual: int) -> int:
    given = options.get(name)
    return usual if given is None else int(str(given))
