"""Rules files: read once, every problem of a file reported with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from ringback.engine.documents import read_mapping
from ringback.engine.nodes import MappingNode, ScalarNode, SequenceNode
from ringback.engine.problems import BrokenTest, InvalidFile, Problem

_SUFFIX = ".rules.yaml"
_KEYS = ("id", "says", "between", "sql", "scope")
_HINT = "a rule looks like `{id: R01, says: ..., between: [ordering, billing], sql: select ... as correlation_id}`"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: `says` is what a returned row means; `sql` returns `correlation_id` unless the scope is global."""

    id: str
    says: str
    between: tuple[str, ...]
    sql: str
    is_global: bool = False


@dataclass(frozen=True, slots=True)
class RuleBook:
    """A file of rules and the system whose database sees all the tables they name."""

    name: str
    db: str
    rules: tuple[Rule, ...]
    facts: Mapping[str, str]  # parameter of the statements -> fact of the environment file
    views: Mapping[str, str]  # name -> statement that rules, and views below it, may name like a table
    activity: str = ""  # a statement of correlation_id and last_at: when each was last heard of

    def chosen(self, only: tuple[str, ...], but: tuple[str, ...]) -> tuple[Rule, ...]:
        """The rules to ask; BrokenTest when a name is not in the book."""
        known = {rule.id for rule in self.rules}
        for name in (*only, *but):
            if name not in known:
                raise BrokenTest(f"rules {self.name} have no rule {name!r}", f"known: {', '.join(sorted(known))}")
        return tuple(rule for rule in self.rules if (not only or rule.id in only) and rule.id not in but)

    def statement(self, rule: Rule, *, whole: bool = False) -> str:
        """What is asked for a rule: the rows of `:correlation`, or, of the whole, those at rest since `:settled_at`.

        A row without a correlation id belongs to no order: it is never in motion, and no order's journey sees it.
        """
        sql = rule.sql
        if not rule.is_global and whole and self.activity:
            moving = f"select correlation_id from ({self.activity}) seen where last_at > :settled_at"  # noqa: S608
            at_rest = f"correlation_id is null or correlation_id not in ({moving})"
            sql = f"select * from ({sql}) rule_rows where {at_rest}"  # noqa: S608 - statements of a file in git
        elif not rule.is_global and not whole:
            sql = f"select * from ({sql}) rule_rows where correlation_id = :correlation"  # noqa: S608
        used = self._used(sql)
        named = ", ".join(f"{name} as ({self.views[name]})" for name in self.views if name in used)
        return f"with {named} {sql}" if named else sql

    def _used(self, sql: str) -> set[str]:
        """The views that a statement names, itself or by another view."""
        found: set[str] = set()
        seen = sql
        for name in reversed(tuple(self.views)):
            if re.search(rf"\b{re.escape(name)}\b", seen):
                found.add(name)
                seen = f"{seen} {self.views[name]}"
        return found


def find_rules(name: str, project: Path) -> Path:
    """The file of a book: the project's own `assertions/reconcile/`, else Ringback's."""
    own = project / "assertions" / "reconcile" / f"{name}{_SUFFIX}"
    built_in = Path(str(files("ringback.assertions.reconcile"))) / f"{name}{_SUFFIX}"
    for path in (own, built_in):
        if path.is_file():
            return path
    raise BrokenTest(f"there is no rules file called {name!r}", f"write it as {own} or name another")


@cache
def load_rules(path: Path) -> RuleBook:
    """Read a rules file; InvalidFile with all its problems."""
    root = read_mapping(path)
    problems: list[Problem] = []
    rules = tuple(_rules(root, problems))
    if problems:
        raise InvalidFile(tuple(problems))
    return RuleBook(
        name=_text(root, "rules"),
        db=_text(root, "db"),
        rules=rules,
        facts=_mapping(root.get("facts")),
        views=_mapping(root.get("views")),
        activity=_text(root, "activity"),
    )


def _rules(root: MappingNode, problems: list[Problem]) -> Iterator[Rule]:
    items = root.get("items")
    if not isinstance(items, SequenceNode):
        problems.append(Problem(root.source, "`items` must be a list of rules", _HINT))
        return
    for item in items.items:
        if not isinstance(item, MappingNode):
            problems.append(Problem(item.source, "a rule is a mapping", _HINT))
            continue
        unknown = [key for key in tuple(item.keys()) if key not in _KEYS]
        missing = [key for key in ("id", "says", "sql") if item.get(key) is None]
        advice = f"a rule has {', '.join(_KEYS)}"
        problems.extend(Problem(item.key_source(key), f"unknown key `{key}`", advice) for key in unknown)
        if missing:
            problems.append(Problem(item.source, f"the rule lacks {', '.join(missing)}", _HINT))
            continue
        between = item.get("between")
        names = between.items if isinstance(between, SequenceNode) else ()
        yield Rule(
            id=_text(item, "id"),
            says=_text(item, "says"),
            between=tuple(node.text for node in names if isinstance(node, ScalarNode)),
            sql=_text(item, "sql"),
            is_global=_text(item, "scope") == "global",
        )


def _text(node: MappingNode, key: str) -> str:
    value = node.get(key)
    return value.text if isinstance(value, ScalarNode) else ""


def _mapping(node: object) -> dict[str, str]:
    if not isinstance(node, MappingNode):
        return {}
    return {name.text: value.text for name, value in node.entries if isinstance(value, ScalarNode)}
