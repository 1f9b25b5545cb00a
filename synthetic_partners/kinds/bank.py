"""The bank: collects debits, and after two banking days sends back what came to nothing, with notices of change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ringback.engine.protocols import FeedFile, FeedProblem
from ringback.synthetic_partners.behaviour import AnswerStep, Moment, PartnerSettings, Request, Values, chance
from ringback.synthetic_partners.cadence import EASTERN, add_banking_days
from ringback.synthetic_partners.check_digits import aba_digit
from ringback.synthetic_partners.kinds.mixtures import drawn
from ringback.synthetic_partners.sequences import MODIFIERS, PartnerMemory

UNAUTHORISED = ("R05", "R07", "R10", "R11")  # the account's owner has 60 days to say so
RETURN_DAYS, COMPLAINT_DAYS = 2, 60  # banking days after settlement; days
RETURNS_AT = time(6, 0)
# Of a thousand debits of a carrier, what comes back; the rest is paid.
SHARES: Mapping[str, float] = {
    "paid": 967, "R01": 14, "R09": 3, "R03": 3, "R04": 2, "R02": 2.5, "R10": 1.5, "R08": 1, "R16": 0.5, "R20": 0.5,
    "R29": 0.5, "R07": 0.5, "R05": 0.5, "R11": 0.2, "R24": 0.3, "C01": 1, "C02": 1, "C05": 0.6, "C03": 0.4,
}  # fmt: skip
RETURNED_AS = {"27": "26", "37": "36", "22": "21", "32": "31", "28": "26", "38": "36"}
DUE = "due"


class Bank:
    """Our bank, and the banks of the customers behind it."""

    receives = "debit"
    takes: Mapping[str, str] = {"ACH": "ach"}
    answers: Mapping[str, frozenset[str]] = {
        "pay": frozenset(),
        "return": frozenset({"reason", "information", "date_of_death", "at", "after"}),
        "change": frozenset({"code", "corrected", "at", "after"}),
        "no_answer": frozenset(),
    }

    def __init__(self, settings: PartnerSettings) -> None:
        self._seed = settings.seed
        self._routing = settings.option("routing", "23138010")[:8]
        self.sender = settings.option("our_id", settings.spid or "FIRSTNAT")
        self.receiver = settings.option("operator_id", "RINGBACK")

    def requests(self, layout: str, file: FeedFile) -> Sequence[Request]:
        """One request per entry that moves money or tries an account."""
        facts = {"trace": "trace_number", "account": "identification_number", "bank_account": "dfi_account_number"}
        facts |= {"amount": "amount", "name": "individual_name", "routing": "rdfi_identification"}
        return [
            Request(
                self.receives,
                f"{file.header.get('file_creation_date')}/{record['trace_number']}",
                {fact: (record.get(name, ""),) for fact, name in facts.items()},
                (record,),
                file.header,
            )
            for record in file.records
        ]

    def objections(self, layout: str, file: FeedFile, memory: PartnerMemory) -> Sequence[FeedProblem]:
        """A trace number is used once a day."""
        day = file.header.get("file_creation_date")
        return [
            FeedProblem(1, 80, "R107", "trace_number", f"{record['trace_number']} was sent before")
            for record in file.records
            if f"{day}/{record.get('trace_number')}" in memory.answered
        ]

    def plan(
        self, request: Request, name: str, options: Mapping[str, object], memory: PartnerMemory
    ) -> Sequence[AnswerStep]:
        """What comes back of one debit: nothing, a return, or a notice of change."""
        if name in ("pay", "no_answer"):
            return ()
        code = str(options.get("reason", "R01") if name == "return" else options.get("code", "C01"))

        def write(moment: Moment) -> Sequence[Values]:
            return [self._entry(moment, code, options, memory)]

        due = self._due(request.records[0], code) if options.get("at") == DUE else None
        return (AnswerStep("achret", float(str(options.get("after", 0))), write, not_before=due),)

    def _due(self, entry: Values, code: str) -> datetime:
        """Returns come at six in the morning, two banking days after settlement; complaints within sixty days."""
        settled = datetime.strptime(entry["effective_entry_date"], "%y%m%d").replace(tzinfo=UTC).date()
        waited = timedelta(days=chance(self._seed, "complaint", entry["trace_number"]) % COMPLAINT_DAYS)
        first = add_banking_days(settled, RETURN_DAYS)
        day = _banking(first + waited) if code in UNAUTHORISED else first
        return datetime.combine(day, RETURNS_AT, ZoneInfo(EASTERN)).astimezone(UTC)

    def _entry(self, moment: Moment, code: str, options: Mapping[str, object], memory: PartnerMemory) -> Values:
        sent = moment.request.records[0]
        is_change = code.startswith("C")
        trace = f"{self._routing}{memory.take('trace numbers'):07d}"
        batch = ("company_name", "company_identification")
        entry = ("rdfi_identification", "check_digit", "dfi_account_number", "amount", "identification_number")
        return {
            **{name: sent.get(name, "") for name in (*batch, *entry, "individual_name")},
            "service_class_code": "225",
            "standard_entry_class": "COR" if is_change else sent.get("standard_entry_class", "PPD"),
            "company_entry_description": "NOTICE" if is_change else "RETURN",
            "effective_entry_date": moment.now.strftime("%y%m%d"),
            "originator_status_code": "1",
            "odfi_identification": self._routing,
            "transaction_code": RETURNED_AS.get(sent["transaction_code"], "26"),
            "addenda_indicator": "1",
            "trace_number": trace,
            "addenda_trace_number": trace,
            "addenda_type": "98" if is_change else "99",
            "return_reason": "" if is_change else code,
            "change_code": code if is_change else "",
            "original_trace": sent["trace_number"],
            "original_rdfi": sent["rdfi_identification"],
            "date_of_death": str(options.get("date_of_death", "")),
            "addenda_information": str(options.get("information", "")),
            "corrected_data": str(options.get("corrected") or self._corrected(sent, code)) if is_change else "",
        }

    def _corrected(self, sent: Values, code: str) -> str:
        """What the account's bank wants to see from now on: account, routing number, both, or the kind of account."""
        account = f"{chance(self._seed, 'account', sent['dfi_account_number']) % 10**9:09d}"
        routing = "09140060"
        whole = routing + aba_digit(routing)
        other_kind = "37" if sent["transaction_code"] == "27" else "27"
        return {
            "C01": account,
            "C02": whole,
            "C03": f"{whole}   {account}",
            "C05": other_kind,
            "C06": f"{account:<20}{other_kind}",
            "C07": f"{whole}{account:<17}{other_kind}",
        }.get(code, account)

    def mixture(self, request: Request) -> object:
        """Three debits in a hundred come back, when they are due."""
        found = drawn(SHARES, self._seed, request.key)
        if found == "paid":
            return "pay"
        return {"change": {"code": found, "at": DUE}} if found[0] == "C" else {"return": {"reason": found, "at": DUE}}

    def header(self, layout: str, now: datetime, number: int, records: Sequence[Values]) -> Values:
        """The file header of returns; the modifier tells the files of a day apart."""
        local = now.astimezone(ZoneInfo(EASTERN))
        own = self._routing + aba_digit(self._routing)
        return {
            "sender": self.sender,
            "receiver": self.receiver,
            "day": now.strftime("%Y%m%d"),
            "immediate_destination": " 091400606",
            "immediate_origin": f" {own}",
            "file_creation_date": local.strftime("%y%m%d"),
            "file_creation_time": local.strftime("%H%M"),
            "file_id_modifier": MODIFIERS[(number - 1) % len(MODIFIERS)],
            "immediate_destination_name": "FIRST NATIONAL BANK",
            "immediate_origin_name": "CLEARING BANK",
        }


def _banking(day: date) -> date:
    """A day itself when banks work on it, else the next on which they do."""
    return add_banking_days(day - timedelta(days=1), 1)
