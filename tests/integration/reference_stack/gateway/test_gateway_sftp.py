"""The SFTP server as a partner meets it: own key, own folder, no way around."""

from __future__ import annotations

import contextlib
import socket
import stat
from typing import Any

import paramiko
import pytest

pytestmark = pytest.mark.parametrize("small", ["embedded", "openssh"], indirect=True)


def test_a_partner_sees_its_own_folders_as_the_root(small: Any, clearing_house: Any) -> None:
    """Logged in with its key, a partner finds the agreed folders and the pinned host key."""
    assert clearing_house.names("/") == ["ack", "archive", "from_us", "quarantine", "to_us"]
    assert clearing_house.names("/ack") == ["from_partner", "to_partner"]
    assert small.service.host_key == f"ssh-ed25519 {clearing_house.host_key.get_base64()}"


@pytest.mark.parametrize("path", ["../credit-bureau/to_us", "/../../keys", "/to_us/../../credit-bureau"])
def test_no_path_leads_out_of_the_folder(clearing_house: Any, path: Any) -> None:
    """Dots in a path end at the partner's own root."""
    with pytest.raises(FileNotFoundError):
        clearing_house.names(path)


def test_a_link_out_of_the_folder_cannot_be_made(small: Any, clearing_house: Any) -> None:
    """Partners make no links, neither in their own folder nor elsewhere."""
    with pytest.raises(PermissionError):
        clearing_house.client.symlink(str(small.home / "keys"), "/to_us/keys")


@pytest.mark.parametrize("path", ["/from_us/x.txt", "/archive/x.txt", "/ack/to_partner/x.ack", "/x.txt"])
def test_a_partner_writes_only_where_it_hands_over(clearing_house: Any, path: Any) -> None:
    """Files of ours, acknowledgements and the archive are for reading."""
    with pytest.raises(PermissionError):
        clearing_house.client.open(path, "w")


def test_the_key_of_another_partner_is_refused(login: Any) -> None:
    """An account opens to its own key only."""
    with pytest.raises(paramiko.AuthenticationException):
        login("clearing-house", key_of="credit-bureau")


def test_an_unknown_account_is_refused(login: Any) -> None:
    """A name that is no partner is not let in, whatever key it shows."""
    with pytest.raises(paramiko.AuthenticationException):
        login("root", key_of="credit-bureau")


def test_there_is_no_shell(small: Any, login: Any) -> None:
    """A partner gets SFTP and nothing else."""
    account = login("clearing-house")
    channel = account.client.get_channel().get_transport().open_session()

    # One server refuses the command, the other says that it gives SFTP only.
    with contextlib.suppress(paramiko.SSHException):
        channel.exec_command("ls /")
        channel.shutdown_write()

    assert b"to_us" not in channel.recv(1000)
    account.close()


def test_a_stopped_server_refuses_connections_and_comes_back_on_its_port(small: Any, login: Any) -> None:
    """Stopped means connection refused; started again it is the same server for everyone."""
    port = small.service.port
    small.run(small.service.stop)

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((small.service.host, port))

    small.run(small.service.start)
    account = login("clearing-house")
    assert (small.service.port, account.names("/to_us")) == (port, [])
    account.close()


def test_private_keys_are_for_their_owner_alone(small: Any) -> None:
    """Key files have mode 0600."""
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (small.home / "keys").iterdir()}

    assert modes == {0o600}


def test_a_file_that_is_still_written_is_left_alone(
    small: Any, clearing_house: Any, port_requests: Any, port_file: Any
) -> None:
    """On both servers a file without `.part` is taken only when its writer has closed it, and then it is ours."""
    port_requests(1)
    file = port_file(1, (1, "C"))
    with clearing_house.client.open(f"/to_us/{file.name}", "w") as open_file:
        open_file.write(file.data[:40])
        clearing_house.upload("strange.txt", b"x\n")
        small.file("strange.txt")  # the gateway has looked at the folder since
        assert small.rows("select id from pgw_file where file_name = ?", file.name) == []
        open_file.write(file.data[40:])

    row = small.file(file.name)

    path = f"/archive/{str(row['business_date']).replace('-', '')}/{file.name}"
    assert (row["status"], clearing_house.read(path)) == ("accepted", file.data)
    with pytest.raises(PermissionError):
        clearing_house.client.open(path, "w")
