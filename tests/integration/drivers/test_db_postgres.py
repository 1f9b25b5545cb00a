"""The db driver on a real PostgreSQL."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from ringback.drivers.conformance import CHECKS, DriverCase, Workbench
from ringback.drivers.db import DbDriver
from ringback.engine.environment import Environment
from ringback.engine.problems import BrokenTest, Unavailable
from ringback.engine.protocols import LOCAL
from ringback.engine.redaction import Redactor
from ringback.engine.services import Services


@pytest.fixture
def environment(postgres_url: str) -> Environment:
    """A table with two rows, read only in one system and writable in another."""
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("drop table if exists bil_charge")
        connection.exec_driver_sql("create table bil_charge (order_id text, amount numeric(12, 2), at timestamptz)")
        connection.exec_driver_sql("insert into bil_charge values ('PO-1', 36.00, now()), ('PO-2', 45.00, now())")
    engine.dispose()
    stopped = "postgresql+psycopg://ringback:not-a-secret@127.0.0.1:9/ringback"
    systems: dict[str, dict[str, object]] = {
        "billing": {"db": postgres_url},
        "ledger": {"db": postgres_url, "read_only": False},
    }
    return Environment("test", "test.yaml", "real", systems | {"stopped": {"db": stopped}})


@pytest.fixture
def bench(environment: Environment, tmp_path: Path) -> Iterator[Workbench]:
    """A bench with the driver on it."""
    driver = DbDriver(environment, _services(tmp_path))
    yield Workbench(driver, environment, tmp_path)
    driver.close()


def _services(tmp_path: Path) -> Services:
    def no_layout(name: str) -> object:
        raise BrokenTest(f"there is no layout {name!r}")

    return Services(Redactor(), "run", tmp_path, tmp_path, no_layout)  # type: ignore[arg-type]  # never answers


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_driver_keeps_the_contract(
    check: Callable[[DriverCase], None], environment: Environment, tmp_path: Path
) -> None:
    """On PostgreSQL the driver does what the engine expects of all drivers."""
    driver = DbDriver(environment, _services(tmp_path))
    check(
        DriverCase(
            driver=driver,
            environment=environment,
            good="{db: billing, sql: 'select amount from bil_charge where order_id in :ids', params: {ids: [PO-1]}}",
            unreachable="{db: stopped, sql: select 1 as one}",
            mistakes={"{db: billing}": "sql"},
            project=tmp_path,
        )
    )
    driver.close()


def test_postgresql_refuses_to_write_in_a_reading_step(bench: Workbench) -> None:
    """The transaction itself is read only, also in a system that may be written."""
    for system in ("billing", "ledger"):
        with pytest.raises(BrokenTest, match="read only"):
            bench.perform(f"{{db: {system}, sql: delete from bil_charge}}")


def test_writing_is_committed_where_both_allow_it(bench: Workbench) -> None:
    """A `write: true` step is seen by the next one."""
    bench.perform("{db: ledger, sql: update bil_charge set amount = 1, write: true}")

    assert bench.perform("{db: billing, sql: select sum(amount) as total from bil_charge}").values["row"] == {
        "total": 2
    }


def test_a_statement_that_takes_too_long_is_stopped(bench: Workbench) -> None:
    """PostgreSQL's own statement_timeout ends it, and the connection stays usable."""
    with pytest.raises(Unavailable, match=r"longer than 0.1 s"):
        bench.perform("{db: billing, sql: select pg_sleep(60)}", timeout_s=0.1)

    assert bench.perform("{db: billing, sql: select 1 as one}").values["row"] == {"one": 1}


def test_an_unreachable_server_does_not_tell_its_password(bench: Workbench) -> None:
    """The address is shown without what opens it."""
    with pytest.raises(Unavailable, match=r"127.0.0.1:9") as raised:
        bench.perform("{db: stopped, sql: select 1 as one}")

    assert "not-a-secret" not in str(raised.value)


def test_casts_are_no_parameters(bench: Workbench) -> None:
    """`::text` is PostgreSQL's cast, not a bind parameter."""
    step = (
        '{db: billing, sql: "select amount::text as amount from bil_charge where order_id = :id", params: {id: PO-1}}'
    )

    assert bench.perform(step).values["row"] == {"amount": "36.00"}


def test_a_server_on_this_machine_is_looked_at_often(bench: Workbench) -> None:
    """A query over loopback costs well under a millisecond."""
    action, _ = bench.read("{db: billing, sql: select 1 as one}")

    assert bench.driver.pace(action) == LOCAL
