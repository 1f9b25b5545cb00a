"""Files of any size are checked as `decode` checks small ones: same problems, same records, block by block."""

import gzip
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringback.synthetic_partners.bulk.ledger import AT_ONCE, Ledger
from ringback.synthetic_partners.bulk.reading import Contents, check, columns, records
from ringback.synthetic_partners.generate import generate_file
from ringback.synthetic_partners.layouts import built_in_layouts
from tests.fuzz.damage import DAMAGES, damaged
from tests.fuzz.proof import prove

LAYOUTS = built_in_layouts()
SMALL = 400  # bytes of a block, so that a few records are several


@pytest.mark.parametrize("name", sorted(LAYOUTS))
def test_a_good_file_is_valid_whole_and_in_blocks(name: str, tmp_path: Path) -> None:
    """With its name, and packed: no problem, the same header, trailer and records."""
    made = generate_file(LAYOUTS[name], rows=30, seed=3)
    path = tmp_path / f"{made.name}.gz"
    path.write_bytes(gzip.compress(made.content))
    decoded = LAYOUTS[name].decode(made.content, made.name)

    checked = check(LAYOUTS[name], path, block_bytes=SMALL)

    assert (checked.problems, checked.name, checked.records) == ((), made.name, 30)
    assert (checked.header, checked.trailer) == (decoded.header, decoded.trailer)
    assert [dict(one) for one in records(LAYOUTS[name], path, block_bytes=SMALL)] == [*map(dict, decoded.records)]


@pytest.mark.parametrize("name", sorted(LAYOUTS))
@settings(max_examples=15, deadline=None, derandomize=True, database=None)
@given(
    seed=st.integers(0, 2**32),
    rows=st.sampled_from((1, 3, 25)),
    names=st.lists(st.sampled_from(sorted(DAMAGES)), max_size=4),
)
def test_whatever_happens_to_a_file_both_ways_of_reading_tell_the_same(
    name: str, seed: int, rows: int, names: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Any damage, any size of a block: the same list of problems, nothing raised."""
    rng = Random(seed)
    made = generate_file(LAYOUTS[name], rows=rows, seed=seed % 100)

    prove(
        LAYOUTS[name],
        damaged(rng, made.content, names),
        rng.choice((made.name, "")),
        tmp_path_factory.getbasetemp(),
        rng,
    )


def test_what_is_there_twice_is_found_however_far_apart(tmp_path: Path) -> None:
    """The first and the last of many records have the same key: told at the last one, with the key."""
    made = generate_file(LAYOUTS["crdq"], rows=3000, seed=1)
    lines = made.content.split(b"\n")
    lines[-3] = lines[-3][:7] + lines[1][7:27] + lines[-3][27:]
    path = tmp_path / made.name
    path.write_bytes(b"\n".join(lines))

    problems = check(LAYOUTS["crdq"], path, block_bytes=10_000).problems

    assert [(one.line, one.code, one.field) for one in problems] == [(3001, "R106", "request_id")]


def test_a_ledger_finds_keys_across_its_parts() -> None:
    """More keys than are sorted at once: repetitions and wrong counts are found all the same."""
    count = AT_ONCE + 1000
    keys = np.random.Generator(np.random.PCG64(1)).permutation(count).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    keys[-1] = keys[5]
    said = np.ones(count, dtype=np.int64)
    ledger = Ledger()
    for start in range(0, count, 500_000):
        stop = min(start + 500_000, count)
        ledger.add(keys[start:stop], said[start:stop], np.arange(start + 1, stop + 1))

    again, miscounted = ledger.again(10), ledger.miscounted(10)
    ledger.close()

    assert (again.rows, again.total) == (((count, 6, 2),), 1)
    assert miscounted.rows == ((6, 6, 2), (count, 6, 2))


def test_columns_hold_the_values_as_they_stand_in_the_file(tmp_path: Path) -> None:
    """Padding removed, zeros kept; of any family, in blocks."""
    for name in ("crdq", "nport", "customer-export"):
        made = generate_file(LAYOUTS[name], rows=50, seed=2)
        path = tmp_path / name
        path.write_bytes(made.content)
        wanted = LAYOUTS[name].decode(made.content, "").records
        blocks = list(columns(LAYOUTS[name], path))
        key = LAYOUTS[name].key

        found = [text.decode() for block in blocks for text in block[key].tolist()]

        assert found == [record[key] for record in wanted]


def test_contents_know_the_header_with_the_first_record_and_the_trailer_at_the_end(tmp_path: Path) -> None:
    """So a file can be shown before it is read to its end."""
    made = generate_file(LAYOUTS["nport"], rows=5, seed=2)
    path = tmp_path / made.name
    path.write_bytes(made.content)
    contents = Contents(LAYOUTS["nport"], path)
    reading = iter(contents)

    next(reading)
    before = dict(contents.header), dict(contents.trailer)
    rest = list(reading)

    assert (before[0]["feed"], before[1], len(rest)) == ("NPORT", {}, 4)
    assert contents.trailer["count"] == "000005"
