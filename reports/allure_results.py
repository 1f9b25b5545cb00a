"""Allure results from a journey's record: a nested step per step, its evidence as attachments, real times.

Under `--alluredir` allure-pytest is the writer and this module fills in the test it has open; `write_allure` rebuilds
the same files from a record, later and elsewhere. Both go through one builder.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import md5
from pathlib import Path
from typing import Any

import allure_commons
from allure_commons.logger import AllureFileLogger
from allure_commons.model2 import (
    Attachment,
    Label,
    Parameter,
    Status,
    StatusDetails,
    TestResult,
    TestStepResult,
)
from allure_commons.types import LabelType

from ringback.reports.html import TABLE_TYPE
from ringback.reports.lanes import LABELS
from ringback.reports.record import CheckRecord, ExhibitRecord, JourneyRecord, RunRecord, StepRecord

Attach = Callable[[bytes, str], None]  # (content, file name)

_EXTENSIONS = {
    "application/json": "json",
    "application/zip": "zip",
    "image/png": "png",
    "text/csv": "csv",
    "text/html": "html",
    "text/tab-separated-values": "tsv",
}
_STATUS = {
    "passed": Status.PASSED,
    "failed": Status.FAILED,
    "error": Status.BROKEN,
    "unfinished": Status.BROKEN,
    "blocked": Status.SKIPPED,
    "skipped": Status.SKIPPED,
}
_CRITICAL_RANK = 20


def replay(journey: JourneyRecord, folder: Path) -> None:
    """Fill the test that allure-pytest has open with the journey's labels, parameters and steps; `folder` is the run's.

    Does nothing when allure-pytest is not writing (no `--alluredir`).
    """
    logger = _listening_logger()
    test: TestResult | None = logger.get_test(None) if logger is not None else None
    if test is None:
        return
    hook = allure_commons.plugin_manager.hook
    describe(test, journey, folder, lambda body, name: hook.report_attached_data(body=body, file_name=name))


def write_allure(run: RunRecord, target: Path) -> Path:
    """Rebuild the results of a run in the folder `target`; answers it."""
    target.mkdir(parents=True, exist_ok=True)
    files: Any = AllureFileLogger(str(target))  # type: ignore[no-untyped-call]  # allure-commons has no types
    for journey in run.journeys:
        test = TestResult(uuid=str(uuid.uuid4()), name=journey.title, fullName=f"{journey.file}#{journey.journey}")
        test.start, test.stop = _span(journey.started_at, journey.duration_s)
        test.status = _STATUS.get(journey.status, Status.UNKNOWN)
        test.statusDetails = _details(journey)
        describe(test, journey, run.folder, lambda body, name: files.report_attached_data(body=body, file_name=name))
        test.testCaseId = md5(test.fullName.encode(), usedforsecurity=False).hexdigest()
        test.historyId = md5(f"{test.fullName}{journey.variant}".encode(), usedforsecurity=False).hexdigest()
        files.report_result(test)
    _environment_file(run, target)
    return target


def describe(test: TestResult, journey: JourneyRecord, folder: Path, attach: Attach) -> None:
    """Put a journey into an Allure test: labels, parameters (or variants would collapse), steps."""
    test.labels.extend(_labels(journey))
    known = {parameter.name for parameter in test.parameters}
    parameters = {"variant": journey.variant, **{k: str(v) for k, v in journey.parameters.items()}}
    test.parameters.extend(Parameter(name=k, value=repr(v)) for k, v in parameters.items() if v and k not in known)
    test.description = f"{journey.name}\n\n{journey.file}:{journey.line}"
    test.steps.extend(_tree(journey, folder, attach))


def _listening_logger() -> Any:
    """allure-pytest's reporter: the plugin among Allure's that carries one."""
    for plugin in allure_commons.plugin_manager.get_plugins():
        logger = getattr(plugin, "allure_logger", None)
        if logger is not None:
            return logger
    return None


def _labels(journey: JourneyRecord) -> Iterator[Label]:
    critical = journey.rank is not None and journey.rank <= _CRITICAL_RANK
    yield Label(LabelType.EPIC, "Customer journeys")
    yield Label(LabelType.FEATURE, journey.journey)
    yield Label(LabelType.SEVERITY, "critical" if critical else "normal")
    yield Label("layer", "journey")
    if journey.owner:
        yield Label("owner", journey.owner)
    for tag in journey.tags:
        yield Label(LabelType.TAG, tag)
    for requirement in journey.covers:
        yield Label("covers", requirement)


def _tree(journey: JourneyRecord, folder: Path, attach: Attach) -> list[TestStepResult]:
    """The steps, nested as `use` and `parallel` nest them."""
    built: dict[str, TestStepResult] = {}
    roots: list[TestStepResult] = []
    for record in journey.steps:
        step = _step(record, folder, attach)
        built[record.step] = step
        parent = built.get(record.parent)
        (parent.steps if parent is not None else roots).append(step)
    return roots


def _step(record: StepRecord, folder: Path, attach: Attach) -> TestStepResult:
    step = TestStepResult(name=record.name, status=_STATUS.get(record.status, Status.UNKNOWN))
    step.start, step.stop = _span(record.started_at, record.duration_s)
    told = {
        "interface": LABELS.get(record.kind, record.kind),
        "system": record.system,
        "handoff": record.handoff,
        "attempts": str(len(record.attempts)) if len(record.attempts) > 1 else "",
    }
    step.parameters.extend(Parameter(name=name, value=value) for name, value in told.items() if value)
    if record.status in ("failed", "error"):
        step.statusDetails = StatusDetails(message=_message(record))
    last = record.telling
    if last is not None:
        if last.checks:
            step.attachments.append(_attached("checks", "text/tab-separated-values", _checks(last.checks), attach))
        for exhibit in last.exhibits:
            step.attachments.extend(_exhibit(exhibit, folder, attach))
    for exhibit in record.exhibits:
        step.attachments.extend(_exhibit(exhibit, folder, attach))
    return step


def _message(record: StepRecord) -> str:
    found = [f"{check.path}: expected {check.expected}, got {check.actual}" for check in record.failed_checks]
    return "\n".join([*found, *([record.message] if record.message else [])])


def _details(journey: JourneyRecord) -> StatusDetails | None:
    failure: Mapping[str, Any] | None = journey.failure
    if failure is None:
        return None
    seen = f": expected {failure.get('expected')}, got {failure.get('actual')}" if failure.get("expected") else ""
    place = f"{failure.get('file')}:{failure.get('line')}"
    return StatusDetails(message=f"{failure.get('system')}: {failure.get('name')}{seen}", trace=place)


def _checks(checks: tuple[CheckRecord, ...]) -> bytes:
    rows = (
        "\t".join(("held" if c.passed else "DID NOT HOLD", c.path or c.check, c.expected, c.actual, c.message))
        for c in checks
    )
    return "\n".join(("result\twhat\texpected\tactual\tmessage", *rows)).encode()


def _exhibit(exhibit: ExhibitRecord, folder: Path, attach: Attach) -> Iterator[Attachment]:
    if exhibit.file is not None:
        path = folder / exhibit.file
        content = path.read_bytes() if path.is_file() else f"{exhibit.file} is no longer there".encode()
    else:
        content = (exhibit.text or "").encode()
    is_table = exhibit.media_type == TABLE_TYPE
    yield _attached(exhibit.name, "application/json" if is_table else exhibit.media_type, content, attach)


def _attached(name: str, media_type: str, content: bytes, attach: Attach) -> Attachment:
    file_name = f"{uuid.uuid4()}-attachment.{_EXTENSIONS.get(media_type, 'txt')}"
    attach(content, file_name)
    return Attachment(name=name, source=file_name, type=media_type)


def _span(start: datetime, duration_s: float) -> tuple[int, int]:
    stop = start + timedelta(seconds=duration_s)
    return int(start.timestamp() * 1000), int(stop.timestamp() * 1000)


def _environment_file(run: RunRecord, target: Path) -> None:
    facts = {
        "environment": run.environment,
        "release": run.release or "",
        "ringback": run.tool_version,
        "run": run.run,
        "defects": ",".join(run.defects),
    }
    text = "".join(f"{name}={value}\n" for name, value in facts.items() if value)
    (target / "environment.properties").write_text(text, "utf-8")
