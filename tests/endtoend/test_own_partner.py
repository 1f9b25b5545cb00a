"""A partner of one's own, begun in an empty folder; and partners that are kept running by themselves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest

from ringback.engine.waiting import poll
from ringback.synthetic_partners.testing import SftpServer, sftp_server

WITHIN_S = 60.0
_INSTALL = ("-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--disable-pip-version-check")


def _call(*arguments: str, cwd: Path, variables: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **(variables or {})}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=240,
    )


def _readings(path: Path) -> Path:
    """A file of a format that no layout of ours has: bars, a header with a number, a trailer with a count."""
    rng = Random(3)
    lines = ["H|METER|0100|ACME|20260105060000|00017"]
    for number in range(1, 61):
        place, figure = f"MTR{100_000 + number}|R{rng.randint(1, 9):02d}", rng.randint(100, 99_999)
        lines.append(f"D|{number:06d}|{place}|{figure}|202601050{rng.randint(1, 9)}1500|{rng.choice('AAAE')}")
    path.write_text("\n".join([*lines, "T|000060", ""]), "ascii")
    return path


@pytest.mark.parametrize("with_sample", [False, True], ids=["from nothing", "from a sample"])
def test_a_partner_begun_in_an_empty_folder_is_green_and_its_files_are_valid(
    tmp_path: Path, *, with_sample: bool
) -> None:
    """Scaffolded, installed, its own tests run (a journey against a real server among them), its feed validated."""
    own, installed = tmp_path / "own", tmp_path / "installed"
    own.mkdir()
    sample = _readings(tmp_path / "METER_ACME_20260105060000_00017.txt")
    more = ("--sample", str(sample)) if with_sample else ()

    begun = _call("-m", "ringback", "new", "partner", "meter-reader", *more, cwd=own)
    packed = _call(*_INSTALL, "--target", str(installed), ".", cwd=own)
    found = {"PYTHONPATH": str(installed)}
    tested = _call("-m", "pytest", "-q", cwd=own, variables=found)
    feed = ("-m", "ringback", "feed")
    made = _call(
        *feed, "generate", "--layout", "meter-reader-answer", "--rows", "40", "-o", ".", cwd=own, variables=found
    )
    (file,) = [*own.glob("METER*.txt")]
    valid = _call(*feed, "validate", file.name, cwd=own, variables=found)
    linted = _call("-m", "ringback", "lint", "--env", "meter-reader", "journeys", cwd=own, variables=found)

    assert (begun.returncode, packed.returncode) == (0, 0), begun.stderr + packed.stderr
    assert tested.returncode == 0, tested.stdout
    assert "4 passed" in tested.stdout
    assert made.returncode == 0, made.stderr
    assert (valid.returncode, "40 records, valid" in valid.stdout) == (0, True), valid.stdout + valid.stderr
    assert linted.returncode == 0, linted.stdout + linted.stderr
    if with_sample:
        same = _call(*feed, "validate", str(sample), cwd=own, variables=found)
        assert (same.returncode, "60 records, valid" in same.stdout) == (0, True), same.stdout + same.stderr


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Meter Reader", "is no name for a partner"),
        ("meter--reader", "is no name for a partner"),
        ("7up", "is no name for a partner"),
        ("x" * 31, "is no name for a partner"),
        ("json", "means something else in Python"),
        ("class", "means something else in Python"),
        ("credit-bureau", "is called 'credit-bureau' already"),
    ],
)
def test_a_name_that_will_not_do_is_refused_and_nothing_is_written(tmp_path: Path, name: str, said: str) -> None:
    """With what a name may be."""
    refused = _call("-m", "ringback", "new", "partner", name, cwd=tmp_path)

    assert (refused.returncode, said in refused.stderr) == (2, True), refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_files_that_are_there_are_not_touched(tmp_path: Path) -> None:
    """All of them are named; none of the others is written."""
    (tmp_path / "README.md").write_text("mine", "utf-8")

    refused = _call("-m", "ringback", "new", "partner", "meter-reader", cwd=tmp_path)

    assert refused.returncode == 2
    assert "there already: README.md" in refused.stderr
    assert [(path.name, path.read_text("utf-8")) for path in tmp_path.iterdir()] == [("README.md", "mine")]


def test_a_sample_without_any_form_is_told(tmp_path: Path) -> None:
    """No layout can be proposed for it."""
    sample = tmp_path / "letter.txt"
    sample.write_text("Dear Sir or Madam,\nwith this letter\nI write.\n", "utf-8")

    refused = _call("-m", "ringback", "new", "partner", "meter-reader", "--sample", str(sample), cwd=tmp_path)

    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def _configuration(folder: Path, server: SftpServer, port: int) -> Path:
    login = {"host": "127.0.0.1", "port": port, "user": "credit-bureau", "key_file": str(server.key_file)}
    entry = {"behaviour": "credit-bureau", "host_key": server.host_key, **login}
    path = folder / "partners.config.json"
    config = {"mode": "mixture", "partners": {"credit-bureau": entry}, "log_file": str(folder / "partners.log")}
    path.write_text(json.dumps(config), "utf-8")
    return path


def _status(folder: Path) -> tuple[int, Mapping[str, Any]]:
    found = _call("-m", "ringback", "partners", "status", "--json", "--ready-file", str(folder / "r.json"), cwd=folder)
    return found.returncode, json.loads(found.stdout or "{}").get("credit-bureau", {})


def test_partners_run_until_ctrl_c_and_tell_how_they_are(tmp_path: Path) -> None:
    """Well while the server answers, ailing with the reason when it is gone, and a clean end without a trace."""
    with sftp_server(tmp_path, "credit-bureau") as server:
        config = _configuration(tmp_path, server, server.port)
        command = [sys.executable, "-m", "ringback", "partners", "up", "--config", str(config)]
        running = subprocess.Popen(
            [*command, "--ready-file", str(tmp_path / "r.json")], cwd=tmp_path, stdout=subprocess.PIPE, text=True
        )
        well = poll(lambda: found if (found := _status(tmp_path))[0] == 0 else None, within_s=WITHIN_S)
    ailing = poll(lambda: found if (found := _status(tmp_path))[1].get("ailment") else None, within_s=WITHIN_S)
    running.send_signal(signal.SIGINT)
    said, _ = running.communicate(timeout=30)
    after = _status(tmp_path)

    assert well is not None
    assert (well[1]["mode"], well[1]["waiting"], well[1]["ailment"]) == ("mixture", 0, "")
    assert ailing is not None
    assert ailing[0] == 1
    assert "cannot" in ailing[1]["ailment"]
    assert (running.returncode, "the partners have stopped" in said) == (0, True)
    assert not (tmp_path / "r.json").exists()
    assert after[0] == 4
    events = [json.loads(line)["event"] for line in (tmp_path / "partners.log").read_text("utf-8").splitlines()]
    assert "ailment" in events
