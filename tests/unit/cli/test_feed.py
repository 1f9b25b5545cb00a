"""`ringback feed`: files made, checked and shown from the command line."""

import gzip
import json
import re
from pathlib import Path

from click.testing import CliRunner

from ringback.cli.feed import feed


def run(*arguments: str) -> tuple[int, str]:
    """The exit code and the output of a command."""
    result = CliRunner().invoke(feed, list(arguments))
    return result.exit_code, result.output


def test_a_generated_file_is_valid_and_the_same_each_time(tmp_path: Path) -> None:
    """A folder as output gets a file named by convention; its name tells the layout."""
    code, output = run("generate", "--layout", "nport", "--rows", "3", "--seed", "5", "-o", str(tmp_path))
    path = Path(output.strip())
    again = tmp_path / "again.txt"
    run("generate", "--layout", "nport", "--rows", "3", "--seed", "5", "-o", str(again))

    assert (code, again.read_bytes()) == (0, path.read_bytes())
    assert (0, f"{path.name}: nport, 3 records, valid\n") == run("validate", str(path))


def test_a_file_goes_to_standard_output_when_a_dash_is_said(tmp_path: Path) -> None:
    """The bytes are those of the file, and nothing else; an anomaly goes the same way."""
    run("generate", "--layout", "crdq", "--rows", "2", "-o", str(tmp_path / "x"))

    plain = run("generate", "--layout", "crdq", "--rows", "2", "-o", "-")
    damaged = run("generate", "--layout", "crdq", "--rows", "2", "--anomaly", "A08", "-o", "-")

    assert (0, (tmp_path / "x").read_text()) == plain
    assert (0, "".join(plain[1].splitlines(keepends=True)[:-1])) == damaged


def test_what_cannot_be_made_is_refused_before_a_file_appears(tmp_path: Path) -> None:
    """A count of six digits cannot hold a million; without a layout the command says where to find one."""
    code, _ = run("generate", "--layout", "nport", "--rows", "1000000", "-o", str(tmp_path / "x"))
    missing = run("generate", "-o", str(tmp_path / "x"))

    assert code == 1
    assert (missing[0], "ringback feed layouts" in missing[1]) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_every_problem_is_listed_with_place_code_and_meaning(tmp_path: Path) -> None:
    """A lost zero and a wrong count are two problems; the exit code is 1."""
    path = tmp_path / "NPORT.txt"
    run("generate", "--layout", "nport", "--rows", "2", "--seed", "7", "-o", str(path))
    path.write_bytes(path.read_bytes().replace(b"|02139|", b"|2139|").replace(b"T|000002", b"T|000003"))

    code, output = run("validate", str(path), "--layout", "nport", "--any-name")
    as_json = json.loads(run("validate", str(path), "--layout", "nport", "--any-name", "--format", "json")[1])

    assert code == 1
    assert "G004 record count mismatch: count: the trailer says 3, the file has 2" in output
    assert [problem["code"] for problem in as_json[0]["problems"] if problem["line"] == 4] == ["G004"]


def test_a_file_is_shown_as_a_journey_sees_it(tmp_path: Path) -> None:
    """Header, records and trailer as text values."""
    path = tmp_path / "x.x12"
    run("generate", "--layout", "x12-856", "--seed", "7", "-o", str(path))

    shown = json.loads(run("show", str(path), "--layout", "x12-856", "--any-name")[1])

    assert shown["records"][0]["qty"] == "1"
    assert shown["header"]["sender"] == "DEVLOG"


def test_several_files_are_checked_and_told_apart(tmp_path: Path) -> None:
    """A packed one, too; a bad one among good ones makes the exit code 1, and problems are counted by code."""
    run("generate", "--layout", "nport", "--rows", "2", "--seed", "7", "-o", str(tmp_path))
    good = next(tmp_path.iterdir())
    packed = tmp_path / f"{good.name}.gz"
    packed.write_bytes(gzip.compress(good.read_bytes()))
    bad = tmp_path / good.name.replace("00001", "00002")
    bad.write_bytes(good.read_bytes().replace(b"|N|20260115", b"|N|20261315"))

    code, output = run("validate", str(good), str(packed), str(bad), "--most", "1")

    assert code == 1
    assert f"{good.name}: nport, 2 records, valid" in output
    assert f"{packed.name}: nport, 2 records, valid" in output
    assert re.search(rf"{bad.name}: nport, 2 records, \d problems \(.*R109 2", output)
    assert "more problems" in output


def test_a_name_that_fits_no_layout_is_told_with_the_nearest_ones(tmp_path: Path) -> None:
    """Exit code 2, and how files of the nearest layouts are called."""
    path = tmp_path / "NPRESP-1.txt"
    path.write_bytes(b"H|")

    result = CliRunner().invoke(feed, ["validate", str(path)])

    told = str(getattr(result.exception, "problem", ""))
    assert "npresp (NPRESP_{sender}_{receiver}_{created}_{sequence}.txt)" in told


def test_of_a_file_some_records_are_shown(tmp_path: Path) -> None:
    """With a limit; the trailer is only there when all of the file was read."""
    path = tmp_path / "n.txt"
    run("generate", "--layout", "nport", "--rows", "5", "--seed", "7", "-o", str(path))

    some = json.loads(run("show", str(path), "--layout", "nport", "--limit", "2")[1])
    none = json.loads(run("show", str(path), "--layout", "nport", "--limit", "0")[1])
    whole = json.loads(run("show", str(path), "--layout", "nport")[1])

    assert [len(shown["records"]) for shown in (some, none, whole)] == [2, 0, 5]
    assert ["trailer" in shown for shown in (some, none, whole)] == [False, False, True]
    assert some["header"]["feed"] == "NPORT"


def test_the_layouts_are_listed() -> None:
    """Each with its summary."""
    code, output = run("layouts")

    assert code == 0
    assert ["crdq", "Credit", "inquiries", "to", "the", "bureau"] in [line.split() for line in output.splitlines()]


def test_a_file_that_needs_its_hash_beside_it_gets_it_and_is_held_against_it(tmp_path: Path) -> None:
    """Without the side-car, or with that of other content, a file of JSON lines is refused; a packed one has none."""
    output = run("generate", "--layout", "kci", "--rows", "2", "-o", str(tmp_path))[1]
    path = Path(output.strip())
    beside = path.with_name(f"{path.name}.sha256")
    packed = tmp_path / f"{path.name}.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))

    valid = run("validate", str(path))
    path.write_bytes(path.read_bytes() + b"\n")
    other = run("validate", str(path))
    beside.unlink()
    missing = run("validate", str(path))

    assert valid == (0, f"{path.name}: kci, 2 records, valid\n")
    assert (other[0], ":1:1: G017 checksum mismatch: the side-car says" in other[1]) == (1, True)
    assert (missing[0], ":1:1: G017 checksum mismatch: the side-car NAME.sha256 is missing" in missing[1]) == (1, True)
    assert run("validate", str(packed))[0] == 0
