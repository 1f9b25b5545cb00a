"""Proposed layouts: of files that nobody has described."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ringback.engine.problems import UsageError
from ringback.synthetic_partners.bulk.generate import generate
from ringback.synthetic_partners.bulk.reading import check
from ringback.synthetic_partners.layout import load_layout
from ringback.synthetic_partners.layouts import built_in_layouts
from ringback.synthetic_partners.records import RecordLayout
from ringback.synthetic_partners.shape.learn import specs_of
from ringback.synthetic_partners.shape.propose import propose


def proposed(path: Path) -> RecordLayout:
    """The layout that is proposed for a file."""
    layout = load_layout(propose(path).encode(), "proposed.layout.yaml")
    assert isinstance(layout, RecordLayout)
    return layout


def test_a_table_with_titles(feeds: Mapping[str, Any]) -> None:
    """Titles become names; codes, check digits, decimals, patterns and people are recognised."""
    layout = feeds["returns"].layout
    fields = specs_of(layout)

    assert (layout.family, layout.delimiter, layout.key) == ("csv", ";", "rma")
    assert fields["imei"].form == "imei"
    assert fields["grade"].codes == ("A", "B", "C", "D")
    assert fields["zip"].kind.text == "n5"
    assert fields["refund"].kind.text == "dec"
    assert fields["rma"].pattern == r"[A-Z]{2}\d{4}\-\d{5}"
    assert [name for name, spec in fields.items() if spec.personal] == ["customer_name", "email"]
    assert not fields["closed"].required


def test_a_delimited_file_with_header_and_trailer(feeds: Mapping[str, Any]) -> None:
    """First and last line stand apart; the count and the control total are found; the file is valid by it."""
    path = feeds["ports"].learnt[0]
    layout = proposed(path)

    assert (layout.family, layout.delimiter, len(layout.header), len(layout.record)) == ("delimited", "|", 8, 25)
    assert [spec.computed and (spec.computed.what, spec.computed.of) for spec in layout.trailer] == [
        None,
        ("count", ""),
        ("sum", "field_12"),
    ]
    assert check(layout, path).problems == ()


def test_words_and_long_numbers_without_a_title_are_held_to_be_people(feeds: Mapping[str, Any]) -> None:
    """No name of a person becomes a code in a proposed layout."""
    text = propose(feeds["ports"].learnt[0])
    fields = specs_of(load_layout(text.encode(), "x"))

    assert all(fields[name].personal for name in ("field_12", "field_14", "field_17", "field_18", "field_19"))
    assert "OLIVIA" not in text
    assert "MARTINEZ" not in text


def test_fixed_columns(tmp_path: Path) -> None:
    """Lines of one length are cut into columns; a generated file of the family is valid by the proposal."""
    path = tmp_path / "crdr.dat"
    generate(built_in_layouts()["crdr"], path, rows=400, seed=2)
    layout = proposed(path)

    assert layout.family == "fixed"
    assert layout.record[1].kind.text == "n6"
    assert check(layout, path, file_name="").problems == ()


def test_lines_of_json(tmp_path: Path) -> None:
    """Members become fields with dotted names."""
    path = tmp_path / "events_20260310.jsonl"
    events = [{"id": f"E{n:06d}", "line": {"state": "ABC"[n % 3]}, "n": n} for n in range(60)]
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    layout = proposed(path)

    assert layout.family == "json-lines"
    assert set(specs_of(layout)) == {"id", "line.state", "n"}
    assert specs_of(layout)["line.state"].codes == ("A", "B", "C")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"one\nthree 3\nfour and five\n\x01\n", "no common form"),
        (b"a;b\n\xff\xfe;1\n", "not UTF-8"),
    ],
)
def test_what_has_no_form_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    """A file that no family fits is refused with what to do."""
    path = tmp_path / "x.txt"
    path.write_bytes(content)

    with pytest.raises(UsageError, match=said):
        propose(path)


@pytest.mark.parametrize("seed", range(20))
def test_a_damaged_sample_gives_a_layout_or_a_message(feeds: Mapping[str, Any], tmp_path: Path, seed: int) -> None:
    """Whatever is in a sample: a layout that loads, or a UsageError; never a traceback."""
    import gzip
    import random

    rng = random.Random(seed)
    content = bytearray(gzip.decompress(feeds["returns"].learnt[0].read_bytes())[: rng.randrange(30, 20_000)])
    for _ in range(rng.randrange(1, 60)):
        content[rng.randrange(len(content))] = rng.choice(b'";|,\n\r\t 0Az{\\')
    path = tmp_path / "sample.csv"
    path.write_bytes(content)

    try:
        text = propose(path)
    except UsageError:
        return
    load_layout(text.encode(), "proposed.layout.yaml")
