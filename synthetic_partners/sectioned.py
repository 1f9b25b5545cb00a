"""The sectioned family: `key : value` lines under titles, then columns that one line declares; a SIM vendor's files.

A record is a line of the output section; where a file has none (`records_in: inputs`) it is one turn of the input keys.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ringback.engine.protocols import FeedFile
from ringback.synthetic_partners.fields import FieldSpec
from ringback.synthetic_partners.names import NameRule
from ringback.synthetic_partners.problems import FoundProblems
from ringback.synthetic_partners.records import fitted
from ringback.synthetic_partners.rules import Rule
from ringback.synthetic_partners.sectioned_reading import HEADER, INPUTS, OUTPUTS, SectionedReading, header_value
from ringback.synthetic_partners.text import TERMINATORS

Values = Mapping[str, str]
_STARS = "*" * 40  # lines of stars alone are ignored; they are for people


@dataclass(slots=True)  # not frozen: `name` is a plain attribute of the Layout protocol
class SectionedLayout:
    """A layout whose file has a header section, an input section and, but for orders, an output section."""

    name: str
    summary: str
    family: str
    feed: str
    names: NameRule
    acknowledged: str
    key: str
    terminator: str
    keys: tuple[FieldSpec, ...]  # of the header section
    inputs: tuple[FieldSpec, ...]  # of the input section, where records are lines of columns
    record: tuple[FieldSpec, ...]
    has_columns: bool
    rules: tuple[Rule, ...]
    header_rules: tuple[Rule, ...] = ()
    trailer: tuple[FieldSpec, ...] = ()
    upper_case: bool = False
    encoding: str = "ascii"

    @property
    def header(self) -> tuple[FieldSpec, ...]:
        """What stands above the records."""
        return (*self.keys, *self.inputs)

    @property
    def record_names(self) -> frozenset[str]:
        """The fields that a record may have."""
        return frozenset(spec.name for spec in self.record)

    def decode(self, content: bytes, file_name: str) -> FeedFile:
        """Decode and validate; never raises for what is wrong with the content."""
        return SectionedReading(self, FoundProblems()).decode(content, file_name)

    def file_name(self, values: Values) -> str:
        """The name by convention for a header's values."""
        return self.names.write(values)

    def encode(self, header: Values, records: Sequence[Values]) -> bytes:
        """A file from its values; quantity and first numbers are filled in."""
        head = {spec.name: fitted(self.name, spec, _header_text(spec, header, records)) for spec in self.header}
        lines = [*_title(HEADER), *_pairs(self.keys, head), *_title(f"{INPUTS} DESCRIPTION"), "var_In:"]
        filled = [{spec.name: self._text(spec, record) for spec in self.record} for record in records]
        if self.has_columns:
            lines += [*_pairs(self.inputs, head), *_title(OUTPUTS)]
            lines.append("var_out:" + "/".join(spec.label for spec in self.record))
            lines += [" ".join(record[spec.name] for spec in self.record) for record in filled]
        else:
            lines += [line for record in filled for line in _pairs(self.record, record)]
        mark = TERMINATORS[self.terminator]
        return "".join(line + mark for line in lines).encode("ascii", "replace")

    def _text(self, spec: FieldSpec, record: Values) -> str:
        return fitted(self.name, spec, record.get(spec.name, ""))


def _header_text(spec: FieldSpec, header: Values, records: Sequence[Values]) -> str:
    return header_value(spec.computed, records) if spec.computed else header.get(spec.name, "")


def _title(text: str) -> tuple[str, ...]:
    return (_STARS, f"*{text}", _STARS)


def _pairs(fields: Sequence[FieldSpec], values: Values) -> Iterator[str]:
    """The lines of the keys that have a value."""
    return (f"{spec.label} : {values[spec.name]}" for spec in fields if values[spec.name])
