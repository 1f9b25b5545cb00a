"""Batches and sections of one's own: a carrier's layout file works like a built-in one, and its mistakes are told."""

import pytest

from ringback.engine.problems import InvalidFile
from ringback.synthetic_partners.generate import generate_file
from ringback.synthetic_partners.layout import load_layout

PARCELS = b"""\
layout: parcels
family: batched
feed: PARCELS
file_name: "PARCELS_{day}.txt"
name_parts: [{name: day, type: d8, sample: today}]
length: 12
block: 4
key: parcel
header:
  - {name: mark, at: 1-1, literal: "1"}
  - {name: depot, at: 2-12, type: an11, required: true, sample: NORTH}
batch:
  - {name: mark, at: 1-1, literal: "5"}
  - {name: van, at: 2-5, type: n4, required: true, sample: "0007"}
  - {name: round, at: 6-9, type: n4, required: true, is: batch_number}
  - {name: rest, at: 10-12, type: an3}
record:
  - {name: mark, at: 1-1, literal: "6"}
  - {name: parcel, at: 2-7, type: n6, required: true}
  - {name: grams, at: 8-12, type: n5, required: true}
batch_trailer:
  - {name: mark, at: 1-1, literal: "8"}
  - {name: parcels, at: 2-5, type: n4, required: true, is: count}
  - {name: weight, at: 6-12, type: n7, required: true, is: {sum: grams}}
trailer:
  - {name: mark, at: 1-1, literal: "9"}
  - {name: rounds, at: 2-5, type: n4, required: true, is: {count: batch}}
  - {name: hash, at: 6-9, type: n4, required: true, is: {hash: parcel}}
  - {name: blocks, at: 10-12, type: n3, required: true, is: {count: block}}
rules:
  - {rule: unique, fields: [parcel]}
"""

TOKENS = b"""\
layout: tokens
family: sectioned
feed: TOKENS
file_name: "TOKENS_{series}.out"
key: serial
header:
  - {name: series, label: Series, type: n4, required: true}
  - {name: count, label: Tokens, type: n1-5, required: true, is: count}
inputs:
  - {name: first, label: Serial, type: n6, required: true, is: {first: serial}}
record:
  - {name: serial, label: SERIAL, type: n6, required: true}
  - {name: seed, label: SEED, type: an8-8, required: true, secret: true, sample: SEEDSEED}
rules:
  - {rule: consecutive, field: serial}
"""


@pytest.mark.parametrize("text", [PARCELS, TOKENS])
@pytest.mark.parametrize("rows", [1, 3, 8])
def test_a_layout_of_ones_own_reads_writes_and_generates(text: bytes, rows: int) -> None:
    """Generated files are valid and come back as they were."""
    layout = load_layout(text, "own.layout.yaml")

    file = generate_file(layout, rows=rows, seed=rows)
    decoded = layout.decode(file.content, file.name)

    assert decoded.problems == ()
    assert len(decoded.records) == rows
    assert layout.encode(decoded.header, decoded.records) == file.content


def test_neighbours_that_agree_share_a_batch() -> None:
    """Two rounds of two vans: numbers, counts, sums, the last four digits of the hash, and full blocks follow."""
    layout = load_layout(PARCELS, "own.layout.yaml")
    records = [
        {"van": "7", "parcel": "990001", "grams": "500"},
        {"van": "7", "parcel": "990002", "grams": "250"},
        {"van": "8", "parcel": "990003", "grams": "40"},
    ]

    content = layout.encode({"depot": "NORTH"}, records)

    assert content.decode("ascii").splitlines() == [
        "1NORTH      ",
        "500070001   ",
        "699000100500",
        "699000200250",
        "800020000750",
        "500080002   ",
        "699000300040",
        "800010000040",
        "900020006003",
        *["9" * 12] * 3,
    ]


def test_cards_are_written_below_what_they_follow_from() -> None:
    """The number of tokens and the first of them are filled in; columns stand in the order of the layout."""
    layout = load_layout(TOKENS, "own.layout.yaml")

    content = layout.encode(
        {"series": "7"}, [{"serial": "41", "seed": "AAAAAAAA"}, {"serial": "42", "seed": "BBBBBBBB"}]
    )

    lines = [line for line in content.decode("ascii").splitlines() if line.strip("*")]
    assert lines == [
        "*HEADER DESCRIPTION",
        "Series : 0007",
        "Tokens : 2",
        "*INPUT VARIABLES DESCRIPTION",
        "var_In:",
        "Serial : 000041",
        "*OUTPUT VARIABLES",
        "var_out:SERIAL/SEED",
        "000041 AAAAAAAA",
        "000042 BBBBBBBB",
    ]


def test_columns_may_stand_in_another_order_and_keys_of_others_are_left_alone() -> None:
    """The line that declares the columns says where each value stands; a key of somebody else is no problem."""
    layout = load_layout(TOKENS, "own.layout.yaml")
    content = layout.encode({"series": "7"}, [{"serial": "41", "seed": "AAAAAAAA"}]).decode("ascii")
    turned = content.replace("SERIAL/SEED", "SEED/SERIAL").replace("000041 AAAAAAAA", "AAAAAAAA 000041")

    decoded = layout.decode(turned.replace("Series", "Graph Ref : 12\nSeries").encode("ascii"), "TOKENS_0007.out")

    assert decoded.problems == ()
    assert decoded.records == ({"serial": "000041", "seed": "AAAAAAAA"},)


@pytest.mark.parametrize(
    ("text", "old", "new", "line", "told"),
    [
        (PARCELS, b"length: 12", b"length: 13", 1, "are 12 long, `length` says 13"),
        (PARCELS, b"block: 4", b"block: 0", 7, "is a number of lines"),
        (PARCELS, b"key: parcel", b"key: parcels", 8, "did you mean `parcel`"),
        (PARCELS, b'literal: "6"', b"type: n1", 1, "must begin with a literal"),
        (PARCELS, b"[parcel]", b"[parcels]", 31, "which the layout has not"),
        (PARCELS, b"is: count}", b"is: cuont}", 23, "does not know `cuont`"),
        (PARCELS, b"rules:", b"addenda:\n  - {kind: A, fields: []}\nrules:", 31, "need a field `addenda_type`"),
        (TOKENS, b"label: SERIAL, ", b"", 12, "`label` is missing"),
        (TOKENS, b"family: sectioned", b"family: sectionned", 2, "did you mean `sectioned`"),
        (TOKENS, b"rule: consecutive", b"rule: consecutiv", 15, "did you mean `consecutive`"),
        (TOKENS, b"key: serial", b"key: serial\nrecords_in: input", 6, "did you mean `inputs`"),
    ],
)
def test_a_mistake_in_a_layout_file_is_told_where_it_is(
    text: bytes, old: bytes, new: bytes, line: int, told: str
) -> None:
    """What is wrong and what to do, with the line of the file."""
    assert text.count(old) >= 1

    with pytest.raises(InvalidFile) as caught:
        load_layout(text.replace(old, new, 1), "own.layout.yaml")

    said = {(problem.source.line, f"{problem.what} {problem.hint}") for problem in caught.value.problems}
    assert any(at == line and told in words for at, words in said), said
