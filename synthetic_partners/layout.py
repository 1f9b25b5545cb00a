"""Layouts as data: reads a *.layout.yaml and answers a layout that decodes, validates and writes files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from ringback.engine.nodes import MappingNode
from ringback.engine.problems import InvalidFile, Problem
from ringback.engine.source import Source
from ringback.engine.yaml_reader import read_bytes
from ringback.synthetic_partners import delimited, fixed
from ringback.synthetic_partners.fields import FieldSpec, is_number, parse_kind
from ringback.synthetic_partners.layout_fields import read_fields, read_rules
from ringback.synthetic_partners.layout_x12 import read_joined, read_parts
from ringback.synthetic_partners.names import NameRule, name_rule
from ringback.synthetic_partners.reading import Reading
from ringback.synthetic_partners.records import RecordLayout
from ringback.synthetic_partners.text import TERMINATORS
from ringback.synthetic_partners.x12 import X12Layout

FeedLayout = RecordLayout | X12Layout

COMMON = frozenset(["layout", "summary", "family", "feed", "file_name", "name_parts", "acknowledged", "key", "rules"])
LINES = COMMON | frozenset(["encoding", "upper_case", "terminator", "header", "record", "trailer"])
KEYS: Mapping[str, frozenset[str]] = {
    "delimited": LINES | {"delimiter", "shorter"},
    "fixed": LINES | {"length"},
    "x12": COMMON | {"set", "group", "samples", "segments", "joined"},
}
ACKNOWLEDGED = ("file", "x12-997", "none")


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
    return _read_x12(reading, node) if family == "x12" else _read_lines(reading, node, family)


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
    known = frozenset(spec.name for spec in parts["record"])
    reading.one_of(node, "encoding", ("ascii",), "ascii")
    delimiter = reading.text(node, "delimiter", "|")
    return RecordLayout(
        name=reading.text(node, "layout", required=True),
        summary=reading.text(node, "summary"),
        family=family,
        feed=reading.text(node, "feed", required=True),
        names=_names(reading, node, parts["header"]),
        acknowledged=reading.one_of(node, "acknowledged", ACKNOWLEDGED, "file"),
        key=_key(reading, node, known),
        terminator=reading.one_of(node, "terminator", TERMINATORS, "lf"),
        upper_case=reading.flag(node, "upper_case"),
        wrong_shape="G011" if is_fixed else "G012",
        header=parts["header"],
        record=parts["record"],
        trailer=parts["trailer"],
        rules=read_rules(reading, reading.mappings(node, "rules"), known),
        cells=fixed.cells if is_fixed else delimited.cells_between(delimiter, _numbers(reading, node, "shorter")),
        write=fixed.write if is_fixed else delimited.writer(delimiter),
        delimiter="" if is_fixed else delimiter,
    )


def _numbers(reading: Reading, node: MappingNode, key: str) -> tuple[int, ...]:
    texts = reading.words(node, key)
    if not all(is_number(text) for text in texts):
        reading.problem(
            node.key_source(key), f"`{key}` is a list of whole numbers", "the numbers of fields, e.g. [18, 20]"
        )
        return ()
    return tuple(int(text) for text in texts)


def _check_length(reading: Reading, node: MappingNode, parts: Mapping[str, Iterable[FieldSpec]]) -> None:
    length = reading.number(node, "length")
    for key, fields in parts.items():
        actual = sum(spec.width for spec in fields)
        if actual and actual != length:
            reading.problem(node.key_source(key), f"the fields of `{key}` are {actual} long, `length` says {length}")


def _names(reading: Reading, node: MappingNode, header: tuple[FieldSpec, ...]) -> NameRule:
    extra = read_fields(reading, reading.mappings(node, "name_parts"), fixed=False)
    convention = reading.text(node, "file_name", required=True)
    rule, unknown = name_rule(convention, (*header, *extra))
    for part in unknown:
        hint = "name a field of the header, or declare it under `name_parts`"
        reading.problem(node.key_source("file_name"), f"the part `{{{part}}}` is declared nowhere", hint)
    return rule


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
        names=_names(reading, node, _ENVELOPE_PARTS),
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
