"""What goes wrong with feeds in production, as data: anomalies to put into valid files of any layout they fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from ringback.engine.problems import UsageError
from ringback.synthetic_partners.fields import FieldSpec, is_number, time_of
from ringback.synthetic_partners.generate import GeneratedFile
from ringback.synthetic_partners.layout import FeedLayout
from ringback.synthetic_partners.records import RecordLayout
from ringback.synthetic_partners.text import TERMINATORS
from ringback.synthetic_partners.x12 import X12Layout


@dataclass(slots=True)
class Draft:
    """A file of lines taken apart, to be changed and written again as it stands: nothing is computed anew."""

    layout: RecordLayout
    name: str
    header: dict[str, str]
    records: list[dict[str, str]]
    trailer: dict[str, str]
    extra: str = ""  # appended to each record line
    lines: list[str] = field(default_factory=list)

    def written(self) -> GeneratedFile:
        """The file's bytes."""
        layout = self.layout
        lines = [layout.write(self.header, layout.header)] if layout.header else []
        lines += [layout.write(record, layout.record) + self.extra for record in self.records]
        if layout.trailer:
            lines.append(layout.write(self.trailer, layout.trailer))
        mark = TERMINATORS[layout.terminator]
        return GeneratedFile(self.name, "".join(line + mark for line in lines).encode("latin-1"))

    def find(self, fits: Callable[[FieldSpec], bool], what: str) -> FieldSpec:
        """The first field of a record that fits and has a value."""
        for spec in self.layout.record:
            if fits(spec) and self.records and self.records[0].get(spec.name):
                return spec
        raise UsageError(f"the layout {self.layout.name} has no {what}", "choose an anomaly that fits the layout")


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One anomaly; `codes` are what a correct receiver reports (empty: the file alone is valid)."""

    id: str
    says: str
    codes: tuple[str, ...]
    change: Callable[[Draft], None] | None = None
    change_bytes: Callable[[GeneratedFile, FeedLayout], GeneratedFile] | None = None


def inject(made: GeneratedFile, layout: FeedLayout, anomaly: str) -> GeneratedFile:
    """The file with an anomaly in it; UsageError for an unknown one, or one that does not fit the layout."""
    if anomaly not in ANOMALIES:
        raise UsageError(f"no anomaly is called {anomaly!r}", f"known: {', '.join(ANOMALIES)}")
    found = ANOMALIES[anomaly]
    if found.change_bytes is not None:
        return found.change_bytes(made, layout)
    if isinstance(layout, X12Layout):
        raise UsageError(f"{anomaly} ({found.says}) does not fit {layout.name}", "it is for files of lines")
    file = layout.decode(made.content, made.name)
    draft = Draft(layout, made.name, dict(file.header), [dict(one) for one in file.records], dict(file.trailer))
    if found.change is not None:
        found.change(draft)
    return draft.written()


def _more(text: str) -> str:
    return f"{int(text) + 1:0{len(text)}d}"


def _computed(draft: Draft, *kinds: str) -> FieldSpec:
    for spec in draft.layout.trailer:
        if spec.computed and spec.computed.what in kinds:
            return spec
    raise UsageError(f"the layout {draft.layout.name} has no such total", "choose an anomaly that fits the layout")


def _wrong_count(draft: Draft) -> None:
    name = _computed(draft, "count").name
    draft.trailer[name] = _more(draft.trailer[name])


def _wrong_total(draft: Draft) -> None:
    name = _computed(draft, "sum", "hash").name
    draft.trailer[name] = _more(draft.trailer[name])


def _needs_header(draft: Draft, name: str) -> None:
    if name not in {spec.name for spec in draft.layout.header}:
        raise UsageError(f"the layout {draft.layout.name} has no {name} in a header", "choose an anomaly that fits it")


def _next_sequence(draft: Draft) -> None:
    _needs_header(draft, "sequence")
    number = _more(draft.header["sequence"])
    draft.name = draft.name.replace(draft.header["sequence"], number)
    draft.header["sequence"] = number
    if "sequence" in draft.trailer:
        draft.trailer["sequence"] = number


def _other_content(draft: Draft) -> None:
    spec = draft.find(lambda one: one.kind.text in ("ts14", "d8"), "time")
    for record in draft.records:
        moment = time_of(record[spec.name])
        if moment:
            shape = "%Y%m%d%H%M%S" if spec.kind.text == "ts14" else "%Y%m%d"
            record[spec.name] = (moment + timedelta(seconds=1 if spec.kind.text == "ts14" else 86_400)).strftime(shape)


def _zeros_lost(draft: Draft) -> None:
    summed = {spec.computed.of for spec in draft.layout.trailer if spec.computed}
    first = draft.records[0] if draft.records else {}

    def fits(spec: FieldSpec) -> bool:
        fixed = spec.kind.numeric and spec.kind.least == spec.kind.most and not spec.computed
        return fixed and spec.name not in summed and first.get(spec.name, "").startswith("0") and spec.kind.least > 1

    spec = draft.find(fits, "number that starts with a zero")
    first[spec.name] = first[spec.name][1:]


def _twice(draft: Draft) -> None:
    copy = dict(draft.records[0])
    if is_number(copy.get("line_no", "")):
        copy["line_no"] = f"{len(draft.records) + 1:06d}"
    draft.records.append(copy)
    for spec in draft.layout.trailer:
        if spec.computed and spec.computed.what == "count":
            draft.trailer[spec.name] = _more(draft.trailer[spec.name])
        elif spec.computed and spec.computed.what in ("sum", "hash"):
            digits = "".join(filter(is_number, copy.get(spec.computed.of, ""))) or "0"
            draft.trailer[spec.name] = f"{int(draft.trailer[spec.name]) + int(digits):0{spec.kind.least}d}"


def _unknown_code(draft: Draft) -> None:
    spec = draft.find(lambda one: bool(one.codes), "field with codes")
    unknown = "9876543210" if spec.kind.numeric else "QXYWVKJGUH"
    width = len(draft.records[0][spec.name])
    letters = (letter * width for letter in unknown)
    draft.records[0][spec.name] = next((text for text in letters if text not in spec.codes), "?" * width)


def _column_appended(draft: Draft) -> None:
    draft.extra = "|NEW" if draft.layout.family == "delimited" else "NEW"


def _delimiter_inside(draft: Draft) -> None:
    if draft.layout.family != "delimited" or len(draft.records) < 2:
        raise UsageError(f"{draft.layout.name} needs a delimiter and two records", "generate it with --rows 2")
    texts = [spec for spec in draft.layout.record if spec.kind.alphabet == "an" and not spec.codes and not spec.form]
    given = [spec.name for spec in texts if spec.literal is None and draft.records[0].get(spec.name)]
    if not given:
        raise UsageError(f"the layout {draft.layout.name} has no free text", "choose an anomaly that fits the layout")
    draft.records[0][given[-1]] += "|SONS"


def _impossible_date(draft: Draft) -> None:
    spec = draft.find(lambda one: one.kind.text in ("ts14", "d8"), "time")
    text = draft.records[0][spec.name]
    draft.records[0][spec.name] = f"{text[:4]}0231{text[8:]}"


def _check_digit(draft: Draft) -> None:
    spec = draft.find(lambda one: one.form in ("imei", "iccid", "aba", "eid", "sscc"), "check digit")
    text = draft.records[0][spec.name]
    draft.records[0][spec.name] = text[:-1] + str((int(text[-1]) + 1) % 10)


def _test_mode(draft: Draft) -> None:
    _needs_header(draft, "mode")
    draft.header["mode"] = "T"


def _version(draft: Draft) -> None:
    _needs_header(draft, "version")
    draft.header["version"] = "9900"


def _bytes(change: Callable[[bytes], bytes]) -> Callable[[GeneratedFile, FeedLayout], GeneratedFile]:
    return lambda made, _: GeneratedFile(made.name, change(made.content))


def _renamed(made: GeneratedFile, layout: FeedLayout) -> GeneratedFile:
    """The same bytes under another name of the convention."""
    parts = dict(layout.names.read(made.name) or {})
    number = parts.get("sequence") or parts.get("control")
    if not number:
        raise UsageError(f"names of {layout.name} hold no number", "choose an anomaly that fits the layout")
    return GeneratedFile(made.name.replace(number, _more(number)), made.content)


def _truncated(made: GeneratedFile, layout: FeedLayout) -> GeneratedFile:
    if isinstance(layout, RecordLayout) and not layout.trailer:
        return GeneratedFile(made.name, made.content[:-3])
    mark = b"~" if isinstance(layout, X12Layout) else TERMINATORS[layout.terminator].encode()
    pieces = made.content.rstrip().split(mark)
    keep = [piece for piece in pieces if piece][:-1]
    return GeneratedFile(made.name, b"".join(piece + mark for piece in keep))


def _mixed_ends(made: GeneratedFile, layout: FeedLayout) -> GeneratedFile:
    if isinstance(layout, X12Layout):
        raise UsageError(f"segments of {layout.name} may end with or without a line feed", "choose another anomaly")
    mark = TERMINATORS[layout.terminator].encode()
    return GeneratedFile(made.name, made.content.replace(mark, b"\r\n", 1))


def _foreign_letter(content: bytes) -> bytes:
    at = len(content) // 2
    return content[:at] + "ñ".encode("latin-1") + content[at + 1 :]


_TABLE = (
    Anomaly("A03", "a copy sent again under the same name", (), change_bytes=_bytes(bytes)),
    Anomaly("A04", "a copy sent again under a new name", ("G001",), change_bytes=_renamed),
    Anomaly("A05", "the same sequence number with other content", (), _other_content),
    Anomaly("A06", "a sequence gap", (), _next_sequence),
    Anomaly("A08", "truncated: the trailer is missing", ("G003",), change_bytes=_truncated),
    Anomaly("A09", "the trailer counts wrong", ("G004",), _wrong_count),
    Anomaly("A10", "the control total is wrong", ("G005",), _wrong_total),
    Anomaly("A11", "a file of zero bytes", ("G016",), change_bytes=_bytes(lambda _: b"")),
    Anomaly(
        "A13", "a byte order mark in front", ("G010",), change_bytes=_bytes(lambda content: b"\xef\xbb\xbf" + content)
    ),
    Anomaly("A13-latin", "a letter outside ASCII", ("G010",), change_bytes=_bytes(_foreign_letter)),
    Anomaly("A14", "record terminators mixed", ("G013",), change_bytes=_mixed_ends),
    Anomaly("A15", "the delimiter inside a field", ("R102",), _delimiter_inside),
    Anomaly("A16", "leading zeros lost by a spreadsheet", ("R102",), _zeros_lost),
    Anomaly("A17", "a record twice in one file", ("R106",), _twice),
    Anomaly("A20", "an unknown code value", ("R104",), _unknown_code),
    Anomaly("A21", "a column appended", ("G012", "G011"), _column_appended),
    Anomaly("A22", "an impossible date", ("R109",), _impossible_date),
    Anomaly("A26", "a wrong check digit", ("R103",), _check_digit),
    Anomaly("A33", "a test file sent to live", (), _test_mode),
    Anomaly("G018", "an unsupported version", ("G018",), _version),
)
ANOMALIES: Mapping[str, Anomaly] = {anomaly.id: anomaly for anomaly in _TABLE}
