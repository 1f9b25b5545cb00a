"""File names by convention: `NPORT_{sender}_{receiver}_{created}_{sequence}.txt`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ringback.synthetic_partners.fields import FieldSpec
from ringback.synthetic_partners.problems import FoundProblems

_PART = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class NameRule:
    """A convention; its parts are fields of the header (or declared under `name_parts`)."""

    convention: str
    pattern: str
    parts: tuple[FieldSpec, ...]

    def read(self, file_name: str) -> Mapping[str, str] | None:
        """The parts of a name, or None when it does not match."""
        found = re.fullmatch(self.pattern, file_name)
        return found.groupdict() if found else None

    def judge(self, file_name: str, found: FoundProblems) -> Mapping[str, str]:
        """The parts of a name, one that does not match noted as a problem; an empty name is not judged."""
        parts = self.read(file_name) if file_name else {}
        if parts is None:
            found.add(1, 1, "G001", "", f"the name {file_name[:80]!r} is not {self.convention}")
        return parts or {}

    def write(self, values: Mapping[str, str]) -> str:
        """The name for these values."""
        return _PART.sub(lambda part: values.get(part.group(1), ""), self.convention)


def name_rule(convention: str, fields: Sequence[FieldSpec]) -> tuple[NameRule, tuple[str, ...]]:
    """The rule of a convention, and the parts it names that no field declares."""
    by_name = {spec.name: spec for spec in fields}
    pieces, unknown, parts = [], [], []
    for place, piece in enumerate(_PART.split(convention)):
        if place % 2 == 0:
            pieces.append(re.escape(piece))
        elif piece in by_name:
            parts.append(by_name[piece])
            pieces.append(f"(?P<{piece}>{_shape(by_name[piece])})")
        else:
            unknown.append(piece)
    return NameRule(convention, "".join(pieces), tuple(parts)), tuple(unknown)


def _shape(spec: FieldSpec) -> str:
    if spec.literal is not None:
        return re.escape(spec.literal)
    if spec.pattern:
        return spec.pattern
    letters = r"\d" if spec.kind.numeric else "[0-9A-Za-z]"
    return f"{letters}{{{spec.kind.least},{spec.kind.most}}}"
