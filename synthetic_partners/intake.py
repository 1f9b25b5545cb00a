"""Takes one incoming file in: validates it as a partner would, decides, and writes the acknowledgement."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from ringback.engine.protocols import FeedFile, FeedProblem
from ringback.synthetic_partners.acks import DUPLICATE, REJECTED, Ack, ack_errors, decide, write_ack
from ringback.synthetic_partners.behaviour import PartnerKind, Request, Values
from ringback.synthetic_partners.checksums import judge_side_car, needs_side_car
from ringback.synthetic_partners.fields import is_number, read_time
from ringback.synthetic_partners.layout import FeedLayout
from ringback.synthetic_partners.problems import RECORD, severity
from ringback.synthetic_partners.records import RecordLayout
from ringback.synthetic_partners.sequences import LAST, PartnerMemory, following

FUTURE = timedelta(minutes=5)
TOO_OLD = timedelta(days=5)


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a file: the decision, the good requests, and the acknowledgement to send (none while it is held)."""

    decision: str  # ACCEPTED, PARTIAL, REJECTED, DUPLICATE or HELD
    file: FeedFile
    requests: tuple[Request, ...] = ()
    acknowledgement: bytes = b""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file as it came."""

    name: str
    content: bytes
    now: datetime
    checksum: str = ""  # what a side-car NAME.sha256 says

    @property
    def sha256(self) -> str:
        """The digest of its bytes."""
        return hashlib.sha256(self.content).hexdigest()


def take_in(arrival: Arrival, layout: FeedLayout, kind: PartnerKind, memory: PartnerMemory) -> Taken:
    """Judge a file; a good one moves the sequence on."""
    file = layout.decode(arrival.content, arrival.name)
    beside = arrival.checksum.encode() if arrival.checksum else None
    hashes = judge_side_car(arrival.content, beside, needed=needs_side_car(layout))
    problems = [*file.problems, *hashes, *_envelope_problems(arrival, file, kind)]
    order = _judge_order(arrival, layout, file, memory)
    if order == DUPLICATE:
        return Taken(DUPLICATE, file, (), _acknowledge(arrival, layout, file, DUPLICATE, ()))
    if order == "HELD":
        return Taken("HELD", file)
    if order:
        problems.append(FeedProblem(1, 1, order, "sequence", "the number was used by a file with other content"))
    if not any(severity(problem.code) == "F" for problem in problems):
        problems += kind.objections(layout.name, _without(layout, file, problems), memory)
    decision, _ = decide(problems, len(file.records))
    if decision == REJECTED:
        return Taken(REJECTED, file, (), _acknowledge(arrival, layout, file, REJECTED, problems))
    _remember(arrival, layout, file, memory)
    good = kind.requests(layout.name, _without(layout, file, problems))
    return Taken(decision, file, tuple(good), _acknowledge(arrival, layout, file, decision, problems))


def reread(arrival: Arrival, layout: FeedLayout, kind: PartnerKind, keys: Sequence[str]) -> tuple[Request, ...]:
    """The requests of a file taken in before a restart that still wait for an answer."""
    file = layout.decode(arrival.content, arrival.name)
    found = kind.requests(layout.name, _without(layout, file, file.problems))
    return tuple(request for request in found if request.key in keys)


def _without(layout: FeedLayout, file: FeedFile, problems: Sequence[FeedProblem]) -> FeedFile:
    """The file without its bad records. X12 records have no line of their own: a bad set takes all of them."""
    bad = {problem.line for problem in problems if severity(problem.code) == RECORD}
    if not bad:
        return file
    if file.layout.startswith("x12"):
        return replace(file, records=())
    numbered = enumerate(file.records, _first_line(layout, file))
    good = tuple(record for line, record in numbered if line not in bad)
    return replace(file, records=good)


def _envelope_problems(arrival: Arrival, file: FeedFile, kind: PartnerKind) -> list[FeedProblem]:
    found = []
    header = file.header
    for name, expected in (("sender", kind.receiver), ("receiver", kind.sender)):
        if header.get(name) not in (None, "", expected):
            found.append(FeedProblem(1, 1, "G009", name, f"{name} {header[name]} is not {expected}"))
    if header.get("mode") == "T":
        found.append(FeedProblem(1, 1, "G009", "mode", "a test file in the live directory"))
    created = _created(header)
    if created and created > arrival.now + FUTURE:
        found.append(FeedProblem(1, 1, "G015", "created", f"created {created:%Y-%m-%d %H:%M} UTC is in the future"))
    if created and created < arrival.now - TOO_OLD:
        found.append(FeedProblem(1, 1, "G014", "created", f"created {created:%Y-%m-%d %H:%M} UTC is too old"))
    return found


def _created(header: Values) -> datetime | None:
    text = header.get("created") or header.get("created_ts") or ""
    moment = read_time(text.ljust(14, "0"), "ts14") if len(text) in (12, 14) else None
    return moment.replace(tzinfo=UTC) if moment else None


def _sequence(layout: FeedLayout, file: FeedFile) -> tuple[str, int]:
    """The series a file belongs to, and its number, of its header or of its name; 0 without one."""
    said = {**(layout.names.read(file.name) or {}), **file.header}
    text = said.get("sequence") or said.get("control") or ""
    series = f"{said.get('sender', '')}/{'x12' if layout.family == 'x12' else layout.feed}"
    return series, int(text) if is_number(text) else 0


def _judge_order(arrival: Arrival, layout: FeedLayout, file: FeedFile, memory: PartnerMemory) -> str:
    """DUPLICATE for a copy, G007 for other content under a used number, HELD while an earlier file is missing."""
    series, number = _sequence(layout, file)
    if not number:
        return ""
    known = memory.digests.get(f"{series}/{number}")
    if known:
        return DUPLICATE if known == arrival.sha256 else "G007"
    last = memory.received.get(series, 0)
    # X12 control numbers are unique, not consecutive per partner; a first file sets where a series starts.
    if layout.family == "x12" or not last or number == following(last):
        return ""
    ahead = (number - last) % LAST
    return "HELD" if ahead < LAST // 2 else ""


def _remember(arrival: Arrival, layout: FeedLayout, file: FeedFile, memory: PartnerMemory) -> None:
    series, number = _sequence(layout, file)
    if number:
        memory.received[series] = number
        memory.digests[f"{series}/{number}"] = arrival.sha256


def _acknowledge(
    arrival: Arrival, layout: FeedLayout, file: FeedFile, decision: str, problems: Sequence[FeedProblem]
) -> bytes:
    if layout.acknowledged != "file":
        return b""
    actual = len(file.records)
    rejected = 0 if decision == DUPLICATE else decide(problems, actual)[1]
    applied = 0 if decision in (REJECTED, DUPLICATE) else actual - rejected
    declared = file.trailer.get("count") or file.trailer.get("record_count") or ""
    ack = Ack(
        file_name=arrival.name,
        sequence=file.header.get("sequence") or (layout.names.read(file.name) or {}).get("sequence", ""),
        decision=decision,
        declared=str(int(declared)) if is_number(declared) else "",
        actual=str(actual),
        accepted=str(applied),
        rejected=str(rejected),
        received=arrival.now.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
        sha256=arrival.sha256,
        errors=ack_errors(problems, _keys(layout, file)),
    )
    return write_ack(ack)


def _keys(layout: FeedLayout, file: FeedFile) -> Mapping[int, str]:
    return {line: record.get(layout.key, "") for line, record in enumerate(file.records, _first_line(layout, file))}


def _first_line(layout: FeedLayout, file: FeedFile) -> int:
    """The line of the first record."""
    return layout.first_line if isinstance(layout, RecordLayout) else 2 if file.trailer else 1


def functional_records(file: FeedFile, layout: FeedLayout, decision: str) -> tuple[dict[str, str], ...]:
    """The records of the 997 for an X12 file: one per set, all accepted or all rejected."""
    good = decision != REJECTED and not any(severity(problem.code) == RECORD for problem in file.problems)
    sets = list(dict.fromkeys(record.get("set_control", "") for record in file.records)) or ["0001"]
    status = "A" if good else "R"
    return tuple(
        {
            "group": file.header.get("group", ""),
            "group_control": file.header.get("group_control", ""),
            "set": layout.feed,
            "set_control": control,
            "status": status,
            "code": "" if good else "5",
            "group_status": status,
            "sets": str(len(sets)),
            "received": str(len(sets)),
            "accepted": str(len(sets)) if good else "0",
        }
        for control in sets
    )
