"""What a progress message of the supplier means for an order: tables of message types and the few rules beyond them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ringback.reference_stack.systems.reading import at, text

FINAL = ("COMPLETED", "REJECTED", "CANCELLED", "FAILED")
OPEN_TYPES = ("PROVIDE", "CEASE")
PROBLEM_CODES = tuple(f"P{number:02d}" for number in range(1, 10))
_UPDATE_TYPES = {"INFORMATIONAL": "information", "ACTION_REQUIRED": "action", "ERROR": "error"}
_RESUMES = "COMMITTED or ACKNOWLEDGED"

# Message type -> status of the order; nothing when the message only tells something.
_INFORMATION: Mapping[str, str] = {
    "CREATED": "",
    "ACKNOWLEDGED": "ACKNOWLEDGED",
    "COMMITTED": "COMMITTED",
    "DELAY": "DELAYED",
    "RESUMED": _RESUMES,
    "REAPPOINTED": _RESUMES,
    "AMENDED": _RESUMES,
    "ADDITIONAL": "",
    "WARNING": "",
    "UPDATE": "",
    "CANCELLED": "CANCELLED",
    "TERMINATED": "FAILED",
    "COMPLETED": "COMPLETED",
}
_ACTIONS: Mapping[str, str] = {"REAPPOINT": "REAPPOINT", "INFORMATION_REQUIRED": "", "RESUBMIT": "", "CONFIRM": ""}
_PROBLEM_NEEDED = ("WARNING", "DELAY", "REAPPOINT", "CANCELLED")
_ENDS_BADLY = ("REJECTED", "CANCELLED", "FAILED")


class Refused(Exception):
    """A message that cannot be applied, with the record code of its refusal."""

    def __init__(self, code: str, said: str) -> None:
        super().__init__(said)
        self.code = code
        self.said = said


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of an order; dates are ISO texts, empty while unknown."""

    status: str
    committed: str = ""
    target: str = ""
    reason: str = ""
    service: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """An order after a message, and the case that a person must look at (its code), if any."""

    standing: Standing
    case: str = ""


def cleaned(value: object) -> object:
    """A message without its optional fields that came empty: absent, null and "" say the same."""
    if isinstance(value, dict):
        kept = {name: cleaned(part) for name, part in value.items()}
        return {name: part for name, part in kept.items() if part not in (None, "", {}, [])}
    return [cleaned(part) for part in value] if isinstance(value, list) else value


def envelope_faults(message: Mapping[str, object]) -> Iterator[str]:
    """What makes a message undeliverable; everything else is answered as a business error, later."""
    if not isinstance(message.get("id"), str) or not message["id"]:
        yield "id is missing"
    if not isinstance(message.get("entity"), dict):
        yield "entity is missing"


def empty_fields(message: object, path: str = "") -> Iterator[str]:
    """The fields of a message that came as an empty string, as dotted paths."""
    if isinstance(message, dict):
        for name, value in message.items():
            yield from empty_fields(value, f"{path}.{name}".lstrip("."))
    elif message == "":
        yield f"{path} is empty"


def sequence_of(message: object) -> int:
    """The number of a message within its order; 0 when it has none."""
    number = at(message, "sequenceNumber")
    return number if isinstance(number, int) and not isinstance(number, bool) and number > 0 else 0


def type_of(message: object) -> tuple[str, str]:
    """The kind of a message and its type, e.g. ("information", "DELAY"); Refused when there is no such thing."""
    update = text(message, "updateType")
    member = _UPDATE_TYPES.get(update)
    if member is None:
        raise Refused("R104" if update else "R101", f"updateType {update!r} is none of {' '.join(_UPDATE_TYPES)}")
    kind = text(message, f"{member}.code" if member == "error" else f"{member}.type")
    if not kind:
        raise Refused("R101", f"an {update} message needs {member}.{'code' if member == 'error' else 'type'}")
    known = {"information": _INFORMATION, "action": _ACTIONS}.get(member)
    if known is not None and kind not in known:
        raise Refused("R104", f"{member}.type {kind!r} is none of {' '.join(known)}")
    return member, kind


def progress(before: Standing, message: object) -> Progress:
    """The order after a message; Refused when the message is wrong or the order is over."""
    member, kind = type_of(message)
    if before.status in FINAL:
        raise Refused("R110", f"the order is {before.status}, {kind} changes nothing any more")
    problem = _problem(message, kind)
    if member == "error":
        return _failed(before, message, kind)
    status = (_INFORMATION if member == "information" else _ACTIONS)[kind]
    dated = _dated(before, message, kind)
    after = replace(dated, reason=problem or dated.reason, service=text(message, "entity.serviceId") or dated.service)
    if status == _RESUMES:
        return Progress(replace(after, status="COMMITTED" if after.committed else "ACKNOWLEDGED", reason=""))
    if kind == "TERMINATED":
        return _failed(after, message, "TERMINATED")
    if kind == "COMPLETED" and text(message, "entity.status") == "PARTIAL":
        return Progress(after, "WHS-PARTIAL")
    if member == "action" and not status:
        return Progress(after, f"WHS-{kind.replace('_', '-')}")
    return Progress(replace(after, status=status or after.status))


def _problem(message: object, kind: str) -> str:
    code = text(message, "problemCode")
    if not code and kind in _PROBLEM_NEEDED:
        raise Refused("R101", f"problemCode is missing, {kind} needs one")
    if code and code not in PROBLEM_CODES:
        raise Refused("R104", f"problemCode {code!r} is none of {' '.join(PROBLEM_CODES)}")
    return code


def _dated(before: Standing, message: object, kind: str) -> Standing:
    """The committed date is set once, when the supplier commits; the target date may move with every message."""
    committed, target = text(message, "entity.committedDate"), text(message, "entity.targetDate")
    if kind == "COMMITTED" and not before.committed and not (committed or target):
        raise Refused("R101", "entity.committedDate is missing, COMMITTED needs one")
    promised = before.committed or (committed or target if kind == "COMMITTED" else "")
    return replace(before, committed=promised, target=target or before.target or promised)


def _failed(before: Standing, message: object, kind: str) -> Progress:
    """An error or a termination ends the order when the supplier says so; otherwise a person looks at it."""
    status, reason = text(message, "entity.status"), text(message, "problemCode") or kind
    if status in _ENDS_BADLY:
        return Progress(replace(before, status=status, reason=reason))
    if kind == "TERMINATED":
        return Progress(replace(before, status="FAILED", reason=reason))
    return Progress(replace(before, reason=reason), f"WHS-{kind.replace('_', '-')}")
