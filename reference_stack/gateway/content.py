"""What is inside a file, whatever its feed: entries to apply, counts, totals and problems."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from ringback.reference_stack.gateway.codecs.address import read_answers
from ringback.reference_stack.gateway.codecs.bdd import read_bdd
from ringback.reference_stack.gateway.codecs.fixed import read_fixed
from ringback.reference_stack.gateway.codecs.model import (
    FeedFile,
    FeedProblem,
    FeedRecord,
    Severity,
    file_problem,
    record_problem,
)
from ringback.reference_stack.gateway.codecs.nacha import read_ach
from ringback.reference_stack.gateway.codecs.ndjson import read_ndjson
from ringback.reference_stack.gateway.codecs.nena import read_locations, read_street_guide
from ringback.reference_stack.gateway.codecs.pipe import read_pipe
from ringback.reference_stack.gateway.codecs.sim_batch import read_sim_batch
from ringback.reference_stack.gateway.codecs.stamps import moment
from ringback.reference_stack.gateway.codecs.udr import read_udr
from ringback.reference_stack.gateway.codecs.x12 import Group, Segment, SetFault, TransactionSet, read_x12
from ringback.reference_stack.gateway.codecs.x12_answers import read_functional
from ringback.reference_stack.gateway.codecs.x12_orders import read_answer
from ringback.reference_stack.gateway.codecs.x12_shipping import read_notice, read_status
from ringback.reference_stack.gateway.names import FileName
from ringback.reference_stack.gateway.partners import X12_FEEDS

_STAMP_DIGITS = 14


@dataclass(frozen=True, slots=True)
class Entry:
    """One record to hand to its owner, or what is wrong with it."""

    line_no: int
    key: str
    body: Mapping[str, object]
    problem: FeedProblem | None = None
    set_fault: SetFault | None = None  # X12: what the 997 says of the set

    def field(self, name: str) -> str:
        """A field of a flat record."""
        return str(self.body.get(name, ""))


@dataclass(frozen=True, slots=True)
class Content:
    """A file as read, with what its head declares."""

    sender: str
    receiver: str
    sequence: int | None
    created: datetime | None
    mode: str
    entries: tuple[Entry, ...]
    fatal: tuple[FeedProblem, ...]
    declared_count: int | None = None
    actual_count: int | None = None
    declared_total: int | None = None
    actual_total: int | None = None
    groups: tuple[Group, ...] = ()  # X12: what a 997 answers
    rap_sequence: int = 0  # TAP: the RAP file of ours that this file answers


def read_content(name: FileName, data: bytes) -> Content:
    """Read a file by the feed that its name says."""
    return _READERS[name.feed](name, data)


def _flat_content(read: FeedFile) -> Content:
    header = read.header
    return Content(
        header.sender if header else "",
        header.receiver if header else "",
        header.sequence if header else None,
        moment(header.created) if header else None,
        header.mode if header else "",
        _flat_entries(read),
        read.fatal,
        read.declared_count,
        read.actual_count,
        read.declared_total,
        read.actual_total,
    )


def _flat_entries(read: FeedFile) -> tuple[Entry, ...]:
    problems: dict[int, FeedProblem] = {}
    for problem in read.problems:
        if problem.severity is Severity.RECORD:
            problems.setdefault(problem.line_no, problem)
    return tuple(_flat_entry(record, problems.get(record.line_no)) for record in read.records)


def _flat_entry(record: FeedRecord, problem: FeedProblem | None) -> Entry:
    return Entry(record.line_no, record.key, record.fields, problem)


def _bdd_content(name: FileName, data: bytes) -> Content:
    read = read_bdd(data)
    entries = tuple(_in_range(name, entry) for entry in _flat_entries(read))
    created = moment(name.created)
    count = read.actual_count
    return Content(name.sender, name.receiver, None, created, "P", entries, read.fatal, None, count)


def _in_range(name: FileName, entry: Entry) -> Entry:
    """A row outside the NPA-NXX range of the file's name is no row of this file."""
    if entry.problem or name.low <= entry.field("tn")[:6] <= name.high:
        return entry
    text = f"number {entry.key} is outside {name.low}-{name.high}"
    problem = record_problem("R102", text, line_no=entry.line_no, key=entry.key, field="tn")
    return Entry(entry.line_no, entry.key, entry.body, problem)


def _x12_content(name: FileName, data: bytes) -> Content:
    feed = name.feed
    read = read_x12(data)
    found = read.interchange
    if found is None:
        return Content("", "", None, None, "", (), read.problems)
    sets = [one for group in found.groups for one in group.sets]
    return Content(
        found.sender,
        found.receiver,
        int(found.control),
        found.created,
        found.mode,
        tuple(_x12_entry(feed, one) for one in sets),
        read.problems,
        len(sets),  # a difference between GE01 and the sets is a problem of the file already
        len(sets),
        groups=found.groups,
    )


def _x12_entry(feed: str, one: TransactionSet) -> Entry:
    key, body, faults = _document(feed, one.segments)
    faults = (*one.faults, *faults)
    if one.identifier != feed:
        faults = (SetFault("1", f"a {one.identifier} does not belong into a file of {feed}", "R104"), *faults)
    if not faults:
        return Entry(one.line_no, key, body)
    problem = record_problem(faults[0].code, faults[0].text, line_no=one.line_no, key=key)
    return Entry(one.line_no, key, body, problem, faults[0])


def _document(feed: str, segments: Sequence[Segment]) -> tuple[str, dict[str, object], tuple[SetFault, ...]]:
    """The identity of a document, the document itself and its faults."""
    if feed == "855":
        answer, faults = read_answer(segments)
        return answer.po, asdict(answer), faults
    if feed == "856":
        notice, faults = read_notice(segments)
        return notice.asn, asdict(notice), faults
    if feed == "214":
        status, faults = read_status(segments)
        return f"{status.po}-{status.status}", asdict(status), faults
    functional, faults = read_functional(segments)
    return f"{functional.functional_id}-{functional.group_control}", asdict(functional), faults


def _pipe_content(name: FileName, data: bytes) -> Content:
    return _flat_content(read_pipe(name.feed, data))


def _fixed_content(name: FileName, data: bytes) -> Content:
    return _flat_content(read_fixed(name.feed, data))


def _message_content(name: FileName, data: bytes) -> Content:
    """Lines of JSON declare nothing: the name alone says who sends, when and under which number."""
    lines, fatal = read_ndjson(data)
    entries = tuple(
        Entry(line.line_no, str(line.document.get("id", "")), line.document, line.problem) for line in lines
    )
    created = moment(name.created)
    sent = (name.sender, name.receiver, name.sequence)
    return Content(*sent, created, "P", entries, fatal, actual_count=len(lines))


def _ach_content(name: FileName, data: bytes) -> Content:
    read = read_ach(name.feed, data)
    content = _flat_content(read)
    if read.header is None or read.header.version == name.mark:
        return content
    what = f"file id modifier {read.header.version} in the header, {name.mark} in the name"
    return replace(content, fatal=(*content.fatal, file_problem("G002", what, line_no=1)))


def _usage_content(name: FileName, data: bytes) -> Content:
    read = read_udr(data)
    content = _flat_content(read.file)
    if content.mode and (content.mode == "T") != (name.mark == "TD"):
        what = f"{name.mark} in the name, but the header says {'test' if content.mode == 'T' else 'chargeable'}"
        content = replace(content, fatal=(*content.fatal, file_problem("G018", what, line_no=1)))
    return replace(content, rap_sequence=read.usage.rap_sequence if read.usage else 0)


def _location_content(name: FileName, data: bytes) -> Content:
    return _flat_content(read_locations(name.feed, data))


def _batch_content(name: FileName, data: bytes) -> Content:
    """A batch of SIMs: what its name says must be what its header says."""
    read, header = read_sim_batch(data)
    content = replace(_flat_content(read), sequence=None, mode="P")
    said = {"Customer": name.sender, "ProfileType": name.low, "Batch No": name.high}
    strange = [key for key, value in said.items() if header.get(key) not in (None, value)]
    if not strange:
        return content
    problem = file_problem("G002", f"{' and '.join(strange)} of the header differ from the file's name")
    return replace(content, fatal=(*content.fatal, problem))


def _named(name: FileName, read: FeedFile) -> Content:
    """A file without a head of its own: its name says who sent it, when and under which number."""
    created = moment(name.created.ljust(_STAMP_DIGITS, "0"))
    return replace(_flat_content(read), sequence=name.sequence, created=created, mode="P")


def _street_guide_content(name: FileName, data: bytes) -> Content:
    return _named(name, read_street_guide(data))


def _answer_content(name: FileName, data: bytes) -> Content:
    return _named(name, read_answers(data))


_READERS: Mapping[str, Callable[[FileName, bytes], Content]] = {
    "BDD": _bdd_content,
    "KCI": _message_content,
    "MSAG": _street_guide_content,
    "AVRSP": _answer_content,
    "SIMBATCH": _batch_content,
    "E911RET": _location_content,
    **dict.fromkeys(("NPORT", "NPRESP", "NPSV", "DISPATCH", "WFMCLOSE"), _pipe_content),
    **dict.fromkeys(("CRDQ", "CRDR"), _fixed_content),
    **dict.fromkeys(X12_FEEDS, _x12_content),
    "ACHRET": _ach_content,
    **dict.fromkeys(("UDR", "TAP"), _usage_content),
}
