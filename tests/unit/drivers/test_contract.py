"""The drivers that need no server of their own keep the contract of all drivers."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from ringback.drivers.api import ApiDriver
from ringback.drivers.conformance import CHECKS, DriverCase
from ringback.drivers.db import DbDriver
from ringback.drivers.memory import MemoryDriver
from ringback.engine.environment import Environment
from ringback.engine.services import Services


@pytest.fixture(params=["api", "db", "memory"])
def case(
    request: pytest.FixtureRequest, environment: Environment, services: Services, tmp_path: Path
) -> Iterator[DriverCase]:
    """One driver with steps that work, steps that do not, and steps that are wrong."""
    cases = {
        "api": DriverCase(
            driver=ApiDriver(environment, services),
            environment=environment,
            good="{api: ordering, url: /productOrder, query: {externalId: WEB-1}}",
            unreachable="{api: stopped, url: /productOrder}",
            mistakes={
                "{api: ordering.listProductOrders}": "listProductOrder",
                "{api: ordering.retrieveProductOrder}": "id",
                "{api: ordering.retrieveProductOrder, path: {ids: PO-1}}": "ids",
                "{api: ordering.listProductOrder, method: GET}": "method",
                "{api: ordering}": "url",
                "{api: ordering, url: /x, method: FETCH}": "FETCH",
                "{api: odering, url: /x}": "ordering",
            },
            project=tmp_path,
            settled=_without_moments,
        ),
        "db": DriverCase(
            driver=DbDriver(environment, services),
            environment=environment,
            good="{db: billing, sql: 'select * from bil_charge where order_id = :order', params: {order: PO-1}}",
            unreachable="{db: stopped, sql: select 1 as one}",
            mistakes={
                "{db: billing}": "sql",
                "{db: billing, sql: 'select * from t where id = :order'}": "order",
                "{db: billing, sql: 'select 1 from t where id = :order', params: {ordre: 1}}": "ordre",
                "{db: billing, sql: 'select * from t where id = {$inputs.order}'}": "bind parameters",
                "{db: billing, sql: delete from bil_charge, write: true}": "read_only: false",
                "{db: biling, sql: select 1}": "billing",
            },
            project=tmp_path,
        ),
        "memory": DriverCase(
            driver=MemoryDriver(),
            environment=environment,
            good="{memory: shop, answers: [{state: open}]}",
            unreachable="{memory: shop, answers: [unavailable]}",
            mistakes={"{memory: shop}": "answers"},
            project=tmp_path,
        ),
    }
    found = cases[str(request.param)]
    yield found
    found.driver.close()


def _without_moments(values: Mapping[str, object]) -> object:
    """An answer without its date, its duration and the server's port."""
    return {name: values[name] for name in ("status", "body")}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_driver_keeps_the_contract(check: Callable[[DriverCase], None], case: DriverCase) -> None:
    """Each driver does what the engine expects of all of them."""
    check(case)
