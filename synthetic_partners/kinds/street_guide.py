"""The street guide that registries judge houses by: which zone answers for which house numbers of a street."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from ringback.engine.problems import UsageError
from ringback.synthetic_partners.behaviour import Values

COLUMNS = (
    "street_name", "street_suffix", "community", "state", "low_range", "high_range", "odd_even", "esn", "zip",
)  # fmt: skip
NO_STREET, OUT_OF_RANGE, WRONG_SIDE, OTHER_ZONE = "E01", "E02", "E03", "E07"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some house numbers of a street."""

    values: Values

    def has(self, house: int) -> bool:
        """Whether a house number is between the first and the last one."""
        return int(self.values["low_range"]) <= house <= int(self.values["high_range"])

    def is_side_of(self, house: int) -> bool:
        """Whether a house number is on this side of the street: odd, even or both."""
        return self.values["odd_even"] in ("B", "O" if house % 2 else "E")


@dataclass(frozen=True, slots=True)
class StreetGuide:
    """The stretches of a county."""

    stretches: tuple[Stretch, ...]

    def fault(self, place: Values) -> str:
        """What a registry refuses a place for: E01, E02, E03 or E07; empty when it is right.

        `place` has street_name, street_suffix, community, state, house_number and esn in capitals.
        """
        street = [one for one in self.stretches if _is_street(one.values, place)]
        if not street:
            return NO_STREET
        house = int(place["house_number"])
        near = [one for one in street if one.has(house)]
        if not near:
            return OUT_OF_RANGE
        right = [one for one in near if one.is_side_of(house)]
        if not right:
            return WRONG_SIDE
        return "" if any(one.values["esn"] == place["esn"] for one in right) else OTHER_ZONE

    def find(self, place: Values) -> Stretch | None:
        """The stretch of a house by street, community, state and number; None when there is none."""
        house = place["house_number"]
        if not house.isdigit():
            return None
        found = (one for one in self.stretches if _is_street(one.values, place))
        return next((one for one in found if one.has(int(house)) and one.is_side_of(int(house))), None)


def _is_street(guide: Values, place: Values) -> bool:
    return all(guide[name] == place[name] for name in ("street_name", "street_suffix", "community", "state"))


def read_guide(options: Mapping[str, object]) -> StreetGuide:
    """The guide of the option `guide`, a CSV file; without it that of the embedded environment's few towns.

    UsageError when the file cannot be read or lacks a column.
    """
    path = options.get("guide")
    text = Path(str(path)) if path else files("ringback.synthetic_partners.kinds").joinpath("street_guide.csv")
    try:
        lines = text.read_text("utf-8").splitlines()
    except OSError as error:
        raise UsageError(f"the street guide {path} cannot be read: {error}", "give `guide:` a CSV file") from error
    return _guide(str(path), lines)


def _guide(path: str, lines: Iterable[str]) -> StreetGuide:
    rows = list(csv.DictReader(lines))
    missing = [name for name in COLUMNS if rows and name not in rows[0]]
    if missing:
        raise UsageError(f"the street guide {path} has no column {', '.join(missing)}", f"it needs {','.join(COLUMNS)}")
    return StreetGuide(tuple(Stretch({name: row[name] or "" for name in COLUMNS}) for row in rows))
