"""The gate's policy: a small file in git that says what a candidate must have shown."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ringback.engine.durations import EXAMPLES, seconds
from ringback.engine.nodes import MappingNode
from ringback.operations.files import PolicyFile

RULE_TYPES = ("journeys_ran", "journeys_passed", "open_fallouts")
Level = Literal["block", "warn"]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which journeys a rule speaks of: by rank, by name, by tag; nothing given means all."""

    rank_at_most: int | None = None
    journeys: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """One rule; `level` warn is shown but blocks nothing."""

    id: str
    type: str
    select: Selection
    severity: tuple[str, ...]
    level: Level


@dataclass(frozen=True, slots=True)
class GatePolicy:
    """The whole policy; `digest` is of the file's text, so that a decision can name what it was judged by."""

    gate: str
    max_age_s: float
    environments: tuple[str, ...]
    rules: tuple[PolicyRule, ...]
    digest: str


def load_policy(path: Path) -> GatePolicy:
    """Read a gate policy; InvalidFile with all problems."""
    file = PolicyFile(path)
    file.only(file.root, ("version", "gate", "evidence", "rules"))
    evidence = file.mapping(file.root, "evidence")
    file.only(evidence, ("max_age", "environments"))
    max_age_s = seconds(file.text(evidence, "max_age", "24h"))
    if max_age_s is None:
        file.problem(evidence, "`max_age` is no duration", EXAMPLES)
    rules = tuple(_rule(file, node) for node in file.mappings(file.root, "rules"))
    if not rules:
        file.problem(file.root, "a gate without rules would pass anything", "add `rules:`")
    file.done()
    return GatePolicy(
        gate=file.text(file.root, "gate", "release-candidate"),
        max_age_s=max_age_s or 0.0,
        environments=file.texts(evidence, "environments"),
        rules=rules,
        digest=hashlib.sha256(path.read_bytes()).hexdigest(),
    )


def _rule(file: PolicyFile, node: MappingNode) -> PolicyRule:
    file.only(node, ("id", "type", "select", "severity", "level"))
    kind = file.text(node, "type")
    if kind not in RULE_TYPES:
        file.problem(node, f"no rule type is called {kind!r}", f"use {', '.join(RULE_TYPES)}")
    select = file.mapping(node, "select")
    file.only(select, ("rank_at_most", "journeys", "tags"))
    rank = file.text(select, "rank_at_most", "")
    if rank and not rank.isdigit():
        file.problem(select, "`rank_at_most` must be a whole number")
    level = file.text(node, "level", "block")
    if level not in ("block", "warn"):
        file.problem(node, f"no level is called {level!r}", "use block or warn")
    return PolicyRule(
        id=file.text(node, "id"),
        type=kind,
        select=Selection(
            int(rank) if rank.isdigit() else None, file.texts(select, "journeys"), file.texts(select, "tags")
        ),
        severity=file.texts(node, "severity"),
        level="warn" if level == "warn" else "block",
    )
