"""The `db` driver: one SQL statement with bind parameters, read-only, in a new transaction for every attempt."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from ringback.drivers.db_engines import DbSettings, EngineShelf, db_settings
from ringback.drivers.db_statement import Rows, Statement, bind_names, run_statement
from ringback.drivers.steps import flag, named_templates, nearest, seconds, templates
from ringback.engine.evidence import ABSENT, Evidence, Exhibit
from ringback.engine.nodes import MappingNode, ScalarNode
from ringback.engine.problems import BrokenTest, UsageError
from ringback.engine.protocols import LOCAL, REMOTE, Action, Block, Call, Pace

if TYPE_CHECKING:
    from ringback.engine.environment import Environment
    from ringback.engine.services import Services

VALUES = ("count", "rows", "row", "columns")
TABLE = "application/vnd.ringback.table+json"
_TABLE_NAME = re.compile(r"\b(?:from|into|update|join)\s+([\w.\"]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DbDetail:
    """The statement as the journey's file has it; SQL never comes out of an expression."""

    sql: str
    write: bool = False


class DbDriver:
    """Databases of the systems that the environment file names, through SQLAlchemy."""

    name = "db"
    keys: Mapping[str, str] = {
        "db": "the system whose database is read",
        "sql": "one SQL statement; values come in as `:name`",
        "params": "a value for each `:name`; a list for `in :names`",
        "write": "true: the statement changes rows (the environment has to allow it, too)",
        "timeout": "the longest that the statement may take",
    }

    def __init__(self, environment: Environment | None, services: Services | None) -> None:
        self._environment = environment
        self._engines = EngineShelf()
        self._settings: dict[str, DbSettings] = {}

    def parse(self, block: Block) -> Action:
        """Read a step: the SQL is plain text, and its `:names` are exactly the keys of `params`."""
        system = block.text("db", required=True) or ""
        entry = block.system_settings(system)
        sql = _sql(block)
        write = flag(block, "write")
        if sql:
            _check_params(block, sql)
        if write:
            _check_right(block, system, entry)
        return Action(
            kind=self.name,
            system=system,
            verb=_verb(sql),
            arguments=named_templates(block, ("params",)) | templates(block, ("timeout",)),
            source=block.step.key_source("db"),
            repeatable=not write,
            detail=DbDetail(sql, write),
            gives=VALUES,
        )

    def perform(self, action: Action, call: Call) -> Evidence:
        """Run the statement once, in a transaction of its own."""
        settings = self._settings_of(action.system)
        detail = action.detail if isinstance(action.detail, DbDetail) else DbDetail(str(call.arguments["sql"]))
        if detail.write and settings.read_only:
            raise UsageError(*_refusal(action.system))
        params = call.arguments.get("params") or {}
        if not isinstance(params, Mapping):
            raise BrokenTest(f"step {call.step}: params came out as {type(params).__name__}", "it has to be a mapping")
        statement = Statement(detail.sql, dict(params), detail.write, _limit(settings, call))
        rows = run_statement(self._engines.engine(settings, write=detail.write), settings, statement)
        return _evidence(action, statement, rows)

    def pace(self, action: Action) -> Pace:
        """A database on this machine is looked at every few milliseconds."""
        known = self._environment is not None and bool(action.system)
        return LOCAL if known and self._settings_of(action.system).local else REMOTE

    def examine(self, action: Action, call: Call) -> tuple[Exhibit, ...]:
        """The rows are evidence already."""
        return ()

    def release(self, session: str, *, failed: bool) -> tuple[Exhibit, ...]:
        """A journey holds nothing here: each statement has its own transaction."""
        return ()

    def close(self) -> None:
        """Close the kept connections."""
        self._engines.close()

    def _settings_of(self, system: str) -> DbSettings:
        if system not in self._settings:
            if self._environment is None:
                raise UsageError(f"no environment says where {system!r} is", "run with --env")
            self._settings[system] = db_settings(system, self._environment.system(system))
        return self._settings[system]


def _sql(block: Block) -> str:
    node = block.step.get("sql")
    if node is None:
        block.problem(block.step.key_source("db"), "a db step has no `sql`", "add `sql: select ... where id = :id`")
        return ""
    if not isinstance(node, ScalarNode):
        block.problem(node.source, "sql is one text", "write it after `sql: |`, over as many lines as it needs")
        return ""
    if block.template(node).names:
        hint = "write `:name` in the SQL and `params: {name: $...}` beside it"
        block.problem(node.source, "an expression stands inside the SQL text; values come in as bind parameters", hint)
        return ""
    return node.text.strip()


def _check_params(block: Block, sql: str) -> None:
    node = block.step.get("params")
    if node is not None and not isinstance(node, MappingNode):
        return  # a whole expression: judged when it is resolved
    wanted = bind_names(sql)
    given = tuple(node.keys()) if node else ()
    for name in sorted(wanted - set(given)):
        hint = nearest(name, given) or f"add `params: {{{name}: ...}}`"
        block.problem(block.step.key_source("sql"), f"the SQL asks for :{name}, but params do not give it", hint)
    for name in given:
        if name not in wanted and node is not None:
            block.problem(node.key_source(name), f"the SQL has no :{name}", nearest(name, wanted) or "remove it")


def _check_right(block: Block, system: str, entry: Mapping[str, object] | None) -> None:
    if entry is not None and entry.get("read_only", True):
        block.problem(block.step.key_source("write"), *_refusal(system))


def _refusal(system: str) -> tuple[str, str]:
    return f"the environment opens {system!r} read only", "it would have to say `read_only: false`"


def _verb(sql: str) -> str:
    word = sql.split(None, 1)[0].upper() if sql else "SQL"
    tables = _TABLE_NAME.findall(sql)
    return f"{word} {tables[0]}" if tables else word


def _limit(settings: DbSettings, call: Call) -> float:
    asked = call.arguments.get("timeout")
    own = seconds(asked, f"timeout of step {call.step}") if asked is not None else settings.timeout_s
    return call.timeout_s if own is None else min(own, call.timeout_s)


def _evidence(action: Action, statement: Statement, rows: Rows) -> Evidence:
    mappings = [dict(zip(rows.columns, row, strict=True)) for row in rows.rows]
    done = "changed" if statement.write else "found"
    return Evidence(
        kind="db",
        system=action.system,
        summary=f"{_verb(statement.sql)} -> {rows.count} row{'' if rows.count == 1 else 's'} {done}",
        values={
            "count": rows.count,
            "rows": mappings,
            "row": mappings[0] if mappings else ABSENT,
            "columns": list(rows.columns),
        },
        exhibits=(_sql_exhibit(statement), _table_exhibit(rows)),
    )


def _sql_exhibit(statement: Statement) -> Exhibit:
    lines = [statement.sql, *(f"-- :{name} = {value!r}" for name, value in statement.params.items())]
    return Exhibit("sql", "application/sql", "\n".join(lines) + "\n")


def _table_exhibit(rows: Rows) -> Exhibit:
    table = {"columns": rows.columns, "rows": rows.rows}
    return Exhibit("rows", TABLE, json.dumps(table, default=_shown, ensure_ascii=False))


def _shown(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else str(value)
