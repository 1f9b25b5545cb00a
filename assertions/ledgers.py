"""Ledgers: where an environment keeps what happened (state history, events, deliveries), read through the db driver.

The environment file gives each ledger a system and a statement, so that probes know no table names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from ringback.engine.evidence import Evidence, Exhibit
from ringback.engine.problems import UsageError
from ringback.engine.protocols import Call

Row = Mapping[str, object]


def read_ledger(ledgers: Mapping[str, object], name: str, call: Call, params: Row) -> tuple[tuple[Row, ...], Evidence]:
    """The rows of a ledger and the evidence of the query; UsageError when the environment has no such ledger."""
    entry = ledgers.get(name)
    if not isinstance(entry, Mapping):
        raise UsageError(
            f"the environment has no ledger {name!r}",
            f"add `ledgers: {{{name}: {{db: SYSTEM, sql: ...}}}}` to the environment file",
        )
    sql = str(entry["sql"])
    evidence = call.perform("db", str(entry["db"]), {"sql": sql, "params": dict(params)})
    return rows_of(evidence), evidence


def rows_of(evidence: Evidence) -> tuple[Row, ...]:
    """The rows a db evidence brought."""
    return tuple(cast("Sequence[Row]", evidence.values.get("rows", ())))


def renamed(exhibits: Sequence[Exhibit], prefix: str) -> tuple[Exhibit, ...]:
    """Exhibits of a probe's query, named after what was asked, so that several stay apart."""
    return tuple(Exhibit(f"{prefix}: {item.name}", item.media_type, item.content) for item in exhibits)
