"""Device logistics: takes purchase orders, acknowledges, ships with the device's and the SIM's numbers, delivers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from ringback.engine.protocols import FeedFile, FeedProblem
from ringback.synthetic_partners.behaviour import (
    AnswerStep,
    Moment,
    PartnerSettings,
    Request,
    Told,
    Values,
    digits_of,
    stamp,
)
from ringback.synthetic_partners.check_digits import mod10_31_digit
from ringback.synthetic_partners.identifiers import imei_of
from ringback.synthetic_partners.sequences import PartnerMemory

TACS: Mapping[str, str] = {"PHX-128": "35490100", "PHX-256": "35490200"}
OTHER_TAC = "35490900"  # a SKU that the environment says nothing of
CARRIER = "UPSN"
TRANSIT = timedelta(days=2)
CADENCE: Mapping[str, float] = {"acknowledge": 0.0, "ship": 0.3, "deliver": 1.5}  # seconds after the step before
SERIALS_TRIED = 50
CANCELLATION = "cancellation"


class DeviceLogistics:
    """The logistics partner's warehouse."""

    receives = "purchase_order"
    takes: Mapping[str, str] = {"850": "x12-850", "860": "x12-860"}
    answers: Mapping[str, frozenset[str]] = {
        "acknowledge": frozenset({"after"}),
        "back_order": frozenset({"after"}),
        "reject": frozenset({"after"}),
        "ship": frozenset({"after"}),
        "deliver": frozenset({"after"}),
        "no_answer": frozenset(),
    }

    def __init__(self, settings: PartnerSettings) -> None:
        self._seed = settings.seed
        self.sender = settings.option("our_id", settings.spid or "DEVLOG")
        self.receiver = settings.option("operator_id", "RINGBACK")
        tacs = settings.options.get("tacs")
        self._tacs = {str(sku): str(tac) for sku, tac in tacs.items()} if isinstance(tacs, Mapping) else TACS

    def requests(self, layout: str, file: FeedFile) -> Sequence[Request]:
        """One request per purchase order or cancellation, with all its lines."""
        receives, prefix = (CANCELLATION, "cancel ") if layout == "x12-860" else (self.receives, "")
        orders: dict[str, list[Values]] = {}
        for record in file.records:
            orders.setdefault(record["po"], []).append(record)
        return [
            Request(
                receives,
                prefix + po,
                {"po": (po,), "order": (lines[0]["order_id"],), "sku": tuple(line["sku"] for line in lines)},
                tuple(lines),
            )
            for po, lines in orders.items()
        ]

    def objections(self, layout: str, file: FeedFile, memory: PartnerMemory) -> Sequence[FeedProblem]:
        """A purchase order's number is used once, and only what was ordered is cancelled."""
        if layout == "x12-860":
            return [
                FeedProblem(1, 1, "R105", "po", f"{record['po']} was never ordered")
                for record in file.records
                if f"ordered {record.get('po')}" not in memory.claims
            ]
        memory.claims.update({f"ordered {record.get('po')}": "" for record in file.records})
        return [
            FeedProblem(1, 1, "R107", "po", f"{record['po']} was ordered before")
            for record in file.records
            if record.get("po") in memory.answered
        ]

    def plan(
        self, request: Request, name: str, options: Mapping[str, object], memory: PartnerMemory
    ) -> Sequence[AnswerStep]:
        """One document; none for an order that is cancelled by then."""
        if request.receives == CANCELLATION:
            memory.claims[f"cancelled {request.records[0]['po']}"] = request.key
        if name == "no_answer" or request.receives == CANCELLATION:
            return ()
        after = options.get("after")
        after_s = CADENCE.get(name, 0.0) if after is None else float(str(after))
        writers: Mapping[str, tuple[str, Callable[[Moment], Sequence[Values]]]] = {
            "acknowledge": ("x12-855", lambda moment: self._answer(moment, "AD", "IA")),
            "back_order": ("x12-855", lambda moment: self._answer(moment, "AC", "IB")),
            "reject": ("x12-855", lambda moment: self._answer(moment, "RJ", "IR")),
            "ship": ("x12-856", lambda moment: self._notice(moment, memory)),
            "deliver": ("x12-214", self._delivery),
        }
        layout, write = writers[name]

        def unless_cancelled(moment: Moment) -> Sequence[Values]:
            return () if f"cancelled {moment.request.key}" in memory.claims else write(moment)

        return (AnswerStep(layout, after_s, unless_cancelled),)

    def settled(self, request: Request, told: Told, memory: PartnerMemory) -> object | None:
        """What is cancelled needs no word of a journey: it is not sent any more."""
        return "no_answer" if request.receives == CANCELLATION else None

    def _answer(self, moment: Moment, code: str, line_code: str) -> Sequence[Values]:
        day = moment.now.strftime("%Y%m%d")
        po = moment.request.key
        return [
            {
                "code": code,
                "po": po,
                "acknowledged_on": day,
                "seller_ref": "SO" + digits_of(10, self._seed, "seller", po),
                "qty": line["qty"],
                "price": line["price"],
                "sku": line["sku"],
                "line_status": line_code,
                "ack_qty": line["qty"],
                "date_kind": "068",
                "date": (moment.now + TRANSIT).strftime("%Y%m%d"),
            }
            for line in moment.request.records
        ]

    def _notice(self, moment: Moment, memory: PartnerMemory) -> Sequence[Values]:
        po, day, hour = moment.request.key, moment.now.strftime("%Y%m%d"), moment.now.strftime("%H%M")
        carton = "0" + digits_of(16, self._seed, "carton", po)
        return [
            {
                "purpose": "00",
                "asn": self._asn(po),
                "asn_date": day,
                "asn_time": hour,
                "cartons": "1",
                "scac": CARRIER,
                "tracking": self._tracking(po),
                "shipped_date": day,
                "shipped_time": hour,
                "eta": (moment.now + TRANSIT).strftime("%Y%m%d"),
                "name": line["name"],
                "po": po,
                "sscc": carton + mod10_31_digit(carton),
                "line": line["line"],
                "sku": line["sku"],
                "qty": line["qty"],
                "imei": " ".join(self._imei(line, unit, memory) for unit in range(int(line["qty"]))),
                "iccid": line["iccid"],
            }
            for line in moment.request.records
        ]

    def _imei(self, line: Values, unit: int, memory: PartnerMemory) -> str:
        """The device's number: the TAC of its model and a serial that no other order has."""
        tac = self._tacs.get(line["sku"], OTHER_TAC)
        owner = f"{line['po']}/{line['line']}/{unit}"
        wanted = [digits_of(6, self._seed, "serial", owner, str(turn)) for turn in range(SERIALS_TRIED)]
        return memory.claim([imei_of(tac, serial) for serial in wanted], owner)

    def _delivery(self, moment: Moment) -> Sequence[Values]:
        po = moment.request.key
        return [
            {
                "tracking": self._tracking(po),
                "asn": self._asn(po),
                "scac": CARRIER,
                "po": po,
                "status": "D1",
                "reason": "NS",
                "date": moment.now.strftime("%Y%m%d"),
                "time": moment.now.strftime("%H%M"),
            }
        ]

    def _asn(self, po: str) -> str:
        return "ASN" + digits_of(10, self._seed, "asn", po)

    def _tracking(self, po: str) -> str:
        return "1Z" + digits_of(14, self._seed, "tracking", po)

    def mixture(self, request: Request) -> object:
        """Everything arrives."""
        return ["acknowledge", "ship", "deliver"]

    def header(self, layout: str, now: datetime, number: int, records: Sequence[Values]) -> Values:
        """The envelope's values."""
        return {
            "sender": self.sender,
            "receiver": self.receiver,
            "created": stamp(now),
            "control": str(number).zfill(9),
            "mode": "P",
        }
