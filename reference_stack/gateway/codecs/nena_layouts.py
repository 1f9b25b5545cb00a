"""The NENA 2.1 records as data: emergency location (512 bytes) with header and trailer, street guide (200 bytes).

A column is written ``name:width kind`` plus ``!`` when it is mandatory and ``=text`` when its value is fixed. Kinds are
A letters, N digits (to the right, filled with zeros) and X anything printable (to the left, filled with spaces).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_COLUMN = re.compile(r"(?P<name>\w+):(?P<width>\d+)(?P<kind>[ANX])(?P<needed>!?)(?:=(?P<value>\S+))?$")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a record; `start` counts from 0."""

    name: str
    start: int
    width: int
    kind: str
    needed: bool
    value: str

    def cut(self, line: str) -> str:
        """The column's value in a line, without what fills it."""
        return line[self.start : self.start + self.width].rstrip(" ")

    def put(self, value: str) -> str:
        """A value as the column holds it; an absent number is spaces, as any other absent value."""
        said = self.value or value
        if said and self.kind == "N":
            return said.rjust(self.width, "0")[-self.width :]
        return said.ljust(self.width)[: self.width]


@dataclass(frozen=True, slots=True)
class NenaLayout:
    """A record of fixed columns that ends in an asterisk."""

    length: int
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        """A column by its name."""
        return next(column for column in self.columns if column.name == name)


def _layout(text: str) -> NenaLayout:
    columns: list[Column] = []
    start = 0
    for word in text.split():
        match = _COLUMN.match(word)
        if match is None:
            raise ValueError(f"the column {word!r} is not in the form that this module explains")
        width = int(match["width"])
        columns.append(Column(match["name"], start, width, match["kind"], match["needed"] == "!", match["value"] or ""))
        start += width
    return NenaLayout(start, tuple(columns))


LOCATION = _layout(
    "function_code:1A! npa:3N! calling_number:7N! house_number:10X house_number_suffix:4X prefix_directional:2A "
    "street_name:60X! street_suffix:4A post_directional:2A community:32A! state:2A! location:60X customer_name:32X! "
    "class_of_service:1X! type_of_service:1N! exchange:4X esn:5N main_npa:3N main_number:7N order_number:10X! "
    "extract_date:6N! county_id:4X company_id_1:5X! source_id:1X zip:5N zip4:4N general_use:11X customer_code:3X "
    "comments:30X x_coordinate:9X y_coordinate:9X z_coordinate:5X cell_id:6X sector_id:1X tar_code:6X reserved_1:21X "
    "alt_number:10N expanded_extract_date:8N! nena_reserved:81X company_id_2:5X reserved_2:31X end_of_record:1X!=*"
)
LOCATION_HEADER = _layout(
    "indicator:5X!=UHL extract_date:6N! company_name:50X! cycle_counter:6N! county_id:4X state:2A general_use:20X "
    "release_number:3N format_version:1X!=2 expanded_extract_date:8N! reserved:406X end_of_record:1X!=*"
)
LOCATION_TRAILER = _layout(
    "indicator:5X!=UTL extract_date:6N! company_name:50X! record_count:9N! expanded_extract_date:8N! reserved:433X "
    "end_of_record:1X!=*"
)
STREET_GUIDE = _layout(
    "prefix_directional:2A street_name:60X! street_suffix:4A post_directional:2A low_range:10X! high_range:10X! "
    "community:32A! state:2A! odd_even:1A! esn:5N! extract_date:6N! psap_id:4X county_id:4X exchange:4X "
    "general_use:20X tar_code:6X function_of_change:1A! reserved:18X expanded_extract_date:8N! end_of_record:1X!=*"
)
FUNCTIONS: Mapping[str, str] = {"I": "insert", "C": "change", "D": "delete", "M": "migrate", "U": "unlock"}
RETURN_CODES: Mapping[str, str] = {
    "E01": "the street is not in the street guide",
    "E02": "the house number is out of the guide's range",
    "E03": "the house number has the wrong parity",
    "E04": "the number has a record already",
    "E05": "the number has no record",
    "E06": "the number is locked by another company",
    "E07": "the emergency service number differs from the guide",
    "E08": "the company id is wrong",
    "E09": "the format is wrong",
}
