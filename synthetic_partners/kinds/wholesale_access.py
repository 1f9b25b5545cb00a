"""The supplier of access lines: takes orders by file or HTTP, tells its progress by call-back and in an hourly file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from threading import RLock
from typing import Any

from ringback.engine.protocols import FeedFile, FeedProblem
from ringback.synthetic_partners.behaviour import (
    INSTRUCTION,
    AnswerStep,
    CallStep,
    FrontDesk,
    Moment,
    Outgoing,
    PartnerSettings,
    Request,
    Step,
    Told,
    Values,
    stamp,
)
from ringback.synthetic_partners.cadence import Cadence
from ringback.synthetic_partners.kinds.mixtures import drawn
from ringback.synthetic_partners.kinds.progress_messages import KINDS, UNASKED, Kind, OrderBook, document, values_of
from ringback.synthetic_partners.sequences import PartnerMemory
from ringback.synthetic_partners.web.manners import GOOD, OPTION, Etiquette, manners_of
from ringback.synthetic_partners.web.messages import WebCall, WebReply, WebRequest

RECEIVES: Mapping[str, str] = {
    "PROVIDE": "provide_order",
    "CEASE": "cease_order",
    "AMEND": "modify_order",
    "CANCEL": "modify_order",
}
NUMBERS = frozenset({"sequenceNumber", "value"})
OPTIONAL = ("supplierCode", "problemCode", "text")
OPTIONS = frozenset({"after", "problem", "text", "days", "channel", OPTION})
CHANNELS = ("http", "file", "both", "hourly")
UNFILED = "kci-unfiled"  # messages that the next hourly file holds
FIRST_S, THEN_S = 0.2, 0.5
TO_THE_END = ("acknowledge", "commit", "complete")
SHARES: Mapping[str, float] = {"straight": 78, "delayed": 10, "no_access": 6, "rejected": 4, "silent": 2}
COURSES: Mapping[str, tuple[str, ...]] = {
    "straight": TO_THE_END,
    "delayed": ("acknowledge", "commit", "delay", "resume", "complete"),
    "no_access": ("acknowledge", "commit", "reappoint", "reappointed", "complete"),
    "rejected": ("acknowledge", "reject"),
    "silent": (),
}


class WholesaleAccess:
    """One supplier; `call_back` is where it delivers messages, `token` what it shows there."""

    receives = "provide_order"
    receives_also = ("cease_order", "modify_order")
    takes: Mapping[str, str] = {"WSORDER": "wholesale-order", "KCIRSP": "kcirsp"}
    answers: Mapping[str, frozenset[str]] = {**dict.fromkeys(KINDS, OPTIONS), "no_answer": frozenset()}
    instructions: Mapping[str, frozenset[str]] = {"unsolicited_cease": OPTIONS}
    cadences: Mapping[str, Cadence] = {"kci": Cadence(every_min=60)}

    def __init__(self, settings: PartnerSettings) -> None:
        self._seed = settings.seed
        self.sender = settings.spid or settings.option("our_id", "ACCESSCO")
        self.receiver = settings.option("operator_id", "RINGBACK")
        self._call_back = settings.option("call_back", "")
        self._token = settings.option("token", "")
        self._etiquette = Etiquette()
        self._lock = RLock()

    def requests(self, layout: str, file: FeedFile) -> Sequence[Request]:
        """One request per order; answers to our own messages ask for nothing."""
        return [self._request(record) for record in file.records] if layout == "wholesale-order" else []

    def _request(self, record: Values) -> Request:
        names = {"order": "entity.id", "address": "entity.address.id", "service": "entity.serviceId"}
        names |= {"reservation": "entity.appointmentReservationId", "action": "action"}
        speeds = tuple(value for name, value in record.items() if name.endswith(".value"))
        facts = {fact: (record[name],) for fact, name in names.items() if record.get(name)}
        return Request(
            RECEIVES.get(record.get("action", ""), self.receives), record["id"], {**facts, "speed": speeds}, (record,)
        )

    def objections(self, layout: str, file: FeedFile, memory: PartnerMemory) -> Sequence[FeedProblem]:
        """A message has an id of its own for ever."""
        return [
            FeedProblem(line, 1, "R107", "id", f"{record.get('id')} came before")
            for line, record in enumerate(file.records, 1)
            if layout == "wholesale-order" and record.get("id") in memory.answered
        ]

    def heard(self, request: WebRequest, desk: FrontDesk) -> WebReply:
        """An order by HTTP: only its envelope is judged at once, everything else is told by messages."""
        if request.method != "POST" or not request.path.rstrip("/").endswith("/orders"):
            return WebReply(404, {"message": f"there is no {request.method} {request.path}; orders go to /orders"})
        found = _object(request.body)
        if not found.get("id") or not isinstance(found.get("entity"), dict) or not found["entity"].get("id"):
            return WebReply(400, {"message": "id or entity.id is missing"})
        asked = self._request(values_of(found))
        behaviour = desk.told(asked)
        manners = manners_of(behaviour.options) if behaviour else GOOD
        put_off = self._etiquette.put_off(manners, asked.key)
        if put_off is None and asked.key not in desk.memory.answered:
            desk.take(asked)
        return put_off or WebReply(202, {"id": asked.key, "status": "accepted for processing"}, after_s=manners.late_s)

    def plan(self, request: Request, name: str, options: Mapping[str, object], memory: PartnerMemory) -> Sequence[Step]:
        """One message: by call-back, by file, or both."""
        if request.receives == INSTRUCTION:
            return self._told_unasked(request, options, memory)
        order = request.records[0]["entity.id"]
        if request.key not in memory.answered:
            with self._lock:
                OrderBook(memory, self._seed, self.sender).note(order, _with_action(request.records[0]))
        return self._steps(order, KINDS[name], options, memory) if name in KINDS else ()

    def _told_unasked(self, request: Request, options: Mapping[str, object], memory: PartnerMemory) -> Sequence[Step]:
        """A cease that nobody ordered: it begins with CREATED, for an order of which the operator knows nothing."""
        service = next(iter(request.facts.get("service", ())), "")
        order = f"UC-{self.sender}-{request.key.rsplit('/')[-1][:8].upper()}"
        record = {"entity.id": order, "entity.orderType": "CEASE", "entity.serviceId": service, "action": "CEASE"}
        with self._lock:
            OrderBook(memory, self._seed, self.sender).note(order, _with_action(record))
        return self._steps(order, UNASKED, options, memory)

    def _steps(self, order: str, kind: Kind, options: Mapping[str, object], memory: PartnerMemory) -> Sequence[Step]:
        channel = str(options.get("channel", "http")) if self._call_back else "file"
        after_s = float(str(options.get("after", FIRST_S if kind.type == "ACKNOWLEDGED" else THEN_S)))
        manners = manners_of(options)

        def message(moment: Moment) -> Values:
            with self._lock:
                return OrderBook(memory, self._seed, self.sender).message(order, kind, options, moment.now)

        def call(moment: Moment) -> Sequence[WebCall]:
            values = message(moment)
            moment.notes["filed"] = json.dumps(values)
            if channel == "hourly":
                with self._lock:
                    memory.claims[UNFILED] = json.dumps([*json.loads(memory.claims.get(UNFILED, "[]")), values])
            made = WebCall(self._call_back, document(values, NUMBERS), order, self._headers())
            return self._etiquette.calls(manners, made, identity="id", optional=OPTIONAL)

        if channel == "file":
            return (AnswerStep("kci", after_s, lambda moment: [message(moment)]),)
        copy = AnswerStep("kci", 0.0, lambda moment: [json.loads(moment.notes["filed"])])
        return (CallStep(after_s, call), *([copy] if channel == "both" else []))

    def _headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self._token}"} if self._token else {}

    def settled(self, request: Request, told: Told, memory: PartnerMemory) -> object | None:
        """Changes, cancellations and ceases that no journey speaks of are simply done."""
        if told(request) is not None or request.receives in (self.receives, INSTRUCTION):
            return None
        action = request.records[0].get("action", "")
        return list(TO_THE_END) if action == "CEASE" else action.lower()

    def unsolicited(self, layout: str, due: datetime, memory: PartnerMemory) -> Sequence[Outgoing]:
        """The hourly file: what was delivered by call-back since the last one, once more."""
        with self._lock:
            messages = json.loads(memory.claims.pop(UNFILED, "[]"))
        return (Outgoing(layout, tuple(messages)),) if messages else ()

    def mixture(self, request: Request) -> object:
        """Mostly straight to the end; some late, some nobody at home, some refused, some forgotten."""
        course = COURSES[drawn(SHARES, self._seed, request.key)]
        return [{name: {"channel": "hourly"}} for name in course] or "no_answer"

    def header(self, layout: str, now: datetime, number: int, records: Sequence[Values]) -> Values:
        """What the name of a file of messages says."""
        return {"sender": self.sender, "receiver": self.receiver, "created": stamp(now), "sequence": f"{number:05d}"}


def _with_action(record: Values) -> Values:
    """An order's members, with its action among them."""
    return {**record, "entity.action": record.get("action", "PROVIDE")}


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
