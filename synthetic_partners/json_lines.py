"""The JSON lines family: one object per line, its values named by dotted paths; unknown members are left alone."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from ringback.synthetic_partners.decoding import Misshapen
from ringback.synthetic_partners.fields import FieldSpec, is_number
from ringback.synthetic_partners.json_members import BOOLEAN, NULL, NUMBER, TEXT, Member, NotJson, read_members
from ringback.synthetic_partners.records import Cell
from ringback.synthetic_partners.text import Line

_EACH = ".*"  # each element of a list
_BARE = frozenset([NUMBER, BOOLEAN])
_NOTHING = Member("", NULL, 0)
Tree = dict[str, "Tree | str"]


def cells(line: Line, fields: Sequence[FieldSpec]) -> tuple[tuple[Cell, ...], str]:
    """The cells of a line, and why it is no JSON object."""
    try:
        members = read_members(line.text)
    except NotJson as error:
        return (), Misshapen(str(error), error.column)
    end = len(line.text) + 1
    found = []
    for spec in fields:
        if _EACH not in spec.name:
            found.append(_cell(spec, members.get(spec.name), end))
            continue
        paths = _paths(spec.name, members)
        found.extend(_cell(_element(spec, path), members.get(path), end) for path in paths)
    return tuple(found), ""


@lru_cache(maxsize=1024)
def _element(spec: FieldSpec, path: str) -> FieldSpec:
    """The field of one element of a list."""
    return replace(spec, name=path)


def _paths(name: str, known: Container[str]) -> Iterator[str]:
    """The paths that a field's name stands for: one for each element where it says `.*`."""
    head, star, rest = name.partition(_EACH)
    if not star:
        yield name
        return
    number = 0
    while f"{head}.{number}" in known:
        yield from _paths(f"{head}.{number}{rest}", known)
        number += 1


def _places(names: Iterable[str]) -> frozenset[str]:
    """Every path on the way to the values of these names."""
    parts = [name.split(".") for name in names]
    return frozenset(".".join(part[:end]) for part in parts for end in range(1, len(part) + 1))


def _cell(spec: FieldSpec, member: Member | None, end: int) -> Cell:
    if member is None or member.kind == NULL:
        return Cell(spec, "", member.column if member else end)
    wrong = "" if member.kind == spec.json else f"it is {_told(member.kind)}, not {_told(spec.json)}"
    return Cell(spec, member.text, member.column, wrong)


def _told(kind: str) -> str:
    return f"an {kind}" if kind == "object" else f"a {kind}"


def write(values: Mapping[str, str], fields: Sequence[FieldSpec]) -> str:
    """One line from its values; a member without a value is left out."""
    tree: Tree = {}
    places = _places(values)
    for spec in fields:
        if _EACH in spec.name and values.get(spec.name):
            _plant(tree, spec.name.replace(_EACH, ".0"), _source(spec, values[spec.name]))
            continue
        for path in _paths(spec.name, places):
            if values.get(path):
                _plant(tree, path, _source(spec, values[path]))
    return _written(tree)


def _source(spec: FieldSpec, text: str) -> str:
    """A value as it stands in the document; what is no number where one belongs stands there as a text."""
    bare = text.lstrip("0") or "0" if is_number(text) else text  # a number has no zeros in front of it
    if spec.json in _BARE and _kind_of(bare) == spec.json:
        return bare
    return json.dumps(text, ensure_ascii=False)


def _kind_of(text: str) -> str:
    """What a text is when it stands in a document without quotes."""
    try:
        members = read_members(f'{{"value":{text}}}')
    except NotJson:
        return TEXT
    return members["value"].kind if members.get("value", _NOTHING).text == text else TEXT


def _plant(tree: Tree, path: str, source: str) -> None:
    *way, last = path.split(".")
    for name in way:
        inner = tree.setdefault(name, {})
        if isinstance(inner, str):  # a value stands where members are to be: the layout names both
            return
        tree = inner
    tree[last] = source


def _written(tree: Tree | str) -> str:
    if isinstance(tree, str):
        return tree
    if tree and all(name.isdigit() for name in tree):
        return f"[{','.join(_written(value) for value in tree.values())}]"
    members = (f"{json.dumps(name, ensure_ascii=False)}:{_written(value)}" for name, value in tree.items())
    return f"{{{','.join(members)}}}"
