"""The bulk data download: rows that end in CR alone, and the shapes a region may send."""

from __future__ import annotations

import pytest

from ringback.reference_stack.gateway.codecs.bdd import read_bdd, write_bdd

ROW = {
    "version_id": "900001",
    "tn": "6175550100",
    "lrn": "5125550000",
    "spid": "9X01",
    "activation_ts": "20261101120000",
    "billing_id": "9X01",
    "lnp_type": "0",
    "download_reason": "0",
    "sv_type": "1",
}
OTHER = ROW | {"version_id": "900002", "tn": "6175550101"}


def test_rows_end_in_carriage_return_alone_and_come_back() -> None:
    """Two rows of 29 fields are written with CR and read as they were."""
    data = write_bdd([ROW, OTHER])

    read = read_bdd(data)

    assert (data.count(b"\r"), data.count(b"\n"), data.split(b"\r")[0].count(b"|")) == (2, 0, 28)
    assert read.problems == ()
    assert [{name: record.fields[name] for name in ROW} for record in read.records] == [ROW, OTHER]


def test_a_region_without_wireless_signalling_is_understood() -> None:
    """Rows of 27 fields lack the two WSMSC fields; the SV type is field 19 then."""
    row = write_bdd([ROW]).decode().rstrip("\r").split("|")

    read = read_bdd(("|".join(row[:18] + row[20:]) + "\r").encode())

    assert (read.problems, read.records[0].fields["sv_type"]) == ((), "1")


MUTATIONS = {
    "empty": (lambda _: b"", "G016"),
    "line feeds": (lambda data: data.replace(b"\r", b"\r\n"), "G013"),
    "cut off": (lambda data: data[:-9], "G003"),
    "byte outside ASCII": (lambda data: data.replace(b"9X01", b"9X\xe91"), "G010"),
    "a field too many": (lambda data: data.replace(b"\r", b"|x\r"), "G012"),
    "number impossible": (lambda data: data.replace(b"6175550100", b"1175550100"), "R102"),
    "reason unknown": (lambda data: data.replace(b"|9X01|0|0|", b"|9X01|0|9|"), "R104"),
    "time impossible": (lambda data: data.replace(b"20261101120000", b"20261131120000"), "R109"),
    "identity missing": (lambda data: data.replace(b"900001", b""), "R101"),
    "number twice": (lambda data: data.replace(b"6175550101", b"6175550100"), "R106"),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_wrong_file_or_row_earns_its_code(name: str) -> None:
    """Each damage is named by its code."""
    mutate, code = MUTATIONS[name]

    read = read_bdd(mutate(write_bdd([ROW, OTHER])))

    assert code in [problem.code for problem in read.problems]
