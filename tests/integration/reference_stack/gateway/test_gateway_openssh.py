"""A whole stack whose partners log in to real OpenSSH: it comes and goes with the stack, however that ends."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import pytest

from ringback.reference_stack.gateway import openssh
from tests.integration.reference_stack.conftest import started, until
from tests.integration.reference_stack.gateway.conftest import Door, PartnerAccount


def _is_open(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except ConnectionRefusedError:
        return False
    return True


def test_a_stack_on_openssh_answers_its_partners_and_takes_sshd_along(tmp_path: Path) -> None:
    """A partner's file is acknowledged through OpenSSH; when the stack is killed, nobody listens any more."""
    with started(tmp_path, "--sftp", "openssh") as running:
        account = PartnerAccount(Door(running.ready), "mediation")
        account.upload("hello.txt", b"x\n")
        ack = account.ack("hello.txt")
        account.close()
        port = running.ready["sftp"]["port"]
        os.kill(running.ready["pid"], signal.SIGKILL)

        until(lambda: not _is_open(port), "an end of sshd")

    assert ack[0].split("|")[4] == "REJECTED"


@pytest.mark.parametrize(
    ("change", "said"), [({"SSHD": Path("/nowhere/sshd")}, "apt-get install openssh-server"), ({}, "")]
)
def test_what_is_missing_is_said_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, change: dict[str, object], said: str
) -> None:
    """Without sshd the message names the package; with everything there is nothing to say."""
    for name, value in change.items():
        monkeypatch.setattr(openssh, name, value)

    assert said in openssh.openssh_problem()
    assert bool(openssh.openssh_problem()) == bool(said)
