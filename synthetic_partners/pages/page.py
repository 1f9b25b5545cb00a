"""One feed's page: name, shape, fields, rules, acknowledgement, codes and a sample, all from the layout."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from ringback.synthetic_partners.batched import BatchedLayout
from ringback.synthetic_partners.checksums import SIDE_CAR
from ringback.synthetic_partners.fields import FieldSpec
from ringback.synthetic_partners.generate import generate_file
from ringback.synthetic_partners.layout import FeedLayout
from ringback.synthetic_partners.pages.problem_table import problem_table
from ringback.synthetic_partners.pages.rule_words import sentence
from ringback.synthetic_partners.pages.tables import (
    described,
    fields_by_name,
    fields_by_number,
    fields_by_position,
    segments,
    table,
)
from ringback.synthetic_partners.records import RecordLayout
from ringback.synthetic_partners.sectioned import SectionedLayout

ROWS, SEED = 2, 7  # of the sample
Section = tuple[str, str]  # a heading and what stands below it
_PART = re.compile(r"\{(\w+)\}")
_FAMILIES: Mapping[str, str] = {
    "delimited": "lines with a delimiter",
    "fixed": "fixed columns",
    "csv": "CSV (RFC 4180), columns found by the first line",
    "json-lines": "a JSON object per line",
    "x12": "X12 004010",
    "batched": "fixed lines of several types, in batches",
    "sectioned": "sections of `key : value` lines, then columns",
}
_ENDS: Mapping[str, str] = {
    "lf": "LF (CRLF will do when all lines have it)",
    "crlf": "CRLF (LF will do when all lines have it)",
    "cr": "CR alone",
    "lf-only": "LF alone",
    "crlf-only": "CRLF alone",
}
_ACKS: Mapping[str, str] = {
    "file": "`NAME.ack`, in the folder `ack` of the other direction",
    "x12-997": "a 997 for each group",
    "none": "none",
}


def page_of(layout: FeedLayout, *, source: str = "") -> str:
    """The Markdown of a feed's page; `source` names the layout's file."""
    body = "\n\n".join(f"## {title}\n\n{text}" for title, text in _sections(layout) if text)
    origin = f" Written from `{source}` by `ringback feed document`." if source else ""
    return f"# {layout.name}: {layout.summary}\n\n{_overview(layout)}\n\n{body}\n\n---\n{origin.strip()}\n"


def _overview(layout: FeedLayout) -> str:
    rows = [
        ("family", _FAMILIES.get(layout.family, layout.family)),
        ("file name", f"`{layout.names.convention}`"),
        ("lines end with", _ENDS.get(getattr(layout, "terminator", ""), "")),
        ("delimiter", _delimiter(layout)),
        ("line length", _length(layout)),
        ("encoding", getattr(layout, "encoding", "ascii").upper()),
        ("case", "upper case alone" if getattr(layout, "upper_case", False) else ""),
        ("side-car", f"`NAME{SIDE_CAR}` must be there" if getattr(layout, "side_car", False) else ""),
        ("acknowledged by", _ACKS[layout.acknowledged]),
        ("records are told apart by", f"`{layout.key}`"),
    ]
    return table(("", ""), [row for row in rows if row[1]])


def _delimiter(layout: FeedLayout) -> str:
    if layout.family == "x12":
        return "`*` elements, `~` segments"
    delimiter = getattr(layout, "delimiter", "")
    return {"|": "a bar", ",": "a comma", ";": "a semicolon", "\t": "a tab"}.get(delimiter, delimiter)


def _length(layout: FeedLayout) -> str:
    if isinstance(layout, BatchedLayout):
        return f"{layout.length}, in blocks of {layout.block} lines"
    if isinstance(layout, RecordLayout) and layout.family == "fixed":
        return str(sum(spec.width for spec in layout.record))
    return ""


def _sections(layout: FeedLayout) -> Iterator[Section]:
    yield "File name", _names(layout)
    yield from _fields(layout)
    rules = [*getattr(layout, "header_rules", ()), *layout.rules]
    yield "Rules", "\n".join(f"- {sentence(rule)}" for rule in rules)
    yield "Problems", problem_table(layout)
    yield "Sample", _sample(layout)
    yield "In a journey", _journey(layout)


def _names(layout: FeedLayout) -> str:
    """The parts of the name; all of them are always there."""
    rows = ((name, kind, value) for name, kind, _, value, _ in map(described, layout.names.parts))
    return table(("part", "type", "value"), rows)


def _fields(layout: FeedLayout) -> Iterator[Section]:
    if isinstance(layout, RecordLayout):
        yield from _of_lines(layout)
    elif isinstance(layout, BatchedLayout):
        yield from _of_batches(layout)
    elif isinstance(layout, SectionedLayout):
        yield "Header section", fields_by_name(layout.keys, "key")
        yield "Input section", fields_by_name(layout.inputs, "key")
        yield "Records", fields_by_name(layout.record, "column" if layout.has_columns else "key")
    else:
        yield "Segments", segments(layout.parts)
        rows = [(f"`{one.name}`", " ".join(f"`{name}`" for name in one.fields)) for one in layout.joined]
        yield "Joined values", table(("value", "made of"), rows) if rows else ""


def _of_lines(layout: RecordLayout) -> Iterator[Section]:
    tables: Mapping[str, Callable[[Sequence[FieldSpec]], str]] = {
        "fixed": fields_by_position,
        "json-lines": fields_by_name,
    }
    written = tables.get(layout.family, fields_by_number)
    parts = (("Header", layout.header), ("Records", layout.record), ("Trailer", layout.trailer))
    for title, fields in parts:
        yield title, written(fields) if fields else ""


def _of_batches(layout: BatchedLayout) -> Iterator[Section]:
    yield "File header", fields_by_position(layout.header)
    yield "Batch header", fields_by_position(layout.batch)
    yield "Entries", fields_by_position(layout.entry)
    for addenda in layout.addenda:
        yield f"Addenda {addenda.kind}", fields_by_position(addenda.fields)
    yield "Batch control", fields_by_position(layout.batch_trailer)
    yield "File control", fields_by_position(layout.trailer)


def _sample(layout: FeedLayout) -> str:
    """A small valid file as it stands on the disk, line ends made visible where they are no line ends on a screen."""
    made = generate_file(layout, rows=ROWS, seed=SEED)
    text = made.content.decode(getattr(layout, "encoding", "ascii")).replace("\r\n", "\n").replace("\r", "\u240d\n")
    command = f"ringback feed generate --layout {layout.name} --rows {ROWS} --seed {SEED}"
    return f"`{made.name}`, made by `{command}`:\n\n```\n{text.rstrip()}\n```"


def _journey(layout: FeedLayout) -> str:
    glob = re.sub(r"\*+", "*", _PART.sub("*", layout.names.convention))
    key = layout.key.rpartition(".")[2]
    lines = (
        "- id: seen",
        "  sftp: PARTNER",
        f'  get: "/from_us/{glob}"',
        f"  feed: {layout.name}",
        f"  where: {{{layout.key}: $inputs.{key}}}",
        "  within: 60s",
        "  expect: {count: 1}",
    )
    return "\n".join(("```", *lines, "```"))
