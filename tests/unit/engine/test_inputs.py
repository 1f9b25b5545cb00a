"""Inputs: leased rows, secrets that the redactor knows first, made-up data that a seed repeats."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from ringback.engine.context import Context
from ringback.engine.inputs import Inputs, read_rows
from ringback.engine.leases import LeaseStore, this_process
from ringback.engine.model import Input
from ringback.engine.problems import BrokenTest, UsageError
from ringback.engine.redaction import Redactor
from ringback.engine.source import Source
from ringback.engine.waiting import Watch

HERE = Source("journeys/j.journey.yaml", 4, 3)
START = Context({"matrix": {"donor": "north-tel"}})


def inputs(folder: Path, *, seed: int = 1, asked: list[object] | None = None, **pools: Mapping[str, object]) -> Inputs:
    """An input source with these pools and two secrets."""

    def ask(driver: str, system: str, arguments: Mapping[str, object]) -> object:
        if asked is not None:
            asked.append((driver, system, dict(arguments)))
        return {"body": [{"id": "C1", "segment": "consumer"}, {"id": "C2", "segment": "consumer"}]}

    return Inputs(
        environment="e",
        project=folder,
        pools=pools,
        secret={"TOKEN": "canary-0123456789", "PORT_PIN": "0042"}.__getitem__,
        leases=LeaseStore(folder / "leases", this_process("r")),
        redactor=Redactor(),
        watch=Watch(),
        ask=ask,
        seed=seed,
    )


def entry(name: str, kind: str, /, **spec: object) -> Input:
    """One entry of `inputs`."""
    return Input(name, kind, spec, None, HERE)


def test_a_lease_from_a_csv_file_keeps_leading_zeros(tmp_path: Path) -> None:
    """Every value of the file is text; a row of several columns is a mapping."""
    (tmp_path / "customers.csv").write_text("id,zip\nC1,02139\n")
    source = inputs(tmp_path, customer={"from": "customers.csv"})

    values = source.resolve((entry("customer", "lease", pool="customer"),), START, "s")

    assert values == {"customer": {"id": "C1", "zip": "02139"}}


def test_a_lease_may_be_what_an_api_lists(tmp_path: Path) -> None:
    """The operation is asked once for a run; two journeys get two customers."""
    asked: list[object] = []
    source = inputs(tmp_path, asked=asked, customer={"api": "crm.listCustomer", "where": {"segment": "consumer"}})
    wanted = (entry("customer", "lease", pool="customer"),)

    both = [source.resolve(wanted, START, session)["customer"] for session in ("s1", "s2")]

    assert sorted(str(row["id"]) for row in both if isinstance(row, Mapping)) == ["C1", "C2"]
    assert asked == [("api", "crm", {"operation": "listCustomer", "query": {"segment": "consumer"}})]


def test_a_lease_that_the_environment_lacks_is_a_usage_error(tmp_path: Path) -> None:
    """The message tells which leases there are."""
    source = inputs(tmp_path, tn={"values": ["617"]})

    with pytest.raises(UsageError, match=r"no lease 'port_in'.*there: tn"):
        source.resolve((entry("x", "lease", pool="port_in"),), START, "s")


def test_a_secret_is_known_to_the_redactor_before_anybody_has_it(tmp_path: Path) -> None:
    """A long one by its value, a short one by its field and its value."""
    source = inputs(tmp_path)

    values = source.resolve(
        (entry("token", "secret", name="TOKEN"), entry("pin", "secret", name="PORT_PIN")), START, "s"
    )

    assert values == {"token": "canary-0123456789", "pin": "0042"}
    assert source.redactor.redact("Bearer canary-0123456789") == "Bearer [secret TOKEN]"
    assert source.redactor.is_field("PIN")
    assert source.redactor.redact("6175550103|0042|Tara") == "6175550103|[secret PORT_PIN]|Tara"


def test_made_up_data_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    """Another seed makes other data; an unknown kind is an error of the test."""
    wanted = (entry("who", "fake", fake="name"),)

    first, again, other = (
        inputs(tmp_path, seed=seed).resolve(wanted, START, f"s{number}") for number, seed in enumerate((7, 7, 8))
    )

    assert first == again
    assert first != other
    with pytest.raises(BrokenTest, match="nothing made up is called 'nmae'"):
        inputs(tmp_path).resolve((entry("who", "fake", fake="nmae"),), START, "s")


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"fake": "emial"}, "did you mean 'email'"),
        ({"fake": "random_int", "mni": 3}, "random_int cannot be made up with mni"),
        ({"fake": "name", "locale": "xx_YY"}, "nothing is made up for the locale 'xx_YY'"),
    ],
)
def test_what_cannot_be_made_up_is_a_broken_test(tmp_path: Path, spec: dict[str, object], said: str) -> None:
    """The message names the mistake, and the place where the input is written."""
    with pytest.raises(BrokenTest, match=said) as raised:
        inputs(tmp_path).resolve((entry("who", "fake", **spec),), START, "s")

    assert raised.value.problem.source == HERE


def test_a_data_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The message says where it should be."""
    with pytest.raises(UsageError, match=r"no data file rows\.csv"):
        read_rows(tmp_path / "rows.csv", HERE)
