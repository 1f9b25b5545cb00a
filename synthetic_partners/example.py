"""A file of one record as a layout would have it: what a partner's answer begins with."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ringback.engine.protocols import FeedFile
from ringback.synthetic_partners.generate import generate_file
from ringback.synthetic_partners.layout import FeedLayout


def example(layout: FeedLayout, *, seed: int, now: datetime) -> FeedFile:
    """One record and its header, with the parts of the file's name among the header's values.

    Same layout, seed and moment, same file.
    """
    made = generate_file(layout, rows=1, seed=seed % 2**32, now=now)
    file = layout.decode(made.content, made.name)
    return replace(file, header={**(layout.names.read(made.name) or {}), **file.header})
