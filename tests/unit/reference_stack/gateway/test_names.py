"""File names: read by convention, made by convention, and refused otherwise."""

from __future__ import annotations

import pytest

from ringback.reference_stack.gateway.names import FileName, file_name, read_name

NAMES = {
    "NPORT_9X01_CH01_20261101120000_00007.txt": FileName("NPORT", "9X01", "CH01", 7, "20261101120000"),
    "NPSV_NPAC_9X01_20261101120000_99999.txt": FileName("NPSV", "NPAC", "9X01", 99999, "20261101120000"),
    "CRDR_BUREAU01_RINGBACK_20261101120000_00001.dat": FileName("CRDR", "BUREAU01", "RINGBACK", 1, "20261101120000"),
    "856_DEVLOG_RINGBACK_000000042.x12": FileName("856", "DEVLOG", "RINGBACK", 42),
    "617555-617556.01-11-2026120000.00-00-0000000000.99-99-9999999999": FileName(
        "BDD", "NPAC", "", None, "20261101120000", "617555", "617556"
    ),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_says_feed_parties_time_and_number(name: str) -> None:
    """Each convention is understood; BDD names carry a range and day-first stamps."""
    assert read_name(name) == NAMES[name]


@pytest.mark.parametrize(
    "name",
    [
        "hello.txt",
        "NPRESP_CH01_9X01_20261101120000_7.txt",
        "NPRESP_CH01_9X01_20261101120000_00007.dat",
        "856_DEVLOG_RINGBACK_42.x12",
        "617555-617556.31-02-2026120000.00-00-0000000000.99-99-9999999999",
        "nport_9x01_ch01_20261101120000_00007.txt",
    ],
)
def test_a_name_outside_the_conventions_says_nothing(name: str) -> None:
    """Short numbers, wrong endings, impossible days and small letters are no names of ours."""
    assert read_name(name) is None


def test_our_names_follow_the_conventions() -> None:
    """What we name we can read; X12 names carry the nine-digit interchange control number."""
    assert file_name("NPORT", "9X01", "CH01", "20261101120000", 7) == "NPORT_9X01_CH01_20261101120000_00007.txt"
    assert file_name("CRDQ", "RINGBACK", "BUREAU01", "20261101120000", 1).endswith("_20261101120000_00001.dat")
    assert file_name("850", "RINGBACK", "DEVLOG", "", 1) == "850_RINGBACK_DEVLOG_000000001.x12"
