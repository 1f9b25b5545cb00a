"""The step `reconcile`: asks each rule for the rows of one order, or of all at rest; a row is a disagreement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ringback.assertions.ledgers import Row, rows_of
from ringback.assertions.reconcile.asking import parameters
from ringback.assertions.reconcile.rules import Rule, RuleBook, find_rules, load_rules
from ringback.assertions.settings import Setting, literal, read_settings, text_argument, text_list
from ringback.engine.environment import Environment
from ringback.engine.evidence import Evidence, Exhibit
from ringback.engine.outcomes import CheckOutcome
from ringback.engine.problems import BrokenTest, UsageError
from ringback.engine.protocols import LOCAL, Action, Block, Call, Pace
from ringback.engine.services import Services
from ringback.engine.times import instant

_SETTINGS = {
    "correlation": Setting("whose rows: `correlation: $order.correlation`; without it all that is at rest is judged"),
    "rules": Setting("the rules file: `rules: reference-stack`", required=True),
    "only": Setting("ask these rules alone: `[R10, R13]`"),
    "but": Setting("leave these rules out: `[R29]`"),
    "now": Setting("the environment's time, where it is not this machine's: `now: $run.now`"),
    "settle": Setting("without a correlation: what was heard of within this time is in motion (15m)"),
}
_SHOWN_ROWS = 3


class ReconcileProbe:
    """Runs rules through the db driver; the evidence holds every rule with the rows it returned."""

    name = "reconcile"
    keys: Mapping[str, str] = {"reconcile": "rules across systems, asked for this journey's correlation id"}

    def __init__(self, environment: Environment | None, services: Services | None) -> None:
        self._facts = environment.facts if environment else {}
        self._services = services

    def parse(self, block: Block) -> Action:
        """The rules file is read at load time where the project is known, so that its problems show early."""
        settings = read_settings(block, _SETTINGS)
        name = literal(block, "rules", "")
        if self._services is not None and name:
            try:
                load_rules(find_rules(name, self._services.project))
            except BrokenTest as broken:
                block.problem(block.step.key_source(block.key), broken.problem.what, broken.problem.hint)
        return Action(
            kind=self.name,
            system="warehouse",
            verb=f"reconcile {name}",
            arguments=settings,
            source=block.step.key_source(block.key),
        )

    def perform(self, action: Action, call: Call) -> Evidence:
        """Ask every chosen rule; one that cannot be run breaks the step and names itself."""
        book = self._book(text_argument(call, "rules"))
        only, but = text_list(call.arguments.get("only")), text_list(call.arguments.get("but"))
        facts = {**self._facts_of(book), "correlation": text_argument(call, "correlation")}
        answers = {rule: _ask(book, rule, facts, call) for rule in book.chosen(only, but)}
        disagreements = {rule.id: [dict(row) for row in rows] for rule, rows in answers.items() if rows}
        return Evidence(
            kind=self.name,
            system=book.db,
            summary=f"{len(answers)} rules asked, {len(disagreements)} with rows",
            values={
                "asked": [rule.id for rule in answers],
                "count": sum(len(rows) for rows in answers.values()),
                "disagreements": disagreements,
                "rules": {rule.id: (rule.says, ", ".join(rule.between)) for rule in answers},
            },
            exhibits=(_table(answers),),
        )

    def judge(self, action: Action, evidence: Evidence, call: Call) -> tuple[CheckOutcome, ...]:
        """One outcome a rule: no rows, or the rows on which the systems disagree."""
        rules = evidence.values["rules"]
        found = evidence.values["disagreements"]
        if not isinstance(rules, Mapping) or not isinstance(found, Mapping):
            return ()
        return tuple(
            CheckOutcome(
                check=f"recon:{name}",
                passed=name not in found,
                path=name,
                expected="no rows",
                actual=_shown(found[name]) if name in found else "no rows",
                message=f"{says} (between {between})" if name in found else "",
                source=action.source,
            )
            for name, (says, between) in rules.items()
        )

    def pace(self, action: Action) -> Pace:
        """Database reads."""
        return LOCAL

    def _book(self, name: str) -> RuleBook:
        if self._services is None:
            raise UsageError("reconcile needs a run", "use `ringback run`")
        return load_rules(find_rules(name, self._services.project))

    def _facts_of(self, book: RuleBook) -> dict[str, object]:
        missing = [fact for fact in book.facts.values() if fact not in self._facts]
        if missing:
            raise UsageError(
                f"rules {book.name} need facts the environment does not give: {', '.join(missing)}",
                "add them under `facts:` in the environment file",
            )
        return {parameter: self._facts[fact] for parameter, fact in book.facts.items()}


def _ask(book: RuleBook, rule: Rule, facts: Mapping[str, object], call: Call) -> tuple[Row, ...]:
    """The rule's rows; a global rule is asked as it stands."""
    sql = book.statement(rule, whole=not facts["correlation"])
    try:
        now = instant(call.arguments.get("now") or "now", call.scope)
        params = parameters(sql, facts, now, text_argument(call, "settle"))
        return rows_of(call.perform("db", book.db, {"sql": sql, "params": params}))
    except BrokenTest as broken:
        raise BrokenTest(f"rule {rule.id} cannot be run: {broken.problem.what}", broken.problem.hint) from broken


def _table(answers: Mapping[Rule, tuple[Row, ...]]) -> Exhibit:
    lines = [f"{rule.id}\t{len(rows)}\t{rule.says}\t{_shown(rows)}" for rule, rows in answers.items()]
    return Exhibit("rules", "text/tab-separated-values", "\n".join(("rule\trows\tsays\tfound", *lines)))


def _shown(rows: object) -> str:
    listed = list(_each(rows))
    more = f" and {len(listed) - _SHOWN_ROWS} more" if len(listed) > _SHOWN_ROWS else ""
    return "; ".join(listed[:_SHOWN_ROWS]) + more


def _each(rows: object) -> Iterator[str]:
    if isinstance(rows, (list, tuple)):
        for row in rows:
            yield ", ".join(f"{name}={value}" for name, value in dict(row).items() if name != "correlation_id")
