"""`ringback gate`: judge a candidate by the policy; the exit code is what a pipeline acts on."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ringback.cli.stores import now, open_store
from ringback.engine.loader import read_head
from ringback.engine.model import JourneyHead
from ringback.engine.project import find_project
from ringback.operations.decisions import decide
from ringback.operations.files import find_policy
from ringback.operations.gate import EXIT_CODES, Decision, RuleResult, Verdict
from ringback.operations.policy import load_policy
from ringback.operations.releases import find_release

_SHOWN_CAUSES = 8


@click.group()
def gate() -> None:
    """Judge release candidates."""


@gate.command("check")
@click.option("--release", "version", required=True, help="The candidate's version.")
@click.option("--train", default=None, help="Its train, where several trains have this version.")
@click.option("--policy", type=click.Path(path_type=Path), default=None, help="Default: operations/gate.yaml.")
@click.option("--journeys", "folder", type=click.Path(path_type=Path), help="Default: journeys/ of the project.")
@click.option("--json", "as_json", is_flag=True, help="The decision as JSON.")
@click.pass_context
def check(
    context: click.Context, version: str, train: str | None, policy: Path | None, folder: Path | None, as_json: bool
) -> None:
    """Judge a candidate. Exit code 0 pass, 1 fail, 3 inconclusive, 2 wrong call."""
    project = find_project(Path.cwd())
    store = open_store()
    candidate = find_release(store, version, train=train)
    rules = load_policy(policy or find_policy(project, "gate.yaml"))
    decision = decide(store, rules, candidate, required_journeys(folder or project / "journeys", project), now())
    click.echo(as_text(decision) if not as_json else as_document(decision))
    context.exit(EXIT_CODES[decision.verdict])


def required_journeys(folder: Path, project: Path) -> tuple[JourneyHead, ...]:
    """The heads of all journey files below a folder: what could have run, so that what did not is noticed."""
    files = sorted(folder.rglob("*.journey.yaml")) if folder.is_dir() else []
    return tuple(read_head(path, project=project) for path in files)


def as_text(decision: Decision) -> str:
    """The verdict first, then each rule with what it saw."""
    lines = [f"gate {decision.gate} for release {decision.release}: {decision.verdict.value.upper()}"]
    for rule in decision.rules:
        lines.append(f"  {_mark(rule):<14}{rule.rule:<14}{rule.sentence} ({rule.observed}, limit {rule.limit})")
        lines += [f"{'':16}{cause}" for cause in rule.causes[:_SHOWN_CAUSES]]
        if len(rule.causes) > _SHOWN_CAUSES:
            lines.append(f"{'':16}and {len(rule.causes) - _SHOWN_CAUSES} more")
    if decision.verdict is Verdict.INCONCLUSIVE:
        lines.append(f"next: ringback run --release {decision.release} journeys")
    if decision.verdict is Verdict.FAIL:
        lines.append("next: ringback fallout list")
    return "\n".join(lines)


def as_document(decision: Decision) -> str:
    """The decision as JSON, for pipelines."""
    rules = [
        {
            "rule": rule.rule,
            "verdict": rule.verdict.value,
            "level": rule.level,
            "observed": rule.observed,
            "limit": rule.limit,
            "sentence": rule.sentence,
            "causes": rule.causes,
        }
        for rule in decision.rules
    ]
    document = {
        "gate": decision.gate,
        "release": decision.release,
        "verdict": decision.verdict.value,
        "policy_digest": decision.policy_digest,
        "decided_at": decision.decided_at.isoformat(),
        "rules": rules,
    }
    return json.dumps(document, indent=2)


def _mark(rule: RuleResult) -> str:
    if rule.verdict is Verdict.PASS:
        return "pass"
    return rule.verdict.value if rule.level == "block" else "warning"
