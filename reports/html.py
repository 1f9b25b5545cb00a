"""The single-file HTML report: no network, no script library, opens from disk years later."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from ringback.engine.durations import duration_text
from ringback.reports.lanes import GROUPS, LABELS, Chart, by_label, chart
from ringback.reports.record import ExhibitRecord, JourneyRecord, RunRecord, StepRecord

TABLE_TYPE = "application/vnd.ringback.table+json"
_LONGEST_TEXT = 60_000
_LARGEST_INLINE = 3_000_000
_MOST_ROWS = 200


@dataclass(frozen=True, slots=True)
class Shown:
    """An exhibit ready for the page: a table, a picture, text, or a link to its file."""

    name: str
    kind: str  # "table", "image", "text", "link"
    text: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    more: int = 0
    source: str = ""


@dataclass(frozen=True, slots=True)
class StepView:
    """A step with its depth below `use` and `parallel`."""

    record: StepRecord
    depth: int
    anchor: str

    @property
    def is_open(self) -> bool:
        """Steps that need a reader are shown open."""
        return self.record.status in ("failed", "error", "unfinished")


@dataclass(frozen=True, slots=True)
class JourneyView:
    """A journey with everything the page shows of it."""

    record: JourneyRecord
    anchor: str
    chart: Chart
    steps: tuple[StepView, ...]


def write_html(run: RunRecord, target: Path) -> Path:
    """Write the report; `target` is the file, its folder is made. Answers the file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(render(run), "utf-8")
    return target


def render(run: RunRecord) -> str:
    """The page as text."""
    environment = Environment(
        loader=PackageLoader("ringback.reports"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["duration"] = duration_text
    environment.filters["shown"] = lambda exhibit: show(exhibit, run.folder)
    environment.filters["pretty"] = pretty
    views = tuple(_view(number, journey) for number, journey in enumerate(_sorted(run)))
    return environment.get_template("report.html.j2").render(
        run=run,
        journeys=views,
        counts=run.counts(),
        interfaces=by_label(run.interfaces),
        verdict=verdict(run),
        labels=LABELS,
    )


def verdict(run: RunRecord) -> tuple[str, str]:
    """The run in one word (a CSS class) and one sentence."""
    counts = run.counts()
    failed, passed = counts.get("failed", 0), counts.get("passed", 0)
    broken = sum(counts.get(name, 0) for name in ("error", "blocked", "unfinished"))
    if failed:
        return "failed", f"{failed} of {len(run.journeys)} journeys failed: customers would notice this release"
    if broken:
        return "error", f"{broken} of {len(run.journeys)} journeys could not be carried out: nothing is proven by them"
    if passed:
        told = "The journey" if passed == 1 else f"All {passed} journeys"
        return "passed", f"{told} passed: the far end rings"
    return "skipped", "No journey ran"


def _sorted(run: RunRecord) -> list[JourneyRecord]:
    order = {"failed": 0, "error": 1, "unfinished": 2, "blocked": 3, "passed": 4, "skipped": 5}
    return sorted(run.journeys, key=lambda j: (order.get(j.status, 9), j.journey, j.variant))


def _view(number: int, journey: JourneyRecord) -> JourneyView:
    anchor = f"j{number}"
    depth_of: dict[str, int] = {}
    views = []
    for index, step in enumerate(journey.steps):
        depth = depth_of.get(step.parent, -1) + 1 if step.parent else 0
        depth_of[step.step] = depth
        views.append(StepView(step, depth, f"{anchor}s{index}"))
    return JourneyView(journey, anchor, chart(journey), tuple(views))


def show(exhibit: ExhibitRecord, folder: Path) -> Shown:
    """Prepare an exhibit; a file that is gone says so instead of breaking the page."""
    path = folder / exhibit.file if exhibit.file else None
    if path is not None and not path.is_file():
        return Shown(exhibit.name, "text", text=f"{exhibit.file} is no longer there")
    if exhibit.media_type.startswith("image/") and path is not None:
        return _image(exhibit, path)
    if path is not None and (not _is_text(exhibit.media_type) or path.stat().st_size > _LARGEST_INLINE):
        return Shown(exhibit.name, "link", source=exhibit.file or "", text=f"{path.stat().st_size:,} bytes")
    text = path.read_text("utf-8", "replace") if path is not None else exhibit.text or ""
    if exhibit.media_type == TABLE_TYPE:
        return _table(exhibit.name, text)
    if exhibit.media_type == "application/json":
        text = pretty_text(text)
    cut = f"\n... {len(text) - _LONGEST_TEXT:,} characters more" if len(text) > _LONGEST_TEXT else ""
    return Shown(exhibit.name, "text", text=text[:_LONGEST_TEXT] + cut)


def _is_text(media_type: str) -> bool:
    return media_type.startswith("text/") or media_type.endswith(("json", "xml"))


def _image(exhibit: ExhibitRecord, path: Path) -> Shown:
    encoded = base64.b64encode(path.read_bytes()).decode("ascii")
    return Shown(exhibit.name, "image", source=f"data:{exhibit.media_type};base64,{encoded}")


def _table(name: str, text: str) -> Shown:
    try:
        table = json.loads(text)
        columns = tuple(str(column) for column in table["columns"])
        rows = tuple(tuple("" if cell is None else str(cell) for cell in row) for row in table["rows"])
    except (ValueError, KeyError, TypeError):
        return Shown(name, "text", text=text)
    return Shown(name, "table", columns=columns, rows=rows[:_MOST_ROWS], more=max(0, len(rows) - _MOST_ROWS))


def pretty(value: object) -> str:
    """A value as indented JSON."""
    if isinstance(value, Mapping) and not value:
        return ""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def pretty_text(text: str) -> str:
    """JSON text, indented; other text as it is."""
    try:
        return pretty(json.loads(text))
    except ValueError:
        return text


def is_container(step: StepRecord) -> bool:
    """Whether a step only holds others."""
    return step.kind in GROUPS
