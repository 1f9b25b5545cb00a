"""Anomalies of one record: candidates for the wrong file, of which the layout's own decoding chooses one that fits."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ringback.engine.problems import UsageError
from ringback.synthetic_partners.anomalies.asking import Asked
from ringback.synthetic_partners.anomalies.surgery import Field, Patient, unfit
from ringback.synthetic_partners.anomalies.times import read_written, swapped_dates
from ringback.synthetic_partners.generate import GeneratedFile

Change = Callable[[Patient, Asked], GeneratedFile]
_LETTERS = "QXYWVKJGUHZ"
_FOREIGN = ("NAME WITH MORE LETTERS THAN THE FIELD OF THE PARTNER HAS ROOM FOR IN ANY OF ITS RECORDS ANYWHERE AT ALL",)
_REFERENCES = ("req_no", "request_id", "po", "original_trace", "work_order_id", "order_id", "ticket_id")


def chosen(patient: Patient, candidates: Iterable[bytes | None], codes: Iterable[str], needs: str) -> GeneratedFile:
    """The first candidate with exactly these problems, else the first that has one of them among others."""
    wanted = frozenset(codes)
    second: bytes | None = None
    for content in candidates:
        if content is None:
            continue
        found = patient.codes(content)
        if found and found <= wanted:
            return GeneratedFile(patient.made.name, content)
        if second is None and found & wanted:
            second = content
    if second is None:
        raise unfit(patient.layout, needs)
    return GeneratedFile(patient.made.name, second)


def fields_of(patient: Patient, asked: Asked) -> Iterator[Field]:
    """The field that was named, else every field of the first record that has a value."""
    if not patient.file.records:
        raise unfit(patient.layout, "a record")
    first = patient.file.records[0]
    named = str(asked.values.get("field", ""))
    if named and named not in first:
        raise UsageError(f"{patient.layout.name} has no field {named!r}", f"it has {', '.join(sorted(first))}")
    yield from (Field(name) for name, text in first.items() if text and (not named or name == named))


def _with(patient: Patient, asked: Asked, wrong: Callable[[str], Iterable[str]]) -> Iterator[bytes | None]:
    for field in fields_of(patient, asked):
        for text in wrong(patient.value(field)):
            yield patient.with_text(field, text.encode(patient.encoding, "replace"))


def _one_of(wrong: Callable[[str], Iterable[str]], *codes: str) -> Change:
    """The anomaly that puts a wrong text into the first field where it is noticed as it should be."""

    def change(patient: Patient, asked: Asked) -> GeneratedFile:
        return chosen(patient, _with(patient, asked, wrong), codes, asked.anomaly.fits)

    return change


def _zeros_lost(text: str) -> Iterable[str]:
    return [text.lstrip("0") or "0"] if text.startswith("0") and text.isdigit() and len(text) > 1 else []


def _unknown_code(patient: Patient, asked: Asked) -> GeneratedFile:
    value = asked.word("value")

    def wrong(text: str) -> Iterable[str]:
        same = "9876543210" if text.isdigit() else _LETTERS
        return [value] if value else (letter * len(text) for letter in same if letter * len(text) != text)

    return chosen(patient, _with(patient, asked, wrong), ("R104",), asked.anomaly.fits)


def _check_digit(patient: Patient, asked: Asked) -> GeneratedFile:
    def wrong(text: str) -> Iterable[str]:
        digits = text.rstrip("F")
        if not digits.isdigit() or len(digits) < 9:
            return []
        rest = text[len(digits) :]
        if asked.word("kind") == "digit":
            return [digits[:-1] + str((int(digits[-1]) + 1) % 10) + rest]
        swaps = range(len(digits) - 2, 0, -1)
        return (digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :] + rest for at in swaps)

    return chosen(patient, _with(patient, asked, wrong), ("R103",), asked.anomaly.fits)


def _date(patient: Patient, asked: Asked) -> GeneratedFile:
    kind = asked.word("kind")
    return _timed(patient, asked, lambda text: swapped_dates(text, kind), legal=kind == "swapped")


def _timed(patient: Patient, asked: Asked, wrong: Callable[[str], Iterable[str]], *, legal: bool) -> GeneratedFile:
    """A record with another time; a legal one goes into a file whose totals and rules still hold, if there is one."""
    candidates = [content for content in _with(patient, asked, wrong) if content is not None]
    good = [content for content in candidates if legal and not patient.codes(content)]
    if good:
        return GeneratedFile(patient.made.name, good[0])
    return _latest(patient, candidates, asked)


def _latest(patient: Patient, candidates: list[bytes], asked: Asked) -> GeneratedFile:
    """The file whose time is impossible, else one whose time only breaks a rule."""
    impossible = [content for content in candidates if "R109" in patient.codes(content)]
    return chosen(patient, impossible or candidates, ("R109",) if impossible else ("R102",), asked.anomaly.fits)


def _zone(patient: Patient, asked: Asked) -> GeneratedFile:
    try:
        zone = ZoneInfo(asked.word("zone"))
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise UsageError(f"A23: zone {asked.word('zone')!r} is no time zone", "as in America/New_York") from error
    return _timed(patient, asked, lambda text: _local(text, asked.word("kind"), zone), legal=True)


def _local(text: str, kind: str, zone: ZoneInfo) -> Iterable[str]:
    """A time of a record as another clock shows it; nothing when the text is no time, or needs an offset it lacks."""
    found = read_written(text)
    if found is None:
        return []
    moment, shape = found
    if kind == "missing":
        return [text[: -len(shape.offset)]] if shape.offset else []
    if kind == "local":
        return [moment.astimezone(zone).strftime(shape.pattern) + shape.offset]
    turn = _turns(moment.year, zone, spring=kind == "gap")
    return [turn.strftime(shape.pattern) + shape.offset] if turn else []


def _turns(year: int, zone: ZoneInfo, *, spring: bool) -> datetime | None:
    """A wall time half an hour into the hour that the zone leaves out (spring) or has twice."""
    for hour in range(366 * 24):
        before = datetime.fromtimestamp(datetime(year, 1, 1, tzinfo=UTC).timestamp() + hour * 3600, zone)
        after = datetime.fromtimestamp(before.timestamp() + 3600, zone)
        moved = (after.utcoffset() or after - after) - (before.utcoffset() or before - before)
        if moved and (moved.total_seconds() > 0) == spring:
            return before.replace(hour=(before.hour + 1) % 24 if spring else before.hour, minute=30, second=0)
    return None


def _amount(patient: Patient, asked: Asked) -> GeneratedFile:
    kind = asked.word("kind")

    def wrong(text: str) -> Iterable[str]:
        if not text.lstrip("-").replace(".", "", 1).isdigit():
            return []
        if kind == "sign":
            return [f"-{text[1:]}" if text.startswith("0") and len(text) > 1 else f"-{text}"]
        if kind == "overflow":
            return ["9" * 18]
        zeros = len(text) - len(text.lstrip("0"))
        return [f"{text[2:]}00" if zeros >= 2 else f"{text}00", f"{text[:-2]:0>{len(text)}}"]

    candidates = list(_with(patient, asked, wrong))
    if kind == "scale":
        return chosen(patient, candidates, ("G005",), asked.anomaly.fits)
    return chosen(patient, candidates, ("R102",), asked.anomaly.fits)


def _delimiter(patient: Patient, asked: Asked) -> GeneratedFile:
    if patient.layout.family not in ("delimited", "csv") or len(patient.file.records) < 2:
        raise unfit(patient.layout, asked.anomaly.fits)
    mark = getattr(patient.layout, "delimiter", "," if patient.layout.family == "csv" else "|")

    def wrong(text: str) -> Iterable[str]:
        return [f"O'BRIEN {mark} SONS"] if any(letter.isalpha() for letter in text) else []

    fields = list(_with(patient, asked, wrong))
    return chosen(patient, reversed(fields), ("R102",), asked.anomaly.fits)


def _twice(patient: Patient, asked: Asked) -> GeneratedFile:
    records = patient.records
    if not records:
        raise unfit(patient.layout, asked.anomaly.fits)
    copies = [dict(records[0]) for _ in range(asked.number("n"))]
    made = patient.encoded([*records, *copies])
    return chosen(patient, [made.content], ("R106",), asked.anomaly.fits)


def _texts(patient: Patient, asked: Asked, changed: Callable[[str], str]) -> GeneratedFile:
    """The file with the texts of its first record changed, valid as before; totals and rules hold."""
    records, names = patient.records, [field.name for field in fields_of(patient, asked)]
    did = False
    for name in names:
        old = records[0][name]
        if sum(letter.isalpha() for letter in old) < 3 or changed(old) == old:
            continue
        records[0][name] = changed(old)
        try:
            good = not patient.codes(patient.encoded(records).content)
        except UsageError:
            good = False
        did = did or good
        records[0][name] = records[0][name] if good else old
    if not did and asked.id != "A29":
        raise unfit(patient.layout, asked.anomaly.fits)
    return patient.encoded(records) if did else patient.made


def _cut(patient: Patient, asked: Asked) -> GeneratedFile:
    width = asked.number("width")
    for field in fields_of(patient, asked):
        old = patient.value(field)
        if sum(letter.isalpha() for letter in old) < 3:
            continue
        records = patient.records
        records[0][field.name] = f"{old} {_FOREIGN[0]}"[:width].strip()
        try:
            made = patient.encoded(records)
        except UsageError:
            continue
        if not patient.codes(made.content):
            return made
    raise unfit(patient.layout, f"{asked.anomaly.fits} that takes {width} characters")


def _plain(patient: Patient, asked: Asked) -> GeneratedFile:
    kind = asked.word("kind")

    def changed(text: str) -> str:
        bare = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
        text = bare if kind in ("both", "accents") else text
        return text.upper() if kind in ("both", "case") else text

    return _texts(patient, asked, changed)


def reference_of(patient: Patient, asked: Asked) -> str:
    """The field with which a record names what it answers."""
    named = str(asked.values.get("field", ""))
    first: Mapping[str, str] = patient.file.records[0] if patient.file.records else {}
    known = [name for name in (named, *_REFERENCES, patient.layout.key) if name and first.get(name)]
    if not known:
        raise unfit(patient.layout, "a field that names a request")
    return known[0]


def _unasked(patient: Patient, asked: Asked) -> GeneratedFile:
    name, records = reference_of(patient, asked), patient.records
    old = records[0][name]
    digits = min(len(old) - len(old.rstrip("0123456789")), 8)  # what stands in front may say whose number it is
    records[0][name] = old[: len(old) - digits] + "9" * digits if digits else old[::-1]
    made = patient.encoded(records)
    return made if not patient.codes(made.content) else chosen(patient, [made.content], ("R102",), asked.anomaly.fits)


def _identities(patient: Patient, asked: Asked) -> GeneratedFile:
    kind, records = asked.word("kind"), patient.records
    name = str(asked.values.get("field") or patient.layout.key)
    if kind == "empty":
        for record in records:
            record.update((field, record.get(field, "")) for field in patient.layout.record_names)
        return patient.encoded(records)
    if kind == "reused":
        if len(records) < 2:
            raise unfit(patient.layout, "two records")
        records[1][name] = records[0][name]
        return chosen(patient, [patient.encoded(records).content], ("R106",), "a key that must be unique")
    records[0][name] = ""
    return chosen(patient, [patient.encoded(records).content], ("R101", "R102"), "a key that must be there")


RECORD_CHANGES: Mapping[str, Change] = {
    "A15": _delimiter,
    "A16": _one_of(_zeros_lost, "R102"),
    "A17": _twice,
    "A20": _unknown_code,
    "A22": _date,
    "A23": _zone,
    "A26": _check_digit,
    "A27": _amount,
    "A28": _cut,
    "A29": _plain,
    "A30": _unasked,
    "A40": _identities,
}
