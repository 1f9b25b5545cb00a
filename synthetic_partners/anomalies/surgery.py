"""Where a value stands in the bytes of a file of any family: found by changing it and decoding the file again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ringback.engine.problems import UsageError
from ringback.engine.protocols import FeedFile
from ringback.synthetic_partners.generate import GeneratedFile
from ringback.synthetic_partners.layout import FeedLayout

MOST_PLACES = 400  # of one text in one file: a value that stands more often is not looked for further
_FIXED = ("fixed", "batched")  # families whose columns must not move


@dataclass(frozen=True, slots=True)
class Field:
    """A field of one part of a file: `header`, `trailer`, or the record of a place (from 0)."""

    name: str
    part: str = "record"
    place: int = 0


@dataclass(frozen=True, slots=True)
class Patient:
    """A good file, decoded, and its layout."""

    made: GeneratedFile
    layout: FeedLayout
    file: FeedFile

    @property
    def records(self) -> list[dict[str, str]]:
        """The records, to be changed and encoded again."""
        return [dict(record) for record in self.file.records]

    @property
    def head(self) -> dict[str, str]:
        """What name and header say, the header's word where they differ."""
        return {**(self.layout.names.read(self.made.name) or {}), **self.file.header}

    def encoded(
        self, records: list[dict[str, str]], header: Mapping[str, str] | None = None, name: str = ""
    ) -> GeneratedFile:
        """A file of other records or another header, its totals computed anew."""
        head = dict(self.file.header) if header is None else dict(header)
        return GeneratedFile(name or self.made.name, self.layout.encode(head, records))

    def named(self, header: Mapping[str, str], records: list[dict[str, str]] | None = None) -> GeneratedFile:
        """A file of another header under the name that its values make by convention."""
        name = self.layout.file_name({**self.head, **header})
        return self.encoded(self.records if records is None else records, header, name)

    @property
    def encoding(self) -> str:
        """How texts become bytes: UTF-8 where the feed is, one byte a character elsewhere."""
        return "utf-8" if getattr(self.layout, "encoding", "ascii") == "utf-8" else "latin-1"

    def codes(self, content: bytes) -> frozenset[str]:
        """The codes of the problems of some content under this file's name."""
        return frozenset(problem.code for problem in self.layout.decode(content, self.made.name).problems)

    def value(self, field: Field) -> str:
        """What a field holds now."""
        return _values(self.file, field).get(field.name, "")

    def with_text(self, field: Field, text: bytes) -> bytes | None:
        """The file with other bytes in a field, nothing computed anew; None when the field cannot be found."""
        old = self.value(field).encode(self.encoding, "replace")
        start = self._place(field, old)
        if start is None:
            return None
        content, end = self.made.content, start + len(old)
        if self.layout.family in _FIXED:
            text = text.ljust(len(old))
            room = content[end : end + len(text) - len(old)]
            end += len(room) - len(room.lstrip(b" "))  # a longer text takes the padding behind it
        return content[:start] + text + content[end:]

    def _place(self, field: Field, old: bytes) -> int | None:
        """Where the value starts: the place where a probe of the same length is read back as this field."""
        if not old:
            return None
        probe = bytes(map(_other, old))
        said = probe.decode(self.encoding, "replace")
        content = self.made.content
        for start in _places(content, old):
            changed = self.layout.decode(content[:start] + probe + content[start + len(old) :], self.made.name)
            if _values(changed, field).get(field.name) == said and self._only(changed, field):
                return start
        return None

    def _only(self, changed: FeedFile, field: Field) -> bool:
        """Whether the record has changed in this field alone."""
        before, after = _values(self.file, field), _values(changed, field)
        return all(after.get(name) == text for name, text in before.items() if name != field.name)


def patient(made: GeneratedFile, layout: FeedLayout, *, whole: bool = False) -> Patient:
    """A file, decoded; UsageError when it has problems already (`whole`: when the file as a whole has)."""
    file = layout.decode(made.content, made.name)
    wrong = [problem for problem in file.problems if not whole or problem.code.startswith("G")]
    if wrong:
        first = wrong[0]
        said = f"{made.name}:{first.line}:{first.column}: {first.code} {first.message}"
        raise UsageError(f"only a good file can be given an anomaly: {said}", "mend the file first")
    return Patient(made, layout, file)


def unfit(layout: FeedLayout, needs: str) -> UsageError:
    """The error for a layout that an anomaly does not fit."""
    return UsageError(f"the layout {layout.name} ({layout.family}) has not: {needs}", "choose an anomaly that fits it")


def _values(file: FeedFile, field: Field) -> Mapping[str, str]:
    if field.part == "header":
        return file.header
    if field.part == "trailer":
        return file.trailer
    return file.records[field.place] if field.place < len(file.records) else {}


def _places(content: bytes, text: bytes) -> Iterator[int]:
    start = -1
    for _ in range(MOST_PLACES):
        start = content.find(text, start + 1)
        if start < 0:
            return
        yield start


def _other(byte: int) -> int:
    """Another byte of the same kind: a digit for a digit, a letter for a letter; never a leading zero."""
    if 0x30 <= byte <= 0x39:
        return byte + 1 if byte < 0x39 else 0x38
    if 0x41 <= byte <= 0x5A:
        return byte + 1 if byte < 0x5A else 0x59
    if 0x61 <= byte <= 0x7A:
        return byte + 1 if byte < 0x7A else 0x79
    return byte
