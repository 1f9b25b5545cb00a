"""Times and durations as values: {time: now, plus: 30d, format: "%Y%m%d"}, {advance: 4h}, ISO 8601 instants."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ringback.engine.durations import EXAMPLES, seconds
from ringback.engine.nodes import MappingNode, Node, ScalarNode
from ringback.engine.protocols import Scope, Template
from ringback.engine.templates import Computed, Literal, TemplateReader, parse_template, part, text_of


def build_time(node: MappingNode, reader: TemplateReader) -> Template:
    """Build {time: now, plus: 30d, format: "%Y%m%d", zone: America/New_York}."""
    for key in ("plus", "minus"):
        shift = node.get(key)
        if isinstance(shift, ScalarNode) and "$" not in shift.text and seconds(shift.text) is None:
            reader.problem(shift.source, f"{shift.text!r} is not a duration", EXAMPLES)
    zone = node.get("zone")
    if isinstance(zone, ScalarNode) and "$" not in zone.text:
        try:
            ZoneInfo(zone.text)
        except (ZoneInfoNotFoundError, ValueError):
            reader.problem(
                zone.source, f"{zone.text!r} is not a time zone", "use a name such as America/New_York or UTC"
            )
    parts = [part(node, key, reader) for key in ("time", "plus", "minus", "format", "zone")]
    return Computed(_time, parts, node.source, "run")


def _time(scope: Scope, start: object, plus: object, minus: object, style: object, zone: object) -> object:
    moment = instant(start, scope) + timedelta(seconds=_shift(plus) - _shift(minus))
    if zone is not None:
        moment = moment.astimezone(ZoneInfo(str(zone)))
    if start == "today":
        moment = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return moment.strftime(str(style)) if style is not None else moment


def _shift(duration: object) -> float:
    if duration is None:
        return 0.0
    if isinstance(duration, int | float):
        return float(duration)
    shift = seconds(str(duration))
    if shift is None:
        message = f"{duration!r} is not a duration"
        raise ValueError(message)
    return shift


def instant(value: object, scope: Scope) -> datetime:
    """An aware time: `now` and `today` by the run's clock, a datetime, or ISO 8601 text; ValueError otherwise."""
    if value in ("now", "today"):
        run = scope.lookup("run")
        clock = run.get("now") if isinstance(run, Mapping) else None
        moment = clock() if callable(clock) else clock
        return moment if isinstance(moment, datetime) else datetime.now(UTC)
    moment = value if isinstance(value, datetime) else parse_instant(str(value))
    if moment is None:
        message = f"{text_of(value)!r} is not a time"
        raise ValueError(message)
    return moment


def parse_instant(text: str) -> datetime | None:
    """The aware time that an ISO 8601 text with a zone stands for, or None."""
    if len(text) < 16 or text[4:5] != "-":
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def duration_template(node: Node, reader: TemplateReader) -> Template:
    """A duration that may be an expression; resolves to seconds."""
    if isinstance(node, ScalarNode) and "$" not in node.text:
        shift = seconds(node.text)
        if shift is None:
            reader.problem(node.source, f"{node.text!r} is not a duration", EXAMPLES)
        return Literal(shift, node.source)
    return Computed(lambda _scope, value: _shift(value), [parse_template(node, reader)], node.source)
