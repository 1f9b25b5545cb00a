"""The SIM vendor: makes the cards of an order or of a batch that a journey asks for, and delivers its output file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from ringback.engine.protocols import FeedFile, FeedProblem
from ringback.synthetic_partners.behaviour import (
    INSTRUCTION,
    AnswerStep,
    Moment,
    PartnerSettings,
    Request,
    Values,
    chance,
    digits_of,
)
from ringback.synthetic_partners.check_digits import luhn_digit
from ringback.synthetic_partners.sequences import PartnerMemory

ISSUER, NETWORK = "8901555", "00102"  # of cards, and of subscribers
CARD_DIGITS, SUBSCRIBER_DIGITS = 11, 10
PROFILE = "CONSUMER-4FF"
RANGES_TRIED = 50


class SimVendor:
    """The personalisation centre."""

    receives = "card_order"
    takes: Mapping[str, str] = {"INP": "sim-inp"}
    answers: Mapping[str, frozenset[str]] = {"deliver": frozenset({"after"}), "no_answer": frozenset()}
    instructions: Mapping[str, frozenset[str]] = {
        "deliver_batch": frozenset({"quantity", "profile", "first_iccid", "first_imsi", "after"})
    }

    def __init__(self, settings: PartnerSettings) -> None:
        self._seed = settings.seed
        self.sender = settings.option("our_id", settings.spid or "SIMCO")
        self.receiver = settings.option("operator_id", "RINGBACK")

    def requests(self, layout: str, file: FeedFile) -> Sequence[Request]:
        """One request per order file."""
        head = file.header
        facts = {"batch": (head["batch_no"],), "profile": (head["profile_type"],), "quantity": (head["quantity"],)}
        return [Request(self.receives, f"batch {head['batch_no']}", facts, (), head)]

    def objections(self, layout: str, file: FeedFile, memory: PartnerMemory) -> Sequence[FeedProblem]:
        """A batch is made once."""
        made = f"batch {file.header.get('batch_no')}" in memory.answered
        return [FeedProblem(1, 1, "G007", "batch_no", "a batch of this number was made before")] if made else []

    def plan(
        self, request: Request, name: str, options: Mapping[str, object], memory: PartnerMemory
    ) -> Sequence[AnswerStep]:
        """One output file."""
        if name == "no_answer":
            return ()
        head = self._asked(request, options) if request.receives == INSTRUCTION else dict(request.header)
        quantity = int(head["quantity"])
        cards, subscribers = self._ranges(request.key, quantity, memory)
        first_card = _body(head.get("first_iccid", "")) or cards
        first_subscriber = head.get("first_imsi", "") or subscribers

        def write(_: Moment) -> Sequence[Values]:
            return [self._card(int(first_card) + place, int(first_subscriber) + place) for place in range(quantity)]

        header = {**head, "customer": self.receiver}
        return (AnswerStep("sim-out", float(str(options.get("after", 0))), write, header=header),)

    def _asked(self, request: Request, options: Mapping[str, object]) -> dict[str, str]:
        return {
            "profile_type": str(options.get("profile", PROFILE)),
            "batch_no": request.facts["batch"][0],
            "quantity": str(options.get("quantity", 10)),
            "transport_key": "01",
            "first_iccid": str(options.get("first_iccid", "")),
            "first_imsi": str(options.get("first_imsi", "")),
        }

    def _ranges(self, key: str, quantity: int, memory: PartnerMemory) -> tuple[str, str]:
        """The first card (without check digit) and the first subscriber of a range that no other batch has."""
        blocks = 10**SUBSCRIBER_DIGITS // 10_000
        wanted = [f"range {chance(self._seed, 'range', key, str(turn)) % blocks}" for turn in range(RANGES_TRIED)]
        start = int(memory.claim(wanted, key).removeprefix("range ")) * 10_000
        return f"{ISSUER}{start:0{CARD_DIGITS}d}", f"{NETWORK}{start:0{SUBSCRIBER_DIGITS}d}"

    def _card(self, body: int, subscriber: int) -> Values:
        iccid, imsi = f"{body:018d}", f"{subscriber:015d}"

        def hexadecimal(what: str) -> str:
            return f"{chance(self._seed, what, iccid) % 16**16:016X}" * 2

        numbers = {"pin1": 4, "puk1": 8, "pin2": 4, "puk2": 8, "adm1": 8}
        return {
            "iccid": f"{iccid}{luhn_digit(iccid)}F",
            "imsi": imsi,
            **{name: digits_of(count, self._seed, name, iccid) for name, count in numbers.items()},
            "eki": hexadecimal("eki"),
            "opc": hexadecimal("opc"),
            "acc": f"{1 << int(imsi[-1]):04X}",
        }

    def mixture(self, request: Request) -> object:
        """Every order is made."""
        return "deliver"

    def header(self, layout: str, now: datetime, number: int, records: Sequence[Values]) -> Values:
        """An output file has the header of its order; this is what an order of a journey leaves open."""
        return {"order_date": now.strftime("%Y%m%d")}


def _body(iccid: str) -> str:
    """An ICCID without filler and check digit."""
    return iccid.removesuffix("F")[:18]
