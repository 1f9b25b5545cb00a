"""Which keys a file may have at each level, of which type, with one line on each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

KeyType = Literal[
    "text",
    "name",
    "texts",
    "integer",
    "number",
    "share",
    "boolean",
    "duration",
    "date",
    "mapping",
    "list",
    "value",
    "gate",
    "steps",
    "undo",
    "conditions",
    "expectations",
    "outputs",
    "inputs",
    "matrix",
    "pick",
    "partners",
    "types",
    "templates",
    "clock",
]


@dataclass(frozen=True, slots=True)
class Key:
    """A key, what it may hold, and what it means."""

    name: str
    type: KeyType
    says: str
    required: bool = False
    choices: tuple[str, ...] = field(default=())


Level = Mapping[str, Key]


def _level(*keys: Key) -> Level:
    return {key.name: key for key in keys}


JOURNEY = _level(
    Key(
        "journey",
        "name",
        "The journey's id: small letters, digits and hyphens; history and reports are kept under it",
        required=True,
    ),
    Key("summary", "text", "What the customer or the carrier gets, in one line", required=True),
    Key("owner", "text", "The queue in operations/ownership.yaml that owns the journey"),
    Key("rank", "integer", "The journey's place among the top journeys, 1 first"),
    Key("weight", "share", "The journey's share of production orders, 0 to 1"),
    Key("gate", "gate", "blocking, advisory, or {quarantined: {ticket: .., ends: ..}}"),
    Key("covers", "texts", "Ids of the requirements and rules that the journey proves"),
    Key("tags", "texts", "Words to select journeys by"),
    Key("budget", "duration", "The longest the whole journey may take"),
    Key("inputs", "inputs", "The data of the journey: values, leases, secrets, times, files"),
    Key("matrix", "matrix", "Axes whose combinations become variants; every axis has to be used"),
    Key("partners", "partners", "How the outside world behaves in this journey"),
    Key("steps", "steps", "What happens, in order", required=True),
    Key("finally", "steps", "Steps that are carried out in any case, at the end"),
)

MATRIX = _level(
    Key("pick", "pick", "all, pairwise, or a number of axes whose combinations all occur: 3-way"),
    Key("exclude", "list", "Combinations that are left out: [{donor: north-tel, device: PHX-256}]"),
    Key("include", "list", "Whole combinations that are always there"),
)

GATE = _level(Key("quarantined", "mapping", "The journey runs but does not block, until the date", required=True))

QUARANTINE = _level(
    Key("ticket", "text", "The ticket under which the mend is promised", required=True),
    Key("ends", "date", "The day from which the journey blocks again", required=True),
)

PARTNER = _level(
    Key("partner", "text", "The partner, as the environment file names it", required=True),
    Key("receives", "text", "The request that is answered: port_request, inquiry, purchase_order, ...", required=True),
    Key("where", "mapping", "Which requests are meant, by the journey's own data", required=True),
    Key("do", "value", "The answer by its name, with its options, or a list of answers", required=True),
    Key("from", "value", "On whose behalf the partner answers: the donor of a port"),
    Key("options", "mapping", "More options of the behaviour"),
    Key("anomaly", "value", "What goes wrong with the answer: A17, or {A06: {n: 2}}"),
)

STEP = _level(
    Key("id", "name", "The step's name in expressions: $id.output"),
    Key("name", "text", "What happens, in the words of the business"),
    Key("handoff", "text", "The hand-over between teams or systems that the step belongs to"),
    Key("owner", "text", "The queue that owns the step, where it is not the journey's"),
    Key("system", "text", "The system that the step judges, where it is not the one it talks to"),
    Key("when", "conditions", "The step is skipped unless this holds: {$matrix.answer: confirm}"),
    Key("expect", "expectations", "What has to be true, by path"),
    Key("until", "expectations", "Look again until this is true; needs `within`"),
    Key("fail_if", "expectations", "Stop waiting and fail at once when this is true"),
    Key("within", "duration", "How long the step may look again"),
    Key("every", "duration", "How often it looks again, where the driver's own pace does not suit"),
    Key("outputs", "outputs", "Names for values of the evidence: {id: body.0.id}; an absent one is an error"),
    Key("undo", "undo", "What takes the step back when the journey does not pass; last in, first out"),
    Key("budget", "duration", "The longest the step may take"),
)

STRUCTURE = _level(
    Key("use", "text", "A *.steps.yaml, from the project's root, without its ending"),
    Key("with", "templates", "What the used steps need"),
    Key("parallel", "steps", "Steps carried out at the same time"),
    Key("for_each", "value", "A list; `steps` are carried out for each element, which is $each"),
    Key("steps", "steps", "The steps of a for_each or a group"),
    Key("clock", "clock", "{advance: 4h}: moves the environment's shared clock"),
)

# The structural key that makes the step what it is, and the keys that may stand beside it.
STRUCTURES: Mapping[str, tuple[str, ...]] = {
    "use": ("with",),
    "parallel": (),
    "for_each": ("steps",),
    "clock": (),
    "steps": (),
}

CLOCK = _level(Key("advance", "value", "How far the clock moves: 4h, 30d", required=True))

STEPS_FILE = _level(
    Key("steps", "name", "The name of the reusable steps", required=True),
    Key("summary", "text", "What they do, in one line"),
    Key("needs", "types", "What a caller gives under `with`, each with its type"),
    Key("gives", "types", "Which outputs the caller gets, each with its type"),
    Key("do", "steps", "The steps", required=True),
)

NEED = _level(
    Key("type", "text", "The type of the value", required=True),
    Key("default", "value", "The value when the caller gives none"),
)

TYPES: Mapping[str, str] = {
    "text": "a text",
    "secret": "a text that appears in no output",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "money": "an amount with a currency",
    "time": "a time with a zone",
    "list": "a list",
    "mapping": "a mapping",
    "any": "anything",
}

INPUT_KINDS: Mapping[str, str] = {
    "lease": "Test data that no other journey holds at the same time; given back at the end",
    "secret": "A secret of the environment; masked wherever it would appear",
    "fake": "Made-up data of a kind: name, address, email, ...",
}

ENVIRONMENT = _level(
    Key("environment", "name", "The environment's name", required=True),
    Key(
        "clock", "text", "shared: journeys may move the one clock; real: it cannot be moved", choices=("shared", "real")
    ),
    Key("systems", "mapping", "The systems, each with its interfaces: api, ui, db, sftp", required=True),
    Key("partners", "mapping", "The synthetic partners and their behaviour"),
    Key("leases", "mapping", "Where leased test data comes from"),
    Key("facts", "mapping", "Values that journeys may ask for: $env.name"),
    Key("ledgers", "mapping", "Where `history` and `events` read what happened"),
    Key("secrets", "mapping", "Secrets of a throw-away environment; a real environment file holds none"),
)
