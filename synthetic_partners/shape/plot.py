"""Pictures of a profile and of a comparison: a card for each field, and what goes together below."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ringback.synthetic_partners.shape.compare import Aspect, Comparison, Likeness
from ringback.synthetic_partners.shape.distance import shares
from ringback.synthetic_partners.shape.picture import (
    WIDTH,
    bars,
    box,
    columns,
    curves,
    fitted,
    histogram,
    html,
    moved,
    page,
    text,
)
from ringback.synthetic_partners.shape.profile import FieldProfile, Profile, Tally

CARD, TALL, GAP, ACROSS = WIDTH + 32, 206, 16, 3
PAGE = ACROSS * CARD + (ACROSS + 1) * GAP
SHOWN = ("hour", "number", "value", "start", "age", "lag", "loose_pattern", "pattern")  # the first that a field has
FEW = 2  # frequent numbers, beside which the others are worth a look
GOOD, FAIR = 0.95, 0.85
MOST_PAIRS = 24


def write_plot(target: Path, svg: str, title: str) -> None:
    """The picture as a file: SVG, or a page of HTML for any other ending."""
    target.write_text(svg if target.suffix == ".svg" else html(svg, title), encoding="utf-8")


def plot_profile(profile: Profile) -> str:
    """A profile as SVG."""
    shown = [field for field in profile.fields if field.kind not in ("constant", "running")]
    plain = [field.name for field in profile.fields if field.kind in ("constant", "running")]
    files = f"{len(profile.files)} file{'s' if len(profile.files) != 1 else ''}"
    subtitle = f"{profile.records:,} records of {files}; nothing that fewer than {profile.k} records have"
    parts = [text(GAP, 42, f"The shape of {profile.layout}", "head"), text(GAP, 64, subtitle, "soft")]
    if plain:
        same = f"The same in every record, or only numbered: {', '.join(plain)}"
        parts.append(text(GAP, 82, fitted(same, PAGE - 2 * GAP), "soft"))
    cards = [_card(field.name, _facts(field), _chart(field)) for field in shown]
    placed, bottom = _grid(cards, 100)
    parts += placed
    pairs = sorted(profile.pairs, key=lambda pair: -pair.information)[:MOST_PAIRS]
    if pairs:
        rows = [(f"{pair.one} & {pair.other}", pair.information) for pair in pairs]
        top = max(bits for _, bits in rows)
        entries = [(name, bits / top, f"{bits:.2f} bits", "a") for name, bits in rows]
        parts += _table("What goes together (mutual information)", entries, bottom)
        bottom += _table_height(len(entries))
    return page(PAGE, bottom + GAP, f"The shape of {profile.layout}", parts)


def plot_comparison(found: Comparison, names: tuple[str, str]) -> str:
    """A comparison as SVG; `names` say what the two sides are."""
    parts = [
        text(GAP, 52, f"{found.score:.3f}", f"big {_grade(found.score)}"),
        text(GAP + 158, 38, f"{names[0]} and {names[1]}", "title"),
        text(GAP + 158, 58, "1 is as alike as two samples of one feed; worst fields first", "soft"),
        box(GAP, 74, 12, 12, "a"),
        text(GAP + 18, 84, f"{names[0]} ({found.records[0]:,} records)", "soft"),
        box(GAP + 400, 74, 12, 12, "b"),
        text(GAP + 418, 84, f"{names[1]} ({found.records[1]:,} records)", "soft"),
    ]
    fields = sorted(
        (one for one in found.fields if _kind(found, one) not in ("constant", "running") or one.score < GOOD),
        key=lambda one: one.score,
    )
    cards = [_card(one.title, _verdict(one), _both(one), grade=_grade(one.score)) for one in fields]
    placed, bottom = _grid(cards, 104)
    parts += placed
    pairs = sorted(found.pairs, key=lambda one: one.score)[:MOST_PAIRS]
    if pairs:
        entries = [(one.title, one.score, f"{one.score:.3f}", _grade(one.score)) for one in pairs]
        parts += _table("Fields that go together", entries, bottom)
        bottom += _table_height(len(entries))
    return page(PAGE, bottom + GAP, f"{names[0]} and {names[1]}", parts)


def _kind(found: Comparison, one: Likeness) -> str:
    field = found.profile.field(one.names[0])
    return field.kind if field else ""


def _grade(score: float) -> str:
    return "good" if score >= GOOD else "fair" if score >= FAIR else "bad"


def _card(title: str, facts: str, chart: Sequence[str], grade: str = "") -> list[str]:
    mark = [f'<circle cx="{CARD - 18}" cy="20" r="5" class="{grade}"/>'] if grade else []
    return [
        box(0, 0, CARD, TALL, "card", round_=6),
        *mark,
        text(16, 25, fitted(title, CARD - 60, 14), "title"),
        text(16, 43, fitted(facts, CARD - 32), "soft"),
        moved(16, 60, chart),
    ]


def _grid(cards: Sequence[Sequence[str]], top: float) -> tuple[list[str], float]:
    """The cards in rows of three, and where the next thing may begin."""
    placed = []
    for place, card in enumerate(cards):
        row, column = divmod(place, ACROSS)
        placed.append(moved(GAP + column * (CARD + GAP), top + row * (TALL + GAP), card))
    return placed, top + -(-len(cards) // ACROSS) * (TALL + GAP)


def _table(title: str, entries: Sequence[tuple[str, float, str, str]], top: float) -> list[str]:
    """Names with a bar each, in two columns."""
    half = -(-len(entries) // 2)
    room = (PAGE - 2 * GAP - 48) / 2
    parts = [
        box(0, 0, PAGE - 2 * GAP, _table_height(len(entries)) - GAP, "card", round_=6),
        text(16, 26, title, "title"),
    ]
    for place, (name, share, said, kind) in enumerate(entries):
        column, row = divmod(place, half)
        x, y = 16 + column * (room + 16), 54 + row * 22
        parts += [
            text(x, y, fitted(name, 210), "ink"),
            box(x + 220, y - 9, room - 300, 9, "track"),
            box(x + 220, y - 9, (room - 300) * share, 9, kind),
            text(x + room, y, said, "soft small", anchor="end"),
        ]
    return [moved(GAP, top, parts)]


def _table_height(entries: int) -> float:
    return 54 + -(-entries // 2) * 22 + GAP


def _facts(field: FieldProfile) -> str:
    presence = field.tally("presence")
    empty = presence.counts[1] / max(presence.total, 1) if presence else 0
    facts = [f"{field.kind}{f' with {field.check}' if field.check else ''}"]
    facts += ["personal: values are not told"] if field.personal else [f"{field.distinct:,} values"]
    facts += [f"{empty:.1%} empty"] if empty else []
    facts += [f"by {', '.join(field.depends_on)}"] if field.depends_on else []
    facts += [f"after {field.after}"] if field.after else []
    return " · ".join(facts)


def _shown(field: FieldProfile) -> Tally | None:
    """The aspect that shows best what a field is like."""
    for aspect in SHOWN:
        tally = field.tally(aspect)
        if tally is None or not tally.counts:
            continue
        if aspect in ("value", "start") and sum(tally.counts) < 0.2 * tally.total:
            continue
        if "pattern" in aspect and len(tally.labels) == 1:
            lengths = field.tally("length")
            return lengths if lengths and len(lengths.labels) > 1 else tally
        value = field.tally("value")
        if aspect == "number" and value and len(value.labels) > FEW and value.total > 2 * tally.total:
            continue
        return tally
    return None


def _chart(field: FieldProfile) -> list[str]:
    tally = _shown(field)
    if tally is None:
        return [text(0, 40, "no value", "soft")]
    if tally.edges:
        return [*histogram(tally), text(WIDTH, 8, _unit(tally.aspect), "soft small", anchor="end")]
    unit = [text(WIDTH, 8, _unit("length"), "soft small", anchor="end")] if tally.aspect == "length" else []
    return [*_labelled(tally.aspect, tally.labels, [list(shares(tally))]), *unit]


def _labelled(aspect: str, labels: Sequence[str], series: Sequence[Sequence[float]]) -> list[str]:
    if aspect in ("hour", "weekday"):
        return columns(series, labels, every=3 if aspect == "hour" else 1)
    if aspect == "length":
        order = sorted(range(len(labels)), key=lambda place: (not labels[place].isdigit(), labels[place].zfill(9)))
        in_order = [[one[place] for place in order] for one in series]
        return columns(in_order, [labels[place] for place in order], every=max(1, len(labels) // 16))
    return bars(series, labels, mono=aspect in ("pattern", "loose_pattern", "start"))


def _unit(aspect: str) -> str:
    return {"age": "days before the file", "lag": "later", "length": "characters"}.get(aspect, "")


def _verdict(one: Likeness) -> str:
    worst = one.worst
    if not worst.distance.excess:
        return f"{one.score:.3f} · as alike as chance allows"
    far, chance = worst.distance.raw, worst.distance.noise
    return f"{one.score:.3f} · {worst.name}: {worst.measure} {far:.2f}, chance {chance:.2f}"


def _labels(aspect: Aspect | None) -> tuple[str, ...]:
    return aspect.one.labels if aspect else ()


def _says(aspect: Aspect) -> bool:
    """Whether an aspect has more than one label or interval to show."""
    told = aspect.name not in ("value", "start") or 5 * aspect.one.other < aspect.one.total
    return len(aspect.one.counts) > 1 and told


def _both(one: Likeness) -> list[str]:
    """The aspect that is furthest apart; of fields that are alike, the one that says most."""
    worst = one.worst
    by_name = {aspect.name: aspect for aspect in one.aspects if aspect.one.total}
    if worst.distance.excess < 1 - GOOD:
        telling = (by_name[name] for name in SHOWN if name in by_name and _says(by_name[name]))
        few = ("length", "presence") if len(_labels(by_name.get("length"))) > 1 else ("presence",)
        worst = next(telling, next((by_name[name] for name in few if name in by_name), worst))
    if worst.one.edges:
        return [*curves((worst.one, worst.other)), text(WIDTH, 100, _unit(worst.name), "soft small", anchor="end")]
    labels = [*worst.one.labels, *(["others"] if worst.one.other or worst.other.other else [])]
    series = [list(shares(tally))[: len(labels)] for tally in (worst.one, worst.other)]
    return _labelled(worst.name, labels, series)
