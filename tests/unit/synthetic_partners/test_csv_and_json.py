"""CSV by its first line and lines of JSON: what is read, what is told, and that writing and reading agree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringback.engine.problems import InvalidFile
from ringback.synthetic_partners.checksums import judge_side_car, side_car
from ringback.synthetic_partners.fields import time_of
from ringback.synthetic_partners.layout import FeedLayout, load_layout

CSV = load_layout(
    b"""\
layout: people
family: csv
feed: PEOPLE
file_name: "PEOPLE_{day}.csv"
name_parts: [{name: day, type: d8}]
encoding: utf-8
key: id
record:
  - {name: id, type: n1-6, required: true}
  - {name: name, type: u40, required: true}
  - {name: note, type: u200}
trailer:
  - {name: mark, literal: "#TRAILER"}
  - {name: count, type: n1-6, required: true, is: count}
rules:
  - {rule: unique, fields: [id]}
""",
    "people.layout.yaml",
)
JSON = load_layout(
    b"""\
layout: parcels
family: json-lines
feed: PARCELS
file_name: "PARCELS_{day}.ndjson"
name_parts: [{name: day, type: d8}]
encoding: utf-8
side_car: true
key: id
record:
  - {name: id, type: u20, required: true}
  - {name: weight, type: n1-6, json: number}
  - {name: price, type: dec, json: number}
  - {name: open, type: a4-5, json: boolean}
  - {name: to.city, type: u40, required: true}
  - {name: items.*.sku, type: an1-10, required: true}
  - {name: items.*.count, type: n1-3, json: number}
  - {name: notes.*, type: u40}
""",
    "parcels.layout.yaml",
)


def found(layout: FeedLayout, content: bytes) -> list[tuple[int, int, str]]:
    """Line, column and code of each problem."""
    return [(one.line, one.column, one.code) for one in layout.decode(content, "").problems]


def test_columns_may_stand_in_any_order_and_further_ones_are_left_alone() -> None:
    """The first line says what is where."""
    file = CSV.decode("note,colour,name,id\n,red,Zoë,7\n#TRAILER,1\n".encode(), "PEOPLE_20260115.csv")

    assert file.problems == ()
    assert file.records == ({"id": "7", "name": "Zoë", "note": ""},)
    assert (file.header, file.trailer) == ({"day": "20260115"}, {"mark": "#TRAILER", "count": "1"})


def test_values_in_quotes_may_hold_delimiters_quotes_and_line_ends() -> None:
    """A row of two lines is told where it starts, and the rows behind it at their own lines."""
    content = b'id,name,note\n1,"O""Brien, Sons","a\nb"\nx,Ann,\n#TRAILER,2\n'

    file = CSV.decode(content, "")

    assert file.records[0] == {"id": "1", "name": 'O"Brien, Sons', "note": "a\nb"}
    assert found(CSV, content) == [(2, 20, "R102"), (4, 1, "R102")]  # a note is of one line; x is no number


@pytest.mark.parametrize(
    ("content", "problems"),
    [
        (b"id,name\n1,Ann\n#TRAILER,1\n", [(1, 1, "G012")]),
        (b"id,name,note,name\n1,Ann,,\n#TRAILER,1\n", [(1, 1, "G012")]),
        (b"#TRAILER,0\n", [(1, 1, "G012")]),
        (b"id,name,note\n1,Ann,,more\n#TRAILER,1\n", [(2, 1, "R102")]),
        (b"id,name,note\n1,Ann\n#TRAILER,1\n", [(2, 1, "R102")]),
        (b'id,name,note\n1,An"n,\n#TRAILER,1\n', [(2, 3, "R102")]),
        (b'id,name,note\n1,"Ann"x,\n#TRAILER,1\n', [(2, 3, "R102")]),
        (b'id,name,note\n1,"Ann,\n2,Bob,\n#TRAILER,2\n', [(2, 3, "R102")]),
        (b"id,name,note\n1,Ann,\n#TRAILER,2\n", [(3, 10, "G004")]),
        (b"id,name,note\n1,Ann,\n#TRAILER\n", [(3, 1, "R102")]),
        (b"id,name,note\n1,Ann,\n", [(3, 1, "G003")]),
        (b"id,name,note\n1,Ann,\n#TRAILER,1", [(3, 11, "G003")]),
        (b"id,name,note\r\n1,Ann,\n#TRAILER,1\n", [(1, 13, "G013")]),
        (b"\xef\xbb\xbfid,name,note\n1,Ann,\n#TRAILER,1\n", [(1, 1, "G010")]),
        ("id,name,note\n1,Zoë\udcff,\n#TRAILER,1\n".encode("utf-8", "surrogateescape"), [(2, 6, "G010")]),
        (b"id,name,note\n1,Ann,\n1,Bob,\n#TRAILER,2\n", [(3, 1, "R106")]),
        (b"", [(1, 1, "G016")]),
    ],
)
def test_what_is_wrong_with_a_csv_file_has_its_place(content: bytes, problems: list[tuple[int, int, str]]) -> None:
    """Titles, numbers of values, quotes, line ends, letters, trailer."""
    assert [one for one in found(CSV, content) if one in problems] == problems


def test_one_bad_quote_does_not_hide_the_rows_behind_it() -> None:
    """A quote that is never closed costs its own line alone."""
    rows = b"".join(b"%d,Ann,\n" % number for number in range(2, 2000))

    file = CSV.decode(b'id,name,note\n1,"Ann,\n' + rows + b"#TRAILER,1999\n", "")

    assert len(file.records) == 1999
    assert {one.line for one in file.problems} == {2}


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.integers(0, 999_999).map(str),
            "name": st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=40),
            "note": st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=40),
        }
    ),
    max_size=4,
    unique_by=lambda row: row["id"],
).filter(lambda rows: all(row["name"].strip() for row in rows))


@given(rows=ROWS)
def test_whatever_text_is_written_to_csv_is_read_again(rows: list[dict[str, str]]) -> None:
    """Quotes, commas and letters of any script come back as they were."""
    file = CSV.decode(CSV.encode({}, rows), "")

    assert file.problems == ()
    assert list(file.records) == rows


def test_members_are_told_by_their_path_and_unknown_ones_are_left_alone() -> None:
    """Values of records are text, whatever they are in the document; each element of a list has its number."""
    line = (
        '{"to": {"city": "Cañon", "floor": 3}, "id": "P1", "weight": 017}\n'.replace("017", "17")
        + '{"id":"P2","open":true,"price":1.50,"weight":null,"to":{"city":"\\u004fslo"},'
        + '"items":[{"sku":"A","count":2},{"sku":"B"}],"notes":["x","y"]}\n'
    )

    file = JSON.decode(line.encode(), "PARCELS_20260115.ndjson")

    assert file.problems == ()
    assert file.records[0] == {"id": "P1", "weight": "17", "price": "", "open": "", "to.city": "Cañon"}
    assert file.records[1] == {
        "id": "P2", "weight": "", "price": "1.50", "open": "true", "to.city": "Oslo", "items.0.sku": "A",
        "items.1.sku": "B", "items.0.count": "2", "items.1.count": "", "notes.0": "x", "notes.1": "y",
    }  # fmt: skip
    assert {"items.0.sku", "items.9.count", "to.city"} <= JSON.record_names


@pytest.mark.parametrize(
    ("content", "problems"),
    [
        (b'{"id":"P1","to":{}}\n', [(1, 20, "R101")]),
        (b'{"id":"P1","to":{"city":"A"},"weight":"17"}\n', [(1, 39, "R102")]),
        (b'{"id":17,"to":{"city":"A"}}\n', [(1, 7, "R102")]),
        (b'{"id":{"x":1},"to":{"city":"A"}}\n', [(1, 7, "R102")]),
        (b'{"id":"P1","to":{"city":"A"},"items":[{"sku":"A"},{}]}\n', [(1, 55, "R101")]),
        (b'{"id":"P1","to":{"city":"A"}\n', [(1, 29, "R102")]),
        (b'{"id":"P1","id":"P2","to":{"city":"A"}}\n', [(1, 17, "R102")]),
        (b'{"id":"P1","to":{"city":"A"}} x\n', [(1, 31, "R102")]),
        (b'["P1"]\n', [(1, 1, "R102")]),
        (b"\n", [(1, 1, "R102")]),
        (b'{"id":"P1","to":{"city":"A"},"weight":NaN}\n', [(1, 39, "R102")]),
        (b'{"id":"P1","to":' + b"[" * 100 + b"]" * 100 + b"}\n", [(1, 49, "R102")]),
        (b'{"id":"P1","to":{"city":"\\ud800"}}\n', [(1, 25, "R102")]),
        (b'{"id":"P1","to":{"city":"A"}}\r\n', [(1, 30, "G013")]),
        (b'{"id":"P1","to":{"city":"A"}}', [(1, 30, "G019")]),
        (b'\xef\xbb\xbf{"id":"P1","to":{"city":"A"}}\n', [(1, 1, "G010")]),
        (b'{"id":"P\xff","to":{"city":"A"}}\n', [(1, 9, "G010")]),
        (b'{"id":"' + b"P" * 70_000 + b'","to":{"city":"A"}}\n', [(1, 1, "R102")]),
    ],
)
def test_what_is_wrong_with_a_line_of_json_has_its_place(content: bytes, problems: list[tuple[int, int, str]]) -> None:
    """Kinds of values, members that are missing or twice, what is no document, line ends, letters."""
    assert found(JSON, content) == problems


@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {
                "id": st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=20),
                "weight": st.integers(0, 999_999).map(str),
                "price": st.decimals(0, 999, places=2).map(str),
                "open": st.sampled_from(["true", "false"]),
                "to.city": st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=9),
                "items.0.sku": st.just("A"),
                "items.1.sku": st.just("B"),
            }
        ).filter(lambda row: row["id"].strip() and row["to.city"].strip()),
        min_size=1,
        max_size=3,
    )
)
def test_whatever_is_written_to_json_is_read_again(rows: list[dict[str, str]]) -> None:
    """Numbers stay numbers, truth values stay truth values, texts come back as they were."""
    file = JSON.decode(JSON.encode({}, rows), "")

    assert file.problems == ()
    assert [{name: text for name, text in record.items() if text} for record in file.records] == rows


def test_what_is_no_number_is_written_as_text() -> None:
    """So that an anomaly can be put into a file, and is noticed; zeros in front of a number are no number's."""
    content = JSON.encode({}, [{"id": "P1", "weight": '1,"x"', "price": "007", "open": "maybe", "to.city": "A"}])

    assert b'"weight":"1,\\"x\\"","price":7,"open":"maybe"' in content
    assert [code for _, _, code in found(JSON, content)] == ["R102", "R102"]


def test_a_side_car_is_the_hash_of_its_file() -> None:
    """A missing or foreign one is G017; one that nobody asked for is right or wrong all the same."""
    content, right = b"x\n", side_car(b"x\n")

    assert len(right) == 65
    assert judge_side_car(content, right.upper(), needed=True) == ()
    assert judge_side_car(content, None, needed=False) == ()
    for beside, needed in ((None, True), (side_car(b"y\n"), False), (b"", True), (b"\xff", False)):
        assert [one.code for one in judge_side_car(content, beside, needed=needed)] == ["G017"]


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("20260115120000", "2026-01-15 12:00:00"),
        ("20260115", "2026-01-15 00:00:00"),
        ("20260115120000-0530", "2026-01-15 17:30:00"),
        ("2026-01-15T12:00:00.250+01:00", "2026-01-15 11:00:00.250000"),
        ("2026-01-15T12:00:00", "None"),
        ("20260231120000+0000", "None"),
        ("2026-02-31T12:00:00Z", "None"),
        ("0001-01-01T00:00:00+10:00", "None"),
        ("twenty", "None"),
    ],
)
def test_times_of_every_way_of_writing_can_be_compared(text: str, utc: str) -> None:
    """They are naive UTC; what is no time, or does not say its offset where it should, is none."""
    assert str(time_of(text)) == utc


def test_a_layout_file_of_these_families_tells_what_it_does_not_know() -> None:
    """A delimiter of two characters, a header in CSV, an unknown kind of JSON value."""
    wrong = [
        (b"family: csv\ndelimiter: ';;'\n", "one character"),
        (b"family: csv\nheader: []\n", "unknown key `header`"),
        (b"family: json-lines\nterminator: cr\n", "unknown key `terminator`"),
        (b"family: json-lines\nrecord: [{name: x, type: n1, json: list}]\n", "unknown json `list`"),
        (b"family: csv\nencoding: latin-1\n", "unknown encoding `latin-1`"),
    ]
    for content, told in wrong:
        with pytest.raises(InvalidFile) as caught:
            load_layout(content, "x.layout.yaml")
        assert told in " ".join(problem.what for problem in caught.value.problems)
