"""Tables of fields: where each stands, its type, when it must be there, and what it may hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ringback.synthetic_partners.fields import FieldSpec
from ringback.synthetic_partners.pages.words import marks, must_words, type_words, value_words
from ringback.synthetic_partners.x12_grammar import Choice, Loop, Part, SegmentRule

Row = tuple[str, ...]
_HEAD = ("field", "type", "must", "value", "")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; columns in which no row has anything are left out."""
    known = [tuple(row) for row in rows]
    kept = [place for place in range(len(head)) if any(row[place] for row in known)]
    lines = [_line(head[place] for place in kept), _line("---" for _ in kept)]
    lines += [_line(row[place] for place in kept) for row in known]
    return "\n".join(lines)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def described(spec: FieldSpec) -> Row:
    """A field without its place."""
    kind = "" if spec.literal is not None else type_words(spec.kind)
    return f"`{spec.name}`" if spec.name else "", kind, must_words(spec), value_words(spec), marks(spec)


def fields_by_number(fields: Sequence[FieldSpec]) -> str:
    """Fields that stand one behind the other."""
    return table(("#", *_HEAD), [(str(place), *described(spec)) for place, spec in enumerate(fields, 1)])


def fields_by_position(fields: Sequence[FieldSpec]) -> str:
    """Fields of fixed width, with their columns."""
    rows = []
    start = 1
    for spec in fields:
        end = start + spec.width - 1
        rows.append((str(start) if start == end else f"{start}-{end}", *described(spec)))
        start = end + 1
    return table(("columns", *_HEAD), rows)


def fields_by_name(fields: Sequence[FieldSpec], title: str = "") -> str:
    """Fields that are told by their names, whatever their order; `title` heads what the file calls them."""
    return table((title or "label", *_HEAD), [(spec.label, *described(spec)) for spec in fields])


def segments(parts: Sequence[Part]) -> str:
    """The segments of an X12 set in order; loops are indented."""
    rows = [row for part in parts for row in _rows(part, 0)]
    return table(("segment", "repeats", *_HEAD), rows)


def _rows(part: Part, depth: int) -> Iterator[Row]:
    if isinstance(part, Choice):
        for option in part.options:
            yield from _segment(option, depth, "any number, in any order")
    elif isinstance(part, Loop):
        yield _loop(part, depth)
        for inner in part.parts:
            yield from _rows(inner, depth + 1)
    else:
        yield from _segment(part, depth, "any number" if part.many else "")


def _loop(loop: Loop, depth: int) -> Row:
    records = "; each turn is a record" if loop.record else ""
    return (
        f"{_indent(depth)}**loop {loop.tag}**",
        f"any number{records}",
        "",
        "",
        "yes" if loop.required else "",
        "",
        "",
    )


def _segment(rule: SegmentRule, depth: int, repeats: str) -> Iterator[Row]:
    where = ", ".join(f"{rule.tag}{place:02d} `{text}`" for place, text in rule.where.items())
    yield f"{_indent(depth)}**{rule.tag}**", repeats, "", "", "yes" if rule.required else "", where, ""
    for element in rule.elements:
        yield f"{_indent(depth)}{rule.tag}{element.place:02d}", "", *described(element.spec)


def _indent(depth: int) -> str:
    return "&emsp;" * depth
