"""What the records of one file have in common: what stands above the lines of an X12 set, or above a batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import overload

from ringback.synthetic_partners.bulk.drawing import Drawing
from ringback.synthetic_partners.layout import FeedLayout
from ringback.synthetic_partners.x12 import X12Layout
from ringback.synthetic_partners.x12_grammar import Loop, Part


@dataclass(frozen=True, slots=True)
class Records(Sequence[dict[str, str]]):
    """The records of a file, drawn chunk by chunk each time they are gone through: never all of them at once.

    They agree with the first one in what they share, and lines of an X12 set are numbered.
    """

    layout: FeedLayout
    drawing: Drawing

    def __len__(self) -> int:
        return self.drawing.rows

    @overload
    def __getitem__(self, place: int) -> dict[str, str]: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[dict[str, str]]: ...

    def __getitem__(self, place: int | slice) -> dict[str, str] | Sequence[dict[str, str]]:
        if isinstance(place, slice) or place < 0:
            return list(self)[place]
        return next(islice(self, place, None))

    def __iter__(self) -> Iterator[dict[str, str]]:
        names = _shared_names(self.layout)
        chunks = (self.drawing.chunk(number) for number in range(self.drawing.chunks))
        shared: dict[str, str] | None = None
        for place, record in enumerate(chain.from_iterable(map(self.drawing.records, chunks)), 1):
            shared = {name: record[name] for name in names if name in record} if shared is None else shared
            record.update(shared)
            if isinstance(self.layout, X12Layout) and "line" in record:
                record["line"] = str(place)
            yield record


def _shared_names(layout: FeedLayout) -> tuple[str, ...]:
    if isinstance(layout, X12Layout):
        return tuple(_names_above(layout.parts))
    return tuple(spec.name for spec in getattr(layout, "batch", ()))


def _names_above(parts: Sequence[Part]) -> Iterator[str]:
    for part in parts:
        if not isinstance(part, Loop):
            yield from part.names()
        elif not part.record:
            yield from _names_above(part.parts)
