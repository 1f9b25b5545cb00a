"""Writes down one execution as it happens, without its secrets: an event before and after everything."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from ringback.engine.evidence import Evidence, Exhibit
from ringback.engine.model import JourneyHead, Step, Variant
from ringback.engine.outcomes import Attempt, CheckOutcome, JourneyOutcome, StepOutcome
from ringback.engine.plain import as_json
from ringback.engine.problems import Problem
from ringback.engine.protocols import Recorder
from ringback.engine.redaction import Redactor
from ringback.engine.source import NOWHERE

LARGEST_VALUES = 64_000  # bytes of JSON; the whole is in the exhibits
TABLE = "application/vnd.ringback.table+json"


@dataclass(frozen=True, slots=True)
class Chronicle:
    """The events of one execution of one variant."""

    recorder: Recorder
    redactor: Redactor
    session: str

    def journey_started(self, head: JourneyHead, variant: Variant) -> None:
        """`journey.started`: what is about to be shown, and by which file."""
        self._record(
            "journey.started",
            {
                "journey": head.id,
                "variant": variant.id,
                "node_id": node_id(head, variant),
                "name": head.summary,
                "file": head.file,
                "line": head.line,
                "owner": head.owner,
                "rank": head.rank,
                "weight": head.weight,
                "gate": gate_fields(head),
                "tags": head.tags,
                "covers": head.covers,
                "parameters": variant.values,
                "digest": head.digest,
            },
        )

    def step_started(self, step: Step, place: str, *, kind: str, system: str, parent: str, phase: str) -> None:
        """`step.started`: so that a run that dies shows where."""
        self._record(
            "step.started",
            {
                "step": place,
                "name": step.name,
                "kind": kind,
                "system": system,
                "handoff": step.handoff,
                "owner": step.owner,
                "file": step.source.file,
                "line": step.source.line,
                "parent": parent,
                "phase": phase,
            },
        )

    def attempt(self, place: str, attempt: Attempt, same_as: int | None) -> None:
        """`attempt`: what one look saw and how it was judged; what an earlier look saw too is not repeated."""
        evidence = attempt.evidence
        fields: dict[str, object] = {
            "step": place,
            "number": attempt.number,
            "at_s": round(attempt.at_s, 4),
            "duration_s": round(attempt.duration_s, 4),
            "summary": evidence.summary if evidence is not None else "",
            "checks": [check_fields(check) for check in attempt.checks],
            "problem": problem_fields(attempt.problem),
            "same_as": same_as,
        }
        if same_as is None and evidence is not None:
            fields["values"] = _within_bounds(evidence)
            fields["exhibits"] = [self.keep(exhibit) for exhibit in evidence.exhibits]
        self._record("attempt", fields)

    def step_finished(self, outcome: StepOutcome, outputs: Mapping[str, object]) -> None:
        """`step.finished`: how it ended and what it gave."""
        self._record(
            "step.finished",
            {
                "step": outcome.step,
                "status": outcome.status,
                "fault": outcome.fault,
                "duration_s": round(outcome.duration_s, 4),
                "message": outcome.message,
                "hint": outcome.hint,
                "system": outcome.system,
                "outputs": outputs,
                "exhibits": [self.keep(exhibit) for exhibit in outcome.exhibits],
                "attempts": len(outcome.attempts),
                "decisive": outcome.decisive,
            },
        )

    def journey_finished(
        self,
        outcome: JourneyOutcome,
        head: JourneyHead,
        *,
        known_values: list[str],
        interfaces: Mapping[str, int],
        exhibits: tuple[Exhibit, ...],
    ) -> None:
        """`journey.finished`: the outcome and, when there is one, the failure as one flat object."""
        self._record(
            "journey.finished",
            {
                "journey": outcome.journey,
                "variant": outcome.variant,
                "status": outcome.status,
                "fault": outcome.fault,
                "duration_s": round(outcome.duration_s, 4),
                "failure": failure_fields(outcome, head),
                "known_values": known_values,
                "interfaces": interfaces,
                "exhibits": [self.keep(exhibit) for exhibit in exhibits],
            },
        )

    def keep(self, exhibit: Exhibit) -> Mapping[str, object]:
        """Store an exhibit without its secrets."""
        return self.recorder.keep(Exhibit(exhibit.name, exhibit.media_type, self._clean_content(exhibit)))

    def _record(self, event: str, fields: dict[str, object]) -> None:
        fields["session"] = self.session
        if self.redactor.touches(as_json(fields).decode()):
            fields = {key: self.redactor.redact_value(value) for key, value in fields.items()}
        self.recorder.record(event, fields)

    def _clean_content(self, exhibit: Exhibit) -> str | bytes:
        content = exhibit.content
        if isinstance(content, str):
            return self._clean_table(content) if exhibit.media_type == TABLE else self.redactor.redact(content)
        if exhibit.media_type == "application/zip":
            return self.redactor.redact_archive(content)
        return content if exhibit.media_type.startswith("image/") else self.redactor.redact_bytes(content)

    def _clean_table(self, content: str) -> str:
        """A column whose heading is a hidden field is masked in every row."""
        table = json.loads(content)
        masked = [self.redactor.is_field(str(column)) for column in table["columns"]]
        if any(masked):
            table["rows"] = [
                ["[secret]" if mask else cell for mask, cell in zip(masked, row, strict=False)] for row in table["rows"]
            ]
            content = json.dumps(table, ensure_ascii=False)
        return self.redactor.redact(content)


def node_id(head: JourneyHead, variant: Variant) -> str:
    """The pytest id of a variant, also its key in histories."""
    return f"{head.file}::{head.id}[{variant.id}]" if variant.id else f"{head.file}::{head.id}"


def gate_fields(head: JourneyHead) -> dict[str, str]:
    """The gate as the record keeps it."""
    return {"mode": head.gate.mode, "ticket": head.gate.ticket, "ends": head.gate.ends}


def check_fields(check: CheckOutcome) -> dict[str, object]:
    """A check as the record keeps it."""
    return {
        "check": check.check,
        "passed": check.passed,
        "path": check.path,
        "expected": check.expected,
        "actual": check.actual,
        "message": check.message,
        "line": check.source.line,
    }


def problem_fields(problem: Problem | None) -> dict[str, object] | None:
    """A problem as the record keeps it."""
    if problem is None:
        return None
    source = problem.source
    return {"what": problem.what, "hint": problem.hint, "file": source.file, "line": source.line}


def failure_fields(outcome: JourneyOutcome, head: JourneyHead) -> dict[str, object] | None:
    """The first failure, flat, for summaries, fallouts and gates."""
    step = outcome.failure
    if step is None:
        return _without_step(outcome, head)
    mismatch = next(iter(step.mismatches), CheckOutcome("", passed=False))
    return {
        "step": step.step,
        "name": step.name,
        "kind": step.kind,
        "system": step.system,
        "owner": step.owner or head.owner,
        "handoff": step.handoff,
        "operation": step.operation,
        "check": mismatch.check,
        "path": mismatch.path,
        "expected": mismatch.expected,
        "actual": mismatch.actual,
        "message": step.message,
        "hint": step.hint,
        "file": step.source.file,
        "line": mismatch.source.line or _line_of_breakage(step) or step.source.line,
    }


def _line_of_breakage(step: StepOutcome) -> int:
    """The line inside the step at which it broke; 0 when none is known."""
    source = step.attempts[-1].problem.source if step.attempts and step.attempts[-1].problem else NOWHERE
    return source.line if source.file == step.source.file else 0


def _without_step(outcome: JourneyOutcome, head: JourneyHead) -> dict[str, object] | None:
    """What stopped a journey before its first step."""
    if outcome.problem is None:
        return None
    names = ("step", "name", "kind", "system", "handoff", "operation", "check", "path", "expected", "actual")
    return {
        **dict.fromkeys(names, ""),
        "owner": head.owner,
        "message": outcome.problem.what,
        "hint": outcome.problem.hint,
        "file": outcome.problem.source.file or head.file,
        "line": outcome.problem.source.line or head.line,
    }


def _within_bounds(evidence: Evidence) -> object:
    """The values, or only the names of the top ones when they are too large for a line of the record."""
    size = len(as_json(evidence.values))
    if size <= LARGEST_VALUES:
        return evidence.values
    return {"omitted": f"{size} bytes; see the exhibits", "names": list(evidence.values)[:50]}
