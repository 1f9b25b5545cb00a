"""Small charts as SVG: bars, columns, histograms and curves on cards, light or dark as the reader's screen is."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import pairwise
from math import log10

from ringback.synthetic_partners.shape.profile import Tally

WIDTH, HEIGHT = 360, 118  # of a chart
LEAST_BIN = 6.0  # pixels
FIRST, SECOND = "a", "b"  # classes of the two series
STYLE = """
svg { font: 12px system-ui, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; background: var(--page); }
svg { --page: #f5f6f8; --card: #fff; --line: #e1e4e8; --ink: #1c2127; --soft: #68717c; --a: #2f6fd0; --b: #e0761a;
  --good: #2b8a55; --fair: #c28a00; --bad: #c9372c; --track: #edf0f3; }
@media (prefers-color-scheme: dark) { svg { --page: #15181c; --card: #1e2329; --line: #343b44; --ink: #e6e9ed;
  --soft: #98a2ad; --a: #6ea4f2; --b: #f0a05a; --good: #57b884; --fair: #d9ad42; --bad: #ef7a70; --track: #2b3138; } }
.card { fill: var(--card); stroke: var(--line); } .ink { fill: var(--ink); } .soft { fill: var(--soft); }
.title { fill: var(--ink); font-size: 14px; font-weight: 600; }
.head { fill: var(--ink); font-size: 24px; font-weight: 600; }
.big { font-size: 40px; font-weight: 600; } .small { font-size: 10.5px; }
.mono { font-family: ui-monospace, Menlo, monospace; }
.a { fill: var(--a); } .b { fill: var(--b); } .track { fill: var(--track); } .axis { stroke: var(--line); fill: none; }
.line-a { stroke: var(--a); fill: none; stroke-width: 2; } .line-b { stroke: var(--b); fill: none; stroke-width: 2; }
.good { fill: var(--good); } .fair { fill: var(--fair); } .bad { fill: var(--bad); }
"""
_NARROW = frozenset("iljtfrI.,:;|'!()[] ")


def text(x: float, y: float, said: str, kind: str = "ink", *, anchor: str = "start") -> str:
    """A line of text."""
    placed = f' text-anchor="{anchor}"' if anchor != "start" else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}"{placed}>{escape(said)}</text>'


def box(x: float, y: float, width: float, height: float, kind: str, *, round_: float = 1.5) -> str:
    """A rectangle."""
    size = f'width="{max(width, 0):.1f}" height="{max(height, 0):.1f}"'
    return f'<rect x="{x:.1f}" y="{y:.1f}" {size} rx="{round_}" class="{kind}"/>'


def fitted(said: str, room: float, size: float = 12) -> str:
    """A text cut to a room in pixels, with an ellipsis."""
    width = 0.0
    for place, sign in enumerate(said):
        width += size * (0.36 if sign in _NARROW else 0.76 if sign.isupper() or sign in "mwMW@%" else 0.63)
        if width > room:
            return said[: max(place - 1, 1)].rstrip() + "…"
    return said


def moved(x: float, y: float, parts: Sequence[str]) -> str:
    """Parts at another place."""
    return f'<g transform="translate({x:.1f} {y:.1f})">{"".join(parts)}</g>'


def page(width: float, height: float, title: str, parts: Sequence[str]) -> str:
    """A whole SVG document."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style>{box(0, 0, width, height, 'page', round_=0).replace('page', 'ground')}"
        f"{''.join(parts)}</svg>\n"
    ).replace('class="ground"', 'style="fill: var(--page)"')


def html(svg: str, title: str) -> str:
    """The picture as a page of its own."""
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        "<style>body{margin:0;background:#f5f6f8}@media(prefers-color-scheme:dark){body{background:#15181c}}"
        f"svg{{display:block;margin:0 auto;max-width:100%;height:auto}}</style>{svg}</html>\n"
    )


def bars(series: Sequence[Sequence[float]], labels: Sequence[str], *, mono: bool = False, most: int = 6) -> list[str]:
    """Shares of labels as lying bars, the first ones; two series stand below each other."""
    rows = min(len(labels), most)
    step = HEIGHT / max(rows, 1) if rows > 3 else 26
    left, right = 118, 46
    top = max((max(one[:rows], default=0) for one in series), default=0) or 1
    thick = min(step - 6, 12) / len(series)
    parts = []
    for row in range(rows):
        middle = row * step + step / 2
        label = fitted(labels[row], left - 10, 11 if mono else 12)
        parts.append(text(left - 8, middle + 4, label, "soft small mono" if mono else "ink", anchor="end"))
        for place, (kind, shares) in enumerate(zip((FIRST, SECOND), series, strict=False)):
            y = middle - thick * len(series) / 2 + place * thick
            parts.append(box(left, y, (WIDTH - left - right) * shares[row] / top, thick - 0.5, kind))
        said = f"{series[0][row]:.1%}"
        parts.append(text(WIDTH, middle + 4, said, "soft small", anchor="end"))
    if len(labels) > rows:
        parts.append(text(left, HEIGHT + 13, f"and {len(labels) - rows} more", "soft small"))
    return parts


def columns(series: Sequence[Sequence[float]], labels: Sequence[str], every: int = 1) -> list[str]:
    """Shares as standing columns in order (hours, days); two series stand side by side."""
    top = max((max(one, default=0) for one in series), default=0) or 1
    step = min(WIDTH / max(len(labels), 1), 72)
    thick = (step - 3) / len(series)
    parts = [f'<path d="M0 {HEIGHT - 14}H{WIDTH}" class="axis"/>']
    for place, label in enumerate(labels):
        for which, (kind, shares) in enumerate(zip((FIRST, SECOND), series, strict=False)):
            high = (HEIGHT - 18) * shares[place] / top
            parts.append(box(place * step + 1.5 + which * thick, HEIGHT - 14 - high, thick - 0.5, high, kind))
        if place % every == 0:
            parts.append(text(place * step + step / 2, HEIGHT, label, "soft small", anchor="middle"))
    return parts


class Scale:
    """Numbers to pixels, by their logarithm where they span more than two decades."""

    def __init__(self, edges: Sequence[float]) -> None:
        low, high = edges[0], edges[-1]
        self.by_decades = low >= 0 and high > 100 * max(edges[len(edges) // 2], 1e-9) / 10 and high > 100
        self._floor = max(low, 1.0) if self.by_decades else low
        self._low, self._high = self._of(low), self._of(high)
        self.ends = (low, high)

    def _of(self, value: float) -> float:
        return log10(max(value, self._floor)) if self.by_decades else value

    def x(self, value: float) -> float:
        """The pixel of a number."""
        return WIDTH * (self._of(value) - self._low) / ((self._high - self._low) or 1)


def histogram(tally: Tally) -> list[str]:
    """How dense the numbers lie, over their range."""
    scale = Scale(tally.edges)
    spots, counts = _wide_enough([scale.x(edge) for edge in tally.edges], tally.counts)
    dense = [count / max(right - left, 1.0) for count, (left, right) in zip(counts, pairwise(spots), strict=True)]
    top = max(dense, default=0) or 1
    parts = [f'<path d="M0 {HEIGHT - 14}H{WIDTH}" class="axis"/>']
    for (left, right), value in zip(pairwise(spots), dense, strict=True):
        high = (HEIGHT - 18) * value / top
        parts.append(box(left, HEIGHT - 14 - high, max(right - left - 0.4, 0.6), high, FIRST, round_=0))
    return [*parts, *_ends(scale, tally)]


def _wide_enough(spots: Sequence[float], counts: Sequence[int]) -> tuple[list[float], list[int]]:
    """Bins joined until each is wide enough to be seen."""
    ends: list[float] = [spots[0]]
    sums: list[int] = []
    held = 0
    for spot, count in zip(spots[1:], counts, strict=True):
        held += count
        if spot - ends[-1] >= LEAST_BIN or spot == spots[-1]:
            ends.append(spot)
            sums.append(held)
            held = 0
    return ends, sums


def short(value: float) -> str:
    """A number as an axis tells it: 1.8 M, 533 k, 0.25."""
    for size, sign in ((1e12, " T"), (1e9, " G"), (1e6, " M"), (1e4, " k")):
        if abs(value) >= size:
            return f"{value / min(size, 1e3 if sign == ' k' else size):.3g}{sign}"
    return f"{value:.4g}"


def curves(tallies: Sequence[Tally]) -> list[str]:
    """The shares of rows below each number, of two files."""
    scale = Scale(tallies[0].edges)
    parts = [f'<path d="M0 {HEIGHT - 14}H{WIDTH}M0 4H{WIDTH}" class="axis"/>']
    for kind, tally in zip((FIRST, SECOND), tallies, strict=False):
        total, reached, points = max(sum(tally.counts), 1), 0, [f"0 {HEIGHT - 14}"]
        for edge, count in zip(tally.edges[1:], tally.counts, strict=True):
            reached += count
            points.append(f"{scale.x(edge):.1f} {HEIGHT - 14 - (HEIGHT - 18) * reached / total:.1f}")
        parts.append(f'<path d="M{"L".join(points)}" class="line-{kind}"/>')
    return [*parts, *_ends(scale, tallies[0])]


def _ends(scale: Scale, tally: Tally) -> list[str]:
    low, high = scale.ends
    middle = tally.edges[len(tally.edges) // 2]
    parts = [
        text(0, HEIGHT, short(low), "soft small"),
        text(WIDTH, HEIGHT, short(high), "soft small", anchor="end"),
    ]
    if 60 < scale.x(middle) < WIDTH - 60:
        parts.append(text(scale.x(middle), HEIGHT, short(middle), "soft small", anchor="middle"))
    return parts
