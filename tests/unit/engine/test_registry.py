"""How drivers, checks and layouts are found."""

import pytest

from ringback.engine.json_schema import journey_schema, steps_schema
from ringback.engine.problems import Unavailable, UsageError
from ringback.engine.registry import DriverSet


class Counting:
    """A driver that counts how often it is built."""

    built = 0

    def __init__(self) -> None:
        Counting.built += 1
        self.closed = False

    def close(self) -> None:
        """Remember."""
        self.closed = True


def test_a_driver_is_built_once_and_closed() -> None:
    """Asking again gives the same object; closing the set closes what was built."""
    Counting.built = 0
    tools = DriverSet(extra={"drivers": {"counting": Counting}})

    driver = tools.driver("counting")
    again = tools.driver("counting")
    tools.close()

    assert driver is again
    assert Counting.built == 1
    assert getattr(driver, "closed", False) is True


def test_an_unknown_driver_gets_the_nearest() -> None:
    """The message offers what is installed."""
    with pytest.raises(UsageError, match="no driver is called 'sfpt' - did you mean 'sftp'"):
        DriverSet().driver("sfpt")


def test_a_driver_that_cannot_be_built_is_unavailable() -> None:
    """Whatever a plugin raises, the tool says which one it was."""

    class Broken:
        def __init__(self, environment: object, services: object) -> None:
            message = "no licence"
            raise RuntimeError(message)

    with pytest.raises(Unavailable, match="broken: cannot be set up: RuntimeError: no licence"):
        DriverSet(extra={"drivers": {"broken": Broken}}).driver("broken")


def test_a_probe_is_told_from_a_check() -> None:
    """`history` can be a step of its own, `contract` cannot."""
    tools = DriverSet()

    assert tools.is_probe("history")
    assert not tools.is_probe("contract")


def test_the_json_schema_knows_every_key() -> None:
    """The schema for editors has the language's keys and those of installed drivers, each explained."""
    step = journey_schema(DriverSet())["$defs"]["step"]["properties"]

    assert {"id", "until", "use", "api", "query", "db", "sql"} <= set(step)
    assert all(key["description"] for key in step.values())
    assert "matches" in steps_schema(DriverSet())["$defs"]["expected"]["anyOf"][1]["properties"]
