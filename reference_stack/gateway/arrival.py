"""A file that a partner has put into /to_us, and all that can be said of it before its records are looked at."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from ringback.reference_stack.gateway.codecs.model import FeedProblem, file_problem
from ringback.reference_stack.gateway.content import Content
from ringback.reference_stack.gateway.folders import SIDE_CAR
from ringback.reference_stack.gateway.names import FileName, read_name
from ringback.reference_stack.gateway.partners import NDJSON_FEEDS, PARTNERS, Partner

OLDEST = timedelta(days=30)
AHEAD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One received file."""

    partner: Partner
    path: Path
    data: bytes
    sha256: str
    received: str
    file_id: str = ""
    known_by_name: bool = False  # a copy is told by its name, not by its content

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    @property
    def said(self) -> FileName | None:
        """What the name says."""
        return read_name(self.name)

    @property
    def feed(self) -> str:
        """The feed by name; `UNKNOWN` when the name follows no convention."""
        said = self.said
        return said.feed if said else "UNKNOWN"

    def booked(self, file_id: str) -> Arrival:
        """The same file with its row in the ledger."""
        return replace(self, file_id=file_id)


def read_arrival(partner: Partner, path: Path, received: str) -> Arrival | None:
    """Read a file; None when it changed while it was read (the next look reads it again)."""
    before = path.stat()
    data = path.read_bytes()
    after = path.stat()
    if (before.st_size, before.st_mtime_ns, before.st_ino) != (after.st_size, after.st_mtime_ns, after.st_ino):
        return None
    return Arrival(partner, path, data, hashlib.sha256(data).hexdigest(), received)


def first_look(arrival: Arrival) -> tuple[FeedProblem, ...]:
    """Problems that show before the content is read: nothing in it, checksum, name, sender."""
    problems = [*_checksum(arrival)]
    if not arrival.data:
        problems.append(file_problem("G016", "the file has no bytes"))
    said = arrival.said
    if said is None:
        problems.append(file_problem("G001", f"the name {arrival.name} follows no convention"))
    elif said.feed not in arrival.partner.inbound:
        owner = next((one.id for one in PARTNERS.values() if said.feed in one.inbound), "")
        whose = f"it belongs to {owner}" if owner else "we send it, we do not receive it"
        problems.append(file_problem("G009", f"{arrival.partner.id} does not send {said.feed}: {whose}"))
    elif said.sender != arrival.partner.inbound[said.feed]:
        wanted = arrival.partner.inbound[said.feed]
        problems.append(file_problem("G009", f"sender {said.sender} in the name, {wanted} is expected"))
    return tuple(problems)


def _checksum(arrival: Arrival) -> tuple[FeedProblem, ...]:
    side_car = arrival.path.with_name(arrival.name + SIDE_CAR)
    if not side_car.exists():
        needed = arrival.feed in NDJSON_FEEDS
        return (file_problem("G017", "the side-car with the checksum is missing"),) if needed else ()
    declared = side_car.read_bytes().decode("ascii", "replace").split()
    if declared and declared[0].lower() == arrival.sha256:
        return ()
    return (file_problem("G017", f"the side-car says {' '.join(declared)[:64]}, the file has {arrival.sha256}"),)


def against_name(arrival: Arrival, said: FileName, content: Content, now: datetime) -> tuple[FeedProblem, ...]:
    """Problems of what the head declares: other parties than the name, test mode, too old, from the future."""
    problems = list(content.fatal)
    wanted = arrival.partner.inbound[said.feed]
    if content.sender and content.sender != wanted:
        problems.append(file_problem("G009", f"sender {content.sender}, {wanted} is expected"))
    if content.receiver and content.receiver != arrival.partner.us:
        problems.append(file_problem("G009", f"receiver {content.receiver}, {arrival.partner.us} is expected"))
    if content.sequence is not None and content.sequence != said.sequence and not arrival.known_by_name:
        text = f"sequence {content.sequence} in the header, {said.sequence} in the name"
        problems.append(file_problem("G002", text))
    if content.mode == "T":
        problems.append(file_problem("G018", "a test file (mode T) came to the live system"))
    return (*problems, *_date_problems(content.created, now))


def _date_problems(created: datetime | None, now: datetime) -> tuple[FeedProblem, ...]:
    if created is None:
        return ()
    if created > now + AHEAD:
        return (file_problem("G015", f"created {created:%Y-%m-%dT%H:%M:%SZ}, it is {now:%Y-%m-%dT%H:%M:%SZ}"),)
    if created < now - OLDEST:
        return (file_problem("G014", f"created {created:%Y-%m-%d}, older than {OLDEST.days} days"),)
    return ()
