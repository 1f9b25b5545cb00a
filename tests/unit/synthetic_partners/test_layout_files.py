"""Layout files: every problem at its line, and a carrier's own layout works like a built-in one."""

from pathlib import Path

import pytest

from ringback.engine.problems import InvalidFile
from ringback.synthetic_partners.generate import generate_file
from ringback.synthetic_partners.layout import load_layout, load_layouts

OWN = b"""\
layout: stock
family: delimited
feed: STOCK
file_name: "STOCK_{day}.csv"
name_parts: [{name: day, type: d8, sample: today}]
delimiter: ";"
key: sku
record:
  - {name: sku, type: an1-20, required: true, sample: sku}
  - {name: quantity, type: n1-6, required: true}
  - {name: reason, type: an20, required_when: {quantity: ["0"]}}
rules:
  - {rule: range, field: quantity, least: 0, most: 5000}
"""

WRONG = b"""\
layout: wrong
family: fixed
feed: WRONG
file_name: "WRONG_{day}.dat"
length: 12
terminator: lff
key: sku
record:
  - {name: sku, at: 1-8, type: an8, requird: true}
  - {name: amount, at: 10-13, type: n4, form: ibn}
  - {name: sku, at: 13-13, type: q1, pattern: "["}
rules:
  - {rule: differs, field: price, other: sku}
  - {rule: smaller, field: amount}
"""


def test_a_layout_of_ones_own_reads_writes_and_generates() -> None:
    """A small delimited layout without header and trailer is as good as a built-in one."""
    layout = load_layout(OWN, "stock.layout.yaml")

    file = generate_file(layout, rows=3, seed=1)
    decoded = layout.decode(file.content, file.name)

    assert (file.name, decoded.problems, len(decoded.records)) == ("STOCK_20260115.csv", (), 3)
    assert [p.code for p in layout.decode(b"PHX;9000;\n", "STOCK_20260115.csv").problems] == ["R102"]
    assert [p.code for p in layout.decode(b"PHX;0;\n", "STOCK_20260115.csv").problems] == ["R101"]


def test_all_problems_of_a_layout_file_are_told_at_once() -> None:
    """Misspelt keys, unknown words, wrong positions and names each have their line and a hint."""
    with pytest.raises(InvalidFile) as caught:
        load_layout(WRONG, "wrong.layout.yaml")

    told: dict[int, str] = {}
    for problem in caught.value.problems:
        told[problem.source.line] = f"{told.get(problem.source.line, '')} {problem.what} {problem.hint}"
    assert "`{day}` is declared nowhere" in told[4]
    assert "unknown terminator `lff` did you mean `lf`?" in told[6]
    assert "did you mean `required`" in told[9]
    assert "make it 9-12" in told[10]
    assert "unknown form `ibn`" in told[10]
    assert all(what in told[11] for what in ("there twice", "unknown type `q1`", "not a regular expression"))
    assert "price" in told[13]
    assert "smaller" in told[14]


def test_every_file_of_a_folder_is_read_and_every_problem_told(tmp_path: Path) -> None:
    """Two bad files bring the problems of both; a name twice is a problem, too."""
    (tmp_path / "a.layout.yaml").write_bytes(b"family: [x\n")
    (tmp_path / "b.layout.yaml").write_bytes(OWN)
    (tmp_path / "c.layout.yaml").write_bytes(OWN)

    with pytest.raises(InvalidFile) as caught:
        load_layouts(tmp_path)

    assert {problem.source.file for problem in caught.value.problems} == {"a.layout.yaml", "c.layout.yaml"}


UNKNOWN = b"""\
layout: unknown
family: delimited
feed: UNKNOWN
file_name: "UNKNOWN_{day}.txt"
name_parts: [{name: day, type: d8}]
key: id
record:
  - {name: id, type: n4}
  - {name: note, type: an9, required_when: {stat: X}}
trailer:
  - {name: count, type: n4, is: count}
  - {name: total, type: n9, is: {sum: [id, amount]}}
rules:
  - {rule: check_digit, field: id, fields: [note]}
  - {rule: unique, field: id}
  - {rule: not_before, field: id, other: nte}
  - {rule: required, field: id, when: {state: X}}
  - {rule: starts_with_header, field: id, other: sender}
"""


def test_a_rule_tells_what_it_lacks_and_what_it_speaks_of_in_vain() -> None:
    """Keys that its kind needs, fields in conditions, totals and `other`; a field of the header is not looked for."""
    with pytest.raises(InvalidFile) as caught:
        load_layout(UNKNOWN, "unknown.layout.yaml")

    assert [f"{one.source.line}: {one.what}" for one in caught.value.problems] == [
        "7: `record` speaks of the field `stat`, which is not there",
        "10: `trailer` speaks of the field `amount`, which is not there",
        "14: the rule `check_digit` needs `by`",
        "15: the rule `unique` needs `fields`",
        "16: the rule names the field `nte`, which the layout has not",
        "17: the rule names the field `state`, which the layout has not",
    ]
