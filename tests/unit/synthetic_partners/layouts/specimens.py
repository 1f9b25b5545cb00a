"""Valid files taken apart, so that one thing in them can be made wrong: the parts of each family, and edits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from ringback.engine.protocols import FeedFile
from ringback.synthetic_partners import fixed
from ringback.synthetic_partners.batched import BatchedLayout
from ringback.synthetic_partners.batched_totals import Scope, expected
from ringback.synthetic_partners.fields import FieldSpec
from ringback.synthetic_partners.generate import GeneratedFile, generate_file
from ringback.synthetic_partners.layout import FeedLayout
from ringback.synthetic_partners.layouts import built_in_layouts
from ringback.synthetic_partners.records import RecordLayout
from ringback.synthetic_partners.sectioned import SectionedLayout
from ringback.synthetic_partners.text import TERMINATORS
from ringback.synthetic_partners.totals import computed_value
from ringback.synthetic_partners.x12 import X12Layout

Changes = Mapping[tuple[str, int], Mapping[str, str]]
_FROM_ALL = frozenset(["sum", "hash", "earliest", "latest", "count"])


@dataclass(frozen=True, slots=True)
class Part:
    """A line of a file (or a group of keys): its fields, and the code of what is wrong in it ("": each its own)."""

    name: str
    place: int
    fields: tuple[FieldSpec, ...]
    line: int
    fatal: str = ""


@dataclass(slots=True)
class Specimen:
    """A valid file of a layout."""

    layout: FeedLayout
    file: GeneratedFile
    decoded: FeedFile
    texts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.texts = self.file.content.decode(self.encoding).split(self.mark)[:-1]

    @property
    def mark(self) -> str:
        """What ends a line; in X12 the segments' mark and a line feed."""
        return "~\n" if isinstance(self.layout, X12Layout) else TERMINATORS[self.layout.terminator]

    @property
    def encoding(self) -> str:
        """ASCII or UTF-8."""
        return getattr(self.layout, "encoding", "ascii")

    @property
    def padded(self) -> bool:
        """Whether fields stand in columns."""
        return self.layout.family in ("fixed", "batched")

    def joined(self, texts: Sequence[str], *, errors: bool = False) -> bytes:
        """Lines as a file; with `errors`, low surrogates are the bytes that no encoding has."""
        whole = "".join(text + self.mark for text in texts)
        return whole.encode(self.encoding, "surrogateescape" if errors else "strict")

    def parts(self) -> Iterator[Part]:
        """The header, the first record and the trailer, as the family has them."""
        raise NotImplementedError

    def value(self, part: Part, name: str) -> str:
        """What a field holds."""
        raise NotImplementedError

    def edited(self, changes: Changes) -> bytes:
        """The file with other texts in fields: {(part, place): {field: text}}; sums over records follow."""
        raise NotImplementedError


class LinesSpecimen(Specimen):
    """Delimited, fixed, CSV, JSON lines."""

    def _layout(self) -> RecordLayout:
        assert isinstance(self.layout, RecordLayout)
        return self.layout

    def parts(self) -> Iterator[Part]:
        """Header, records, trailer."""
        layout = self._layout()
        if layout.header:
            yield Part("header", 0, layout.header, 1, "G002")
        for place in range(len(self.decoded.records)):
            yield Part("record", place, layout.record, self._first() + place)
        if layout.trailer:
            yield Part("trailer", 0, layout.trailer, len(self.texts), "G003")

    def _first(self) -> int:
        layout = self._layout()
        return 1 + bool(layout.header) + bool(layout.titles)

    def value(self, part: Part, name: str) -> str:
        """What a field holds."""
        whole = {"header": self.decoded.header, "trailer": self.decoded.trailer}
        values = whole.get(part.name) or self.decoded.records[part.place]
        return values.get(name.replace(".*", ".0"), "")

    def edited(self, changes: Changes) -> bytes:
        """Rewrite the lines that change, and the trailer's totals."""
        layout, texts = self._layout(), list(self.texts)
        records = [
            {**record, **named(changes.get(("record", place), {}))} for place, record in enumerate(self.decoded.records)
        ]
        header = {**self.decoded.header, **changes.get(("header", 0), {})}
        if layout.header:
            texts[0] = layout.write(header, layout.header)
        for place, record in enumerate(records):
            if ("record", place) in changes:
                texts[self._first() - 1 + place] = layout.write(record, layout.record)
        if layout.trailer:
            trailer = dict(self.decoded.trailer)
            for spec in layout.trailer:
                if spec.computed and spec.computed.what in _FROM_ALL and changes:
                    text = computed_value(spec.computed, header, records, 0)
                    trailer[spec.name] = text.zfill(spec.kind.least) if spec.kind.numeric else text
            texts[-1] = layout.write({**trailer, **changes.get(("trailer", 0), {})}, layout.trailer)
        return self.joined(texts)


def named(changes: Mapping[str, str]) -> dict[str, str]:
    """Changes of a record; `.*` is the first element of a list."""
    return {name.replace(".*", ".0"): text for name, text in changes.items()}


class BatchedSpecimen(Specimen):
    """Lines of several types, known by their first character."""

    def _layout(self) -> BatchedLayout:
        assert isinstance(self.layout, BatchedLayout)
        return self.layout

    def _kinds(self) -> list[tuple[str, tuple[FieldSpec, ...], str]]:
        """Of each line: the name of its part, its fields, its fatal code."""
        layout = self._layout()
        known = {
            "1": ("header", layout.header, "G002"),
            "5": ("batch", layout.batch, "G002"),
            "6": ("record", layout.entry, ""),
            "8": ("batch_trailer", layout.batch_trailer, "G003"),
            "9": ("trailer", layout.trailer, "G003"),
        }
        return [
            (f"addenda {text[1:3]}", layout.addenda_of(text[1:3]), "") if text[0] == "7" else known[text[0]]
            for text in self.texts
            if text != layout.padding
        ]

    def parts(self) -> Iterator[Part]:
        """Every line; the parts of one kind are numbered."""
        seen: dict[str, int] = {}
        for number, (name, fields, fatal) in enumerate(self._kinds(), 1):
            kind = name.partition(" ")[0]
            yield Part(name, seen.get(kind, 0), fields, number, fatal)
            seen[kind] = seen.get(kind, 0) + 1

    def value(self, part: Part, name: str) -> str:
        """What a field holds."""
        return _cut(self.texts[part.line - 1], part.fields)[name]

    def edited(self, changes: Changes) -> bytes:
        """Rewrite lines; changes of a record reach its entry, its addenda and its batch."""
        layout, texts = self._layout(), list(self.texts)
        whole = Scope(layout.length, block=layout.block)
        batch = Scope(layout.length)
        kinds = [name for name, _, _ in self._kinds()]
        for part in self.parts():
            values = {**_cut(texts[part.line - 1], part.fields), **self._changes(part, changes)}
            if part.name == "batch":
                batch = Scope(layout.length, batch=values)
                whole.batches += 1
            elif part.name == "record":
                after = kinds[part.line] if part.line < len(kinds) else ""
                batch.addenda = whole.addenda = after.startswith("addenda")
                batch.take(values)
                whole.take(values)
            elif part.name in ("batch_trailer", "trailer"):
                whole.lines = part.line
                scope = batch if part.name == "batch_trailer" else whole
                totals = {spec.name: _total(spec, scope) for spec in part.fields if _follows(spec)}
                values = {**values, **totals, **self._changes(part, changes)}
            texts[part.line - 1] = fixed.write(values, part.fields)
        return self.joined(texts)

    def _changes(self, part: Part, changes: Changes) -> dict[str, str]:
        asked = dict(changes.get((part.name, part.place), {}))
        if part.name.startswith("addenda") or part.name == "batch":
            place = part.place if part.name != "batch" else 0
            names = {spec.name for spec in part.fields if spec.literal is None}
            said = changes.get(("record", place), {})
            asked.update((name, text) for name, text in said.items() if name in names)
        return asked


def _cut(text: str, fields: Sequence[FieldSpec]) -> dict[str, str]:
    values, start = {}, 0
    for spec in fields:
        raw = text[start : start + spec.width]
        values[spec.name] = raw if spec.literal is not None else raw.rstrip()
        start += spec.width
    return values


def _follows(spec: FieldSpec) -> bool:
    return bool(spec.computed and spec.computed.what in ("sum", "hash"))


def _total(spec: FieldSpec, scope: Scope) -> str:
    return expected(spec, scope).zfill(spec.kind.least)


class SectionedSpecimen(Specimen):
    """Keys under titles, then columns."""

    def _layout(self) -> SectionedLayout:
        assert isinstance(self.layout, SectionedLayout)
        return self.layout

    def parts(self) -> Iterator[Part]:
        """Each key is a part of its own: it has a line of its own."""
        layout = self._layout()
        for spec in layout.header:
            yield Part("header", self._key_line(spec) - 1, (spec,), self._key_line(spec), "G002")
        for place in range(len(self.decoded.records)):
            for spec in layout.record:
                yield Part("record", place, (spec,), self._record_line(place, spec))

    def _key_line(self, spec: FieldSpec) -> int:
        start = next(at for at, text in enumerate(self.texts) if text.startswith("*INPUT"))
        inside = range(start) if spec in self._layout().keys else range(start, len(self.texts))
        return next(at for at in inside if self.texts[at].startswith(f"{spec.label} :")) + 1

    def _record_line(self, place: int, spec: FieldSpec) -> int:
        if self._layout().has_columns:
            return len(self.texts) - len(self.decoded.records) + place + 1
        lines = [at for at, text in enumerate(self.texts) if text.startswith(f"{spec.label} :")]
        return lines[place] + 1

    def value(self, part: Part, name: str) -> str:
        """What a field holds."""
        values = self.decoded.header if part.name == "header" else self.decoded.records[part.place]
        return values[name]

    def edited(self, changes: Changes) -> bytes:
        """Rewrite keys and lines."""
        texts = list(self.texts)
        for (name, place), said in changes.items():
            if name == "header":
                for text in said.values():
                    texts[place] = f"{texts[place].partition(':')[0]}: {text}".rstrip()
            else:
                self._edit_record(texts, place, said)
        return self.joined(texts)

    def _edit_record(self, texts: list[str], place: int, said: Mapping[str, str]) -> None:
        layout = self._layout()
        record = {**self.decoded.records[place], **said}
        for spec in layout.record:
            at = self._record_line(place, spec) - 1
            if layout.has_columns:
                texts[at] = " ".join(record[one.name] for one in layout.record)
            else:
                texts[at] = f"{spec.label} : {record[spec.name]}".rstrip()


@cache
def specimen(layout_name: str, seed: int, rows: int = 3) -> Specimen:
    """A valid file of a built-in layout."""
    return specimen_of(built_in_layouts()[layout_name], seed, rows)


def specimen_of(layout: FeedLayout, seed: int, rows: int = 3) -> Specimen:
    """A valid file of any layout."""
    kind = {"batched": BatchedSpecimen, "sectioned": SectionedSpecimen}.get(layout.family, LinesSpecimen)
    made = generate_file(layout, rows=rows, seed=seed)
    decoded = layout.decode(made.content, made.name)
    assert decoded.problems == (), (layout.name, decoded.problems)
    return kind(layout, made, decoded)
