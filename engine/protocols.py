"""What others implement: drivers, checks, matchers, layouts, recorders, partner desks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ringback.engine.evidence import Evidence, Exhibit
from ringback.engine.nodes import MappingNode, Node
from ringback.engine.outcomes import CheckOutcome
from ringback.engine.source import Source


class Scope(Protocol):
    """Where names are looked up: the context, seen by templates and matchers."""

    def lookup(self, name: str) -> object:
        """The value of a root name (`inputs`, `matrix`, a step's id); BrokenTest when there is none."""
        ...


class Template(Protocol):
    """A parsed value that may hold expressions; resolving keeps the type of a value that is one whole expression."""

    source: Source
    names: frozenset[str]  # root names it needs: {"inputs", "order"}

    def resolve(self, scope: Scope) -> object:
        """The plain value: str, int, float, bool, None, Decimal, Money, datetime, list, dict."""
        ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a matcher says of one value."""

    passed: bool
    expected: str  # for people: "in [acknowledged, inProgress]"
    actual: str
    reason: str = ""  # "differs at character 1: 0 is missing"


class Matcher(Protocol):
    """The right-hand side of a line of `expect`."""

    names: frozenset[str]

    def judge(self, actual: object, scope: Scope) -> Verdict:
        """Judge one value (ABSENT when the path is not there)."""
        ...


class Vocabulary(Protocol):
    """Parses the right-hand sides of `expect`, `until`, `fail_if`, `when` (the check named "expect")."""

    def parse(self, node: Node, block: Block, path: str = "") -> Matcher:
        """The matcher a node stands for; problems go to the block. `path` is what will be judged, where it is known."""
        ...


class Block(Protocol):
    """What a driver or check sees of a step while it is loaded."""

    step: MappingNode  # the whole step
    key: str  # the key that names the driver or check: "api"
    probes: tuple[str, ...]  # the paths that expect, until, fail_if and outputs will look up

    def text(self, key: str, *, required: bool = False) -> str | None:
        """A literal text under `key` (no expressions)."""
        ...

    def template(self, node: Node) -> Template:
        """Parse a node into a template; expression problems are reported to the block."""
        ...

    def problem(self, source: Source, what: str, hint: str = "") -> None:
        """Report a problem; loading goes on, so that all are shown at once."""
        ...

    def unknown_key(self, node: MappingNode, key: str, allowed: Iterable[str]) -> None:
        """Report an unknown key with the nearest valid one."""
        ...

    def system_settings(self, system: str) -> Mapping[str, object] | None:
        """The environment's entry for a system, or None when linting without an environment."""
        ...


@dataclass(frozen=True, slots=True)
class Action:
    """What a step does, parsed: templates are resolved by the runner before each attempt.

    `repeatable` tells whether another attempt may carry it out again; a driver that can look again without doing
    again (the browser reads the page it is on) is repeatable too. `verb` is for people: "GET productOrder".
    `implicit` are names of checks that always judge this action's evidence ("contract", "feed").
    `gives` are the first words of the paths its evidence will have ("body", "status", "text"), so that a misspelt
    expression is found while loading; None when they are not known beforehand.
    """

    kind: str
    system: str
    verb: str
    arguments: Mapping[str, Template]
    source: Source
    repeatable: bool = True
    implicit: tuple[str, ...] = ()
    detail: object = None  # the driver's own frozen data
    gives: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One attempt of one step, as a driver or probe sees it."""

    run: str
    journey: str
    variant: str
    step: str
    session: str  # one execution of one variant; keeps browser contexts and reservations apart
    attempt: int  # from 1
    arguments: Mapping[str, object]  # the action's templates, resolved
    probes: tuple[str, ...]
    timeout_s: float  # what is left for this attempt
    traceparent: str
    scope: Scope
    redact: Callable[[str], str]
    perform: Callable[[str, str, Mapping[str, object]], Evidence]  # (driver, system, arguments): for probes


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a waiting step may look again.

    Local or notifying systems are looked at every `least_s` (5-20 ms); remote ones at `share` of the time waited so
    far, between `least_s` and `most_s` (measured: 10 % between 50 ms and 2 s).
    """

    least_s: float
    most_s: float
    share: float


LOCAL = Pace(0.005, 0.02, 0.02)
REMOTE = Pace(0.05, 2.0, 0.1)


class Driver(Protocol):
    """One interface: api, ui, db, sftp, or a carrier's own. Never asserts, retries or sleeps. Thread-safe."""

    name: str
    keys: Mapping[str, str]  # the step keys that belong to it, each with one line of explanation

    def parse(self, block: Block) -> Action:
        """Turn a step into an action; problems go to the block."""
        ...

    def perform(self, action: Action, call: Call) -> Evidence:
        """Carry the action out once. Raises Unavailable, BrokenTest or UsageError when it cannot be done at all."""
        ...

    def pace(self, action: Action) -> Pace:
        """How often this action may be tried while waiting."""
        ...

    def examine(self, action: Action, call: Call) -> tuple[Exhibit, ...]:
        """More evidence about a step that failed (screenshot, page text); empty for most drivers."""
        ...

    def release(self, session: str, *, failed: bool) -> tuple[Exhibit, ...]:
        """A journey ended: give back what its session holds; a failed one may leave exhibits (a trace)."""
        ...

    def close(self) -> None:
        """The run is over."""
        ...


class Check(Protocol):
    """Judges evidence that a driver brought (implicit checks such as `contract`)."""

    name: str

    def judge(self, evidence: Evidence, call: Call) -> tuple[CheckOutcome, ...]:
        """One outcome per fact judged, passed ones too."""
        ...


class Probe(Protocol):
    """A step of its own that gathers evidence through drivers and judges it: agree, reconcile, history, changes."""

    name: str
    keys: Mapping[str, str]

    def parse(self, block: Block) -> Action:
        """Turn a step into an action; problems go to the block."""
        ...

    def perform(self, action: Action, call: Call) -> Evidence:
        """Gather, through `call.perform`."""
        ...

    def judge(self, action: Action, evidence: Evidence, call: Call) -> tuple[CheckOutcome, ...]:
        """One outcome per fact judged, passed ones too."""
        ...

    def pace(self, action: Action) -> Pace:
        """How often this probe may be tried while waiting."""
        ...


@dataclass(frozen=True, slots=True)
class FeedProblem:
    """What is wrong with a feed file: the codes of the partner gateway (G001.., R101..)."""

    line: int
    column: int
    code: str
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class FeedFile:
    """A decoded feed file; all values are text exactly as in the file, leading zeros kept, padding removed."""

    layout: str
    name: str
    header: Mapping[str, str]
    trailer: Mapping[str, str]
    records: tuple[Mapping[str, str], ...]
    problems: tuple[FeedProblem, ...]


class Layout(Protocol):
    """A feed's layout: found through the registry by the name that a journey's `feed:` gives.

    One that also has `record_names` (the fields that a record may have) lets the linter find misspelt fields.
    """

    name: str

    def decode(self, content: bytes, file_name: str) -> FeedFile:
        """Decode and validate; never raises for what is wrong with the content."""
        ...


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How a partner shall answer this journey's own data: one entry of the journey's `partners`."""

    partner: str  # as the environment file names it
    receives: str  # "port_request", "inquiry", "purchase_order"
    where: Mapping[str, object]  # the journey's own keys: {"tn": "5125550123"}
    do: object  # a name ("confirm"), a mapping ({"approve": {"score": 720}}) or a list of them
    options: Mapping[str, object]  # further keys of the entry, e.g. {"from": "north-tel"}
    anomaly: object = None  # what goes wrong with the answer: "A17", or {"A06": {"n": 2}}


class PartnerDesk(Protocol):
    """Where a journey tells the synthetic partners what to do."""

    def instruct(self, session: str, behaviours: Sequence[Behaviour]) -> None:
        """Add behaviours for one journey execution; requests already received are matched too."""
        ...

    def withdraw(self, session: str) -> None:
        """Forget the behaviours of a journey execution."""
        ...

    def ailments(self, partners: Iterable[str]) -> Mapping[str, str]:
        """The partners that cannot do their work, each with the reason; empty when all are well."""
        ...


class Recorder(Protocol):
    """Receives the events of a run as they happen (docs/run-record.md)."""

    def record(self, event: str, fields: Mapping[str, object]) -> None:
        """Append one event; redaction has been applied by the caller."""
        ...

    def keep(self, exhibit: Exhibit) -> Mapping[str, object]:
        """Store an exhibit; answers {"name", "media_type", "text"} or {"name", "media_type", "file"}."""
        ...


class ClockDesk(Protocol):
    """The environment's clock: read by `$run.now`, moved by `clock:` steps."""

    def now(self) -> datetime:
        """The environment's time, aware, in UTC."""
        ...

    def advance(self, seconds: float) -> datetime:
        """Move a shared clock forward and answer its new time; Unavailable where the clock is real."""
        ...
