"""Our own suite's choice of environment; everything else is in the plugin, as in a carrier's repository."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """The journeys of this repository run against the embedded reference stack unless told otherwise."""
    if config.getoption("ringback_env", None) is None:
        config.option.ringback_env = "embedded"
