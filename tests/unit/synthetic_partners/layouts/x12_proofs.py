"""What an X12 layout says of segments and elements, and what every interchange must keep; with files that break it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ringback.synthetic_partners.fields import Computed
from ringback.synthetic_partners.problems import FoundProblems
from ringback.synthetic_partners.rules import Rule
from ringback.synthetic_partners.x12 import X12Layout
from ringback.synthetic_partners.x12_envelope import read_interchange
from ringback.synthetic_partners.x12_grammar import Choice, Element, Loop, Matched, Part, SegmentRule, match_set
from tests.unit.synthetic_partners.layouts.broken_rules import BREAKERS, breaks
from tests.unit.synthetic_partners.layouts.proofs import Attempt, Proof, Wanted, breach_of
from tests.unit.synthetic_partners.layouts.specimens import Specimen, specimen_of
from tests.unit.synthetic_partners.layouts.wrong_texts import claims_of, good_text

_LINKED = ("hl", "hl_parent", "same")
_FILLED = ("line",)  # what the writer fills in and a reader takes as it comes: lines may have the numbers of an order


@dataclass(frozen=True, slots=True)
class Taken:
    """A valid interchange, its segments, and which rule of the grammar each of them fulfils."""

    one: Specimen
    matched: tuple[Matched, ...]

    def edited(self, line: int, text: str | None) -> bytes:
        """The file with another segment in a line, or without it; the count in SE follows."""
        texts = list(self.one.texts)
        if text is None:
            del texts[line - 1]
        else:
            texts[line - 1] = text
        return self.one.joined(_recounted(texts) if text is None else texts)

    def with_element(self, line: int, place: int, text: str) -> bytes:
        """The file with another text in an element; empty elements at the end are left out."""
        elements = self.one.texts[line - 1].split("*")
        elements += [""] * (place + 1 - len(elements))
        elements[place] = text
        while not elements[-1]:
            elements.pop()
        return self.edited(line, "*".join(elements))


def _recounted(texts: list[str]) -> list[str]:
    start = next(at for at, text in enumerate(texts) if text.startswith("ST*"))
    end = next(at for at, text in enumerate(texts) if text.startswith("SE*"))
    elements = texts[end].split("*")
    return [*texts[:end], "*".join(["SE", str(end - start + 1), *elements[2:]]), *texts[end + 1 :]]


def taken(layout: X12Layout, seed: int = 0) -> Taken:
    """A valid interchange with every element that can be filled."""
    plain = specimen_of(layout, seed, 2)
    records = [dict(record) for record in plain.decoded.records]
    for spec in layout.fields():
        for record in records:
            if not record.get(spec.name) and not spec.computed:
                fuller = [{**one, spec.name: good_text(spec)} if one is record else one for one in records]
                if layout.decode(layout.encode(plain.decoded.header, fuller), "").problems == ():
                    record[spec.name] = good_text(spec)
    content = _with_totals(layout, layout.encode(plain.decoded.header, records), records)
    decoded = layout.decode(content, plain.file.name)
    assert decoded.problems == ()
    file = type(plain.file)(plain.file.name, content)
    (only,) = read_interchange(content, layout.group, FoundProblems()).sets
    return Taken(Specimen(layout, file, decoded), tuple(match_set(layout.parts, only.body, only.end).matched))


def _with_totals(layout: X12Layout, content: bytes, records: Sequence[Mapping[str, str]]) -> bytes:
    """Optional segments that hold nothing but totals: the writer leaves them out, readers check them."""
    texts = content.decode("ascii").split("~\n")[:-1]
    for rule in layout.parts:
        totals = [one.spec.computed for one in getattr(rule, "elements", ()) if one.spec.computed]
        if isinstance(rule, SegmentRule) and not rule.required and len(totals) == len(rule.elements):
            said = [_total(one, texts, records) for one in totals]
            texts.insert(len(texts) - 3, "*".join((rule.tag, *said)))
    return "".join(f"{text}~\n" for text in _recounted(texts)).encode("ascii")


def _total(rule: Computed, texts: Sequence[str], records: Sequence[Mapping[str, str]]) -> str:
    if rule.what == "count":
        return str(sum(text.startswith(f"{rule.of}*") for text in texts))
    return str(sum(int(record[rule.of]) for record in records))


def x12_proofs(layout: X12Layout) -> Iterator[Proof]:
    """One proof for each thing that the layout says of segments, elements and records."""
    full = taken(layout)
    seen: set[int] = set()
    for rule in _rules(layout.parts):
        found = [one for one in full.matched if one.rule is rule]
        if id(rule) in seen:
            continue
        seen.add(id(rule))
        yield from _segment_proofs(full, rule, found)
    yield from _rule_proofs(layout)
    stranger = full.one.texts[3] + "*" * 40 + "X"
    yield "no element too many", [Attempt(full.edited(4, stranger), _anything("R102", 4, full, 4))]
    extra = _recounted([*full.one.texts[:3], "ZZZ*1", *full.one.texts[3:]])
    yield "no segment too many", [Attempt(full.one.joined(extra), Wanted("R102", 4, "ZZZ"))]


def _anything(code: str, line: int, full: Taken, at: int) -> Wanted:
    text = full.one.texts[at - 1]
    place = text.count("*") + 40
    return Wanted(code, line, f"{text.split('*')[0]}{place:02d}", follows=None)


def _rules(parts: tuple[Part, ...]) -> Iterator[SegmentRule]:
    for part in parts:
        if isinstance(part, Loop):
            yield from _rules(part.parts)
        elif isinstance(part, Choice):
            yield from part.options
        else:
            yield part


def _segment_proofs(full: Taken, rule: SegmentRule, found: list[Matched]) -> Iterator[Proof]:
    said = "*".join((rule.tag, *rule.where.values()))
    if not found:
        yield f"{said} can be written", ()
        return
    line = found[0].segment.line
    loop = next((one for one in _loops(_layout(full).parts) if one.parts[0] is rule), None)
    if loop and loop.required:
        yield f"{said} is needed", [_structural(_without_all(full, found), "R101", rule, full)]
    elif rule.required and not loop:
        choice = next((one for one in _choices(full) if rule in one.options), None)
        others = [one for one in full.matched if choice and one.rule in choice.options]
        yield f"{said} is needed", [_structural(_without_all(full, others or found[:1]), "R101", rule, full)]
    for place, text in rule.where.items():
        content = full.with_element(line, place, "Z" * len(text))
        codes = ("R101", "R102") if rule.required else ("R102",)
        yield f"{said}: {place} is {text}", [_structural(content, code, rule, full) for code in codes]
    for element in rule.elements:
        yield from _element_proofs(full, found, element, said)


def _layout(full: Taken) -> X12Layout:
    assert isinstance(full.one.layout, X12Layout)
    return full.one.layout


def _loops(parts: tuple[Part, ...]) -> Iterator[Loop]:
    for part in parts:
        if isinstance(part, Loop):
            yield part
            yield from _loops(part.parts)


def _without_all(full: Taken, found: list[Matched]) -> bytes:
    lines = {one.segment.line for one in found}
    return full.one.joined(_recounted([text for line, text in enumerate(full.one.texts, 1) if line not in lines]))


def _told(full: Taken, rule: SegmentRule) -> str:
    """How a missing segment is called: with what tells it apart, and the others that would do."""
    choice = next((part for part in _choices(full) if rule in part.options), None)
    options = choice.options if choice else (rule,)
    return " or ".join("*".join((one.tag, *(text for _, text in sorted(one.where.items())))) for one in options)


def _choices(full: Taken) -> Iterator[Choice]:
    def inside(parts: tuple[Part, ...]) -> Iterator[Choice]:
        for part in parts:
            if isinstance(part, Choice):
                yield part
            elif isinstance(part, Loop):
                yield from inside(part.parts)

    yield from inside(_layout(full).parts)


def _structural(content: bytes, code: str, rule: SegmentRule, full: Taken) -> Attempt:
    return Attempt(content, Wanted(code, 0, rule.tag if code == "R102" else _told(full, rule), follows=None))


def _element_proofs(full: Taken, found: list[Matched], element: Element, said: str) -> Iterator[Proof]:
    spec, segment = element.spec, found[0].segment
    name = spec.name or f"{segment.tag}{element.place:02d}"
    here = f"{said} {name}"
    layout = full.one.layout
    good = segment.get(element.place) or good_text(spec)

    def attempt(line: int, text: str, code: str) -> Attempt:
        content = full.with_element(line, element.place, text)
        return Attempt(content, Wanted(code, line, name, text if spec.secret else "", _related(layout, spec.name)))

    if spec.computed and spec.computed.what not in _FILLED:
        code = "R102" if spec.computed.what in _LINKED else "G004" if spec.computed.what == "count" else "G005"
        wrong = [attempt(one.segment.line, "9" * 7, code) for one in found]
        name = f"{segment.tag}{element.place:02d}"
        wrong = [Attempt(one.content, Wanted(code, one.wanted.line, name, follows=None)) for one in wrong]
        yield f"{here} is {spec.computed.what}", wrong
        return
    if spec.required or spec.literal is not None:
        yield f"{here} is needed", [attempt(segment.line, "", spec.wrong or "R101")]
    if spec.required_when:
        yield f"{here} is needed when", _needed_when(full, found, element, name)
    for claim in claims_of(spec, good, padded=False):
        yield f"{here}: {claim.what}", [attempt(segment.line, text, spec.wrong or claim.code) for text in claim.texts]


def _needed_when(full: Taken, found: list[Matched], element: Element, name: str) -> Iterator[Attempt]:
    when = element.spec.required_when
    assert when is not None
    for one in found:
        other = next((other for other in one.rule.elements if other.spec.name == when.field), None)
        for value in when.values if other else ():
            elements = list(one.segment.elements) + [""] * element.place
            elements[element.place] = ""
            elements[other.place if other else 0] = value
            text = "*".join(elements).rstrip("*")
            follows = _related(full.one.layout, when.field) - {name}
            yield Attempt(full.edited(one.segment.line, text), Wanted("R101", one.segment.line, name, follows=follows))


def _related(layout: object, name: str) -> frozenset[str]:
    """Rules and totals of a set that a field takes part in; a total has the name of its element."""
    assert isinstance(layout, X12Layout)
    tied = set()
    for rule in layout.rules:
        involved = {rule.field, rule.other, *rule.fields} | {one.field for one in (rule.when, rule.unless) if one}
        tied |= involved if name in involved else set()
    for rule in _rules(layout.parts):
        for element in rule.elements:
            spec = element.spec
            if spec.computed and spec.computed.of == name:
                tied.add(f"{rule.tag}{element.place:02d}")
            if any(one and one.field == name for one in (spec.required_when, spec.required_unless)):
                tied.add(spec.name)
    return frozenset(tied)


def _rule_proofs(layout: X12Layout) -> Iterator[Proof]:
    for number, rule in enumerate(layout.rules, 1):
        yield f"rule {number}: {rule.kind} {rule.field}", _broken(layout, rule) if rule.kind in BREAKERS else ()


def _broken(layout: X12Layout, rule: Rule) -> Iterator[Attempt]:
    for seed in range(20):
        full = taken(layout, seed)
        records = full.one.decoded.records
        for place in range(len(records)):
            for wrong, edits in breaks(rule, records, place, {}):
                breach = breach_of(rule, full.one, wrong, edits)
                if breach is None:
                    continue
                changed = [{**record, **edits.get(at, {})} for at, record in enumerate(records)]
                content = layout.encode(full.one.decoded.header, changed)
                follows = frozenset(name for said in edits.values() for name in said) - {rule.field}
                wanted = Wanted(breach.code, 0, breach.field, follows=follows, message=breach.message)
                yield Attempt(content, wanted)


Edit = Callable[[list[str]], list[str]]


def _at(tag: str, place: int, text: str) -> Edit:
    """Another text in an element of the first segment of a name."""

    def edit(texts: list[str]) -> list[str]:
        at = next(number for number, one in enumerate(texts) if one.startswith(f"{tag}*"))
        elements = texts[at].split("*")
        elements[place] = text
        return [*texts[:at], "*".join(elements), *texts[at + 1 :]]

    return edit


def _less(tag: str) -> Edit:
    return lambda texts: [text for text in texts if not text.startswith(f"{tag}*")]


ENVELOPE: tuple[tuple[str, Edit, str, str], ...] = (
    ("ISA begins the file", lambda texts: texts[1:], "G002", "ISA"),
    ("ISA has its widths", _at("ISA", 6, "SHORT"), "G002", "ISA"),
    ("ISA05 is ZZ", _at("ISA", 5, "01"), "G002", "ISA05"),
    ("ISA07 is ZZ", _at("ISA", 7, "01"), "G002", "ISA07"),
    ("ISA09 is a date", _at("ISA", 9, "260231"), "G002", "ISA09"),
    ("ISA10 is a time", _at("ISA", 10, "2560"), "G002", "ISA09"),
    ("ISA12 is the version", _at("ISA", 12, "00501"), "G018", "ISA12"),
    ("ISA13 is a number", _at("ISA", 13, "00000000X"), "G002", "ISA13"),
    ("ISA15 is P or T", _at("ISA", 15, "X"), "G002", "ISA15"),
    ("ISA16 is >", _at("ISA", 16, ":"), "G002", "ISA16"),
    ("one ISA", lambda texts: [texts[0], *texts], "G002", "ISA"),
    ("GS01 is the group", _at("GS", 1, "ZZ"), "G002", "GS01"),
    ("GS04 is a date", _at("GS", 4, "20260231"), "G002", "GS04"),
    ("GS07 is X", _at("GS", 7, "T"), "G002", "GS07"),
    ("GS08 is the version", _at("GS", 8, "005010"), "G018", "GS08"),
    ("ST01 is the set", _at("ST", 1, "999"), "G018", "ST01"),
    ("SE01 counts segments", _at("SE", 1, "99"), "G004", "SE01"),
    ("SE02 is ST02", _at("SE", 2, "0009"), "G005", "SE02"),
    ("GE01 counts sets", _at("GE", 1, "9"), "G004", "GE01"),
    ("GE02 is GS06", _at("GE", 2, "9"), "G005", "GE02"),
    ("IEA01 counts groups", _at("IEA", 1, "9"), "G004", "IEA01"),
    ("IEA02 is ISA13", _at("IEA", 2, "999999999"), "G005", "IEA02"),
    ("SE is there", _less("SE"), "G003", "GE"),
    ("IEA is there", _less("IEA"), "G003", "GE"),
    ("ST is there", _less("ST"), "G002", "SE"),
)


def envelope_proofs(layout: X12Layout) -> Iterator[Proof]:
    """What every interchange must keep."""
    full = taken(layout)
    texts, content = full.one.texts, full.one.file.content
    for said, edit, code, field in ENVELOPE:
        yield said, [Attempt(full.one.joined(edit(list(texts))), Wanted(code, 0, field, follows=None))]
    yield "not empty", [Attempt(b"", Wanted("G016", 1))]
    yield "no byte order mark", [Attempt(b"\xef\xbb\xbf" + content, Wanted("G010", 1))]
    foreign = full.one.joined([*texts[:3], f"{texts[3]}\udcf1", *texts[4:]], errors=True)
    yield "encoding", [Attempt(foreign, Wanted("G010", 4, follows=None))]
    yield "the last segment ends", [Attempt(content.rstrip(b"~\n"), Wanted("G003", 0, follows=None))]
    name = full.one.file.name
    yield "name", [Attempt(content, Wanted("G001", 1), f"X{name}.odd")]
    parts = dict(layout.names.read(name) or {})
    for part, text in parts.items():
        other = layout.file_name({**parts, part: ("1" if text[0] != "1" else "2") + text[1:]})
        yield f"name says {part} as ISA does", [Attempt(content, Wanted("G001", 1, part), other)]
