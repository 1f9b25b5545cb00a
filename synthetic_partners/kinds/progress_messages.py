"""Progress messages of a wholesale supplier (KCI): each with the whole latest order, numbered per order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from ringback.synthetic_partners.behaviour import Values
from ringback.synthetic_partners.sequences import PartnerMemory

INFORMATIONAL, ACTION_REQUIRED, ERROR = "INFORMATIONAL", "ACTION_REQUIRED", "ERROR"
_MEMBER = {INFORMATIONAL: "information.type", ACTION_REQUIRED: "action.type", ERROR: "error.code"}
ENTITY_TYPES: Mapping[str, str] = {
    "PROVIDE": "PROVIDE_ORDER",
    "CEASE": "CEASE_ORDER",
    "AMEND": "MODIFY_ORDER",
    "CANCEL": "MODIFY_ORDER",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """What an answer sends: its update type, its type, the order's status after it, and the usual problem code."""

    update: str
    type: str
    status: str = ""
    problem: str = ""
    days: int | None = None  # until the target date
    values: Mapping[str, str] = field(default_factory=dict)


KINDS: Mapping[str, Kind] = {
    "acknowledge": Kind(INFORMATIONAL, "ACKNOWLEDGED", "ACKNOWLEDGED"),
    "commit": Kind(INFORMATIONAL, "COMMITTED", "IN_PROGRESS", days=5),
    "delay": Kind(INFORMATIONAL, "DELAY", "HELD", "P07", days=10),
    "resume": Kind(INFORMATIONAL, "RESUMED", "IN_PROGRESS"),
    "reappoint": Kind(ACTION_REQUIRED, "REAPPOINT", "PENDING", "P03"),
    "reappointed": Kind(INFORMATIONAL, "REAPPOINTED", "IN_PROGRESS", days=7),
    "amend": Kind(INFORMATIONAL, "AMENDED", "IN_PROGRESS"),
    "warn": Kind(INFORMATIONAL, "WARNING", "", "P06"),
    "update": Kind(INFORMATIONAL, "UPDATE"),
    "ask": Kind(ACTION_REQUIRED, "INFORMATION_REQUIRED", "PENDING"),
    "complete": Kind(INFORMATIONAL, "COMPLETED", "COMPLETED"),
    "complete_partly": Kind(INFORMATIONAL, "COMPLETED", "PARTIAL"),
    "reject": Kind(INFORMATIONAL, "TERMINATED", "REJECTED", "P04"),
    "fail": Kind(ERROR, "SUPPLIER_FAULT", "FAILED", "P09"),
    "time_out": Kind(ERROR, "SUPPLIER_TIMED_OUT", "", "P09"),
    "cancel": Kind(INFORMATIONAL, "CANCELLED", "CANCELLED", "P08"),
}
UNASKED = Kind(INFORMATIONAL, "CREATED", "IN_PROGRESS")
TEXTS: Mapping[str, str] = {
    "P01": "no capacity left at the exchange",
    "P02": "the duct is blocked",
    "P03": "nobody let the engineer in",
    "P04": "the address is not the one that was ordered for",
    "P05": "a part of the network is missing",
    "P06": "waiting for a wayleave",
    "P07": "the weather does not allow the work",
    "P08": "the customer is not ready",
    "P09": "a system of the supplier is down",
}


@dataclass(slots=True)
class OrderBook:
    """The supplier's own view of its orders, kept in the partner's memory."""

    memory: PartnerMemory
    seed: int
    supplier: str

    def note(self, order: str, record: Values) -> None:
        """An order came, or a change of one: its members are the latest."""
        number, entity = self._read(order)
        latest = {name: value for name, value in record.items() if name.startswith("entity.") and value}
        first = {"entity.action": entity.get("entity.action") or latest.get("entity.action", "PROVIDE")}
        self._keep(order, number, {**entity, **latest, **first, "entity.supplierOrderNumber": f"S-{order}"})

    def message(self, order: str, kind: Kind, options: Mapping[str, object], now: datetime) -> Values:
        """The next message about an order."""
        number, entity = self._read(order)
        entity |= _dates(kind, options, entity, now)
        if kind.status:
            entity["entity.status"] = kind.status
        if kind.status == "COMPLETED" and not entity.get("entity.serviceId"):
            entity["entity.serviceId"] = f"LINE-{self._digest(order, 'line')[:10].upper()}"
        entity["entity.updated"] = instant(now)
        self._keep(order, number + 1, entity)
        problem = str(options.get("problem", kind.problem))
        said = str(options.get("text", TEXTS.get(problem, "")))
        values = {
            "id": str(UUID(self._digest(order, str(number + 1))[:32])),
            "supplier": self.supplier,
            "sequenceNumber": str(number + 1),
            **dict.fromkeys(("issuedOn", "receivedOn", "deliveredOn"), instant(now)),
            "updateType": kind.update,
            "entityType": ENTITY_TYPES.get(entity.get("entity.action", "PROVIDE"), "PROVIDE_ORDER"),
            **{name: value for name, value in entity.items() if name != "entity.action"},
            _MEMBER[kind.update]: kind.type,
            "problemCode": problem,
            "text": said,
        }
        if kind.update == ERROR:
            values |= {"error.uuid": str(UUID(self._digest(order, "error")[:32])), "error.messages.0": said}
        return {name: value for name, value in values.items() if value}

    def _digest(self, *parts: str) -> str:
        return hashlib.sha256("\x1f".join((str(self.seed), self.supplier, *parts)).encode()).hexdigest()

    def _read(self, order: str) -> tuple[int, dict[str, str]]:
        kept = self.memory.claims.get(f"kci/{order}")
        if kept is None:
            return 0, {"entity.id": order, "entity.supplier": self.supplier}
        found = json.loads(kept)
        return int(found["number"]), dict(found["entity"])

    def _keep(self, order: str, number: int, entity: Mapping[str, str]) -> None:
        self.memory.claims[f"kci/{order}"] = json.dumps({"number": number, "entity": entity})


def _dates(kind: Kind, options: Mapping[str, object], entity: Mapping[str, str], now: datetime) -> dict[str, str]:
    """The committed date is set once; the target date moves with every message that names one."""
    days = options.get("days", kind.days)
    dates = {} if days is None else {"entity.targetDate": (now + timedelta(days=int(str(days)))).date().isoformat()}
    if kind.type == "COMMITTED" and not entity.get("entity.committedDate"):
        dates["entity.committedDate"] = dates["entity.targetDate"]
    if kind.type == "COMPLETED":
        dates["entity.completedDate"] = now.date().isoformat()
    return dates


def instant(moment: datetime) -> str:
    """ISO 8601 in UTC, with milliseconds."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def document(values: Values, numbers: frozenset[str]) -> dict[str, object]:
    """Dotted names as a JSON document: `a.0.b` is an element of a list, `numbers` are the members that are numbers."""
    top: dict[str, object] = {}
    for path, value in values.items():
        *above, name = path.split(".")
        place = top
        for part in above:
            place = place.setdefault(part, {})  # type: ignore[assignment]  # a path is never both a value and a folder
        place[name] = int(value) if (path in numbers or name in numbers) and value.isdigit() else value
    return {name: _listed(part) for name, part in top.items()}


def _listed(part: object) -> object:
    """A mapping whose names count 0, 1, 2 is a list."""
    if not isinstance(part, dict):
        return part
    inside = {name: _listed(value) for name, value in part.items()}
    return list(inside.values()) if inside and all(name.isdigit() for name in inside) else inside


def values_of(found: object, path: str = "") -> dict[str, str]:
    """A JSON document as dotted names: the other way round."""
    if isinstance(found, dict):
        parts = found.items()
    elif isinstance(found, list):
        parts = enumerate(found)  # type: ignore[assignment]  # numbers are names too
    else:
        return {} if found is None else {path: str(found)}
    return {name: text for key, value in parts for name, text in values_of(value, f"{path}.{key}".lstrip(".")).items()}
