"""Anomalies that are several deliveries: which files go out, in which order, when, and how they are handed over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from ringback.synthetic_partners.anomalies.asking import Asked
from ringback.synthetic_partners.anomalies.files import FILE_CHANGES
from ringback.synthetic_partners.anomalies.records import RECORD_CHANGES, fields_of
from ringback.synthetic_partners.anomalies.surgery import Patient, unfit
from ringback.synthetic_partners.anomalies.times import read_written
from ringback.synthetic_partners.generate import GeneratedFile, generate_file
from ringback.synthetic_partners.sequences import LAST

NUMBERS = ("sequence", "control", "cycle_counter", "cycle", "file_no", "batch_number", "modifier")
FAR = 40_000  # numbers from which the files of a series are far
UPLOAD, SLOW, REPLACED, DROPPED = "upload", "slow", "replaced", "dropped"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One file on its way.

    Args:
        name: under which name.
        content: its bytes.
        after_s: seconds of real time after the delivery before it.
        days: days of the environment's clock after the delivery before it.
        awaits: the name of the delivery whose acknowledgement is waited for (empty: of none).
        how: `upload` as agreed, `slow` in two halves, `replaced` after a first half was there under its name,
            `dropped` after nine tenths and begun anew.
        good: whether a correct receiver applies it.
        pause_s: seconds between the two halves of a slow one.
    """

    name: str
    content: bytes
    after_s: float = 0.0
    days: int = 0
    awaits: str = ""
    how: str = UPLOAD
    good: bool = True
    pause_s: float = 0.0


def number_of(patient: Patient) -> tuple[str, str]:
    """The field that numbers the files of a series, and its text."""
    parts = patient.head
    for name in NUMBERS:
        if parts.get(name, "").isdigit():
            return name, parts[name]
    raise unfit(patient.layout, "a number that its files count up")


def _counts(patient: Patient) -> bool:
    return any(patient.head.get(name, "").isdigit() for name in NUMBERS)


def _consecutive(patient: Patient) -> None:
    """UsageError where numbers are unique but not consecutive (X12), so that none can be missing."""
    number_of(patient)
    if patient.layout.family == "x12":
        raise unfit(patient.layout, "numbers without a gap")


def numbered(patient: Patient, more: int, records: list[dict[str, str]] | None = None) -> GeneratedFile:
    """The file under a number that is so many further on, with other records if they are given."""
    if not _counts(patient):
        return GeneratedFile(
            renamed(patient, more), patient.encoded(patient.records if records is None else records).content
        )
    name, text = number_of(patient)
    most = LAST if len(text) == 5 else 10 ** len(text) - 1
    number = (int(text) - 1 + more) % most + 1
    parts = patient.head
    return patient.named({**parts, name: f"{number:0{len(text)}d}"}, records)


def filler(patient: Patient, more: int) -> GeneratedFile:
    """A good file of this series under a number so many further on: empty where that is legal, else of one record."""
    made = numbered(patient, more, [])
    if not patient.layout.decode(made.content, made.name).problems:
        return made
    other = generate_file(patient.layout, rows=1, seed=more)
    records = patient.layout.decode(other.content, other.name).records
    return numbered(patient, more, [dict(record) for record in records])


def renumbered(patient: Patient, number: int) -> GeneratedFile:
    """The file under this number."""
    _, text = number_of(patient)
    return numbered(patient, number - int(text))


def _copy(patient: Patient, _: Asked) -> tuple[Delivery, ...]:
    first = _good(patient.made)
    return (first, Delivery(first.name, first.content, awaits=first.name, good=False))


def _copy_renamed(patient: Patient, _: Asked) -> tuple[Delivery, ...]:
    first = _good(patient.made)
    return (first, Delivery(renamed(patient), first.content, awaits=first.name, good=False))


def renamed(patient: Patient, more: int = 1) -> str:
    """Another name of the same convention, which no file of the series will have soon; or a time some seconds later."""
    parts = dict(patient.layout.names.read(patient.made.name) or {})
    for name in NUMBERS:
        if parts.get(name, "").isdigit():
            most = LAST if len(parts[name]) == 5 else 10 ** len(parts[name]) - 1
            number = (int(parts[name]) - 1 + FAR) % most + 1
            return patient.layout.file_name({**parts, name: f"{number:0{len(parts[name])}d}"})
    for name, text in parts.items():
        found = read_written(text)
        if found:
            later = (found[0] + timedelta(seconds=more)).strftime(found[1].pattern)
            return patient.layout.file_name({**parts, name: later})
    raise unfit(patient.layout, "a number or time in its names")


def _again(patient: Patient, asked: Asked) -> tuple[Delivery, ...]:
    return _copy_renamed(patient, asked) if asked.word("name") == "new" else _copy(patient, asked)


def other_content(patient: Patient, asked: Asked) -> GeneratedFile:
    """A valid file of the same number and name with something else in its first record."""
    number_of(patient)
    for field in fields_of(patient, asked):
        old = patient.value(field)
        found = read_written(old)
        if found:
            later = found[0] + timedelta(seconds=1)
            content = patient.with_text(field, (later.strftime(found[1].pattern) + found[1].offset).encode())
            if content is not None and not patient.codes(content):
                return GeneratedFile(patient.made.name, content)
    for field in fields_of(patient, asked):
        old = patient.value(field)
        ends = ("A", "B") if not old[-1:].isdigit() else ("1", "2")
        for new in (old[::-1], *(old[:-1] + end for end in ends)):
            content = patient.with_text(field, new.encode()) if new != old else None
            if content is not None and not patient.codes(content):
                return GeneratedFile(patient.made.name, content)
    raise unfit(patient.layout, "a field that may hold something else")


def _same_number(patient: Patient, asked: Asked) -> tuple[Delivery, ...]:
    first, other = _good(patient.made), other_content(patient, asked)
    return (first, Delivery(other.name, other.content, awaits=first.name, good=False))


def _gap(patient: Patient, asked: Asked) -> tuple[Delivery, ...]:
    """The file overtakes n others, which are most of them empty: the greatest number first."""
    _consecutive(patient)
    ahead = numbered(patient, asked.number("n"))
    fillers = [filler(patient, more) for more in range(asked.number("n") - 1, -1, -1)]
    pause = 0.5  # long enough to be seen waiting
    return (_good(ahead), *(Delivery(one.name, one.content, after_s=pause) for one in fillers))


def _wrap(patient: Patient, _: Asked) -> tuple[Delivery, ...]:
    _consecutive(patient)
    last = renumbered(patient, LAST)
    first = filler(Patient(last, patient.layout, patient.layout.decode(last.content, last.name)), 1)
    return (_good(last), _good(first))


def _missing(patient: Patient, asked: Asked) -> tuple[Delivery, ...]:
    """A day's file is lost; the next day's shows the gap; then the lost one is found."""
    _consecutive(patient)
    after = filler(patient, 1)
    days = asked.number("days")
    return (
        Delivery(after.name, after.content, days=days),
        Delivery(patient.made.name, patient.made.content, after_s=0.5),
    )


def _halves(patient: Patient) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    records = patient.records
    if len(records) < 2:
        raise unfit(patient.layout, "two records in this file")
    middle = len(records) // 2
    return _counted(patient, records[:middle]), _counted(patient, records[middle:])


def _counted(patient: Patient, records: list[dict[str, str]]) -> list[dict[str, str]]:
    """Records that say how many of their kind are in the file say so of these alone."""
    for rule in (rule for rule in patient.layout.rules if rule.kind == "count_of"):
        counts = Counter(record.get(rule.other, "") for record in records)
        for record in records:
            count = str(counts[record.get(rule.other, "")])
            record[rule.field] = count.zfill(len(record.get(rule.field, "")))
    return records


def _newer_first(patient: Patient, _: Asked) -> tuple[Delivery, ...]:
    older, newer = _halves(patient)
    first = patient.encoded(newer)
    return (_good(first), _good(numbered(patient, 1, older)))


def _midnight(patient: Patient, _: Asked) -> tuple[Delivery, ...]:
    before, after = _halves(patient)
    return (_good(patient.encoded(before)), Delivery(*_pair(numbered(patient, 1, after)), days=1))


def _pair(made: GeneratedFile) -> tuple[str, bytes]:
    return made.name, made.content


def _good(made: GeneratedFile) -> Delivery:
    return Delivery(made.name, made.content)


def _slow(patient: Patient, asked: Asked) -> tuple[Delivery, ...]:
    return (Delivery(*_pair(patient.made), how=SLOW, pause_s=float(asked.number("pause"))),)


def _replaced(patient: Patient, _: Asked) -> tuple[Delivery, ...]:
    return (Delivery(*_pair(patient.made), how=REPLACED),)


def _fails(patient: Patient, asked: Asked) -> tuple[Delivery, ...]:
    kind = asked.word("kind")
    return (Delivery(*_pair(patient.made), how=kind if kind != "dropped" else DROPPED),)


_SERIES: Mapping[str, Callable[[Patient, Asked], tuple[Delivery, ...]]] = {
    "A02": _missing,
    "A03": _copy,
    "A04": _copy_renamed,
    "A05": _same_number,
    "A06": _gap,
    "A07": _wrap,
    "A12": _slow,
    "A18": _newer_first,
    "A19": _newer_first,
    "A25": _midnight,
    "A36": _replaced,
    "A37": _again,
    "A38": _fails,
}


def planned(patient: Patient, asked: Asked) -> tuple[Delivery, ...]:
    """The deliveries of an anomaly; those of a bad file end with the good one, once the bad one is answered."""
    if asked.id in _SERIES:
        return _SERIES[asked.id](patient, asked)
    change = FILE_CHANGES.get(asked.id) or RECORD_CHANGES.get(asked.id)
    if change is None:
        return (_good(patient.made),)
    made = change(patient, asked)
    harmless = made.content == patient.made.content or (not asked.anomaly.codes and made.name == patient.made.name)
    return (Delivery(made.name, made.content, good=harmless),)
