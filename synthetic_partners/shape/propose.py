"""A layout for a file that nobody has described: its family, its first and last line, and its fields."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ringback.engine.problems import UsageError
from ringback.synthetic_partners.bulk.stream import Damaged, opened
from ringback.synthetic_partners.shape.cutting import cut, spans
from ringback.synthetic_partners.shape.guess import Guess, field_entry, guess, name_like, quoted
from ringback.synthetic_partners.shape.profile import K

MOST_BYTES = 4 * 1024 * 1024  # of a sample that are looked at
DELIMITERS = "|;\t,^~"
TERMINATORS = ((b"\r\n", "crlf"), (b"\n", "lf"), (b"\r", "cr"))
_QUOTED = re.compile(r'"[^"]*"')
_NUMBERS = re.compile(r"20\d\d-\d\d-\d\d|(?<![0-9A-Za-z])\d+(?![0-9A-Za-z])|\d{5,}")
Table = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Look:
    """A sample, taken apart."""

    family: str  # csv, delimited, fixed, json-lines
    encoding: str
    terminator: str
    names: Sequence[str]  # of the columns; empty when the file does not say them
    header: Sequence[str]
    rows: Table
    trailer: Sequence[str]
    delimiter: str = ""
    length: int = 0


def propose(path: Path, *, k: int = K, name: str = "") -> str:
    """The text of a *.layout.yaml for a sample; UsageError when no family fits.

    Codes are listed when at least k records have each of them. The names of fields without a title are `field_1`, ...
    """
    content = _beginning(path)
    look = _look(content, path)
    return _written(look, path.name.removesuffix(".gz"), k, name)


def _beginning(path: Path) -> bytes:
    try:
        with opened(path) as stream:
            content = stream.read(MOST_BYTES)
    except Damaged as damage:
        raise UsageError(f"{path}: {damage.message}", "give a sample that can be read") from damage
    if not content:
        raise UsageError(f"{path}: the file is empty", "give a sample with records in it")
    if len(content) == MOST_BYTES:  # the last line may be cut off
        content = content[: max(content.rfind(b"\n"), content.rfind(b"\r")) + 1] or content
    return content


def _look(content: bytes, path: Path) -> Look:
    encoding, text = _decoded(content, path)
    mark, terminator = next((one for one in TERMINATORS if one[0] in content), (b"\n", "lf"))
    lines = [line for line in text.split(mark.decode()) if line]
    for find in (_json_lines, _separated, _fixed):
        look = find(lines, text, encoding, terminator)
        if look is not None:
            return look
    hint = (
        "lines of one length, with the same number of delimiters, or of JSON are understood; write the layout by hand"
    )
    raise UsageError(f"{path}: its lines have no common form", hint)


def _decoded(content: bytes, path: Path) -> tuple[str, str]:
    if content.isascii():
        return "ascii", content.decode("ascii")
    try:
        return "utf-8", content.decode("utf-8")
    except UnicodeDecodeError as error:
        hint = "layouts are ASCII or UTF-8; convert the sample, or ask for UTF-8"
        raise UsageError(f"{path}: byte {error.start} is not UTF-8", hint) from error


def _json_lines(lines: Sequence[str], text: str, encoding: str, terminator: str) -> Look | None:
    del text, encoding, terminator
    if not lines or not lines[0].startswith("{"):
        return None
    try:
        documents = [json.loads(line) for line in lines]
    except json.JSONDecodeError:
        return None
    flat = [_flat(document) for document in documents if isinstance(document, dict)]
    names = list(dict.fromkeys(name for one in flat for name in one))
    rows = [[one.get(name, "") for name in names] for one in flat]
    return Look("json-lines", "utf-8", "", names, (), rows, ())


def _flat(document: Mapping[str, object], above: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in document.items():
        if isinstance(value, dict):
            found.update(_flat(value, f"{above}{name}."))
        elif isinstance(value, str | int | float | bool):
            found[above + name] = value if isinstance(value, str) else json.dumps(value)
    return found


def _separated(lines: Sequence[str], text: str, encoding: str, terminator: str) -> Look | None:
    delimiter = _delimiter(lines)
    if not delimiter:
        return None
    table = [row for row in _split(lines, text, delimiter) if row]
    names = table[0] if _is_title(table) else ()
    if names:
        return Look("csv", encoding, terminator, names, (), table[1:], (), delimiter)
    head, rows, tail = _ends(table)
    return Look("delimited", encoding, terminator, (), head, rows, tail, delimiter)


def _split(lines: Sequence[str], text: str, delimiter: str) -> Table:
    """The cells of each line; quotes are understood where they are balanced."""
    plain = [line.split(delimiter) for line in lines]
    if '"' not in text:
        return plain
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        return plain


def _delimiter(lines: Sequence[str]) -> str:
    """The delimiter that stands equally often, and at least once, in nearly all lines but the first and last."""
    body = lines[1:-1] or lines
    best, most = "", 0.9
    for delimiter in DELIMITERS:
        counts = Counter(len(_QUOTED.sub("", line).split(delimiter)) for line in body[:2000])
        width, rows = counts.most_common(1)[0]
        share = rows / min(len(body), 2000)
        if width > 1 and share > most:
            best, most = delimiter, share
    return best


def _is_title(table: Table) -> bool:
    """Whether the first line names the columns: words, each once, as many as a record has values."""
    if len(table) < 2:
        return False
    first = [cell.strip() for cell in table[0]]
    as_wide = len(first) == len(table[1]) and len(set(first)) == len(first)
    return as_wide and all(name_like(cell) for cell in first)


def _ends(table: Table) -> tuple[Sequence[str], Table, Sequence[str]]:
    """First line, records, last line; the first and the last stand apart when they have another number of fields."""
    widths = Counter(len(row) for row in table)
    width = widths.most_common(1)[0][0]
    head = table[0] if len(table[0]) != width else ()
    tail = table[-1] if len(table) > 1 and len(table[-1]) != width else ()
    rows = table[1 if head else 0 : len(table) - 1 if tail else len(table)]
    return head, [row for row in rows if len(row) == width], tail


def _fixed(lines: Sequence[str], text: str, encoding: str, terminator: str) -> Look | None:
    del text
    lengths = Counter(map(len, lines))
    length, rows = lengths.most_common(1)[0]
    if rows < 0.95 * len(lines) or length < 2 or len(lines) < 3:
        return None
    same = [line for line in lines if len(line) == length]
    kinds = Counter(line[0] for line in same[1:-1])
    body = [line for line in same if line[0] == kinds.most_common(1)[0][0]] if len(kinds) == 1 else same
    head = [same[0]] if same[0] is not body[0] else []
    tail = [same[-1]] if same[-1] is not body[-1] else []
    places = spans(body)
    return Look(
        "fixed",
        encoding,
        terminator,
        (),
        cut(head[0], spans(head)) if head else (),
        [cut(line, places) for line in body],
        cut(tail[0], spans(tail)) if tail else (),
        length=length,
    )


def _written(look: Look, file_name: str, k: int, name: str) -> str:
    convention, parts, feed = _name_rule(file_name)
    guesses = _guesses(look, k)
    key = next((one.name for one in guesses if one.unique), guesses[0].name)
    lines = [
        f"# Proposed from {quoted(file_name)}: read it, name the fields, mark what is personal.",
        f"layout: {quoted(name or _plain(feed))}",
        f"summary: {quoted(f'Proposed from {len(look.rows)} records')}",
        f"family: {look.family}",
        f"feed: {quoted(feed)}",
        f"file_name: {quoted(convention)}",
        *(["name_parts:", *(f"  - {part}" for part in parts)] if parts else []),
        *_form_of_lines(look),
        "acknowledged: none",
        f"key: {quoted(key)}",
    ]
    lines += _end("header", look.header, look, guesses)
    lines += ["", "record:", *(f"  - {field_entry(one, at)}" for one, at in _placed(look, guesses))]
    lines += _end("trailer", look.trailer, look, guesses)
    unique = next((one.name for one in guesses if one.unique), "")
    if unique:
        lines += ["", "rules:", f"  - {{rule: unique, fields: [{quoted(unique)}]}}"]
    return "\n".join([*lines, ""])


def _guesses(look: Look, k: int) -> list[Guess]:
    width = len(look.names) or max(len(row) for row in look.rows)
    names = list(look.names) or [f"field_{place}" for place in range(1, width + 1)]
    columns = [[row[place] if place < len(row) else "" for row in look.rows] for place in range(width)]
    rooms = [len(column[0]) for column in columns] if look.family == "fixed" else [0] * width
    titled = bool(look.names)
    return [
        guess(title, [text.rstrip() if room else text for text in column], k, room=room, titled=titled)
        for title, column, room in zip(names, columns, rooms, strict=True)
    ]


def _placed(look: Look, guesses: Sequence[Guess]) -> list[tuple[Guess, str]]:
    """Each field with its positions in a fixed record."""
    if look.family != "fixed":
        return [(one, "") for one in guesses]
    placed, start = [], 1
    for one in guesses:
        placed.append((one, f"{start}-{start + one.room - 1}"))
        start += one.room
    return placed


def _form_of_lines(look: Look) -> list[str]:
    found = [f"encoding: {look.encoding}"]
    if look.terminator:
        found.append(f"terminator: {look.terminator}")
    if look.delimiter:
        found.append(f"delimiter: {quoted(look.delimiter)}")
    if look.length:
        found.append(f"length: {look.length}")
    return found


def _end(part: str, cells: Sequence[str], look: Look, guesses: Sequence[Guess]) -> list[str]:
    """The fields of a header or trailer, told from one line: a literal, a time, a number, the count, a total."""
    if not cells:
        return []
    lines, start = ["", f"{part}:"], 1
    is_fixed = look.family == "fixed"
    for place, cell in enumerate(cells, 1):
        text = cell.rstrip() if is_fixed else cell
        name = "record_type" if place == 1 else f"{part}_{place}"
        at = f", at: {start}-{start + len(cell) - 1}" if is_fixed else ""
        width = len(cell) if is_fixed else max(len(text), 1)
        lines.append(f"  - {{name: {name}, {_end_field(part, place, text, width, look, guesses)}{at}}}")
        start += len(cell)
    return lines


def _end_field(part: str, place: int, text: str, width: int, look: Look, guesses: Sequence[Guess]) -> str:
    if place == 1:
        return f"literal: {quoted(text)}"
    number = int(text) if text.isdigit() and text.isascii() and len(text) == width else None
    if part == "trailer" and number == len(look.rows) and len(text) == width:
        return f"type: n{width}, required: true, is: count"
    total = _summed(number, look, guesses) if part == "trailer" and number is not None else ""
    if total:
        return f"type: n{width}, required: true, is: {{sum: {quoted(total)}}}"
    if re.fullmatch(r"20\d{12}", text):
        return "type: ts14, required: true, sample: now"
    if re.fullmatch(r"20\d{6}", text):
        return "type: d8, required: true, sample: today"
    kind = f"n{width}" if number is not None and len(text) == width else f"an1-{width}"
    return f"type: {kind}{f', sample: {quoted(text)}' if text else ''}"


def _summed(number: int, look: Look, guesses: Sequence[Guess]) -> str:
    """The field of which a trailer's number is the sum."""
    for place, one in enumerate(guesses):
        cells = [row[place] for row in look.rows if place < len(row)]
        are_digits = all(not cell or (cell.isascii() and cell.isdigit()) for cell in cells)
        if number and are_digits and sum(int(cell or 0) for cell in cells) == number:
            return one.name
    return ""


def _name_rule(file_name: str) -> tuple[str, list[str], str]:
    """The convention of a file's name, its parts, and how it begins: times and numbers in it are parts."""
    parts: list[str] = []

    def part(found: re.Match[str]) -> str:
        text = found.group()
        name, kind = f"number_{len(parts) + 1}", f"n{len(text)}, sample: {quoted(text)}"
        if re.fullmatch(r"20\d{12}", text):
            name, kind = "created", "ts14, sample: now"
        elif re.fullmatch(r"20\d{6}", text):
            name, kind = "day", "d8, sample: today"
        elif "-" in text:
            name, kind = "day", 'an10-10, pattern: "20\\\\d\\\\d-\\\\d\\\\d-\\\\d\\\\d", sample: today_iso'
        if any(f"name: {name}," in one for one in parts):
            name = f"{name}_{len(parts) + 1}"
        parts.append(f"{{name: {name}, type: {kind}}}")
        return f"{{{name}}}"

    convention = _NUMBERS.sub(part, file_name)
    feed = re.split(r"[_\-.{]", convention)[0] or file_name
    return convention, parts, feed


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "sample"
