"""What the records of one file have in common: what stands above the lines of an X12 set, or above a batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ringback.synthetic_partners.layout import FeedLayout
from ringback.synthetic_partners.x12 import X12Layout
from ringback.synthetic_partners.x12_grammar import Loop, Part


def share(layout: FeedLayout, records: Sequence[dict[str, str]]) -> Sequence[dict[str, str]]:
    """The records, agreeing with the first in what they share, and numbered in their set; they are changed in place."""
    names = tuple(_names_above(layout.parts)) if isinstance(layout, X12Layout) else _batch_names(layout)
    for place, record in enumerate(records, 1):
        record.update((name, records[0][name]) for name in names if name in record)
        if isinstance(layout, X12Layout) and "line" in record:
            record["line"] = str(place)
    return records


def _batch_names(layout: object) -> tuple[str, ...]:
    return tuple(spec.name for spec in getattr(layout, "batch", ()))


def _names_above(parts: Sequence[Part]) -> Iterator[str]:
    for part in parts:
        if not isinstance(part, Loop):
            yield from part.names()
        elif not part.record:
            yield from _names_above(part.parts)
