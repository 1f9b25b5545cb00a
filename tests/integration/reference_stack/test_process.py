"""The stack as a process: up, ready, clock, defects, restart, down."""

from __future__ import annotations

import json
import os
import stat
from datetime import datetime
from pathlib import Path

from tests.integration.reference_stack.conftest import RunningStack, flagship, stack_command, started

ORDERS = "/tmf-api/productOrderingManagement/v4/productOrder"


def test_the_ready_file_has_all_a_test_needs_and_is_private(running: RunningStack) -> None:
    """URL, database, SFTP with its host key, secrets, keys of the partners; readable by the owner only."""
    mode = stat.S_IMODE((running.home / "ready.json").stat().st_mode)

    assert set(running.ready) >= {"pid", "url", "database", "sftp", "secrets", "secret_files", "partners", "defects"}
    assert running.ready["sftp"]["host_key"].startswith("ssh-ed25519 ")
    assert set(running.ready["partners"]) >= {"clearing-house", "credit-bureau", "device-logistics"}
    assert all(Path(file).is_file() for file in running.ready["secret_files"].values())
    assert mode == 0o600


def test_the_clock_is_one_for_all_and_moves_forward_only(running: RunningStack) -> None:
    """Advanced by the command line, seen by everybody, also without a token."""
    before = running.client.get("/clock", headers={"authorization": ""}).json()

    advanced = stack_command("clock", "advance", "4h", "--home", str(running.home))
    backwards = stack_command("clock", "advance", "--home", str(running.home), "yesterday")

    after = running.client.get("/clock").json()
    moved = datetime.fromisoformat(after["now"]) - datetime.fromisoformat(before["now"])
    assert (advanced.returncode, after["offset_s"] - before["offset_s"]) == (0, 14400)
    assert 14400 <= moved.total_seconds() < 14460
    assert (backwards.returncode, "write for example" in backwards.stderr) == (2, True)


def test_a_stack_starts_with_defects_and_lists_them(tmp_path: Path) -> None:
    """`--defect` may be repeated or separated by commas; `defects` shows which are on."""
    with started(tmp_path, "--defect", "D05,D14", "--defect", "D01") as stack:
        listed = stack_command("defects", "--home", str(tmp_path)).stdout

    assert stack.ready["defects"] == ["D01", "D05", "D14"]
    states = dict(line.split()[:2] for line in listed.splitlines() if line.startswith("D"))
    assert [defect for defect, state in states.items() if state == "on"] == ["D01", "D05", "D14"]
    assert len(states) == 52


def test_an_unknown_defect_starts_nothing(tmp_path: Path) -> None:
    """Exit code 2, and how to see the ones that exist."""
    done = stack_command("up", "--home", str(tmp_path), "--defect", "D99")

    assert (done.returncode, "stack defects` lists" in done.stderr) == (2, True)
    assert not (tmp_path / "ready.json").exists()


def test_down_ends_exactly_the_stack_of_its_home(tmp_path: Path) -> None:
    """Afterwards the process and the ready file are gone; a second down finds nothing to do."""
    with started(tmp_path) as stack:
        status = stack_command("status", "--home", str(tmp_path))
        down = stack_command("down", "--home", str(tmp_path))
        again = stack_command("down", "--home", str(tmp_path))

    assert (status.returncode, down.returncode, again.returncode) == (0, 0, 0)
    assert "no stack runs" in again.stdout
    assert not (tmp_path / "ready.json").exists()
    assert not Path(f"/proc/{stack.ready['pid']}").exists()


def test_a_ready_file_of_a_dead_process_harms_nobody(tmp_path: Path) -> None:
    """Down believes a ready file only when that very stack answers."""
    secrets = {"API_TOKEN": "x", "ADMIN_TOKEN": "x"}
    stale = {"pid": os.getpid(), "url": "http://127.0.0.1:9", "database": "", "secrets": secrets}
    (tmp_path / "ready.json").write_text(json.dumps(stale))

    done = stack_command("down", "--home", str(tmp_path))

    assert (done.returncode, "no stack runs" in done.stdout) == (0, True)


def test_orders_clock_and_secrets_survive_a_restart(tmp_path: Path) -> None:
    """What was stored is there again, and the tokens still open the door."""
    with started(tmp_path) as stack:
        order = stack.client.post(ORDERS, json=flagship("RESTART")).json()["id"]
        stack.admin.post("/admin/clock", json={"advance": "2h"})
        token = stack.ready["secrets"]["API_TOKEN"]

    with started(tmp_path) as again:
        found = again.client.get(f"{ORDERS}/{order}").json()
        offset = again.client.get("/clock").json()["offset_s"]

    assert (found["externalId"], offset) == ("RESTART", 7200)
    assert again.ready["secrets"]["API_TOKEN"] == token


def test_a_delivery_that_nobody_expects_cannot_be_lost(running: RunningStack) -> None:
    """A misspelt event would otherwise make a test that proves nothing."""
    reply = running.admin.post("/admin/drop-delivery", json={"eventType": "NoEvent", "subscriber": "ordering"})

    assert reply.status_code == 400
    assert "CreditDecisionEvent -> ordering" in reply.json()["message"]


def test_the_sftp_server_stops_and_starts_on_its_port(running: RunningStack) -> None:
    """An operator may take it away for a while."""
    stopped = running.admin.post("/admin/sftp/stop")
    back = running.admin.post("/admin/sftp/start")

    assert (stopped.json(), back.json()) == ({"sftp": "stopped"}, {"sftp": "running"})


def test_a_taken_port_is_told_with_what_to_do(running: RunningStack, tmp_path: Path) -> None:
    """Exit code 2, the way out, and the stack that has the port goes on."""
    port = running.ready["url"].rpartition(":")[2]

    done = stack_command("up", "--foreground", "--home", str(tmp_path), "--port", port)

    assert (done.returncode, "choose other ports with --port" in done.stderr) == (2, True)
    assert running.client.get("/clock").status_code == 200
