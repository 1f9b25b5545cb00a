"""Holds the fields that an sftp step names against its layout, before anything is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ringback.drivers.steps import place_of
from ringback.engine.excerpt import advice
from ringback.engine.nodes import MappingNode
from ringback.engine.paths import EVERY, split_path
from ringback.engine.protocols import Block, Layout
from ringback.engine.source import Source


def check_fields(block: Block, layout: Layout) -> None:
    """A problem for each name in `where`, `expect`, `until`, `fail_if` or `outputs` that no record can have."""
    known: frozenset[str] = getattr(layout, "record_names", frozenset())  # a layout of others may not tell them
    if not known:
        return
    for name, source in (*_of_where(block), *_of_paths(block)):
        # A name may have dots (entity.status), and a path may go on below a field (tn.length).
        if name not in known and name.partition(".")[0] not in known:
            block.problem(source, f"a record of {layout.name} has no field {name!r}", advice(name, known))


def _of_where(block: Block) -> Iterator[tuple[str, Source]]:
    where = block.step.get("where")
    for key, _ in where.entries if isinstance(where, MappingNode) else ():
        yield key.text, key.source


def _of_paths(block: Block) -> Iterator[tuple[str, Source]]:
    for path in block.probes:
        name = _field_of(split_path(path))
        if name:
            yield name, place_of(block, path)


def _field_of(segments: Iterable[str]) -> str:
    """The field in `record.tn`, `records.0.tn`, `records.*.tn` and `record.a.b`; "" where a path names none."""
    first, *rest = segments
    if first == "records" and rest and (rest[0] == EVERY or rest[0].lstrip("-").isdigit()):
        rest = rest[1:]
    elif first != "record":
        return ""
    return ".".join(rest) if rest and rest[0] not in (EVERY, "length") else ""
