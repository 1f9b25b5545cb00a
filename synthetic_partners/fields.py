"""One field of a record: how wide, of what kind, when it must be there; and whether a text is a good value for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from ringback.synthetic_partners.identifiers import FORMS, Flaw

EMPTY, FORMAT, UNKNOWN_CODE, IMPOSSIBLE_TIME = "R101", "R102", "R104", "R109"

TIMES: Mapping[str, str] = {"ts14": "%Y%m%d%H%M%S", "d8": "%Y%m%d", "d6": "%y%m%d", "t4": "%H%M"}
OFFSET_TIMES = frozenset(["ts19", "iso"])  # these say their offset from UTC
_WIDTHS = {"ts14": 14, "d8": 8, "d6": 6, "t4": 4}
_ROOM = {"dec": (1, 17), "ts19": (19, 19), "iso": (17, 32)}
_TYPE = re.compile(r"(a|an|n|u)(\d+)(?:-(\d+))?")
_ALPHABETS = {
    "n": (re.compile(r"[0-9]*"), "digits"),
    "a": (re.compile(r"[A-Za-z]*"), "letters"),
    "an": (re.compile(r"[\x20-\x7e]*"), "printable ASCII"),
    "u": (re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]*"), "printable text of one line"),
    "dec": (re.compile(r"-?[0-9]+(\.[0-9]+)?"), "a decimal number"),
    "ts19": (re.compile(r"[0-9]{14}[+-][0-9]{4}"), "a time of 14 digits and its offset, e.g. 20260115120000+0000"),
    "iso": (
        re.compile(
            r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:?[0-9]{2})"
        ),
        "a time of ISO 8601 with its offset, e.g. 2026-01-15T12:00:00Z",
    ),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """A field's type: n6 six digits (zero-filled), n1-10 up to ten, a1 letters, an16 or u16 up to 16 characters, d8."""

    text: str
    alphabet: str
    least: int
    most: int

    @property
    def numeric(self) -> bool:
        """Whether short values are filled with zeros on the left."""
        return self.alphabet == "n"


def parse_kind(text: str) -> Kind | None:
    """The kind that a type's name says, or None."""
    if text in TIMES:
        return Kind(text, "n", _WIDTHS[text], _WIDTHS[text])
    if text in _ROOM:
        return Kind(text, text, *_ROOM[text])
    found = _TYPE.fullmatch(text)
    if not found:
        return None
    alphabet, first, second = found.group(1), int(found.group(2)), found.group(3)
    if second:
        return Kind(text, alphabet, first, int(second))
    return Kind(text, alphabet, 1 if alphabet in ("an", "u") else first, first)


@dataclass(frozen=True, slots=True)
class When:
    """A condition on another field of the same record: it holds one of these values."""

    field: str
    values: tuple[str, ...]

    def holds(self, record: Mapping[str, str]) -> bool:
        """Whether the record meets the condition."""
        return record.get(self.field, "") in self.values


@dataclass(frozen=True, slots=True)
class Computed:
    """A value that follows from the others: `count`, `sum: tn`, `hash: id_last4`, `header: sequence`, `line`.

    `also` are further fields: those that are added up, too, or the offset of a time (`earliest`, `latest`).
    `only` tells which records count.
    """

    what: str
    of: str = ""
    also: tuple[str, ...] = ()
    only: When | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of a record that the value follows from."""
        return (self.of, *self.also) if self.of else ()


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field as its layout declares it. `width` is its room in a fixed record (0 elsewhere)."""

    name: str
    kind: Kind
    required: bool = False
    required_when: When | None = None
    required_unless: When | None = None
    literal: str | None = None
    codes: tuple[str, ...] = ()
    form: str = ""
    pattern: str = ""
    computed: Computed | None = None
    wrong: str = ""  # the code to report instead, e.g. G018 for a version we do not speak
    secret: bool = False  # the value appears in no message
    personal: bool = False  # of a person: what learns from files never stores the value
    json: str = "text"  # json-lines: text, number or boolean
    says: str = ""  # what it is, for people
    meanings: tuple[str, ...] = ()  # of the codes, in their order; none when the layout only lists them
    label: str = ""  # sectioned: what the file calls it
    sample: str = ""  # what the generator fills in
    weights: tuple[tuple[str, int], ...] = ()  # or one of these values, as often as its number says
    width: int = 0

    def needed(self, record: Mapping[str, str]) -> bool:
        """Whether this record must have a value here."""
        if self.required_when:
            return self.required_when.holds(record)
        if self.required_unless:
            return not self.required_unless.holds(record)
        return self.required

    def flaw(self, text: str) -> Flaw | None:
        """What is wrong with a value that is there; at most one thing, the most basic first."""
        found = self._flaw(text)
        return Flaw(self.wrong, found.message) if found and self.wrong else found

    def shown(self, text: str) -> str:
        """The value as a message may show it."""
        return "the value" if self.secret else f"{text[:40]!r}"

    def _flaw(self, text: str) -> Flaw | None:
        if self.literal is not None:
            return None if text == self.literal else Flaw(FORMAT, f"{self.shown(text)} is not {self.literal!r}")
        if self.codes:
            return self._code_flaw(text)
        return self._shape_flaw(text) or self._time_flaw(text) or self._form_flaw(text)

    def _code_flaw(self, text: str) -> Flaw | None:
        if text in self.codes:
            return None
        return Flaw(UNKNOWN_CODE, f"{self.shown(text)} is none of {', '.join(self.codes)}")

    def _shape_flaw(self, text: str) -> Flaw | None:
        alphabet, said = _ALPHABETS[self.kind.alphabet]
        if not alphabet.fullmatch(text):
            return Flaw(FORMAT, f"{self.shown(text)} is not {said}")
        if not self.kind.least <= len(text) <= self.kind.most:
            room = str(self.kind.most) if self.kind.least == self.kind.most else f"{self.kind.least}-{self.kind.most}"
            return Flaw(FORMAT, f"{self.shown(text)} has {len(text)} characters, not {room}")
        if self.pattern and not re.fullmatch(self.pattern, text):
            return Flaw(FORMAT, f"{self.shown(text)} does not match {self.pattern}")
        return None

    def _time_flaw(self, text: str) -> Flaw | None:
        if self.kind.text not in TIMES and self.kind.text not in OFFSET_TIMES:
            return None
        return None if read_time(text, self.kind.text) else Flaw(IMPOSSIBLE_TIME, f"{self.shown(text)} is no real time")

    def _form_flaw(self, text: str) -> Flaw | None:
        found = FORMS[self.form](text) if self.form else None
        return Flaw(found.code, f"{self.shown(text)} {found.message}") if found else None


def is_number(text: str) -> bool:
    """Whether a text is ASCII digits alone (str.isdigit also takes superscripts, which int() refuses)."""
    return text.isascii() and text.isdigit()


def read_time(text: str, kind: str) -> datetime | None:
    """A time of a file (naive UTC), or None when the calendar has no such time."""
    if kind in OFFSET_TIMES:
        return _read_offset_time(text)
    if len(text) != _WIDTHS[kind] or not is_number(text):
        return None
    try:
        return datetime.strptime(text, TIMES[kind])  # noqa: DTZ007 - files say UTC without saying so
    except ValueError:
        return None


def _read_offset_time(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if "T" in text else datetime.strptime(text, "%Y%m%d%H%M%S%z")
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else None
    except (ValueError, OverflowError):  # the offset of the first or last day of the calendar
        return None


def time_of(text: str) -> datetime | None:
    """A time in whichever way of writing (naive UTC): 14 digits, 8 digits, 14 digits and offset, ISO 8601."""
    if "T" in text:
        return read_time(text, "iso")
    kind = {14: "ts14", 8: "d8", 19: "ts19"}.get(len(text))
    return read_time(text, kind) if kind else None
