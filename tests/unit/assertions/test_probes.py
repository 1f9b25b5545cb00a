"""The steps that judge several systems at once: agree, history, events, reconcile."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import create_engine, text

from ringback.assertions.agree import AgreeProbe
from ringback.assertions.event_log import EventLogProbe
from ringback.assertions.history import HistoryProbe
from ringback.assertions.machines import machine, machine_names
from ringback.assertions.reconcile.probe import ReconcileProbe
from ringback.assertions.reconcile.rules import load_rules
from ringback.engine.evidence import Evidence
from ringback.engine.money import Money
from ringback.engine.problems import BrokenTest, InvalidFile
from ringback.engine.protocols import Action, Call
from ringback.engine.source import NOWHERE

LEDGERS = {
    "state-history": {"db": "warehouse", "sql": "history"},
    "events": {"db": "log", "sql": "events"},
    "deliveries": {"db": "log", "sql": "deliveries"},
}


def environment() -> SimpleNamespace:
    """The part of an environment that probes read."""
    return SimpleNamespace(ledgers=LEDGERS, facts={"our_spid": "9X01", "our_lrn": "5125550000"})


def call(arguments: Mapping[str, object], tables: Mapping[str, list[dict[str, object]]] | None = None) -> Call:
    """A call whose database answers each statement with the rows given for it."""

    def perform(driver: str, system: str, asked: Mapping[str, object]) -> Evidence:
        rows = (tables or {})[str(asked["sql"])]
        return Evidence(kind=driver, system=system, summary="", values={"rows": rows, "count": len(rows)})

    return Call(
        run="r",
        journey="j",
        variant="v",
        step="s",
        session="x",
        attempt=1,
        arguments=arguments,
        probes=(),
        timeout_s=5,
        traceparent="",
        scope=SimpleNamespace(lookup=lambda _name: {}),  # type: ignore[arg-type]  # nothing has a value yet
        redact=str,
        perform=perform,
    )


def action(kind: str, detail: object = None) -> Action:
    """An action as the probe's parse leaves it."""
    return Action(kind=kind, system="", verb=kind, arguments={}, source=NOWHERE, detail=detail)


def stay(old: str | None, new: str, second: int) -> dict[str, object]:
    """One row of state history."""
    return {"from_state": old, "to_state": new, "at": f"2026-11-20T12:00:{second:02d}.000Z"}


def judged_history(rows: list[dict[str, object]], **more: object) -> list[str]:
    """The paths that did not hold."""
    probe = HistoryProbe(environment(), None)  # type: ignore[arg-type]
    asked = call({"of": "PO-1", "machine": "product-order", **more}, {"history": rows})
    evidence = probe.perform(action("history"), asked)
    return [outcome.path for outcome in probe.judge(action("history"), evidence, asked) if not outcome.passed]


def test_a_legal_history_holds() -> None:
    """Each step allowed, none missing."""
    rows = [stay(None, "acknowledged", 0), stay("acknowledged", "inProgress", 1), stay("inProgress", "completed", 2)]

    assert judged_history(rows, through=["acknowledged", "completed"]) == []


def test_an_illegal_step_is_named() -> None:
    """The life cycle does not lead from acknowledged to completed."""
    rows = [stay(None, "acknowledged", 0), stay("acknowledged", "completed", 1)]

    assert judged_history(rows) == ["acknowledged > completed"]


def test_a_lost_step_is_named() -> None:
    """A row that does not start where the one before ended."""
    rows = [stay(None, "acknowledged", 0), stay("inProgress", "completed", 1)]

    assert judged_history(rows) == ["inProgress > completed"]


def test_no_history_is_a_failure() -> None:
    """An id that nothing is known of never passes."""
    assert judged_history([]) == ["count"]


def test_a_state_that_lasts_too_long_is_named() -> None:
    """Time in a state is judged where the journey asks for it."""
    rows = [stay(None, "acknowledged", 0), stay("acknowledged", "inProgress", 40)]

    assert judged_history(rows, no_state_longer_than="30s") == ["time in acknowledged"]


def event(number: int, kind: str, seq: int, payload: str = "{}") -> dict[str, object]:
    """One event of an order."""
    return {
        "event_id": f"E{number}",
        "event_type": kind,
        "resource_type": "productOrder",
        "resource_id": "PO-1",
        "seq": seq,
        "payload": payload,
    }


def judged_events(
    events: list[dict[str, object]], deliveries: list[dict[str, object]] | None = None, **more: object
) -> list[str]:
    """The paths that did not hold."""
    probe = EventLogProbe(environment(), None)  # type: ignore[arg-type]
    asked = call({"of": "C-1", **more}, {"events": events, "deliveries": deliveries or []})
    evidence = probe.perform(action("events"), asked)
    return [outcome.path for outcome in probe.judge(action("events"), evidence, asked) if not outcome.passed]


def test_events_in_order_without_gap_hold() -> None:
    """Nothing to complain of."""
    events = [event(1, "ProductOrderCreateEvent", 1), event(2, "ProductOrderStateChangeEvent", 2)]

    assert judged_events(events, in_order=["ProductOrderCreateEvent", "ProductOrderStateChangeEvent"]) == []


@pytest.mark.parametrize(
    ("events", "more", "broken"),
    [
        ([], {}, ["some events"]),
        ([event(1, "A", 1), event(2, "A", 3)], {}, ["sequence without gaps"]),
        ([event(1, "A", 1), event(1, "A", 2)], {}, ["event ids are unique"]),
        ([event(1, "B", 1), event(2, "A", 2)], {"in_order": ["A", "B"]}, ["in order"]),
        ([event(1, "A", 1)], {"contain": ["B"]}, ["contain"]),
        ([event(1, "A", 1, '{"pin": "0042"}')], {"without": ["0042"]}, ["without"]),
    ],
)
def test_each_fault_of_the_event_log_is_noticed(
    events: list[dict[str, object]], more: dict[str, object], broken: list[str]
) -> None:
    """One mutation, one complaint."""
    assert judged_events(events, **more) == broken


def test_an_undelivered_event_is_noticed() -> None:
    """A delivery that is not `delivered` names type and subscriber."""
    lost = {"event_id": "E1", "subscriber": "ordering", "status": "lost", "attempts": 1}

    assert judged_events([event(1, "A", 1)], [lost]) == ["each delivered once"]


def test_agree_compares_across_units() -> None:
    """36.00 USD on a page and 3600 cents in a table are the same; another amount is not."""
    probe = AgreeProbe(None, None)
    names = {"price": ("$page", "$table"), "wrong": ("$page", "$bill")}
    arguments = {
        "price": ["36.00 USD", Money(Decimal("36.00"), "")],
        "wrong": ["36.00 USD", Money(Decimal("45.00"), "USD")],
    }
    asked = call(arguments)
    evidence = probe.perform(action("agree", names), asked)

    outcomes = probe.judge(action("agree", names), evidence, asked)

    assert [(o.path, o.passed) for o in outcomes] == [("price", True), ("wrong", False)]
    assert "$bill" in outcomes[1].actual


RULES = """
rules: mine
db: warehouse
facts: {our_spid: our_spid}
activity: select correlation_id, max(at) as last_at from seen group by correlation_id
views:
  told: select correlation_id, id, charged, ordered_at from orders
  unpaid: select * from told where charged = 0
items:
  - {id: R1, says: no charge, between: [a, b], sql: "select correlation_id, id from unpaid"}
  - {id: R3, says: late, between: [a], sql: "select correlation_id, id from told where ordered_at < :now_minus_4h"}
  - {id: R2, says: foreign numbers, scope: global, sql: "select tn from numbers where spid <> :our_spid"}
"""


NOON = "2026-03-01T12:00:00Z"


def reconcile(tmp_path: Path, **more: object) -> dict[str, bool]:
    """Ask the rules on a small database of two orders and one foreign number."""
    folder = tmp_path / "assertions" / "reconcile"
    folder.mkdir(parents=True)
    (folder / "mine.rules.yaml").write_text(RULES)
    engine = create_engine("sqlite://")
    probe = ReconcileProbe(environment(), SimpleNamespace(project=tmp_path))  # type: ignore[arg-type]
    with engine.connect() as connection:
        connection.execute(text("create table orders (id text, correlation_id text, charged integer, ordered_at text)"))
        early, late = "2026-03-01T08:00:00.000Z", "2026-03-01T11:30:00.000Z"
        connection.execute(
            text(f"insert into orders values ('PO-1', 'C-1', 1, '{early}'), ('PO-2', 'C-2', 0, '{late}')")
        )
        connection.execute(text("create table seen (correlation_id text, at text)"))
        connection.execute(text(f"insert into seen values ('C-1', '{early}'), ('C-2', '{late}')"))
        connection.execute(text("create table numbers (tn text, spid text)"))
        connection.execute(text("insert into numbers values ('6175550142', '9X01'), ('5085550100', '8Y02')"))

        def perform(driver: str, system: str, asked: Mapping[str, object]) -> Evidence:
            rows = [dict(row) for row in connection.execute(text(str(asked["sql"])), asked["params"]).mappings()]  # type: ignore[arg-type]
            return Evidence(kind=driver, system=system, summary="", values={"rows": rows})

        asked = call({"rules": "mine", **more})
        asked = Call(**{**{name: getattr(asked, name) for name in Call.__slots__}, "perform": perform})
        evidence = probe.perform(action("reconcile"), asked)
        return {outcome.path: outcome.passed for outcome in probe.judge(action("reconcile"), evidence, asked)}


def test_rules_are_asked_for_one_correlation_id(tmp_path: Path) -> None:
    """Another order's trouble is not this journey's; a global rule is asked as it stands."""
    assert reconcile(tmp_path, correlation="C-1", now=NOON) == {"R1": True, "R3": True, "R2": False}


def test_time_rules_are_asked_by_the_time_that_is_given(tmp_path: Path) -> None:
    """`:now_minus_4h` lies four hours before `now`."""
    assert reconcile(tmp_path, correlation="C-1", only=["R3"], now="2026-03-01T12:00:01Z") == {"R3": False}


def test_without_a_correlation_all_that_is_at_rest_is_judged(tmp_path: Path) -> None:
    """An order that was heard of within the time to settle is in motion and says nothing yet."""
    assert reconcile(tmp_path / "a", only=["R1"], now="2026-03-01T11:40:00Z") == {"R1": True}
    assert reconcile(tmp_path / "b", only=["R1"], now="2026-03-01T11:46:00Z") == {"R1": False}
    assert reconcile(tmp_path / "c", only=["R1"], now="2026-03-01T11:40:00Z", settle="5m") == {"R1": False}


def test_a_settle_time_that_is_none_breaks_the_step(tmp_path: Path) -> None:
    """The message shows how a duration is written."""
    with pytest.raises(BrokenTest, match="'soon' is no duration"):
        reconcile(tmp_path, only=["R1"], settle="soon")


def test_a_row_is_a_disagreement(tmp_path: Path) -> None:
    """The rule that returns a row of this correlation id does not hold."""
    assert reconcile(tmp_path, correlation="C-2", only=["R1"]) == {"R1": False}


def test_a_rules_file_reports_all_its_problems(tmp_path: Path) -> None:
    """A rule without SQL and one with an unknown key, in one go."""
    path = tmp_path / "bad.rules.yaml"
    rules = ("{id: R1, says: a}", "{id: R2, says: b, sql: select 1, scop: global}")
    path.write_text("rules: bad\ndb: x\nitems:\n" + "".join(f"  - {rule}\n" for rule in rules))

    with pytest.raises(InvalidFile) as caught:
        load_rules(path)

    assert len(caught.value.problems) == 2


def test_a_project_brings_machines_of_its_own(tmp_path: Path) -> None:
    """A carrier's life cycle lies beside its journeys."""
    folder = tmp_path / "assertions" / "machines"
    folder.mkdir(parents=True)
    life = "machine: work-order\nentity: workOrder\ninitial: [open]\nfinal: [closed]\ntransitions: {open: [closed]}\n"
    (folder / "work-order.machine.yaml").write_text(life)

    found = machine("work-order", tmp_path)

    assert "work-order" in machine_names(tmp_path)
    assert (found.allows("open", "closed"), found.allows("closed", "open")) == (True, False)


def test_a_machine_with_a_fault_tells_all_of_it(tmp_path: Path) -> None:
    """Missing and unknown keys in one go."""
    folder = tmp_path / "assertions" / "machines"
    folder.mkdir(parents=True)
    (folder / "bad.machine.yaml").write_text("machine: bad\nentity: x\ninitial: [a]\nfinish: [b]\ntransitions: {}\n")

    with pytest.raises(InvalidFile) as caught:
        machine("bad", tmp_path)

    assert len(caught.value.problems) == 2
