"""How bad a fallout is, and by when it must be answered and resolved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from ringback.engine.durations import EXAMPLES, seconds
from ringback.engine.nodes import MappingNode
from ringback.operations.files import PolicyFile

SEVERITIES = ("critical", "major", "minor")


@dataclass(frozen=True, slots=True)
class Deadlines:
    """When the owner must have answered and when the fallout must be resolved."""

    respond_by: datetime
    resolve_by: datetime


@dataclass(frozen=True, slots=True)
class SlaPolicy:
    """`severities`: (highest rank that it holds for, or None for any; severity), in order; budgets in seconds."""

    severities: tuple[tuple[int | None, str], ...]
    budgets: Mapping[str, tuple[float, float]]

    def severity(self, rank: int | None) -> str:
        """The severity of a failed journey of this rank."""
        for limit, name in self.severities:
            if limit is None or (rank is not None and rank <= limit):
                return name
        return SEVERITIES[-1]

    def deadlines(self, severity: str, opened_at: datetime) -> Deadlines:
        """The deadlines of a fallout opened at that moment (around the clock)."""
        respond_s, resolve_s = self.budgets[severity]
        return Deadlines(opened_at + timedelta(seconds=respond_s), opened_at + timedelta(seconds=resolve_s))


def load_sla(path: Path) -> SlaPolicy:
    """Read sla.yaml; InvalidFile with all problems."""
    file = PolicyFile(path)
    file.only(file.root, ("version", "severity", "sla"))
    severities: list[tuple[int | None, str]] = []
    for node in file.mappings(file.root, "severity"):
        file.only(node, ("when", "severity"))
        when = file.mapping(node, "when")
        file.only(when, ("rank_at_most",))
        limit = file.text(when, "rank_at_most", "")
        name = file.text(node, "severity")
        if name not in SEVERITIES:
            file.problem(node, f"no severity is called {name!r}", f"use {', '.join(SEVERITIES)}")
        severities.append((int(limit) if limit.isdigit() else None, name))
    table = file.mapping(file.root, "sla")
    file.only(table, SEVERITIES)
    budgets = {name: _budget(file, table, name) for name in SEVERITIES}
    file.done()
    return SlaPolicy(tuple(severities), budgets)


def _budget(file: PolicyFile, table: MappingNode, name: str) -> tuple[float, float]:
    entry = file.mapping(table, name)
    file.only(entry, ("respond", "resolve"))
    found = []
    for key in ("respond", "resolve"):
        value = seconds(file.text(entry, key))
        if value is None:
            file.problem(entry, f"`{key}` of {name} is no duration", EXAMPLES)
        found.append(value or 0.0)
    return found[0], found[1]
