"""What an anomaly may be told: a number, one of some words, the name of a field; read from text or from YAML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ringback.engine.excerpt import advice
from ringback.engine.problems import UsageError

Value = int | str
Values = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter.

    Args:
        name: as in `{A06: {n: 2}}`.
        says: what it is, with its unit.
        default: what holds when nothing is said; a number makes it a number.
        choices: the words it may be (empty: any).
        least: the smallest number.
    """

    name: str
    says: str
    default: Value
    choices: tuple[str, ...] = ()
    least: int = 1

    def read(self, anomaly: str, given: object) -> Value:
        """The value as given in a file or on the command line; UsageError when it is none of its kind."""
        if isinstance(self.default, int):
            return self._number(anomaly, given)
        text = str(given)
        if self.choices and text not in self.choices:
            raise UsageError(f"{anomaly}: {self.name} {text!r} is unknown", advice(text, self.choices))
        return text

    def _number(self, anomaly: str, given: object) -> int:
        try:
            number = int(str(given))
        except ValueError as error:
            hint = f"for example {self.name}={self.default}"
            raise UsageError(f"{anomaly}: {self.name} {str(given)!r} is no whole number", hint) from error
        if number < self.least or number == 0:
            raise UsageError(f"{anomaly}: {self.name} {number} is out of range", f"at least {self.least}, and not 0")
        return number

    def shown(self) -> str:
        """The parameter in one line: `kind=bom (bom, latin-1)`."""
        known = f" ({', '.join(self.choices)})" if self.choices else ""
        default = f"{self.default:+d}" if isinstance(self.default, int) and self.least < 0 else str(self.default)
        return f"{self.name}={default or '...'}{known}"


def complete(anomaly: str, parameters: Sequence[Parameter], given: Mapping[str, object]) -> Values:
    """All parameters with their values, those not given at their defaults; UsageError for an unknown one."""
    known = {parameter.name: parameter for parameter in parameters}
    for name in given:
        if name not in known:
            hint = advice(name, known) if known else "it has none"
            raise UsageError(f"{anomaly} has no parameter {name!r}", hint)
    return {
        name: parameter.read(anomaly, given[name]) if name in given else parameter.default
        for name, parameter in known.items()
    }


def parameters_in(text: str, parameters: Sequence[Parameter]) -> Mapping[str, object]:
    """What stands behind the colon of `A06:n=2,field=zip`; a lone value is that of the first parameter."""
    found: dict[str, object] = {}
    for part in filter(None, text.split(",")):
        name, equals, value = part.partition("=")
        if equals:
            found[name.strip()] = value.strip()
        elif parameters:
            found[parameters[0].name] = part.strip()
        else:
            found[part.strip()] = ""
    return found
