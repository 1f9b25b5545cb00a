"""What a layout says of whole files: name, encoding, ends of lines, shape of lines, order; with files that break it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ringback.synthetic_partners.batched import BatchedLayout
from ringback.synthetic_partners.records import RecordLayout
from ringback.synthetic_partners.sectioned import SectionedLayout
from tests.unit.synthetic_partners.layouts.broken_rules import OTHERS
from tests.unit.synthetic_partners.layouts.proofs import Attempt, Proof, Wanted
from tests.unit.synthetic_partners.layouts.specimens import Part, Specimen, specimen_of

_OTHER_END = {b"\n": b"\r\n", b"\r\n": b"\n", b"\r": b"\r\n"}


def file_proofs(specimens: Callable[[int], Specimen]) -> Iterator[Proof]:
    """One proof for each thing that holds for a file as a whole."""
    one = specimens(0)
    content = one.file.content
    yield "not empty", [_any(b"", "G016", 1)]
    yield "no byte order mark", [Attempt(b"\xef\xbb\xbf" + content, Wanted("G010", 1))]
    yield "encoding", _foreign_bytes(one)
    yield "line ends alike", _other_ends(one)
    yield "last line ended", [_any(content[:-1], getattr(one.layout, "unended", "G013"), 0)]
    yield from _name_proofs(one)
    if one.layout.upper_case:
        yield "upper case", _lower_case(one)
    yield from _FAMILIES[type(one.layout)](one)


def _any(content: bytes, code: str, line: int, field: str = "") -> Attempt:
    """A file of which more may be wrong: lines have moved."""
    return Attempt(content, Wanted(code, line, field, follows=None))


def _foreign_bytes(one: Specimen) -> Iterator[Attempt]:
    """A byte that the encoding has not, in the middle of any line."""
    for place, text in enumerate(one.texts):
        for at, old in enumerate(text):
            if old.isalpha():
                changed = [*one.texts[:place], f"{text[:at]}\udcf1{text[at + 1 :]}", *one.texts[place + 1 :]]
                content = one.joined(changed, errors=True)
                yield Attempt(content, Wanted("G010", place + 1, follows=None))


def _other_ends(one: Specimen) -> Iterator[Attempt]:
    mark = one.mark.encode()
    yield _any(one.file.content.replace(mark, _OTHER_END[mark], 1), "G013", 0)


def _name_proofs(one: Specimen) -> Iterator[Proof]:
    name = one.file.name
    content = one.file.content
    yield "name", [Attempt(content, Wanted("G001", 1), f"X{name}X.odd")]
    in_header = {spec.name for spec in getattr(one.layout, "header", ())}
    for part in one.layout.names.parts:
        if part.name in in_header and part.literal is None:
            yield f"name says {part.name} as the header does", _other_names(one, part.name)


def _other_names(one: Specimen, part: str) -> Iterator[Attempt]:
    values = dict(one.layout.names.read(one.file.name) or {})
    old = values[part]
    line = next((found.line for found in one.parts() if any(spec.name == part for spec in found.fields)), 1)
    spec = next(spec for spec in one.layout.names.parts if spec.name == part)
    code = "G018" if spec.wrong == "G018" else "G001"  # a test file under a live name is told as such
    near = (old[:at] + other + old[at + 1 :] for at in range(len(old) - 1, -1, -1) for other in OTHERS)
    for text in (*spec.codes, *near):
        name = one.layout.file_name({**values, part: text})
        if name != one.file.name:
            yield Attempt(one.file.content, Wanted(code, line, part), name)


def _lower_case(one: Specimen) -> Iterator[Attempt]:
    for part in one.parts():
        for spec in part.fields:
            text = one.value(part, spec.name)
            if part.name == "record" and spec.kind.alphabet == "an" and text.lower() != text and spec.literal is None:
                content = one.edited({("record", part.place): {spec.name: text.lower()}})
                yield Attempt(content, Wanted("R102", part.line, spec.name))


def _lines_proofs(one: Specimen) -> Iterator[Proof]:
    layout = one.layout
    assert isinstance(layout, RecordLayout)
    kinds = {"fixed": _column_proofs, "delimited": _count_proofs, "csv": _title_proofs, "json-lines": _json_proofs}
    if layout.header:
        yield "header is there", [_any(one.joined(one.texts[1:]), "G002", 1)]
        yield "header begins as it must", [_any(one.joined([f"#{one.texts[0][1:]}", *one.texts[1:]]), "G002", 1)]
    if layout.trailer:
        last = len(one.texts)
        yield "trailer is there", [_any(one.joined(one.texts[:-1]), "G003", 0)]
        yield (
            "trailer begins as it must",
            [_any(one.joined([*one.texts[:-1], f"?{one.texts[-1][1:]}"]), "G003", last + 1)],
        )
    yield from kinds[layout.family](one)


def _changed(one: Specimen, line: int, text: str) -> bytes:
    return one.joined([*one.texts[: line - 1], text, *one.texts[line:]])


def _first_of_each(one: Specimen) -> Iterator[Part]:
    seen: set[str] = set()
    for part in one.parts():
        if part.name not in seen:
            seen.add(part.name)
            yield part


def _column_proofs(one: Specimen) -> Iterator[Proof]:
    for part in _first_of_each(one):
        text = one.texts[part.line - 1]
        yield f"{part.name} is not longer", [_any(_changed(one, part.line, f"{text} "), "G011", part.line)]
        yield f"{part.name} is not shorter", [_any(_changed(one, part.line, text[:-1]), "G011", part.line)]


def _count_proofs(one: Specimen) -> Iterator[Proof]:
    layout = one.layout
    assert isinstance(layout, RecordLayout)
    more = f"{layout.delimiter}X"
    for part in _first_of_each(one):
        if part.name == "record":
            text = one.texts[part.line - 1] + more
            yield "one record of other fields", [Attempt(_changed(one, part.line, text), Wanted("R102", part.line))]
            yield "all records of other fields", [_all_longer(one, more)]
        else:
            text = one.texts[part.line - 1] + more
            yield f"fields of the {part.name}", [_any(_changed(one, part.line, text), "G012", part.line)]


def _all_longer(one: Specimen, more: str) -> Attempt:
    lines = {part.line for part in one.parts() if part.name == "record"}
    texts = [text + more if number in lines else text for number, text in enumerate(one.texts, 1)]
    return Attempt(one.joined(texts), Wanted("G012", min(lines), follows=frozenset([""])))


def _title_proofs(one: Specimen) -> Iterator[Proof]:
    layout = one.layout
    assert isinstance(layout, RecordLayout)
    titles = one.texts[0].split(layout.delimiter)
    for spec in layout.record:
        less = layout.delimiter.join("other" if title == spec.name else title for title in titles)
        yield f"column {spec.name}", [_any(_changed(one, 1, less), "G012", 1)]
    twice = _changed(one, 1, f"{one.texts[0]}{layout.delimiter}{titles[0]}")
    yield "no column twice", [_any(twice, "G012", 1)]
    longer = one.texts[1] + layout.delimiter
    yield "as many values as columns", [Attempt(_changed(one, 2, longer), Wanted("R102", 2))]
    part = next(part for part in one.parts() if part.name == "record")
    for spec in layout.record:
        text = one.value(part, spec.name)
        if text and spec.kind.alphabet == "u":
            place = titles.index(spec.name)
            values = one.texts[1].split(layout.delimiter)
            row = layout.delimiter.join([*values[:place], f'{text}"', *values[place + 1 :]])
            yield f"quotes in {spec.name}", [Attempt(_changed(one, 2, row), Wanted("R102", 2, spec.name, follows=None))]


def _json_proofs(one: Specimen) -> Iterator[Proof]:
    layout = one.layout
    assert isinstance(layout, RecordLayout)
    yield "a line is an object", [Attempt(_changed(one, 1, f"[{one.texts[0]}]"), Wanted("R102", 1))]
    yield "a line is JSON", [Attempt(_changed(one, 1, one.texts[0][:-1]), Wanted("R102", 1))]
    record = one.decoded.records[0]
    for spec in layout.record:
        name, value = spec.name.replace(".*", ".0"), record.get(spec.name.replace(".*", ".0"), "")
        if value:
            yield f"{spec.name} is a {spec.json}", _other_json(one, name, value)


def _other_json(one: Specimen, name: str, value: str) -> Iterator[Attempt]:
    """The value as another kind of JSON: a text as a number, a number as a text."""
    member = name.rpartition(".")[2]
    text = one.texts[0]
    for old, new in ((f'"{member}":"{value}"', f'"{member}":17'), (f'"{member}":{value}', f'"{member}":"{value}"')):
        at = text.find(old)
        while at >= 0:
            content = _changed(one, 1, text[:at] + new + text[at + len(old) :])
            yield Attempt(content, Wanted("R102", 1, name, follows=None))
            at = text.find(old, at + 1)


def _batched_proofs(one: Specimen) -> Iterator[Proof]:
    layout = one.layout
    assert isinstance(layout, BatchedLayout)
    yield from _column_proofs(one)
    lines = {part.name: part.line for part in reversed(list(one.parts()))}
    texts, entry, control = one.texts, lines["record"], lines["trailer"]
    yield "header is there", [_any(one.joined(texts[1:]), "G002", 1)]
    yield "file control is there", [_any(one.joined(texts[: control - 1]), "G003", control)]
    yield "batch header is there", [_any(_without(one, lines["batch"]), "G002", lines["batch"])]
    yield "batch control is there", [_any(_without(one, lines["batch_trailer"]), "G003", lines["batch_trailer"])]
    for name, line in lines.items():
        code = {"trailer": "G003"}.get(name, "G002")
        where = 0 if name == "trailer" else line  # one that is none is missing at the end
        yield f"{name} begins as it must", [_any(_changed(one, line, f"X{texts[line - 1][1:]}"), code, where)]
    short = specimen_of(layout, 0, 1)
    last = next(part.line for part in short.parts() if part.name == "trailer")
    yield "blocks are filled", [Attempt(short.joined(short.texts[:-1]), Wanted("G004", last + 1))]
    yield "blocks are not overfilled", [Attempt(one.joined([*texts, layout.padding]), Wanted("G004", control + 1))]
    stranger = f"7{'05'}{' ' * (layout.length - 3)}"
    yield "addenda are known", [_any(_with(one, entry, stranger), "R104", entry + 1, "addenda_type")]
    if layout.addenda_required:
        yield "addenda are there", [_any(_without(one, entry + 1), "R101", entry, "addenda_type")]
        yield "one addenda for an entry", [_any(_with(one, entry + 1, texts[entry]), "R102", entry + 2, "addenda_type")]


def _without(one: Specimen, line: int) -> bytes:
    return one.joined([*one.texts[: line - 1], *one.texts[line:]])


def _with(one: Specimen, after: int, text: str) -> bytes:
    return one.joined([*one.texts[:after], text, *one.texts[after:]])


def _sectioned_proofs(one: Specimen) -> Iterator[Proof]:
    layout = one.layout
    assert isinstance(layout, SectionedLayout)
    key = next(part.line for part in one.parts())
    text = one.texts[key - 1]
    yield "one colon in a line of a key", [_any(_changed(one, key, f"{text}:"), "G002", key)]
    yield "known sections", [_any(_with(one, 0, "*OTHER THINGS"), "G002", 1)]
    yield "a key once", [Attempt(_with(one, key, text), Wanted("G002", key + 1, layout.keys[0].name))]
    places = [at for at, line in enumerate(one.texts, 1) if line.startswith("var_out")]
    if not layout.has_columns:
        yield "no output section", [_any(_with(one, len(one.texts), "var_out:ICCID"), "G012", len(one.texts) + 1)]
        return
    (columns,) = places
    declared = one.texts[columns - 1]
    yield "columns are declared", [_any(one.joined(one.texts[: columns - 1]), "G003", columns)]
    yield "columns are declared once", [_any(_with(one, columns, declared), "G012", columns + 1)]
    yield "columns are known", [_any(_changed(one, columns, f"{declared}/KI"), "G012", columns)]
    for spec in layout.record:
        less = declared.replace(f":{spec.label}/", ":").replace(f"/{spec.label}", "")
        yield f"column {spec.label}", [_any(_changed(one, columns, less), "G012", columns, spec.name)]
    yield (
        "as many values as columns",
        [_any(_changed(one, columns + 1, f"{one.texts[columns]} X"), "G012", columns + 1)],
    )


_FAMILIES: dict[type, Callable[[Specimen], Iterator[Proof]]] = {
    RecordLayout: _lines_proofs,
    BatchedLayout: _batched_proofs,
    SectionedLayout: _sectioned_proofs,
}
