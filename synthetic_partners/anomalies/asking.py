"""How somebody asks for an anomaly: `A17`, `A09:+2`, `A13:kind=latin-1`, or {A06: {n: 2}}."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ringback.engine.excerpt import advice
from ringback.engine.problems import UsageError
from ringback.synthetic_partners.anomalies.parameters import Values, complete, parameters_in
from ringback.synthetic_partners.anomalies.table import ANOMALIES, Anomaly


@dataclass(frozen=True, slots=True)
class Asked:
    """An anomaly with the values of all its parameters."""

    anomaly: Anomaly
    values: Values

    @property
    def id(self) -> str:
        """A01 to A40."""
        return self.anomaly.id

    def number(self, name: str) -> int:
        """A parameter that is a number."""
        return int(self.values[name])

    def word(self, name: str) -> str:
        """A parameter that is a word; empty when nothing was said."""
        return str(self.values[name])


def asked(said: object) -> Asked:
    """What is asked for: a text, or a mapping of one anomaly to its parameters; UsageError names what is wrong."""
    if isinstance(said, Mapping):
        if len(said) != 1:
            raise UsageError(f"one anomaly at a time, not {len(said)}", "anomaly: {A06: {n: 2}}")
        name, given = next(iter(said.items()))
        anomaly = _known(str(name))
        if given is not None and not isinstance(given, Mapping):
            given = parameters_in(str(given), anomaly.parameters)
        return Asked(anomaly, complete(anomaly.id, anomaly.parameters, given or {}))
    name, _, rest = str(said).partition(":")
    anomaly = _known(name.strip())
    return Asked(anomaly, complete(anomaly.id, anomaly.parameters, parameters_in(rest, anomaly.parameters)))


def _known(name: str) -> Anomaly:
    if name in ANOMALIES:
        return ANOMALIES[name]
    raise UsageError(f"no anomaly is called {name!r}", advice(name, ANOMALIES, "they are A01 to A40"))
