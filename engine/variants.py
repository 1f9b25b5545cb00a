"""Expands a matrix into variants with stable ids: all combinations, or a small set that covers every pair (n-tuple)."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from covertable import Controller  # type: ignore[import-untyped]  # it has no types

from ringback.engine.excerpt import advice
from ringback.engine.forms import as_plain
from ringback.engine.model import Variant
from ringback.engine.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ringback.engine.schema import MATRIX
from ringback.engine.source import Source
from ringback.engine.templates import text_of

Report = Callable[[Source, str, str], None]
Row = Mapping[str, object]

MOST_VARIANTS = 1000
TRIES = 12
SMALL = 24  # with more values in all, one try takes long enough
N_WAY = re.compile(r"([1-9])-way\Z")
NO_MATRIX = (Variant("", {}),)


def read_variants(node: Node | None, report: Report) -> tuple[Variant, ...]:
    """The variants of a journey's `matrix`; one without an id when there is none, or when the matrix is wrong."""
    if node is None:
        return NO_MATRIX
    if not isinstance(node, MappingNode):
        report(
            node.source, "`matrix` must be a mapping from axes to lists of values", "write `matrix: {device: [A, B]}`"
        )
        return NO_MATRIX
    axes = _axes(node, report)
    excluded = _combinations(node, "exclude", axes, report)
    included = _combinations(node, "include", axes, report)
    rows = _picked(node, axes, excluded, included, report)
    return _named(rows, tuple(axes), node, report) if rows else NO_MATRIX


def axis_values(node: Node | None) -> dict[str, tuple[str, ...]]:
    """The axes of a `matrix` with their values as text."""
    values: dict[str, tuple[str, ...]] = {}
    for key, listed in node.entries if isinstance(node, MappingNode) else ():
        if key.text not in MATRIX:
            items = listed.items if isinstance(listed, SequenceNode) else ()
            values[key.text] = tuple(_id_of(as_plain(item)) for item in items)
    return values


def axis_names(node: Node | None) -> dict[str, Source]:
    """The axes of a `matrix` with their places."""
    if not isinstance(node, MappingNode):
        return {}
    return {key.text: key.source for key, _ in node.entries if key.text not in MATRIX}


def _axes(node: MappingNode, report: Report) -> dict[str, tuple[object, ...]]:
    axes: dict[str, tuple[object, ...]] = {}
    for key, values in node.entries:
        if key.text in MATRIX:
            continue
        if not isinstance(values, SequenceNode) or not values.items:
            hint = advice(key.text, MATRIX) if not isinstance(values, SequenceNode) else "give it two values or more"
            report(key.source, f"the axis {key.text!r} needs a list of values", hint)
            continue
        plain = tuple(as_plain(item) for item in values.items)
        for item, value in zip(values.items, plain, strict=True):
            if isinstance(value, list) or (isinstance(value, dict) and "id" not in value):
                report(item.source, f"a value of {key.text!r} must be a scalar, or a mapping with an `id`", "")
        axes[key.text] = plain
    return axes


def _combinations(node: MappingNode, key: str, axes: Mapping[str, Sequence[object]], report: Report) -> list[Row]:
    """The rows of `exclude` or `include`; each names axes and values that exist."""
    listed = node.get(key)
    if listed is None:
        return []
    if not isinstance(listed, SequenceNode):
        report(listed.source, f"`{key}` must be a list of combinations", f"write `{key}: [{{axis: value}}]`")
        return []
    rows: list[Row] = []
    for item in listed.items:
        if not isinstance(item, MappingNode):
            report(item.source, f"a combination of `{key}` is a mapping from axes to values", "")
            continue
        rows.append(_row(item, key, axes, report))
    return rows


def _row(item: MappingNode, key: str, axes: Mapping[str, Sequence[object]], report: Report) -> Row:
    row: dict[str, object] = {}
    for axis, value in item.entries:
        if axis.text not in axes:
            report(
                axis.source,
                f"`{key}` names an axis that the matrix does not have: {axis.text!r}",
                advice(axis.text, axes),
            )
            continue
        named = {_id_of(known): known for known in axes[axis.text]}
        wanted = _id_of(as_plain(value))
        if wanted not in named:
            report(value.source, f"the axis {axis.text!r} has no value {wanted!r}", advice(wanted, named))
            continue
        row[axis.text] = named[wanted]
    if key == "include" and len(row) == len(item.entries) and set(row) != set(axes):
        missing = ", ".join(sorted(set(axes) - set(row)))
        report(item.source, f"a combination of `include` names every axis; missing: {missing}", "")
    return row


def _picked(
    node: MappingNode, axes: Mapping[str, tuple[object, ...]], excluded: list[Row], included: list[Row], report: Report
) -> list[Row]:
    strength = _strength(node, axes, report)
    if not axes or any(not values for values in axes.values()):
        return []
    total = 1
    for values in axes.values():
        total *= len(values)
    whole = [row for row in included if set(row) == set(axes)]
    if strength >= len(axes):
        if total > MOST_VARIANTS:
            report(
                node.source,
                f"the matrix has {total:,} combinations; at most {MOST_VARIANTS:,} are run",
                "use `pick: pairwise`",
            )
            return []
        rows: list[Row] = [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]
    else:
        rows = _covering(axes, strength, excluded)
    kept = [row for row in rows if not _is_excluded(row, excluded)]
    kept += [row for row in whole if row not in kept]
    if not kept:
        report(node.key_source("exclude"), "the matrix has no combination left", "exclude less")
    return kept


def _covering(axes: Mapping[str, tuple[object, ...]], strength: int, excluded: list[Row]) -> list[Row]:
    """Rows that cover every combination of values of any `strength` axes that is not excluded."""
    names, values = tuple(axes), tuple(axes.values())
    rules = tuple(
        tuple((names.index(axis), axes[axis].index(value)) for axis, value in rule.items()) for rule in excluded
    )
    found = _covering_indices(tuple(len(options) for options in values), strength, rules)
    return [
        {name: values[axis][index] for axis, (name, index) in enumerate(zip(names, row, strict=True))} for row in found
    ]


@lru_cache(maxsize=256)
def _covering_indices(
    sizes: tuple[int, ...], strength: int, rules: tuple[tuple[tuple[int, int], ...], ...]
) -> tuple[tuple[int, ...], ...]:
    """The rows as indices into the axes: the fewest of some tries, which differ in the order of the axes and a salt.

    covertable orders by a hash of its own, so that the rows are the same in every process.
    """
    least = math.prod(sorted(sizes)[-strength:])
    tries = TRIES if sum(sizes) <= SMALL else 1
    best: tuple[tuple[int, ...], ...] = ()
    for attempt in range(tries):
        first = attempt % len(sizes)
        order = (*range(first, len(sizes)), *range(first))
        rows = _try(tuple((axis, sizes[axis]) for axis in order), strength, rules, str(attempt // len(sizes)))
        if not best or len(rows) < len(best):
            best = rows
        if len(best) <= least:
            break
    return best


def _try(
    axes: tuple[tuple[int, int], ...], strength: int, rules: tuple[tuple[tuple[int, int], ...], ...], salt: str
) -> tuple[tuple[int, ...], ...]:
    """One covering table; `axes` are numbers and sizes in the order in which covertable sees them."""
    constraints = [
        {
            "operator": "not",
            "condition": {
                "operator": "and",
                "conditions": [{"operator": "eq", "left": str(axis), "value": index} for axis, index in rule],
            },
        }
        for rule in rules
        if rule
    ]
    factors = {str(axis): list(range(size)) for axis, size in axes}
    made = Controller(factors, strength=strength, constraints=constraints, salt=salt).make()
    return tuple(sorted(tuple(row[str(axis)] for axis in range(len(axes))) for row in made))


def _is_excluded(row: Row, excluded: list[Row]) -> bool:
    return any(rule and all(name in row and row[name] == value for name, value in rule.items()) for rule in excluded)


def _strength(node: MappingNode, axes: Mapping[str, object], report: Report) -> int:
    """How many axes' combinations are all covered: all axes, two, or n."""
    pick = node.get("pick")
    word = pick.text if isinstance(pick, ScalarNode) else ("all" if pick is None else "")
    if word == "all":
        return max(len(axes), 1)
    if word == "pairwise":
        return min(2, max(len(axes), 1))
    found = N_WAY.match(word)
    if found is None:
        place = pick.source if pick is not None else node.source
        report(
            place,
            f"`pick` must be all, pairwise or a number such as 3-way, not {word!r}",
            advice(word, ("all", "pairwise", "3-way")),
        )
        return 1
    return int(found[1])


def _named(rows: Sequence[Row], axes: tuple[str, ...], node: MappingNode, report: Report) -> tuple[Variant, ...]:
    variants: dict[str, Variant] = {}
    for row in rows:
        name = "-".join(_id_of(row[axis]) for axis in axes)
        if name in variants:
            report(node.source, f"two variants have the id {name!r}", "make the values of the axes different")
        values = {axis: row[axis] for axis in axes}
        variants[name] = Variant(name, values)
    return tuple(variants.values())


def _id_of(value: object) -> str:
    """A value as part of an id: its text (a mapping's `id`), with everything but letters, digits, . _ - replaced."""
    if isinstance(value, dict):
        value = value.get("id", "")
    text = text_of(value)
    return re.sub(r"[^\w.-]+", "_", text)
