"""Small valid files in memory, for journeys and tests: the same as `ringback feed generate` writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ringback.synthetic_partners.layout import FeedLayout

MOMENT = datetime(2026, 1, 15, 12, 0, 0, tzinfo=UTC)  # the moment of a generated file unless the caller gives one


@dataclass(frozen=True, slots=True)
class GeneratedFile:
    """A file's name and bytes."""

    name: str
    content: bytes


def generate_file(layout: FeedLayout, *, rows: int, seed: int, now: datetime = MOMENT) -> GeneratedFile:
    """A valid file of `rows` records: same layout, rows, seed and moment, same bytes."""
    # numpy takes 0.1 s to load: only for those who make files.
    from ringback.synthetic_partners.bulk.generate import generate

    content = BytesIO()
    made = generate(layout, content, rows=rows, seed=seed, now=now)
    return GeneratedFile(made.name, content.getvalue())
