"""Generated files: the same bytes for any number of threads, valid in any layout and size, overrides as given."""

import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringback.engine.problems import Unavailable, UsageError
from ringback.engine.protocols import FeedFile
from ringback.synthetic_partners.bulk import people
from ringback.synthetic_partners.bulk.columns import Choice, Chunk, Column, Constant, Digits, Given, Sometimes
from ringback.synthetic_partners.bulk.drawing import CHUNK
from ringback.synthetic_partners.bulk.forms import form_column
from ringback.synthetic_partners.bulk.generate import generate, in_order, kept
from ringback.synthetic_partners.bulk.reading import check
from ringback.synthetic_partners.generate import MOMENT
from ringback.synthetic_partners.identifiers import FORMS
from ringback.synthetic_partners.layout import FeedLayout, load_layout
from ringback.synthetic_partners.layouts import built_in_layouts

LAYOUTS = built_in_layouts()
FAMILIES_NEVER_EMPTY = ("x12", "json-lines")
NEVER_EMPTY = {name for name, layout in LAYOUTS.items() if layout.family in FAMILIES_NEVER_EMPTY}
NEVER_EMPTY |= {"bdd", "msag", "sim-out"}
STOCK = b"""
layout: stock
family: delimited
feed: STOCK
file_name: "STOCK_{day}.csv"
name_parts: [{name: day, type: d8, sample: today}]
delimiter: ";"
key: sku
record:
  - {name: sku, type: n2, required: true}
  - {name: quantity, type: n1-6, required: true}
  - {name: reason, type: an20, required_when: {quantity: "0"}}
  - {name: zip, type: n5, sample: zip}
  - {name: state, type: a2, sample: state}
  - {name: tn, type: n10, form: tn, required: true}
rules:
  - {rule: unique, fields: [sku]}
"""


def made(
    layout: FeedLayout, rows: int, seed: int = 1, columns: Mapping[str, Column] | None = None, threads: int = 2
) -> bytes:
    """The bytes of a generated file."""
    content = BytesIO()
    generate(layout, content, rows=rows, seed=seed, columns=columns, threads=threads)
    return content.getvalue()


def decoded(layout: FeedLayout, rows: int, seed: int = 1, columns: Mapping[str, Column] | None = None) -> FeedFile:
    """A generated file, read and judged under its own name."""
    content = BytesIO()
    name = generate(layout, content, rows=rows, seed=seed, columns=columns).name
    return layout.decode(content.getvalue(), name)


def stock() -> FeedLayout:
    """A layout with a key of two digits."""
    return load_layout(STOCK, "stock.layout.yaml")


@pytest.mark.parametrize("name", ["crdr", "nport"])
def test_the_bytes_do_not_depend_on_the_number_of_threads(name: str) -> None:
    """Three chunks by one, two and four threads."""
    digests = {sha256(made(LAYOUTS[name], 2 * CHUNK + 7, seed=3, threads=threads)).hexdigest() for threads in (1, 2, 4)}

    assert len(digests) == 1


@pytest.mark.parametrize("name", ["ach", "crdr", "nport", "x12-850"])
def test_another_seed_gives_other_records(name: str) -> None:
    """And the same seed the same."""
    layout = LAYOUTS[name]

    assert made(layout, 3, seed=1) == made(layout, 3, seed=1)
    assert made(layout, 3, seed=1) != made(layout, 3, seed=2)


@pytest.mark.parametrize("name", sorted(LAYOUTS))
@pytest.mark.parametrize("rows", [0, 1, 2, 333])
def test_files_of_every_layout_are_valid(name: str, rows: int) -> None:
    """Decoding finds nothing, under the name of the convention, for several seeds."""
    if rows == 0 and name in NEVER_EMPTY:
        with pytest.raises(UsageError, match="at least one record"):
            made(LAYOUTS[name], 0)
        return

    for seed in (1, 2, -5):
        file = decoded(LAYOUTS[name], rows, seed)

        assert (rows, ()) == (len(file.records), file.problems)


@pytest.mark.parametrize("rows", [CHUNK - 1, CHUNK, CHUNK + 1])
@pytest.mark.parametrize("name", ["bdd", "crdr", "npresp"])
def test_files_around_the_size_of_a_chunk_are_valid(name: str, rows: int, tmp_path: Path) -> None:
    """Keys, line numbers, counts and totals hold across the edge of a chunk."""
    written = generate(LAYOUTS[name], tmp_path, rows=rows, seed=5)

    found = check(LAYOUTS[name], tmp_path / written.name)

    assert (rows, ()) == (found.records, tuple(found.problems))
    assert [tmp_path / written.name] == list(tmp_path.iterdir())
    assert (tmp_path / written.name).stat().st_size == written.size


DECISIONS = st.lists(st.sampled_from("APRDNZ"), min_size=1, max_size=6)


@settings(deadline=None, max_examples=30)
@given(decisions=DECISIONS, low=st.integers(0, 999), seed=st.integers(0, 2**32))
def test_rules_are_mended_whatever_is_drawn(decisions: list[str], low: int, seed: int) -> None:
    """Scores, limits and deposits out of range, dates in any order: the file is valid all the same."""
    columns = {
        "decision": Choice(decisions),
        "score": Choice([f"{low:03d}", "000", "999"]),
        "deposit": Digits("", 8),
        "decided_ts": Choice(["20260131235959", "20240229000000", "19991231120000"]),
        "valid_until": Choice(["20000101", "21001231"]),
        "reason_codes": Choice(["", "0104", "08"]),
    }

    file = decoded(LAYOUTS["crdr"], 40, seed, columns)

    assert file.problems == ()
    assert {record["decision"] for record in file.records} <= set(decisions)


@settings(deadline=None, max_examples=30)
@given(days=st.lists(st.integers(0, 99), min_size=1, max_size=5), businesses=st.floats(0, 1), seed=st.integers(0, 99))
def test_ports_are_due_in_time_and_have_one_name(days: list[int], businesses: float, seed: int) -> None:
    """Due dates before the request or months later are moved; with two names or none, one is left or made."""
    columns = {
        "d_tsent": Constant("20260215080000"),
        "ddd_t": Choice([f"2026{1 + day % 12:02d}{1 + day % 28:02d}120000" for day in days]),
        "bus_name": Sometimes(Constant("Acme"), businesses),
        "last_name": Sometimes(Constant("Baker"), 0.5),
        "onsp": Choice(["9X01", "8Y02"]),
    }

    file = decoded(LAYOUTS["nport"], 30, seed, columns)

    assert file.problems == ()


def test_columns_are_used_as_given_and_follow_each_other() -> None:
    """A column drawn after another sees its values, whatever the order of the fields."""
    by_state = Given("state", {"TX": Constant("78701"), "MA": Constant("02139")}, Constant("99999"))

    file = decoded(stock(), 50, columns={"state": Choice(["TX", "MA", "NV"], [8, 1, 1]), "zip": by_state})

    pairs = Counter((record["state"], record["zip"]) for record in file.records)
    assert {("TX", "78701"), ("MA", "02139"), ("NV", "99999")} >= set(pairs)
    assert pairs["TX", "78701"] > 25


def test_a_required_value_that_a_column_leaves_out_is_taken_from_the_default() -> None:
    """Conditional ones, too: a reason is there where the quantity is zero, and only there as given."""
    columns = {"tn": Sometimes(Constant("2125550100"), 0.5), "quantity": Choice(["0", "7"]), "reason": Constant("")}

    file = decoded(stock(), 60, columns=columns)

    assert file.problems == ()
    assert {"2125550100"} < {record["tn"] for record in file.records}
    assert {True} == {bool(record["reason"]) == (record["quantity"] == "0") for record in file.records}


def test_fields_that_tell_records_apart_keep_their_own_column() -> None:
    """A constant key would make a file of copies."""
    file = decoded(stock(), 100, columns={"sku": Constant("17")})

    assert {"sku"} == kept(stock())
    assert len({record["sku"] for record in file.records}) == 100


def test_columns_that_follow_each_other_in_a_circle_are_refused() -> None:
    """The message names the circle."""
    circle = {
        "state": Given("zip", {}, Constant("TX")),
        "zip": Given("state", {}, Constant("78701")),
    }

    with pytest.raises(UsageError, match="in a circle"):
        made(stock(), 1, columns=circle)


class Breaking:
    """A column that cannot draw its second chunk."""

    after: tuple[str, ...] = ()

    def draw(self, rng: np.random.Generator, chunk: Chunk) -> np.ndarray:
        """A constant, once."""
        if chunk.first > 1:
            raise UsageError("cannot", "stop")
        return Constant("TX").draw(rng, chunk)


def test_a_file_that_breaks_off_leaves_nothing_behind(tmp_path: Path) -> None:
    """Neither under its name nor half-written beside it; an older file of that name stays."""
    target = tmp_path / "NPORT.txt"
    target.write_bytes(b"before")

    with pytest.raises(UsageError, match="cannot"):
        generate(LAYOUTS["nport"], target, rows=CHUNK + 1, seed=1, columns={"state": Breaking()})

    assert ([target], b"before") == (list(tmp_path.iterdir()), target.read_bytes())


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A folder that is not there is a fault of the environment, without a traceback."""
    with pytest.raises(Unavailable, match=r"x: it cannot be written: No such file"):
        generate(LAYOUTS["nport"], tmp_path / "nowhere" / "x", rows=1, seed=1)


@pytest.mark.parametrize(
    ("layout", "rows", "said"),
    [
        (stock(), 101, "sku has 100 different values for 101 rows"),
        (LAYOUTS["crdq"], 1_000_000, "line_no counts to 999999, not to 1000000"),
    ],
)
def test_more_rows_than_a_layout_can_hold_are_refused_at_once(layout: FeedLayout, rows: int, said: str) -> None:
    """Before anything is written."""
    content = BytesIO()

    with pytest.raises(UsageError, match=said):
        generate(layout, content, rows=rows, seed=1)

    assert content.getvalue() == b""


def test_threads_are_never_far_ahead_of_the_writer() -> None:
    """What waits to be written is bounded, so that memory is: two threads make at most two parts more."""
    began: list[int] = []

    def make(number: int) -> int:
        began.append(number)
        return number

    ahead = [max(began) - number for number in in_order(make, 40, threads=2)]

    assert max(ahead) <= 2
    assert list(range(40)) == sorted(began)


def test_people_live_where_their_state_zip_and_telephone_number_say() -> None:
    """Of every record the state, the ZIP code and the area code belong together."""
    states = {(f"{zip_:05d}"): place[1] for place in people.places() for zip_ in range(place[2], place[2] + place[3])}

    file = decoded(LAYOUTS["nport"], 400)

    assert all(states[record["zip"]] == record["state"] for record in file.records)
    assert all(record["tn"][:3] in people.AREA_CODES[record["state"]] for record in file.records)
    assert len({record["state"] for record in file.records}) > 25


@pytest.mark.parametrize("form", sorted(FORMS))
def test_identifiers_of_every_form_are_well_formed(form: str) -> None:
    """A hundred of each, check digits included."""
    column = form_column(form, distinct=False)

    texts = column.draw(np.random.default_rng(1), Chunk(100, 1, MOMENT, total=100)).tolist()

    assert [FORMS[form](text.decode()) for text in texts] == [None] * 100
    assert len(set(texts)) > 1


def test_frequent_names_are_frequent() -> None:
    """As in Faker's own weights: of some hundred thousand people several hundred share a name, many names are rare."""
    names = Counter(Choice(people.last_names()).draw(np.random.default_rng(1), Chunk(CHUNK, 1, MOMENT)).tolist())

    assert names.most_common(1)[0][1] > 20 * min(names.values())
    assert len(names) > 500


def test_journeys_without_feeds_do_not_load_numpy() -> None:
    """It takes a tenth of a second."""
    script = (
        "import sys; import ringback, ringback.cli.main, ringback.cli.run, ringback.cli.feed.generate, "
        "ringback.synthetic_partners.generate; print('numpy' in sys.modules)"
    )

    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    assert told == "False\n"


def test_values_come_as_often_as_the_layout_says() -> None:
    """`sample` may weigh values; absent ones are part of it."""
    weighted = STOCK.replace(
        b"{name: state, type: a2, sample: state}", b'{name: state, type: a2, sample: {TX: 70, "": 30}}'
    )

    file = decoded(load_layout(weighted.replace(b"type: n2", b"type: n4"), "stock.layout.yaml"), 3000)

    found = Counter(record["state"] for record in file.records)
    assert {"TX", ""} == set(found)
    assert pytest.approx(0.7, abs=0.05) == found["TX"] / 3000
