"""The reconciliation rules and what breaks them, asked directly on a stack's database."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import yaml
from sqlalchemy import Connection, text

from ringback.assertions.reconcile.asking import parameters
from ringback.assertions.reconcile.rules import Rule, find_rules, load_rules

BOOK = load_rules(find_rules("reference-stack", Path(__file__).parent))
FACTS = {"our_spid": "9X01", "our_lrn": "5125550000"}
Row = dict[str, object]
_DATA = yaml.safe_load((Path(__file__).parent / "mutations.yaml").read_text("utf-8"))
MUTATIONS: dict[str, list[str]] = _DATA["mutations"]


def rows(connection: Connection, rule: Rule, settle: str = "0s", now: datetime | None = None) -> list[Row]:
    """The rows of a rule over the whole of what is at rest."""
    sql = BOOK.statement(rule, whole=True)
    found = connection.execute(text(sql), parameters(sql, FACTS, now or datetime.now(UTC), settle))
    return [dict(row) for row in found.mappings()]


def mutate(connection: Connection, rule: str) -> int:
    """Bring the disagreement about; how many rows were touched."""
    return sum(connection.execute(text(_named(statement))).rowcount for statement in MUTATIONS[rule])


def _named(statement: str) -> str:
    """A statement with its names replaced, and those within them."""
    for _ in _DATA["names"]:
        for name, meaning in _DATA["names"].items():
            statement = statement.replace(f"{{{name}}}", meaning)
    return statement
