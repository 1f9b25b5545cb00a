"""Headers and trailers of generated files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import numpy as np

from ringback.synthetic_partners.bulk.columns import Chunk
from ringback.synthetic_partners.bulk.drawing import HEADER, entropy, generator
from ringback.synthetic_partners.bulk.samples import Wanted, good_text
from ringback.synthetic_partners.bulk.tally import Tally
from ringback.synthetic_partners.bulk.text import Text, digits_of, matrix, text_of
from ringback.synthetic_partners.fields import FieldSpec
from ringback.synthetic_partners.layout import FeedLayout
from ringback.synthetic_partners.records import RecordLayout, fitted
from ringback.synthetic_partners.text import TERMINATORS, Line
from ringback.synthetic_partners.x12 import X12Layout


def draw_header(layout: FeedLayout, *, seed: int, now: datetime) -> dict[str, str]:
    """The values of a header and of the file's name, as far as they are not computed."""
    rng = generator(entropy(layout, seed), HEADER)
    if isinstance(layout, X12Layout):
        control = digits_of(rng.integers(1, 999_999_999, 1), 9)
        return {**layout.samples, "created": f"{now:%Y%m%d%H%M%S}", "control": control[0].decode(), "mode": "P"}
    chunk = Chunk(1, 1, now, total=1, seed=entropy(layout, seed))

    def sampled(spec: FieldSpec) -> str:
        return good_text(Wanted(spec, exact=True, upper=getattr(layout, "upper_case", False)), rng, chunk)

    values = {spec.name: _header_text(spec, sampled) for spec in layout.header}
    for spec in layout.names.parts:  # what the name says and no header does
        if spec.name not in values:
            values[spec.name] = sampled(spec)
    for rule in getattr(layout, "header_rules", ()):
        rule.mend(values, {})
    return values


def _header_text(spec: FieldSpec, sampled: Callable[[FieldSpec], str]) -> str:
    if spec.literal is not None:
        return spec.literal
    return sampled(spec) if (spec.required or spec.sample or spec.weights) and not spec.computed else ""


def first_lines(layout: RecordLayout, header: Mapping[str, str]) -> bytes:
    """What stands before the records: titles and header."""
    lines = _skeleton(layout, header)
    return b"".join(lines[:-1] if layout.trailer else lines)


def last_line(layout: RecordLayout, header: Mapping[str, str], totals: Tally) -> tuple[bytes, dict[str, str]]:
    """The trailer's line and values."""
    if not layout.trailer:
        return b"", {}
    mark = TERMINATORS[layout.terminator]
    text = _skeleton(layout, header)[-1].decode(layout.encoding).removesuffix(mark)
    values = {cell.spec.name: cell.text for cell in layout.cells(Line(1, text), layout.trailer)[0]}
    for spec in layout.trailer:
        found = totals.text(spec, header)
        if found is not None:
            values[spec.name] = fitted(layout.name, spec, found)
    return (layout.write(values, layout.trailer) + mark).encode(layout.encoding, "replace"), values


def _skeleton(layout: RecordLayout, header: Mapping[str, str]) -> list[bytes]:
    """The lines of a file without records."""
    mark = TERMINATORS[layout.terminator].encode()
    return [line + mark for line in layout.encode(header, ()).split(mark)[:-1]]


def has_range(layout: RecordLayout) -> bool:
    """Whether the file's name says which exchanges its numbers are of."""
    return "npanxx_from" in {spec.name for spec in layout.names.parts}


def number_range(layout: RecordLayout, drawn: Mapping[str, Text]) -> tuple[str, str] | None:
    """The lowest and highest exchange of a chunk."""
    if not has_range(layout) or not len(drawn["tn"]):
        return None
    exchanges = np.unique(text_of(matrix(drawn["tn"])[:, :6]))
    return exchanges[0].decode(), exchanges[-1].decode()


def named_range(ranges: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The parts of a name for the ranges of all chunks."""
    lowest = min((low for low, _ in ranges), default="200200")
    return {"npanxx_from": lowest, "npanxx_to": max((high for _, high in ranges), default=lowest)}
