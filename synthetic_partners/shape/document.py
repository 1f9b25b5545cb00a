"""Profiles as files: a *.profile.yaml is written, and read with every problem at its line and column."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

from ringback.engine.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ringback.engine.problems import InvalidFile
from ringback.engine.yaml_reader import read_bytes
from ringback.synthetic_partners.reading import Reading
from ringback.synthetic_partners.shape.learn import REPEATS
from ringback.synthetic_partners.shape.profile import VERSION, Case, FieldProfile, FileFact, Pair, Profile, Tally
from ringback.synthetic_partners.shape.tallies import HOURS, PRESENCE, WEEKDAYS

KINDS = ("constant", "code", "number", "time", "running", "identifier", "text")
ASPECTS = frozenset(
    ("presence", "length", "pattern", "loose_pattern", "repeats", "value", "number", "start", "drawn")
) | {"hour", "hour_of_same_day", "weekday", "age", "lag"}
LABELS = {
    "presence": PRESENCE,
    "repeats": REPEATS,
    "hour": HOURS,
    "hour_of_same_day": HOURS,
    "weekday": WEEKDAYS,
}
FURTHEST = {"age": 40_000.0, "lag": 4e9}  # days and seconds that times may be apart
MOST_NUMBER = 1e18
CHECKS = ("luhn", "aba", "mod97", "sscc")
_TOP = frozenset(["profile", "layout", "records", "looked_at", "k", "files", "fields", "pairs", "sequence"])
_FIELD = frozenset(
    ("name", "kind", "format", "personal", "check", "decimals", "width", "alike", "grain_s", "after", "distinct")
) | {"tallies", "depends_on", "cases"}
_HEAD = """\
# The shape of a feed's files: counts only, and no value that fewer than k records have.
"""
_MAP, _SEQUENCE = "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"
_FORMAT = re.compile(r"(%[YymdHMSzf]|[^%])*")


class _Quoted(yaml.CSafeDumper):
    """Texts are always quoted, so that `021`, `NO` and `1e5` stay texts wherever they are read."""


class _Text(str):
    __slots__ = ()


class _Flow(dict[str, Any]):
    """A mapping on as few lines as it takes."""


class _FlowList(list[Any]):
    """A list on as few lines as it takes."""


_Quoted.add_representer(_Flow, lambda dumper, found: dumper.represent_mapping(_MAP, found, flow_style=True))
_Quoted.add_representer(_FlowList, lambda dumper, found: dumper.represent_sequence(_SEQUENCE, found, flow_style=True))
_Quoted.add_representer(
    _Text, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style='"')
)


def write_profile(profile: Profile) -> str:
    """The profile as YAML."""
    document: dict[str, Any] = {
        "profile": VERSION,
        "layout": profile.layout,
        "records": profile.records,
        "looked_at": profile.looked_at,
        "k": profile.k,
        "files": [_file(fact) for fact in profile.files],
        "fields": [_field(field) for field in profile.fields],
        "pairs": [_pair(pair) for pair in profile.pairs],
    }
    if profile.sequence:
        document["sequence"] = _pair(profile.sequence)
    text = yaml.dump(document, Dumper=_Quoted, sort_keys=False, allow_unicode=True, width=118, default_flow_style=None)
    return _HEAD + text


def _file(fact: FileFact) -> dict[str, Any]:
    return _Flow(records=fact.records, size=fact.size, moment=_Text(fact.moment))


def _field(field: FieldProfile) -> dict[str, Any]:
    found: dict[str, Any] = {"name": _Text(field.name), "kind": field.kind}
    for key in ("format", "personal", "check", "decimals", "width", "after", "distinct"):
        value = getattr(field, key)
        if value:
            found[key] = _Text(value) if isinstance(value, str) else value
    if field.alike != 1:
        found["alike"] = field.alike
    if field.grain_s != 1:
        found["grain_s"] = field.grain_s
    found["tallies"] = _tallies(field.tallies)
    if field.cases:
        found["depends_on"] = _texts(field.depends_on)
        found["cases"] = [{"when": _texts(case.when), "tallies": _tallies(case.tallies)} for case in field.cases]
    return found


def _pair(pair: Pair) -> dict[str, Any]:
    return {"fields": _texts((pair.one, pair.other)), "bits": pair.information, "cells": _tally(pair.cells)}


def _tallies(tallies: Sequence[Tally]) -> dict[str, Any]:
    return {tally.aspect: _tally(tally) for tally in tallies}


def _tally(tally: Tally) -> dict[str, Any]:
    found: dict[str, Any]
    if tally.edges:
        found = _Flow(edges=_texts(f"{edge:.15g}" for edge in tally.edges), counts=_FlowList(tally.counts))
    else:
        labels: dict[str, Any] = {_Text(label): count for label, count in zip(tally.labels, tally.counts, strict=True)}
        found = _Flow(of=_Flow(labels))
    if tally.other:
        found["other"] = tally.other
    return found


def _texts(texts: Iterable[str]) -> _FlowList:
    return _FlowList(_Text(text) for text in texts)


def load_profile(content: bytes, file: str) -> Profile:
    """A profile; InvalidFile with every problem of the file."""
    node, problems = read_bytes(content, file)
    reading = Reading(list(problems))
    profile = None
    if isinstance(node, MappingNode):
        profile = _Loading(reading).profile(node)
    elif node is not None:
        reading.problem(node.source, "a profile is a mapping", "write it with: ringback feed profile SAMPLE -o FILE")
    if reading.problems or profile is None:
        raise InvalidFile(tuple(reading.problems))
    return profile


class _Loading:
    """Reads the parts of a profile; problems are noted, and reading goes on."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading

    def profile(self, node: MappingNode) -> Profile:
        reading = self.reading
        reading.keys(node, _TOP)
        if (version := reading.number(node, "profile")) != VERSION:
            hint = "learn the profile again with `ringback feed profile`"
            reading.problem(node.key_source("profile"), f"version {version} of profiles is not known", hint)
        fields = tuple(self.field(one) for one in reading.mappings(node, "fields"))
        if not fields:
            reading.problem(node.source, "`fields` is missing", "a profile has at least one field")
        self.known(node, fields)
        sequence = reading.mapping(node, "sequence")
        return Profile(
            layout=reading.text(node, "layout", required=True),
            records=self.count(node, "records", least=1),
            k=self.count(node, "k", least=1),
            files=tuple(self.file(one) for one in reading.mappings(node, "files")),
            fields=fields,
            pairs=tuple(self.pair(one, fields) for one in reading.mappings(node, "pairs")),
            sequence=self.pair(sequence, fields) if sequence else None,
            looked_at=self.count(node, "looked_at"),
        )

    def known(self, node: MappingNode, fields: Sequence[FieldProfile]) -> None:
        names = [field.name for field in fields]
        for name in sorted({name for name in names if names.count(name) > 1}):
            self.reading.problem(node.key_source("fields"), f"the field `{name}` is there twice")
        for field in fields:
            for other in (*field.depends_on, *([field.after] if field.after else [])):
                if other not in names or other == field.name:
                    said = f"`{field.name}` depends on `{other}`, which the profile has not"
                    self.reading.problem(node.key_source("fields"), said)

    def count(self, node: MappingNode, key: str, *, least: int = 0) -> int:
        found = self.reading.number(node, key)
        if found < least:
            self.reading.problem(node.key_source(key), f"`{key}` must be at least {least}, it is {found}")
        return max(found, least)

    def file(self, node: MappingNode) -> FileFact:
        self.reading.keys(node, ("records", "size", "moment"))
        moment = self.reading.text(node, "moment")
        if moment and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", moment):
            self.reading.problem(node.key_source("moment"), f"{moment!r} is no moment", '"2026-01-31T23:59:59"')
            moment = ""
        return FileFact(self.count(node, "records"), self.count(node, "size"), moment)

    def field(self, node: MappingNode) -> FieldProfile:
        reading = self.reading
        reading.keys(node, _FIELD)
        shape = reading.text(node, "format")
        if not _FORMAT.fullmatch(shape):
            reading.problem(node.key_source("format"), f"{shape!r} is no format of times", "%Y %m %d %H %M %S only")
            shape = ""
        kind = reading.one_of(node, "kind", KINDS)
        if kind == "time" and not shape:
            reading.problem(node.source, "a time has a `format`", 'format: "%Y%m%d%H%M%S"')
        depends_on = reading.words(node, "depends_on")
        return FieldProfile(
            name=reading.text(node, "name", required=True),
            kind=kind,
            format=shape,
            personal=reading.flag(node, "personal"),
            check=reading.one_of(node, "check", CHECKS, "") if node.get("check") else "",
            decimals=min(self.count(node, "decimals"), 12),
            width=min(self.count(node, "width"), 18),
            alike=max(1.0, self.decimal(node, "alike", 1.0)),
            grain_s=max(1, reading.number(node, "grain_s", 1)),
            after=reading.text(node, "after"),
            distinct=self.count(node, "distinct"),
            tallies=self.tallies(reading.mapping(node, "tallies")),
            depends_on=depends_on,
            cases=tuple(self.case(one, len(depends_on)) for one in reading.mappings(node, "cases")),
        )

    def case(self, node: MappingNode, width: int) -> Case:
        self.reading.keys(node, ("when", "tallies"))
        when = self.reading.words(node, "when")
        if len(when) != width:
            said = f"`when` names {len(when)} groups, `depends_on` {width} fields"
            self.reading.problem(node.key_source("when"), said)
        return Case(when, self.tallies(self.reading.mapping(node, "tallies")))

    def pair(self, node: MappingNode, fields: Sequence[FieldProfile]) -> Pair:
        self.reading.keys(node, ("fields", "bits", "cells"))
        names = self.reading.words(node, "fields")
        known = {field.name for field in fields}
        if len(names) != 2 or not known.issuperset(names):
            self.reading.problem(node.source, "a pair names two fields of the profile", "fields: [state, zip]")
            names = ("", "")
        cells = self.reading.mapping(node, "cells")
        tally = self.tally("pair", cells) if cells else Tally("pair", ())
        return Pair(names[0], names[1], self.decimal(node, "bits"), tally)

    def decimal(self, node: MappingNode, key: str, default: float = 0.0) -> float:
        found = node.get(key)
        value = found.value if isinstance(found, ScalarNode) else default if found is None else None
        if not isinstance(value, int | float) or isinstance(value, bool):
            self.reading.problem(node.key_source(key), f"`{key}` must be a number")
            return default
        return float(value)

    def tallies(self, node: MappingNode | None) -> tuple[Tally, ...]:
        if node is None:
            return ()
        self.reading.keys(node, ASPECTS)
        return tuple(
            self.tally(key.text, found) if isinstance(found, MappingNode) else self.wrong(key.text, found)
            for key, found in node.entries
        )

    def wrong(self, aspect: str, found: Node) -> Tally:
        self.reading.problem(found.source, f"`{aspect}` must be a mapping", "of: {LABEL: COUNT}, or edges and counts")
        return Tally(aspect, ())

    def tally(self, aspect: str, node: MappingNode) -> Tally:
        self.reading.keys(node, ("of", "edges", "counts", "other"))
        other = self.count(node, "other")
        if node.get("edges") is None:
            of = self.reading.mapping(node, "of")
            entries: Mapping[str, int] = {key.text: self.number(found) for key, found in of.entries} if of else {}
            if aspect in LABELS and tuple(entries) != LABELS[aspect]:
                said = f"`{aspect}` counts {', '.join(LABELS[aspect][:3])}{', ...' if len(LABELS[aspect]) > 3 else ''}"
                self.reading.problem(node.source, said, "in this order, each of them")
                entries = dict.fromkeys(LABELS[aspect], 1)
            return Tally(aspect, tuple(entries.values()), tuple(entries), other=other)
        most = FURTHEST.get(aspect, MOST_NUMBER)
        edges = tuple(self.edge(found, most) for found in self.items(node, "edges"))
        counts = tuple(self.number(found) for found in self.items(node, "counts"))
        if len(edges) != len(counts) + 1 or list(edges) != sorted(set(edges)):
            said = f"{len(edges)} edges and {len(counts)} counts: edges rise, and are one more than counts"
            self.reading.problem(node.key_source("edges"), said)
        return Tally(aspect, counts, edges=edges, other=other)

    def items(self, node: MappingNode, key: str) -> tuple[Node, ...]:
        found = node.get(key)
        if isinstance(found, SequenceNode):
            return found.items
        self.reading.problem(node.key_source(key), f"`{key}` must be a list of numbers")
        return ()

    def number(self, found: Node) -> int:
        value = found.value if isinstance(found, ScalarNode) else None
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            self.reading.problem(found.source, "a count is a whole number, not negative")
            return 0
        return value

    def edge(self, found: Node, most: float) -> float:
        text = found.text if isinstance(found, ScalarNode) else ""
        if not re.fullmatch(r"-?\d+(\.\d+)?(e[+-]?\d{1,2})?", text):
            self.reading.problem(found.source, f"an edge is a number, not {text!r}")
            return 0.0
        if abs(float(text)) > most:
            self.reading.problem(found.source, f"the edge {text} is beyond {most:g}")
            return 0.0
        return float(text)
