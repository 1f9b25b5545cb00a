"""Lines of drawn columns: those that the layout itself writes, record by record."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringback.engine.problems import UsageError
from ringback.synthetic_partners.bulk.columns import Choice, Chunk, Constant
from ringback.synthetic_partners.bulk.drawing import Drawing, draw_by
from ringback.synthetic_partners.bulk.headers import draw_header
from ringback.synthetic_partners.bulk.lines import Lines, row_by_row
from ringback.synthetic_partners.bulk.text import encoded
from ringback.synthetic_partners.generate import MOMENT
from ringback.synthetic_partners.layout import load_layout
from ringback.synthetic_partners.layouts import built_in_layouts
from ringback.synthetic_partners.records import RecordLayout

OF_LINES = {name: layout for name, layout in built_in_layouts().items() if isinstance(layout, RecordLayout)}
ANY_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0\ue000\ue001"), max_size=12)
SOME_TEXTS = st.lists(ANY_TEXT, min_size=1, max_size=6)
CSV = b"""
layout: people
family: csv
feed: PEOPLE
file_name: "PEOPLE_{day}.csv"
name_parts: [{name: day, type: d8, sample: today}]
encoding: utf-8
key: name
record:
  - {name: name, type: u1-40}
  - {name: "nick,name", type: u1-40, sample: 'a "b", c'}
  - {name: city, type: u1-40, required: true}
"""
JSON = b"""
layout: messages
family: json-lines
feed: MESSAGES
file_name: "MESSAGES_{day}.ndjson"
name_parts: [{name: day, type: d8, sample: today}]
encoding: utf-8
key: who.name
record:
  - {name: who.name, type: u1-40}
  - {name: who.age, type: n1-3, json: number}
  - {name: what, type: u1-40, sample: 'a "b"'}
  - {name: parts.*.city, type: u1-40}
"""


def drawn(layout: RecordLayout, rows: int, **columns: Choice | Constant) -> tuple[Drawing, Chunk]:
    """The drawing of a layout and its first chunk."""
    header = draw_header(layout, seed=3, now=MOMENT)
    drawing = draw_by(layout, header, rows=rows, seed=3, now=MOMENT, columns=columns)
    return drawing, drawing.chunk(0)


def both(layout: RecordLayout, rows: int, **columns: Choice | Constant) -> tuple[bytes, bytes]:
    """Lines as the layout writes them, and as they are written from columns."""
    drawing, chunk = drawn(layout, rows, **columns)
    return row_by_row(layout, drawing, chunk), bytes(Lines(layout, drawing).written(chunk))


@pytest.mark.parametrize("name", sorted(OF_LINES))
def test_lines_are_those_of_the_layout(name: str) -> None:
    """Of every built-in layout of lines."""
    expected, actual = both(OF_LINES[name], 70)

    assert expected == actual


@settings(deadline=None, max_examples=60)
@given(names=SOME_TEXTS, cities=SOME_TEXTS)
def test_values_of_csv_are_quoted_where_they_must_be(names: list[str], cities: list[str]) -> None:
    """Delimiters, quotes, line ends and letters of any script."""
    layout = load_layout(CSV, "people.layout.yaml")
    assert isinstance(layout, RecordLayout)

    expected, actual = both(
        layout, 20, name=Choice(encoded(names, "utf-8")), city=Choice(encoded([*cities, "x"], "utf-8"))
    )

    assert expected == actual


@settings(deadline=None, max_examples=60)
@given(names=SOME_TEXTS, cities=SOME_TEXTS, ages=st.lists(st.sampled_from(["", "0", "007", "42", "000"]), min_size=1))
def test_members_of_json_are_escaped_or_left_out(names: list[str], cities: list[str], ages: list[str]) -> None:
    """Control characters, quotes, backslashes; numbers without zeros in front; objects and lists only with members."""
    layout = load_layout(JSON, "messages.layout.yaml")
    assert isinstance(layout, RecordLayout)
    columns = {"who.name": Choice(encoded(names, "utf-8")), "parts.*.city": Choice(encoded(cities, "utf-8"))}

    expected, actual = both(layout, 20, **columns, **{"who.age": Choice(ages)})

    assert expected == actual


def test_a_value_too_long_for_its_field_is_refused() -> None:
    """The message shows it, but for a secret one."""
    drawing, chunk = drawn(OF_LINES["crdq"], 3, last_name=Constant("B" * 26))
    secret = drawn(OF_LINES["crdq"], 3, id_last4=Constant("12345"))

    with pytest.raises(UsageError, match="crdq: last_name: 'BBBBBBBBBBBBBBBBBBBBBBBBBB' is too long"):
        Lines(OF_LINES["crdq"], drawing).written(chunk)
    with pytest.raises(UsageError, match="crdq: id_last4: the value is too long"):
        Lines(OF_LINES["crdq"], secret[0]).written(secret[1])
