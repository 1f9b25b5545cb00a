"""Layouts as data: reads a *.layout.yaml and answers a layout that decodes, validates and writes files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from ringback.engine.nodes import MappingNode
from ringback.engine.problems import InvalidFile, Problem
from ringback.engine.source import Source
from ringback.engine.yaml_reader import read_bytes
from ringback.synthetic_partners.batched import BatchedLayout
from ringback.synthetic_partners.fields import FieldSpec, parse_kind
from ringback.synthetic_partners.layout_batched import KEYS as BATCHED
from ringback.synthetic_partners.layout_batched import read_batched
from ringback.synthetic_partners.layout_fields import read_fields
from ringback.synthetic_partners.layout_parts import ACKNOWLEDGED, COMMON, read_header_rules, read_names
from ringback.synthetic_partners.layout_rules import read_rules
from ringback.synthetic_partners.layout_sectioned import KEYS as SECTIONED
from ringback.synthetic_partners.layout_sectioned import read_sectioned
from ringback.synthetic_partners.layout_x12 import read_joined, read_parts
from ringback.synthetic_partners.line_families import SHAPES
from ringback.synthetic_partners.reading import Reading
from ringback.synthetic_partners.records import RecordLayout
from ringback.synthetic_partners.sectioned import SectionedLayout
from ringback.synthetic_partners.text import TERMINATORS
from ringback.synthetic_partners.totals import TOTALS
from ringback.synthetic_partners.x12 import X12Layout

FeedLayout = RecordLayout | BatchedLayout | SectionedLayout | X12Layout

LINES = COMMON | frozenset(["encoding", "upper_case", "terminator", "header", "record", "trailer", "header_rules"])
KEYS: Mapping[str, frozenset[str]] = {
    "delimited": LINES | {"delimiter", "shorter"},
    "fixed": LINES | {"length"},
    "csv": LINES - {"header", "header_rules"} | {"delimiter"},
    "json-lines": COMMON | {"record", "encoding", "side_car"},
    "batched": COMMON | BATCHED,
    "sectioned": COMMON | SECTIONED,
    "x12": COMMON | {"set", "group", "samples", "segments", "joined"},
}
ENCODINGS = ("ascii", "utf-8")


def load_layouts(folder: Path) -> dict[str, FeedLayout]:
    """Every *.layout.yaml of a folder by the layout's name; InvalidFile carries all problems of all files."""
    layouts: dict[str, FeedLayout] = {}
    problems: list[Problem] = []
    for path in sorted(folder.glob("*.layout.yaml")):
        try:
            layout = load_layout(path.read_bytes(), path.name)
        except InvalidFile as invalid:
            problems.extend(invalid.problems)
            continue
        if layout.name in layouts:
            problems.append(Problem(Source(path.name, 1, 1), f"the layout `{layout.name}` is there twice"))
        layouts[layout.name] = layout
    if problems:
        raise InvalidFile(tuple(problems))
    return layouts


def load_layout(content: bytes, file: str) -> FeedLayout:
    """One layout; InvalidFile with every problem of the file."""
    node, problems = read_bytes(content, file)
    reading = Reading(list(problems))
    layout = None
    if isinstance(node, MappingNode):
        layout = _read(reading, node)
    elif node is not None:
        reading.problem(node.source, "a layout file is a mapping", "layout: NAME, family: ..., record: ...")
    if reading.problems or layout is None:
        raise InvalidFile(tuple(reading.problems))
    return layout


def _read(reading: Reading, node: MappingNode) -> FeedLayout | None:
    family = reading.one_of(node, "family", KEYS)
    if not family:
        return None
    reading.keys(node, KEYS[family])
    read = READERS.get(family)
    return read(reading, node) if read else _read_lines(reading, node, family)


def _read_lines(reading: Reading, node: MappingNode, family: str) -> RecordLayout:
    is_fixed = family == "fixed"
    parts = {
        key: read_fields(reading, reading.mappings(node, key), fixed=is_fixed)
        for key in ("header", "record", "trailer")
    }
    if not parts["record"]:
        reading.problem(node.source, "`record` is missing", "list the fields of a record")
    if is_fixed:
        _check_length(reading, node, parts)
    for key, unknown in _unknown_names(parts):
        hint = "a condition names a field of the same line, a total one of the records"
        reading.problem(node.key_source(key), f"`{key}` speaks of the field `{unknown}`, which is not there", hint)
    known = frozenset(spec.name for spec in parts["record"])
    shape = SHAPES[family](reading, node)
    return RecordLayout(
        name=reading.text(node, "layout", required=True),
        summary=reading.text(node, "summary"),
        family=family,
        feed=reading.text(node, "feed", required=True),
        names=read_names(reading, node, parts["header"]),
        acknowledged=reading.one_of(node, "acknowledged", ACKNOWLEDGED, "file"),
        key=_key(reading, node, known),
        terminator=reading.one_of(node, "terminator", TERMINATORS, shape.terminator),
        upper_case=reading.flag(node, "upper_case"),
        wrong_shape=shape.wrong_shape,
        header=parts["header"],
        record=parts["record"],
        trailer=parts["trailer"],
        rules=read_rules(reading, reading.mappings(node, "rules"), known),
        cells=shape.cells,
        write=shape.write,
        header_rules=read_header_rules(reading, node, parts["header"]),
        delimiter=shape.delimiter,
        encoding=reading.one_of(node, "encoding", ENCODINGS, "ascii"),
        unended=shape.unended or ("G013" if parts["trailer"] else "G003"),
        longest_line=shape.longest_line,
        titles=shape.titles,
        side_car=reading.flag(node, "side_car"),
    )


def _unknown_names(parts: Mapping[str, Sequence[FieldSpec]]) -> Iterator[tuple[str, str]]:
    """The names in conditions and computed values that no field has, each with the part that says it."""
    names = {key: {spec.name for spec in fields} for key, fields in parts.items()}
    for key, fields in parts.items():
        for spec in fields:
            for when in (spec.required_when, spec.required_unless):
                if when and when.field not in names[key]:
                    yield key, when.field
            if spec.computed and spec.computed.what in TOTALS:
                yield from ((key, name) for name in spec.computed.fields if name not in names["record"])


def _check_length(reading: Reading, node: MappingNode, parts: Mapping[str, Iterable[FieldSpec]]) -> None:
    length = reading.number(node, "length")
    for key, fields in parts.items():
        actual = sum(spec.width for spec in fields)
        if actual and actual != length:
            reading.problem(node.key_source(key), f"the fields of `{key}` are {actual} long, `length` says {length}")


def _key(reading: Reading, node: MappingNode, known: Iterable[str]) -> str:
    return reading.one_of(node, "key", known)


def _read_x12(reading: Reading, node: MappingNode) -> X12Layout:
    parts = read_parts(reading, reading.mappings(node, "segments"))
    known = frozenset(name for part in parts for name in part.names())
    samples = reading.mapping(node, "samples")
    return X12Layout(
        name=reading.text(node, "layout", required=True),
        summary=reading.text(node, "summary"),
        family="x12",
        feed=reading.text(node, "feed", required=True),
        names=read_names(reading, node, _ENVELOPE_PARTS),
        acknowledged=reading.one_of(node, "acknowledged", ACKNOWLEDGED, "x12-997"),
        key=_key(reading, node, known),
        set=reading.text(node, "set", required=True),
        group=reading.text(node, "group", required=True),
        samples={key.text: reading.text(samples, key.text) for key, _ in samples.entries} if samples else {},
        parts=parts,
        joined=read_joined(reading, reading.mapping(node, "joined")),
        rules=read_rules(reading, reading.mappings(node, "rules"), known),
    )


def _part(name: str, kind: str) -> FieldSpec:
    parsed = parse_kind(kind)
    assert parsed is not None  # written here, not in a file
    return FieldSpec(name, parsed)


_ENVELOPE_PARTS = (_part("sender", "an15"), _part("receiver", "an15"), _part("control", "n9"))


READERS: Mapping[str, Callable[[Reading, MappingNode], FeedLayout]] = {
    "x12": _read_x12,
    "batched": read_batched,
    "sectioned": read_sectioned,
}
