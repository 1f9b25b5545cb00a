"""The families of lines: how each takes a line apart and writes one, as its layout file says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ringback.engine.nodes import MappingNode
from ringback.synthetic_partners import csv_rows, delimited, fixed, json_lines
from ringback.synthetic_partners.fields import is_number
from ringback.synthetic_partners.reading import Reading
from ringback.synthetic_partners.records import LONGEST_LINE, Cells, Titles, Write

LONGEST_DOCUMENT = 65_536  # characters of a JSON object


@dataclass(frozen=True, slots=True)
class Shape:
    """What the families of lines differ in.

    Args:
        cells, write: take a line apart, put one together.
        wrong_shape: the code for a file whose records all have the same wrong shape.
        unended: the code for a last line without its end; nothing says G013, or G003 where no trailer would tell.
        terminator: what the lines of the family end with unless the layout says otherwise.
        delimiter: between fields; nothing where there is none.
        titles: the first line of CSV.
        longest_line: in characters; a longer one is not looked into.
    """

    cells: Cells
    write: Write
    wrong_shape: str
    unended: str = ""
    terminator: str = "lf"
    delimiter: str = ""
    titles: Titles | None = None
    longest_line: int = LONGEST_LINE


def _delimited(reading: Reading, node: MappingNode) -> Shape:
    delimiter = reading.text(node, "delimiter", "|")
    cells = delimited.Between(delimiter, _numbers(reading, node, "shorter"))
    return Shape(cells, delimited.writer(delimiter), "G012", delimiter=delimiter)


def _fixed(_: Reading, __: MappingNode) -> Shape:
    return Shape(fixed.cells, fixed.write, "G011")


def _csv(reading: Reading, node: MappingNode) -> Shape:
    delimiter = reading.text(node, "delimiter", ",")
    if len(delimiter) != 1 or delimiter == '"':
        reading.problem(node.key_source("delimiter"), "`delimiter` of CSV is one character", 'delimiter: ";"')
        delimiter = ","
    # A row with another number of values than the first line is one bad record, however many there are.
    cells, write = csv_rows.cells_in_order(delimiter), csv_rows.writer(delimiter)
    return Shape(cells, write, "R102", "G003", delimiter=delimiter, titles=csv_rows.Titles(delimiter))


def _json_lines(_: Reading, __: MappingNode) -> Shape:
    return Shape(json_lines.cells, json_lines.write, "R102", "G019", "lf-only", longest_line=LONGEST_DOCUMENT)


SHAPES: Mapping[str, Callable[[Reading, MappingNode], Shape]] = {
    "delimited": _delimited,
    "fixed": _fixed,
    "csv": _csv,
    "json-lines": _json_lines,
}


def _numbers(reading: Reading, node: MappingNode, key: str) -> tuple[int, ...]:
    texts = reading.words(node, key)
    if not all(is_number(text) for text in texts):
        reading.problem(
            node.key_source(key), f"`{key}` is a list of whole numbers", "the numbers of fields, e.g. [18, 20]"
        )
        return ()
    return tuple(int(text) for text in texts)
