"""Every rule of a layout with files that break it: which are proved to be noticed as they should, and which are not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ringback.engine.protocols import FeedProblem
from ringback.synthetic_partners.fields import FieldSpec
from ringback.synthetic_partners.layout import FeedLayout
from ringback.synthetic_partners.rules import FILE_RULES, Breach, Rule
from tests.unit.synthetic_partners.layouts.broken_rules import BREAKERS, Edits, breaks
from tests.unit.synthetic_partners.layouts.specimens import Changes, Part, Specimen
from tests.unit.synthetic_partners.layouts.wrong_texts import Claim, claims_of, good_text

MOST_TRIES = 300  # files that are made wrong for one rule before it counts as unproved


@dataclass(frozen=True, slots=True)
class Wanted:
    """The problem that a broken file must have, and what may be wrong with it as a consequence.

    Args:
        code, line, field: of the problem; line 0 stands for any.
        secret: what no message may show.
        message: of the problem, where two rules could bring the same code; empty for any.
        follows: the fields that may be wrong, too; None when lines have moved and anything may.
    """

    code: str
    line: int
    field: str = ""
    secret: str = ""
    follows: frozenset[str] | None = frozenset()
    message: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A broken file and the problem it must have."""

    content: bytes
    wanted: Wanted
    name: str = ""  # of the file; names are judged where they are at stake


Proof = tuple[str, Iterable[Attempt]]  # what the layout says, and files that break it


def is_proved(layout: FeedLayout, attempts: Iterable[Attempt]) -> tuple[bool, str]:
    """Whether one of the broken files has exactly its problem; and what was seen instead."""
    seen = "no file could be made that breaks it"
    for _, attempt in zip(range(MOST_TRIES), attempts, strict=False):
        problems = layout.decode(attempt.content, attempt.name).problems
        if _is_exact(problems, attempt.wanted):
            return True, ""
        shown = "; ".join(f"{one.line}: {one.code} {one.field} {one.message[:50]}" for one in problems[:3])
        seen = f"wanted {attempt.wanted.line}: {attempt.wanted.code} {attempt.wanted.field}, saw {shown or 'nothing'}"
    return False, seen


def _is_exact(problems: Iterable[FeedProblem], wanted: Wanted) -> bool:
    rest = []
    found = False
    for one in problems:
        place = one.line if wanted.line else 0
        if (one.code, place, one.field) == (wanted.code, wanted.line, wanted.field) and not found:
            shown = bool(wanted.secret) and wanted.secret in one.message
            found = not shown and wanted.message in ("", one.message)
        else:
            rest.append(one)
    return found and (wanted.follows is None or all(one.field in wanted.follows for one in rest))


def field_proofs(specimens: Callable[[int], Specimen]) -> Iterator[Proof]:
    """One proof for each thing that the layout says of a field, part by part."""
    base = specimens(0)
    seen: set[tuple[str, str]] = set()
    for seed in range(12):  # until every kind of line has come
        for part in specimens(seed).parts():
            for spec in part.fields:
                if (part.name, spec.name) not in seen:
                    seen.add((part.name, spec.name))
                    yield from _proofs_of(specimens, specimens(seed), part, spec)
    assert base.layout.family != "x12"


def _proofs_of(specimens: Callable[[int], Specimen], one: Specimen, part: Part, spec: FieldSpec) -> Iterator[Proof]:
    said = f"{part.name}.{spec.name}"
    opening = part.fields[0] is spec and one.layout.family != "sectioned" and spec.literal is not None
    if opening and (part.fatal or one.layout.family == "batched"):
        return  # it tells what kind of line this is: file_proofs
    if spec.required or spec.required_when or spec.required_unless:
        yield f"{said} is needed", _emptied(specimens, part, spec)
    good = one.value(part, spec.name) or good_text(spec)
    for claim in claims_of(spec, good, padded=one.padded):
        yield f"{said}: {claim.what}", _claimed(one, part, spec, claim)
    if spec.computed and spec.literal is None:
        yield f"{said} is {spec.computed.what}", _miscomputed(one, part, spec)


def _claimed(one: Specimen, part: Part, spec: FieldSpec, claim: Claim) -> Iterator[Attempt]:
    code = "R104" if spec.name == "addenda_type" else spec.wrong or part.fatal or claim.code
    return (_attempt(one, part, spec, text, code) for text in claim.texts)


def _attempt(one: Specimen, part: Part, spec: FieldSpec, text: str, code: str) -> Attempt:
    name = spec.name.replace(".*", ".0")
    wanted = Wanted(code, part.line, name, text if spec.secret else "", related(one.layout, spec.name))
    return Attempt(one.edited({(part.name, part.place): {spec.name: text}}), wanted)


def related(layout: FeedLayout, name: str) -> frozenset[str]:
    """The fields that rules or totals tie to a field: they may be wrong with it, the field itself in another line."""
    tied = set()
    for rule in (*layout.rules, *getattr(layout, "header_rules", ())):
        conditions = {one.field for one in (rule.when, rule.unless) if one}
        involved = {rule.field, rule.other, rule.offset, *rule.fields, *conditions} - {""}
        if name in involved:
            tied |= involved if rule.kind in FILE_RULES else involved - {name}
    for spec in _all_fields(layout):
        conditions = {one.field for one in (spec.required_when, spec.required_unless) if one}
        if name in conditions or (spec.computed and name in spec.computed.fields):
            tied.add(spec.name)
    return frozenset(tied)


def _all_fields(layout: FeedLayout) -> Iterator[FieldSpec]:
    for part in ("header", "record", "trailer", "batch_trailer"):
        yield from getattr(layout, part, ())


def _emptied(specimens: Callable[[int], Specimen], part: Part, spec: FieldSpec) -> Iterator[Attempt]:
    """Files without a value that must be there; where a condition asks for it, first those that meet it anyway."""
    code = "R104" if spec.name == "addenda_type" else spec.wrong or part.fatal or "R101"
    for seed in range(30):
        one = specimens(seed)
        for same in one.parts():
            if (
                same.name == part.name
                and spec in same.fields
                and one.value(same, spec.name)
                and _is_needed(one, same, spec)
            ):
                yield _attempt(one, same, spec, "", code)
    one = specimens(0)
    when = spec.required_when or spec.required_unless
    for same in one.parts():
        if when and same.name == part.name and spec in same.fields:
            values = when.values if spec.required_when else _others(one, when.field)
            for value in values:
                wanted = Wanted(code, same.line, spec.name, "", related(one.layout, when.field) - {spec.name})
                changes: Changes = {(same.name, same.place): {when.field: value, spec.name: ""}}
                yield Attempt(one.edited(changes), wanted)


def _is_needed(one: Specimen, part: Part, spec: FieldSpec) -> bool:
    values = {field.name: one.value(part, field.name) for field in part.fields}
    if part.name == "record" and part.place < len(one.decoded.records):
        values = {**one.decoded.records[part.place], **values}
    return spec.needed(values)


def _others(one: Specimen, name: str) -> tuple[str, ...]:
    spec = next((spec for spec in _all_fields(one.layout) if spec.name == name), None)
    return (*spec.codes, "") if spec else ("",)


def _miscomputed(one: Specimen, part: Part, spec: FieldSpec) -> Iterator[Attempt]:
    """Files with another value where one follows from the rest."""
    assert spec.computed is not None
    code = spec.wrong or CODES_OF_COMPUTED.get(spec.computed.what, "G005")
    if part.fatal == "G002" and spec.computed.what not in ("count", "first"):
        code = spec.wrong or "G002"
    if spec.computed.what == "short_day":
        code = code if part.fatal else "R102"
    old = one.value(part, spec.name)
    for text in _other_values(old):
        if spec.flaw(text) is None:
            yield _attempt(one, part, spec, text, code)


CODES_OF_COMPUTED = {"line": "R102", "short_day": "R102", "addenda": "R102", "count": "G004", "batch_number": "G002"}


def _other_values(old: str) -> Iterator[str]:
    if old.isdigit():
        yield f"{(int(old) + 1) % 10 ** len(old):0{len(old)}d}"
        yield "0" * len(old)
    for place, letter in enumerate(old):
        for other in "0123456789AB":
            if other != letter:
                yield old[:place] + other + old[place + 1 :]
    yield "NOTHING ELSE"


def rule_proofs(specimens: Callable[[int], Specimen]) -> Iterator[Proof]:
    """One proof for each entry under `rules` and `header_rules`."""
    layout = specimens(0).layout
    for number, rule in enumerate(layout.rules, 1):
        fields = " ".join((rule.field, *rule.fields)).strip()
        yield f"rule {number}: {rule.kind} {fields}", _broken(specimens, rule) if rule.kind in BREAKERS else ()
    for rule in getattr(layout, "header_rules", ()):
        yield f"header rule: {rule.kind} {rule.field}", _broken_header(specimens(0), rule)


def _broken(specimens: Callable[[int], Specimen], rule: Rule) -> Iterator[Attempt]:
    for seed in range(20):
        one = specimens(seed)
        records = one.decoded.records
        for place in range(len(records)):
            for wrong, edits in breaks(rule, records, place, one.decoded.header):
                attempt = _rule_attempt(one, rule, wrong, edits)
                if attempt:
                    yield attempt


def _rule_attempt(one: Specimen, rule: Rule, wrong: int, edits: Edits) -> Attempt | None:
    """A file that breaks a rule with values that are good by themselves; None when these edits do not."""
    breach = breach_of(rule, one, wrong, edits)
    if breach is None or not is_good_alone(one.layout.record, one.decoded.records, edits):
        return None
    line = _line_of(one, breach.field, wrong)
    names = {name for said in edits.values() for name in said}
    follows = frozenset(name for changed in names for name in related(one.layout, changed)) | (names - {breach.field})
    changes: Changes = {("record", place): said for place, said in edits.items()}
    wanted = Wanted(breach.code, line, breach.field, follows=follows, message=breach.message)
    return Attempt(one.edited(changes), wanted) if line else None


def breach_of(rule: Rule, one: Specimen, wrong: int, edits: Edits) -> Breach | None:
    """What the rule says of the edited record."""
    records = [{**record, **edits.get(place, {})} for place, record in enumerate(one.decoded.records)]
    if rule.kind in FILE_RULES:
        return next((breach for place, breach in rule.judge_file(records) if place == wrong), None)
    return rule.judge(records[wrong], one.decoded.header)


def is_good_alone(fields: Iterable[FieldSpec], records: Sequence[Mapping[str, str]], edits: Edits) -> bool:
    """Whether every edited value is one that its field may have."""
    specs = {spec.name: spec for spec in fields}
    for place, said in edits.items():
        values = {**records[place], **said}
        for name, text in said.items():
            spec = specs.get(name)
            if spec and (spec.flaw(text) if text else spec.needed(values)):
                return False
    return True


def _line_of(one: Specimen, name: str, place: int) -> int:
    """The line of a field of a record; of one that stands in another part, that of the record itself."""
    lines = [part for part in one.parts() if part.name != "header" and part.place == place]
    own = [
        part.line
        for part in lines
        if any(spec.name == name for spec in part.fields) and part.name.split()[0] in ("record", "addenda")
    ]
    return own[0] if own else next((part.line for part in lines if part.name == "record"), 0)


def _broken_header(one: Specimen, rule: Rule) -> Iterator[Attempt]:
    part = next(part for part in one.parts() if part.name == "header")
    follows = related(one.layout, rule.field)
    for _, edits in breaks(rule, [one.decoded.header], 0, {}):
        content = one.edited({("header", part.place): edits[0]})
        yield Attempt(content, Wanted(rule.code, part.line, rule.field, "", follows))
