"""Ownership: every fallout has a queue; the default is required, so that unowned is impossible."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from ringback.operations.files import PolicyFile

_FIELDS = ("system", "kind", "check", "handoff", "journey", "root_cause")


@dataclass(frozen=True, slots=True)
class OwnershipRule:
    """All patterns must match (`*` stands for anything)."""

    when: Mapping[str, str]
    queue: str


@dataclass(frozen=True, slots=True)
class Ownership:
    """Rules in order, the default, and whom each queue escalates to."""

    default: str
    rules: tuple[OwnershipRule, ...]
    escalation: Mapping[str, tuple[str, ...]]

    def owner(self, facts: Mapping[str, str], *, step_owner: str = "", journey_owner: str = "") -> tuple[str, str]:
        """The queue and why: a rule, the step, the journey, or the default."""
        for number, rule in enumerate(self.rules, 1):
            if all(fnmatchcase(facts.get(name, ""), pattern) for name, pattern in rule.when.items()):
                return rule.queue, f"rule {number}"
        if step_owner:
            return step_owner, "step"
        if journey_owner:
            return journey_owner, "journey"
        return self.default, "default"


def load_ownership(path: Path) -> Ownership:
    """Read ownership.yaml; InvalidFile with all problems."""
    file = PolicyFile(path)
    file.only(file.root, ("version", "default", "rules", "queues"))
    default = file.text(file.mapping(file.root, "default"), "queue", "")
    if not default:
        file.problem(file.root, "there is no default queue", "add `default: {queue: NAME}`: nothing may be unowned")
    rules = []
    for node in file.mappings(file.root, "rules"):
        file.only(node, ("when", "queue"))
        when = file.mapping(node, "when")
        file.only(when, _FIELDS)
        rules.append(OwnershipRule({key: file.text(when, key) for key in tuple(when.keys())}, file.text(node, "queue")))
    queues = file.mapping(file.root, "queues")
    escalation = {}
    for name in tuple(queues.keys()):
        entry = file.mapping(queues, name)
        file.only(entry, ("escalation",))
        escalation[name] = file.texts(entry, "escalation")
    file.done()
    return Ownership(default, tuple(rules), escalation)
