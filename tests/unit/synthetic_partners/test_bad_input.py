"""Damaged files give listed problems in bounded time and memory, never a traceback."""

import gzip
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from ringback.synthetic_partners.bulk.reading import Checked, check
from ringback.synthetic_partners.generate import generate_file
from ringback.synthetic_partners.layouts import built_in_layouts
from ringback.synthetic_partners.problems import MEANINGS, MOST

LAYOUTS = built_in_layouts()
MEGABYTE = 1024 * 1024


@pytest.fixture
def checked(tmp_path: Path) -> Callable[..., Checked]:
    """Checks content as a file of a layout."""

    def one(layout: str, content: bytes, suffix: str = "") -> Checked:
        path = tmp_path / f"file{suffix}"
        path.write_bytes(content)
        return check(LAYOUTS[layout], path, file_name="")

    return one


@pytest.mark.parametrize("name", sorted(LAYOUTS))
@pytest.mark.parametrize(
    "content",
    [b"", b"\0", b"\n", b"\r\n" * 500, b"\xff" * 2000, b"\xfe\xff" + b"\0x" * 99, b"x" * MEGABYTE, b"[" * 50_000],
    ids=[
        "nothing",
        "a NUL",
        "an empty line",
        "empty lines",
        "no characters",
        "UTF-16",
        "a million characters",
        "brackets",
    ],
)
def test_what_is_no_file_of_the_feed_is_told(name: str, content: bytes, checked: Callable[..., Checked]) -> None:
    """In few words, with codes that have a meaning."""
    found = checked(name, content)

    assert found.problems
    assert {one.code for one in found.problems} <= set(MEANINGS)
    assert len(found.problems) <= MOST + 1


@pytest.mark.parametrize("name", sorted(LAYOUTS))
def test_a_line_of_a_million_characters_among_good_ones_is_told_once(
    name: str, checked: Callable[..., Checked]
) -> None:
    """Not character by character; the other lines are judged as ever."""
    made = generate_file(LAYOUTS[name], rows=5, seed=1)
    half = made.content.find(b"\n", len(made.content) // 2) + 1 or made.content.find(b"\r", len(made.content) // 2) + 1

    found = checked(name, made.content[:half] + b"1" * MEGABYTE + made.content[half:])

    assert 1 <= len(found.problems) <= 12


def test_a_bomb_is_one_problem_and_is_not_unpacked(checked: Callable[..., Checked]) -> None:
    """A gigabyte of zeros in a megabyte."""
    bomb = gzip.compress(bytes(8 * MEGABYTE), 9) * 128

    tracemalloc.start()
    found = checked("nport", bomb, ".gz")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert [(one.code, one.line) for one in found.problems] == [("G012", 1)]
    assert "longer than 16 MiB" in found.problems[0].message
    assert peak < 150 * MEGABYTE


def test_a_dense_bomb_of_good_lines_is_stopped_by_its_expansion(checked: Callable[..., Checked]) -> None:
    """Short lines do not make it harmless."""
    line = generate_file(LAYOUTS["bdd"], rows=1, seed=1).content
    bomb = gzip.compress(line * (70 * MEGABYTE // len(line)), 9)

    found = checked("bdd", bomb, ".gz")

    assert [one.code for one in found.problems] == ["G010"]
    assert "250 times" in found.problems[0].message


@pytest.mark.parametrize(
    ("spoiled", "code"),
    [
        (lambda packed: packed[:-20], "G019"),
        (lambda packed: packed[2:], "G010"),
        (lambda packed: packed[:40] + b"?" + packed[41:], "G010"),
    ],
    ids=["cut off", "no archive", "broken"],
)
def test_a_broken_archive_is_one_problem(
    spoiled: Callable[[bytes], bytes], code: str, checked: Callable[..., Checked]
) -> None:
    """Half of it would only bring problems that follow from the first."""
    packed = gzip.compress(generate_file(LAYOUTS["nport"], rows=200, seed=1).content)

    assert [one.code for one in checked("nport", spoiled(packed), ".gz").problems] == [code]


def test_a_line_without_an_end_is_not_gathered_in_memory(checked: Callable[..., Checked]) -> None:
    """More than 16 MiB without a terminator: reading stops there."""
    found = checked("nport", b"H|NPORT" + b"1" * (24 * MEGABYTE))

    assert [(one.code, "16 MiB" in one.message) for one in found.problems] == [("G012", True)]


def test_a_number_of_four_hundred_digits_is_no_number_of_records(checked: Callable[..., Checked]) -> None:
    """Nor is one of five thousand, which Python itself does not turn into a number."""
    made = generate_file(LAYOUTS["nport"], rows=2, seed=1)
    for digits in (400, 5000):
        found = checked("nport", made.content.replace(b"T|000002", b"T|" + b"9" * digits))

        assert {one.code for one in found.problems} == {"G003"}


def test_a_file_of_problems_is_not_read_on(checked: Callable[..., Checked]) -> None:
    """A thousand are listed, those up to the bound are counted, and the last entry says how far it was read."""
    made = generate_file(LAYOUTS["bdd"], rows=1, seed=1)
    bad = made.content.replace(b"|0|", b"|9|")

    found = checked("bdd", bad * 40_000)

    assert len(found.problems) == MOST + 1
    assert found.problems[-1].message.startswith("and ")
    assert "was not read on after line" in found.problems[-1].message


@pytest.mark.parametrize("name", ["ach", "x12-850"])
def test_a_family_that_is_read_whole_has_a_bound(name: str, checked: Callable[..., Checked]) -> None:
    """It is told, and nothing of the file is looked at."""
    found = checked(name, b"5" * (17 * MEGABYTE))

    assert [(one.code, "16 MiB" in one.message) for one in found.problems] == [("G012", True)]


def test_a_file_of_terminators_alone_takes_no_list_of_them(checked: Callable[..., Checked]) -> None:
    """Millions of empty segments are counted, not kept."""
    good = generate_file(LAYOUTS["x12-850"], rows=1, seed=1).content

    found = checked("x12-850", good + b"~" * (4 * MEGABYTE))

    assert "G012" in {one.code for one in found.problems}
