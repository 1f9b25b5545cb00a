"""What a driver saw: values for the checks, exhibits for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A named piece of evidence for a reader: a request, a page's text, rows, a screenshot.

    `media_type` is "text/plain", "application/json", "text/csv", "image/png", "application/zip", ...
    A table (rows, records of a feed) is "application/vnd.ringback.table+json": {"columns": [..], "rows": [[..], ..]}.
    """

    name: str
    media_type: str
    content: str | bytes


@dataclass(frozen=True, slots=True)
class Evidence:
    """One look at a system.

    `values` is what the paths of `expect`, `until`, `fail_if` and `outputs` are looked up in. A key may itself be a
    whole path such as "text(Account number)"; the lookup tries the whole path first and walks dots only then.
    `lost` says why a path finds nothing, by the path's first segment, where the driver knows more than the values tell.
    `contract` is what the response promised to look like (opaque to the engine; read by the `contract` check).
    """

    kind: str  # the driver or probe: "api", "ui", "db", "sftp", "agree", ...
    system: str
    summary: str  # one line: "GET /productOrder?externalId=A1 -> 200, 12 ms"
    values: Mapping[str, object] = field(default_factory=dict)
    exhibits: tuple[Exhibit, ...] = ()
    contract: object = None
    lost: Mapping[str, str] = field(default_factory=dict)


class Absent:
    """The value of a path that is not there; there is one instance, ABSENT, and it is false."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "absent"


ABSENT = Absent()
