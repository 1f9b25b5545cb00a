"""Anomalies of a whole file: its end, its counts, its bytes, its columns, its head."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

from ringback.synthetic_partners.anomalies.asking import Asked
from ringback.synthetic_partners.anomalies.records import chosen, fields_of
from ringback.synthetic_partners.anomalies.surgery import Field, Patient, unfit
from ringback.synthetic_partners.anomalies.times import read_written
from ringback.synthetic_partners.generate import GeneratedFile, generate_file

Change = Callable[[Patient, Asked], GeneratedFile]
BOM = b"\xef\xbb\xbf"
# What other encodings leave in a text: n with tilde, a curly apostrophe, a next-line, a dash read twice.
_FOREIGN: Mapping[str, bytes] = {
    "latin-1": b"\xf1",
    "cp1252": b"\x92",
    "nel": b"\x85",
    "mojibake": "β€™".encode(),
}
_EARLIER = timedelta(hours=1)


def end_of(patient: Patient) -> bytes:
    """What ends a record of this file."""
    content = patient.made.content
    if patient.layout.family == "x12":
        return b"~\n" if b"~\n" in content else b"~"
    found = [mark for mark in (b"\r\n", b"\n", b"\r") if mark in content]
    if not found:
        raise unfit(patient.layout, "a record terminator")
    return found[0]


def _lines(patient: Patient) -> list[bytes]:
    mark = end_of(patient)
    return [line for line in patient.made.content.split(mark) if line]


def _written(patient: Patient, lines: list[bytes], mark: bytes | None = None) -> GeneratedFile:
    ended = end_of(patient) if mark is None else mark
    return GeneratedFile(patient.made.name, b"".join(line + ended for line in lines))


def _truncated(patient: Patient, asked: Asked) -> GeneratedFile:
    cut, lines = asked.word("cut"), _lines(patient)
    if cut == "byte":
        return GeneratedFile(patient.made.name, patient.made.content[: len(patient.made.content) * 2 // 3])
    if not patient.file.trailer:  # nothing at the end says that it is the end: only a broken record shows
        return GeneratedFile(patient.made.name, patient.made.content.rstrip()[:-2])
    kept = len(lines) - 1 if cut == "trailer" else max(1, len(lines) - 2)
    while kept > 1 and patient.layout.decode(_written(patient, lines[:kept]).content, patient.made.name).trailer:
        kept -= 1  # padding behind the trailer
    return _written(patient, lines[:kept])


def _declared(*codes: str) -> Change:
    """The anomaly that moves a declared number, the first that is missed with this code."""

    def change(patient: Patient, asked: Asked) -> GeneratedFile:
        return chosen(patient, _moved(patient, asked.number("n")), codes, asked.anomaly.fits)

    return change


def _moved(patient: Patient, more: int) -> Iterator[bytes | None]:
    for part, values in (("trailer", patient.file.trailer), ("header", patient.file.header)):
        for name, text in values.items():
            if text.isascii() and text.isdigit():
                field = Field(name, part)
                number = max(0, int(text) + more) or (1 if int(text) == 0 else 0)
                yield patient.with_text(field, f"{number:0{len(text)}d}".encode())


def _nothing(patient: Patient, asked: Asked) -> GeneratedFile:
    if asked.word("kind") == "zero":
        return GeneratedFile(patient.made.name, b"")
    made = patient.encoded([])
    if patient.codes(made.content):
        raise unfit(patient.layout, "files that may be empty")
    return made


def _foreign(patient: Patient, asked: Asked) -> GeneratedFile:
    kind = asked.word("kind")
    if kind == "bom":
        return GeneratedFile(patient.made.name, BOM + patient.made.content)
    new = _FOREIGN[kind]
    fields = sorted(fields_of(patient, asked), key=lambda one: -_letters(patient.value(one)))
    roomy = (field for field in fields if len(patient.value(field).encode()) >= len(new))
    candidates = [patient.with_text(field, _in_the_middle(patient.value(field).encode(), new)) for field in roomy]
    kept = [content for content in candidates if content is not None and not patient.codes(content)]
    if kept:  # a feed of UTF-8 takes the letters as they are
        return GeneratedFile(patient.made.name, kept[0])
    return chosen(patient, [*candidates, _in_the_middle(patient.made.content, new)], ("G010",), asked.anomaly.fits)


def _letters(text: str) -> int:
    return sum(letter.isalpha() for letter in text) * (1 if text.replace(" ", "").isalpha() else 0)


def _in_the_middle(old: bytes, new: bytes) -> bytes:
    at = (len(old) - len(new) + 1) // 2
    return old[:at] + new + old[at + len(new) :]


def _ends(patient: Patient, asked: Asked) -> GeneratedFile:
    if patient.layout.family == "x12":
        raise unfit(patient.layout, "lines: its segments may end with or without a line feed")
    kind, mark, content = asked.word("kind"), end_of(patient), patient.made.content
    if kind == "unended":
        return GeneratedFile(patient.made.name, content.removesuffix(mark))
    if kind == "mixed":
        other = b"\n" if mark == b"\r\n" else b"\r\n"
        return GeneratedFile(patient.made.name, content.replace(mark, other, 1))
    return _written(patient, _lines(patient), {"crlf": b"\r\n", "cr": b"\r", "lf": b"\n"}[kind])


def _columns(patient: Patient, asked: Asked) -> GeneratedFile:
    if asked.word("kind") == "reordered":
        return _reordered(patient, asked)
    family, lines = patient.layout.family, _lines(patient)
    if family == "csv":
        first, *rest = lines
        changed = [first + b",new_column", *(line if line.startswith(b"#") else line + b",NEW" for line in rest)]
        return _written(patient, changed)
    if family == "json-lines":
        return _written(patient, [line[:-1] + b',"newMember":"NEW"}' for line in lines])
    if family == "sectioned":
        return chosen(
            patient, (_written(patient, [*lines[:at], lines[at] + b" NEW", *lines[at + 1 :]]).content
                      for at in range(len(lines) - 1, -1, -1)), asked.anomaly.codes, asked.anomaly.fits,
        )  # fmt: skip
    extra = {"delimited": _delimiter(patient) + b"NEW", "x12": b"*NEW"}.get(family, b"NEW")
    head, tail = (1 if patient.file.header and family != "x12" else 0), (1 if patient.file.trailer else 0)
    if not patient.file.trailer and family == "delimited":
        head = 0
    if family == "x12":
        return chosen(patient, _longer_segments(patient, lines, extra), asked.anomaly.codes, asked.anomaly.fits)
    body = [line + extra for line in lines[head : len(lines) - tail]]
    return _written(patient, [*lines[:head], *body, *lines[len(lines) - tail :]])


def _longer_segments(patient: Patient, lines: list[bytes], extra: bytes) -> Iterator[bytes]:
    for at in range(3, len(lines)):
        yield _written(patient, [*lines[:at], lines[at] + extra, *lines[at + 1 :]]).content


def _delimiter(patient: Patient) -> bytes:
    return str(getattr(patient.layout, "delimiter", "|")).encode()


def _reordered(patient: Patient, asked: Asked) -> GeneratedFile:
    """Two neighbouring columns change places; where columns have names, their titles go along."""
    family = patient.layout.family
    mark = b"," if family == "csv" else _delimiter(patient)
    if family not in ("csv", "delimited"):
        raise unfit(patient.layout, "columns that could change places")
    lines = _lines(patient)
    width = max(line.count(mark) for line in lines)
    swaps = (_written(patient, [_swapped(line, mark, width, at) for line in lines]).content for at in range(1, width))
    if family == "csv":
        return GeneratedFile(patient.made.name, next(swaps))
    return chosen(patient, swaps, asked.anomaly.codes, asked.anomaly.fits)


def _swapped(line: bytes, mark: bytes, width: int, at: int) -> bytes:
    """A line with two columns in each other's place; a shorter one (a trailer) stays as it is."""
    cells = line.split(mark)
    if len(cells) != width + 1 or b'"' in line:
        return line
    return mark.join((*cells[:at], cells[at + 1], cells[at], *cells[at + 2 :]))


def _ahead(patient: Patient, asked: Asked) -> GeneratedFile:
    """All times of the header, and with it of the name, later by the same minutes."""
    ahead = timedelta(minutes=asked.number("minutes"))
    parts = patient.head
    moved = {}
    for name, text in parts.items():
        if later := _later(text, ahead):
            moved[name] = later
    if not moved:
        raise unfit(patient.layout, asked.anomaly.fits)
    return patient.named({**parts, **moved})


def _later(text: str, ahead: timedelta) -> str:
    if text.isdigit() and len(text) in (8, 12):
        found, kept = read_written(text.ljust(14, "0")), len(text)
    else:
        found, kept = read_written(text), None
    if found is None or found[0].year < 2000:
        return ""
    moment, shape = found
    return ((moment + ahead).strftime(shape.pattern) + shape.offset)[:kept]


def _test_mode(patient: Patient, asked: Asked) -> GeneratedFile:
    header = patient.file.header
    known = [name for name in ("mode", "file_type", "test_indicator") if header.get(name) in ("P", "C")]
    if not known:
        raise unfit(patient.layout, asked.anomaly.fits)
    return patient.encoded(patient.records, {**header, known[0]: "T"})


def _stranger(patient: Patient, asked: Asked) -> GeneratedFile:
    """The same file from somebody else: in header and name."""
    parts = patient.head
    known = [name for name in ("sender", "company", "supplier", "partner", "customer") if parts.get(name)]
    if not known:
        raise unfit(patient.layout, asked.anomaly.fits)
    old = parts[known[0]]
    new = ("ZZ99" + old)[: len(old)] if len(old) > 3 else "Z" * len(old)
    records = [
        {name: new + text[len(old) :] if text.startswith(old) else text for name, text in record.items()}
        for record in patient.records
    ]
    return patient.named({**parts, known[0]: new}, records)


def _huge(patient: Patient, asked: Asked) -> GeneratedFile:
    size = asked.number("size")
    if asked.word("kind") == "rows":
        made = generate_file(patient.layout, rows=size, seed=size)
        return GeneratedFile(made.name, made.content)
    lines = _lines(patient)
    place = min(1, len(lines) - 1) if patient.layout.family != "x12" else len(lines) // 2
    return _written(patient, [*lines[:place], lines[place] + b"X" * size, *lines[place + 1 :]])


FILE_CHANGES: Mapping[str, Change] = {
    "A08": _truncated,
    "A09": _declared("G004"),
    "A10": _declared("G005"),
    "A11": _nothing,
    "A13": _foreign,
    "A14": _ends,
    "A21": _columns,
    "A24": _ahead,
    "A33": _test_mode,
    "A34": _stranger,
    "A35": _huge,
}
