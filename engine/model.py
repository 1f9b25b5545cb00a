"""A journey as the loader leaves it: frozen, every name resolved as far as the file alone allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ringback.engine.protocols import Action, Matcher, Template
from ringback.engine.source import Source

InterfaceName = str  # "api", "ui", "db", "sftp" or a carrier's own driver


@dataclass(frozen=True, slots=True)
class Expectation:
    """One line of `expect`, `until`, `fail_if`."""

    path: str
    matcher: Matcher
    source: Source


@dataclass(frozen=True, slots=True)
class Condition:
    """One line of `when`: a template on the left, a matcher on the right."""

    subject: Template
    text: str  # as written: "$matrix.answer"
    matcher: Matcher
    source: Source


@dataclass(frozen=True, slots=True)
class Output:
    """`outputs: {name: path}`; a path that finds nothing is an error of the step."""

    name: str
    path: str
    source: Source


@dataclass(frozen=True, slots=True)
class Waiting:
    """The one way to wait. `within_s` alone retries `expect`; `every_s` overrides the driver's pace."""

    until: tuple[Expectation, ...] = ()
    fail_if: tuple[Expectation, ...] = ()
    within_s: float | None = None
    every_s: float | None = None


StepKind = Literal["driver", "probe", "use", "parallel", "for_each", "clock", "group"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `steps` are the children of `use` (already loaded), `parallel`, `for_each` and `group`."""

    id: str
    name: str
    kind: StepKind
    source: Source
    action: Action | None = None
    expect: tuple[Expectation, ...] = ()
    waiting: Waiting = Waiting()
    outputs: tuple[Output, ...] = ()
    undo: tuple[Step, ...] = ()
    when: tuple[Condition, ...] = ()
    steps: tuple[Step, ...] = ()
    needs: Mapping[str, Template] | None = None  # `with:` of a `use`; the children see them as $needs
    gives: Mapping[str, Template] | None = None  # what a `use` gives back under the step's id
    items: Template | None = None  # of a for_each; the children see the item as $each
    advance: Template | None = None  # of a clock step
    handoff: str = ""
    owner: str = ""
    system: str = ""  # the system this step judges, where it is not the one it talks to
    budget_s: float | None = None


@dataclass(frozen=True, slots=True)
class Input:
    """One entry of `inputs`. `kind`: value, lease, secret, time, fake, file, by. `spec` is the parsed rest."""

    name: str
    kind: str
    spec: Mapping[str, object]
    value: Template | None
    source: Source


@dataclass(frozen=True, slots=True)
class BehaviourSpec:
    """One entry of `partners`, not yet resolved; registered as soon as all names it needs are known."""

    partner: str
    receives: str
    where: Template
    do: Template
    options: Mapping[str, Template]
    source: Source
    anomaly: Template | None = None


@dataclass(frozen=True, slots=True)
class Variant:
    """One cell of the matrix; `id` is stable: "north-tel-PHX-128-confirm" (empty without a matrix)."""

    id: str
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Gate:
    """`blocking`, `advisory`, or quarantined with a ticket and an end date."""

    mode: Literal["blocking", "advisory", "quarantined"] = "blocking"
    ticket: str = ""
    ends: str = ""


@dataclass(frozen=True, slots=True)
class JourneyHead:
    """What is known without reading the steps: enough to collect, select and list."""

    id: str
    file: str
    line: int
    summary: str
    owner: str
    rank: int | None
    weight: float | None
    gate: Gate
    covers: tuple[str, ...]
    tags: tuple[str, ...]
    handoffs: tuple[str, ...]
    variants: tuple[Variant, ...]
    digest: str  # sha256 of the file's text


@dataclass(frozen=True, slots=True)
class Journey:
    """The whole journey."""

    head: JourneyHead
    inputs: tuple[Input, ...]
    partners: tuple[BehaviourSpec, ...]
    steps: tuple[Step, ...]
    finally_: tuple[Step, ...]
    budget_s: float | None
    source: Source
