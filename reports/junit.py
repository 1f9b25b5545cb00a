"""JUnit XML from a run's record, for pipelines that rebuild it later; pytest's own writer serves a live run."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

from ringback.reports.record import JourneyRecord, RunRecord

# Characters that XML 1.0 cannot hold.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def properties(journey: JourneyRecord) -> dict[str, str]:
    """What a journey tells a pipeline beside its result; the same in pytest's JUnit file."""
    told = {
        "journey": journey.journey,
        "variant": journey.variant,
        "owner": journey.owner,
        "rank": "" if journey.rank is None else str(journey.rank),
        "gate": str(journey.gate.get("mode", "")),
        "covers": ",".join(journey.covers),
        "fault": journey.fault if journey.fault != "none" else "",
        "failed_step": str((journey.failure or {}).get("step", "")),
        "failed_system": str((journey.failure or {}).get("system", "")),
    }
    return {name: value for name, value in told.items() if value}


def write_junit(run: RunRecord, target: Path) -> Path:
    """Write the file; a variant is in the test's name, because readers drop tests of the same name."""
    counts = run.counts()
    suite = ET.Element(
        "testsuite",
        name="ringback",
        tests=str(len(run.journeys)),
        failures=str(counts.get("failed", 0)),
        errors=str(sum(counts.get(name, 0) for name in ("error", "blocked", "unfinished"))),
        skipped=str(counts.get("skipped", 0)),
        time=f"{run.duration_s:.3f}",
        timestamp=run.started_at.strftime("%Y-%m-%dT%H:%M:%S"),
    )
    for journey in run.journeys:
        suite.append(_case(journey))
    target.parent.mkdir(parents=True, exist_ok=True)
    root = ET.Element("testsuites")
    root.append(suite)
    ET.ElementTree(root).write(target, encoding="utf-8", xml_declaration=True)
    return target


def _case(journey: JourneyRecord) -> ET.Element:
    case = ET.Element("testcase", classname=journey.file, name=journey.title, time=f"{journey.duration_s:.3f}")
    listed = ET.SubElement(case, "properties")
    for name, value in properties(journey).items():
        ET.SubElement(listed, "property", name=name, value=_clean(value))
    failure = journey.failure or {}
    message = _clean(f"{failure.get('system', '')}: {failure.get('name', '')}".strip(": "))
    text = _clean(f"expected {failure.get('expected')}, got {failure.get('actual')}\n{failure.get('message') or ''}")
    if journey.status == "failed":
        ET.SubElement(case, "failure", message=message, type=str(failure.get("check", ""))).text = text
    elif journey.status == "skipped":
        ET.SubElement(case, "skipped")
    elif journey.status != "passed":
        said = _clean(str(failure.get("message") or "the record ends before the journey does"))
        ET.SubElement(case, "error", message=message or journey.status, type=journey.fault).text = said
    return case


def _clean(text: str) -> str:
    return _ILLEGAL.sub("?", text)
