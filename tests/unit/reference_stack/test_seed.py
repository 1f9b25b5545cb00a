"""The seeded data agrees with itself."""

from pathlib import Path

import pytest
from sqlalchemy import ColumnElement, Table, func, select

from ringback.reference_stack import schema as t
from ringback.reference_stack.seed import plant
from ringback.reference_stack.seed.stock import check_digit
from ringback.reference_stack.settings import Settings, home_secrets
from ringback.reference_stack.stack import Stack


def planted(home: Path, seed: int = 1) -> Stack:
    """A stack with fresh data."""
    home.mkdir(exist_ok=True)
    stack = Stack(Settings(home=home, seed=seed, secrets=home_secrets(home)), {})
    plant(stack)
    return stack


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """One seeded stack for the tests that only read."""
    return planted(tmp_path_factory.mktemp("seed"))


def count(stack: Stack, table: Table, *where: ColumnElement[bool]) -> int:
    """How many rows there are."""
    with stack.db.begin() as tx:
        return int(tx.execute(select(func.count()).select_from(table).where(*where)).scalar() or 0)


def test_most_customers_have_a_live_fibre_line(stack: Stack) -> None:
    """A consumer has fibre, a prospect has nothing; there are at least 200 consumers."""
    lines = count(stack, t.PINV_PRODUCT, t.PINV_PRODUCT.c.status == "active")

    assert lines == count(stack, t.CRM_CUSTOMER, t.CRM_CUSTOMER.c.segment == "consumer") >= 200


def test_every_live_line_has_exactly_one_charge_at_its_price(stack: Stack) -> None:
    """Inventory and billing carry the same money under the same price id."""
    same = (t.BIL_CHARGE.c.product_id == t.PINV_PRICE.c.product_id) & (t.BIL_CHARGE.c.amount == t.PINV_PRICE.c.amount)
    with stack.db.begin() as tx:
        pairs = tx.execute(select(t.PINV_PRICE.c.product_id).join(t.BIL_CHARGE, same)).all()

    assert len(pairs) == len(set(pairs)) == count(stack, t.PINV_PRODUCT)


def test_every_optical_port_serves_the_inventory_that_names_it(stack: Stack) -> None:
    """The network element and the service inventory name the same terminal."""
    ont = t.SINV_CHAR.alias("ont")
    port = (t.NE_OLT.c.port == t.SINV_CHAR.c.value) & (t.SINV_CHAR.c.name == "oltPort")
    serial = (ont.c.service_id == t.SINV_CHAR.c.service_id) & (ont.c.value == t.NE_OLT.c.ont_serial)
    with stack.db.begin() as tx:
        agreeing = tx.execute(
            select(func.count()).select_from(t.NE_OLT).join(t.SINV_CHAR, port).join(ont, serial)
        ).scalar()

    assert agreeing == count(stack, t.NE_OLT)


@pytest.mark.parametrize(("kind", "quantity"), [("SIM", 300), ("ESIM_PROFILE", 100)])
def test_all_sims_came_in_an_accepted_batch_and_have_a_check_digit(stack: Stack, kind: str, quantity: int) -> None:
    """No card and no eSIM profile is in stock that no vendor has announced."""
    with stack.db.begin() as tx:
        sims = tx.execute(select(t.RINV_RESOURCE).where(t.RINV_RESOURCE.c.kind == kind)).mappings().all()
        batch = tx.execute(select(t.PGW_FILE).where(t.PGW_FILE.c.id == sims[0]["batch_file_id"])).mappings().one()

    assert len(sims) == batch["declared_count"] == quantity
    assert {sim["batch_file_id"] for sim in sims} == {batch["id"]}
    assert all(sim["value"][-1] == check_digit(sim["value"][:-1]) for sim in sims)


def test_zips_keep_their_leading_zero(stack: Stack) -> None:
    """New England begins with zero."""
    with stack.db.begin() as tx:
        zips = set(tx.execute(select(t.LOC_ADDRESS.c.postcode)).scalars())

    assert all(len(zip_code) == 5 and zip_code.startswith("0") for zip_code in zips)


def test_the_same_seed_makes_the_same_customers(tmp_path: Path) -> None:
    """Another seed makes other people, the same seed the same ones."""

    def names(home: str, seed: int) -> list[str]:
        with planted(tmp_path / home, seed).db.begin() as tx:
            return list(tx.execute(select(t.CRM_CUSTOMER.c.name).order_by(t.CRM_CUSTOMER.c.id)).scalars())

    assert names("a", 7) == names("b", 7) != names("c", 8)


def test_a_database_that_has_data_keeps_it(tmp_path: Path) -> None:
    """Starting again plants nothing twice."""
    before = planted(tmp_path)
    with before.db.begin() as tx:
        tx.execute(t.CRM_MESSAGE.insert().values(id="M", customer_id="C", channel="e", text="t", at="now"))
    before.db.close()

    assert count(planted(tmp_path), t.CRM_MESSAGE) == 1
