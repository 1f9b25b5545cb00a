"""What a kind of partner is made of: requests it takes, answers it knows by name, and the steps of an answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from typing import Protocol

from ringback.engine.problems import BrokenTest
from ringback.engine.protocols import Behaviour, FeedFile, FeedProblem
from ringback.synthetic_partners.cadence import Cadence
from ringback.synthetic_partners.sequences import PartnerMemory
from ringback.synthetic_partners.web.messages import WebCall, WebReply, WebRequest

Values = Mapping[str, str]
INSTRUCTION = "instruction"  # what a partner receives that a journey tells to do something unasked


@dataclass(frozen=True, slots=True)
class Request:
    """Something the partner was asked: `facts` are what `where` may name; `key` is the same whenever it is asked.

    `header` is that of the file it came in, where an answer repeats it.
    """

    receives: str
    key: str
    facts: Mapping[str, tuple[str, ...]]
    records: tuple[Values, ...]
    header: Values = field(default_factory=dict)


Told = Callable[[Request], Behaviour | None]  # what a journey says of a request, if one does


@dataclass(frozen=True, slots=True)
class Moment:
    """When and for whom an answer is written. `notes` live as long as the answers to one request."""

    now: datetime
    request: Request
    notes: dict[str, str]


@dataclass(frozen=True, slots=True)
class AnswerStep:
    """One file record (or X12 set) of an answer, written `after_s` x pace after the step before it.

    Args:
        layout: of the file.
        after_s: seconds at the usual pace.
        write: gives the records.
        header: a file of its own with exactly this header, also without records: a return file named after ours.
        not_before: by the environment's clock: a return after two banking days, a visit in its window.
    """

    layout: str
    after_s: float
    write: Callable[[Moment], Sequence[Values]]
    header: Values | None = None
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class CallStep:
    """HTTP call-backs of an answer, `after_s` x pace after the step before it."""

    after_s: float
    write: Callable[[Moment], Sequence[WebCall]]


Step = AnswerStep | CallStep


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One file that nobody asked for: its layout and its records; none make a legal empty file."""

    layout: str
    records: tuple[Values, ...]
    anomaly: object = None  # what goes wrong with it, as `asked` takes it


@dataclass(frozen=True, slots=True)
class PartnerSettings:
    """What the environment says of a partner."""

    name: str
    spid: str
    seed: int
    options: Mapping[str, object] = field(default_factory=dict)

    def option(self, name: str, default: str) -> str:
        """A text option."""
        return str(self.options.get(name, default))


class PartnerKind(Protocol):
    """A kind of partner: number portability, credit bureau, device logistics, or a carrier's own."""

    receives: str
    takes: Mapping[str, str]  # the feed's name at the start of a file name -> its layout
    answers: Mapping[str, frozenset[str]]  # answer -> the options it understands
    sender: str
    receiver: str

    def requests(self, layout: str, file: FeedFile) -> Sequence[Request]:
        """The requests of a file without its bad records."""
        ...

    def objections(self, layout: str, file: FeedFile, memory: PartnerMemory) -> Sequence[FeedProblem]:
        """What the layout alone cannot know: a provider's own rules, older versions."""
        ...

    def plan(self, request: Request, name: str, options: Mapping[str, object], memory: PartnerMemory) -> Sequence[Step]:
        """The steps of an answer."""
        ...

    def mixture(self, request: Request) -> object:
        """What to do when nobody said what: the usual mixture of the trade, by seed and request."""
        ...

    def header(self, layout: str, now: datetime, number: int, records: Sequence[Values]) -> Values:
        """The header of an outgoing file."""
        ...


class TakesInstructions(Protocol):
    """A kind that does something unasked when a journey says so, with `receives: instruction`.

    The instruction is a Request without records whose facts are what the journey's `where` says.
    """

    instructions: Mapping[str, frozenset[str]]  # what it can be told to do -> the options it understands


class Settles(Protocol):
    """A kind with rules of its own for requests that no journey speaks for, whatever the mode."""

    def settled(self, request: Request, told: Told, memory: PartnerMemory) -> object | None:
        """What to do, as a journey's `do` says it; None to wait. `told` is what a journey says of a part of it."""
        ...


class SendsUnasked(Protocol):
    """A kind that also sends files of its own accord, when the partners answer as the trade does."""

    cadences: Mapping[str, Cadence]  # layout -> when its files are due

    def unsolicited(self, layout: str, due: datetime, memory: PartnerMemory) -> Sequence[Outgoing]:
        """The files of one due time; each is written with the header of that time. () when there is nothing."""
        ...


class Listens(Protocol):
    """A kind that the operator speaks to over HTTP, at the option `listen`."""

    def heard(self, request: WebRequest, desk: FrontDesk) -> WebReply:
        """The answer to a request, given at once; what follows later is a Request handed to the desk."""
        ...


class FrontDesk(Protocol):
    """What a listening kind may ask of the actor it belongs to."""

    memory: PartnerMemory

    def told(self, request: Request) -> Behaviour | None:
        """What a journey says about a request; the usual mixture when nobody did and the mode is such."""
        ...

    def take(self, request: Request) -> None:
        """Have a request answered: at once, or as soon as a journey speaks for it."""
        ...


def receipts(kind: PartnerKind) -> Mapping[str, Mapping[str, frozenset[str]]]:
    """What journeys may say a kind `receives`, and for each the answers with their options."""
    instructions: Mapping[str, frozenset[str]] = getattr(kind, "instructions", {})
    others: Sequence[str] = getattr(kind, "receives_also", ())
    found = dict.fromkeys((kind.receives, *others), kind.answers)
    return {**found, INSTRUCTION: instructions} if instructions else found


def named_answers(do: object) -> tuple[tuple[str, Mapping[str, object]], ...]:
    """What `do` says as pairs of name and options: a name, {name: options}, or a list of them."""
    if isinstance(do, str):
        return ((do, {}),)
    if isinstance(do, Mapping):
        return tuple((str(name), options if isinstance(options, Mapping) else {}) for name, options in do.items())
    if isinstance(do, Sequence):
        return tuple(pair for one in do for pair in named_answers(one))
    return ((str(do), {}),)


def check_answers(partner: str, answers: Mapping[str, frozenset[str]], do: object) -> None:
    """BrokenTest when `do` names an answer or an option that is not among a partner's answers."""
    for name, options in named_answers(do):
        if name not in answers:
            raise BrokenTest(f"{partner}: no answer is called {name!r}", _near(name, answers))
        for option in options:
            if option not in answers[name]:
                raise BrokenTest(f"{partner}: {name} has no option {option!r}", _near(option, answers[name]))


def _near(word: str, known: Mapping[str, object] | frozenset[str]) -> str:
    close = get_close_matches(word, list(known), 1)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(sorted(known)) or 'none'}"


def chance(seed: int, *parts: str) -> int:
    """A number that depends on the seed and the parts alone: the same in every process."""
    return int.from_bytes(hashlib.sha256("\x1f".join((str(seed), *parts)).encode()).digest()[:8], "big")


def digits_of(count: int, seed: int, *parts: str) -> str:
    """`count` digits of `chance`."""
    return f"{chance(seed, *parts) % 10**count:0{count}d}"


def stamp(moment: datetime) -> str:
    """YYYYMMDDHHMMSS."""
    return moment.strftime("%Y%m%d%H%M%S")
