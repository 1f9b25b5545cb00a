"""The db driver on SQLite: what it reads, what it refuses, and how its failures are told apart."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from ringback.drivers.conformance import Workbench
from ringback.drivers.db import DbDriver
from ringback.engine.environment import Environment
from ringback.engine.evidence import ABSENT
from ringback.engine.problems import BrokenTest, Unavailable, UsageError
from ringback.engine.protocols import LOCAL
from ringback.engine.services import Services


@pytest.fixture
def bench(environment: Environment, services: Services, tmp_path: Path) -> Iterator[Workbench]:
    """A bench with the driver on it."""
    driver = DbDriver(environment, services)
    yield Workbench(driver, environment, tmp_path)
    driver.close()


def test_rows_are_mappings_and_the_first_is_at_hand(bench: Workbench) -> None:
    """`row` is the first row, `rows` are all, `count` counts them."""
    evidence = bench.perform(
        "{db: billing, sql: 'select status, amount from bil_charge where order_id = :order order by amount',"
        " params: {order: PO-1}}"
    )

    assert evidence.values == {
        "count": 2,
        "rows": [{"status": "active", "amount": 2500}, {"status": "active", "amount": 3600}],
        "row": {"status": "active", "amount": 2500},
        "columns": ["status", "amount"],
    }
    assert evidence.summary == "SELECT bil_charge -> 2 rows found"


def test_no_row_is_absent(bench: Workbench) -> None:
    """Where nothing was found, `row` is absent: an expectation about it does not hold."""
    evidence = bench.perform("{db: billing, sql: \"select * from bil_charge where order_id = 'PO-0'\"}")

    assert evidence.values["row"] is ABSENT
    assert evidence.values["count"] == 0


def test_a_list_parameter_expands(bench: Workbench) -> None:
    """`in :names` takes a list of any length, also an empty one."""
    step = "{db: billing, sql: 'select count(*) as n from bil_charge where order_id in :orders', params: {orders: %s}}"

    assert bench.perform(step % "[PO-1, PO-2]").values["row"] == {"n": 3}
    assert bench.perform(step % "[]").values["row"] == {"n": 0}


def test_each_attempt_sees_what_was_committed_meanwhile(bench: Workbench, billing_file: Path) -> None:
    """An attempt has a transaction of its own, so that waiting sees the change."""
    step = "{db: billing, sql: 'select status from bil_charge where order_id = :order', params: {order: PO-2}}"
    before = bench.perform(step).values["row"]

    with sqlite3.connect(billing_file) as connection:
        connection.execute("update bil_charge set status = 'active' where order_id = 'PO-2'")
    connection.close()

    assert before == {"status": "pending"}
    assert bench.perform(step).values["row"] == {"status": "active"}


def test_exhibits_show_the_statement_with_its_values_and_the_rows(bench: Workbench) -> None:
    """A reader sees the SQL, what was bound, and a table."""
    sql, rows = bench.perform(
        "{db: billing, sql: 'select amount from bil_charge where order_id = :order', params: {order: PO-2}}"
    ).exhibits

    assert sql.content == "select amount from bil_charge where order_id = :order\n-- :order = 'PO-2'\n"
    assert rows.media_type == "application/vnd.ringback.table+json"
    assert json.loads(rows.content) == {"columns": ["amount"], "rows": [[4500]]}


def test_a_read_only_system_is_opened_read_only(bench: Workbench) -> None:
    """SQLite itself refuses to write, whatever the statement looks like."""
    with pytest.raises(BrokenTest, match="read only"):
        bench.perform("{db: billing, sql: delete from bil_charge}")


def test_reading_leaves_nothing_behind_where_writing_would_be_allowed(bench: Workbench) -> None:
    """A step that does not say `write: true` never writes, not even in a writable system."""
    with pytest.raises(BrokenTest, match="read only"):
        bench.perform("{db: ledger, sql: delete from bil_charge}")


def test_writing_needs_the_step_and_the_environment(bench: Workbench, billing_file: Path) -> None:
    """With both, the change is committed and counted, and the step is never repeated."""
    step = "{db: ledger, sql: 'update bil_charge set amount = :cents', params: {cents: 100}, write: true}"

    action, _ = bench.read(step)
    evidence = bench.perform(step)

    assert evidence.values["count"] == 3
    assert not action.repeatable
    with sqlite3.connect(billing_file) as connection:
        assert connection.execute("select distinct amount from bil_charge").fetchall() == [(100,)]
    connection.close()


def test_a_write_step_is_refused_by_a_read_only_environment(bench: Workbench) -> None:
    """The environment's word counts when the step was loaded without it, too."""
    action, _ = bench.read("{db: billing, sql: delete from bil_charge, write: true}")

    with pytest.raises(UsageError, match="read only"):
        bench.driver.perform(action, bench.call(action))


def test_a_statement_that_takes_too_long_is_stopped(bench: Workbench) -> None:
    """A runaway query ends with the step's time, and the connection stays usable."""
    endless = (
        "{db: billing, sql: 'with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n'}"
    )

    with pytest.raises(Unavailable, match=r"longer than 0.1 s"):
        bench.perform(endless, timeout_s=0.1)

    assert bench.perform("{db: billing, sql: select 1 as one}").values["row"] == {"one": 1}


def test_wrong_sql_is_the_tests_fault(bench: Workbench) -> None:
    """A statement that the database refuses is a broken test, not an unavailable system."""
    with pytest.raises(BrokenTest, match="no such table: bil_chrage"):
        bench.perform("{db: billing, sql: select * from bil_chrage}")


def test_two_columns_of_one_name_are_refused(bench: Workbench) -> None:
    """A mapping would lose one of them without a word."""
    with pytest.raises(BrokenTest, match="more than one column named amount"):
        bench.perform("{db: billing, sql: 'select amount, amount from bil_charge'}")


def test_values_of_the_language_can_be_bound(bench: Workbench) -> None:
    """Decimals and times are bound as the columns hold them."""
    action, _ = bench.read("{db: billing, sql: 'select :cents as cents, :at as at', params: {cents: 1, at: x}}")
    moment = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
    call = bench.call(action, arguments={"params": {"cents": Decimal(3600), "at": moment}})

    assert bench.driver.perform(action, call).values["row"] == {"cents": 3600, "at": "2026-11-21T08:30:00.000Z"}


def test_a_missing_file_is_not_made(bench: Workbench, billing_file: Path) -> None:
    """An empty database in place of a missing one would answer `no such table`."""
    with pytest.raises(Unavailable, match="unable to open"):
        bench.perform("{db: stopped, sql: select 1 as one}")

    assert not Path(f"{billing_file}.gone").exists()


def test_a_probe_may_ask_with_plain_arguments(bench: Workbench) -> None:
    """`call.perform` gives SQL and parameters without a step."""
    action, _ = bench.read("{db: billing, sql: select 1 as one}")
    from dataclasses import replace  # only here

    asked = replace(action, detail=None, arguments={})
    call = bench.call(asked, arguments={"sql": "select count(*) as n from bil_charge", "params": {}})

    assert bench.driver.perform(asked, call).values["row"] == {"n": 3}


def test_a_local_database_is_looked_at_often(bench: Workbench) -> None:
    """A SQLite file costs microseconds to look at."""
    action, _ = bench.read("{db: billing, sql: select 1 as one}")

    assert bench.driver.pace(action) == LOCAL


@pytest.mark.parametrize(
    ("entry", "error", "said"),
    [
        ({"api": "http://h"}, UsageError, "has no database"),
        ({"db": "not an address"}, UsageError, "no database address"),
        ({"db": "nosuchsql://h/x"}, UsageError, "knows no"),
        ({"db": "mysql+pymysql://h/x"}, Unavailable, "pip install pymysql"),
        ({"db": "sqlite://", "read_only": "no"}, UsageError, "true or false"),
    ],
)
def test_a_wrong_entry_of_the_environment_is_told(
    entry: dict[str, object],
    error: type[Exception],
    said: str,
    services: Services,
    make_environment: Callable[..., Environment],
    tmp_path: Path,
) -> None:
    """What cannot work is said with what to do."""
    environment = make_environment(wrong=entry)
    bench = Workbench(DbDriver(environment, services), environment, tmp_path)

    with pytest.raises(error, match=said):
        bench.perform("{db: wrong, sql: select 1 as one}")
