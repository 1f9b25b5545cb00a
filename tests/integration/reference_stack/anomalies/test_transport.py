"""Anomalies of transport on the real stack: slow writers, replaced files, broken connections, doors that are shut."""

from __future__ import annotations

import io
from contextlib import suppress

import paramiko
import pytest

from ringback.synthetic_partners.link import Account, Link, LinkDown
from tests.integration.reference_stack.anomalies.conftest import House
from tests.integration.reference_stack.conftest import RunningStack, until
from tests.integration.reference_stack.gateway.conftest import Door, PartnerAccount


def looked(house: House) -> None:
    """Returns when the gateway has looked at the folder once more: a stranger that came later is rejected."""
    name = f"look-{house.number()}-{len(house.account.names('/quarantine'))}.txt"
    house.account.upload(name, b"x\n")
    house.account.ack(name)


@pytest.mark.anomaly("A12")
def test_a_slow_writer_is_waited_for(house: House) -> None:
    """Half a file under `.part`, and half a file under its own name: neither is read before it is whole."""
    first, second = house.ports(2)
    one = house.file(house.answer(first, "D"))
    two = house.file(house.answer(second), number=house.number() + 1)
    half = len(one.content) // 2
    with house.account.client.open(f"/to_us/{one.name}.part", "wb") as part:
        part.write(one.content[:half])
        with house.account.client.open(f"/to_us/{two.name}", "wb") as bare:
            bare.write(two.content[:half])

            looked(house)

            names = "select id from pgw_file where file_name in (?, ?)"
            assert house.stack.rows(names, one.name, two.name) == []
            bare.write(two.content[half:])
        part.write(one.content[half:])
    house.account.client.rename(f"/to_us/{one.name}.part", f"/to_us/{one.name}")

    assert house.said(one).decision == "ACCEPTED"
    assert house.said(two).decision == "ACCEPTED"
    assert (house.reaches(first, "delayed"), house.reaches(second, "confirmed")) == ("delayed", "confirmed")


@pytest.mark.anomaly("A36")
def test_a_file_that_is_replaced_is_taken_as_one_or_the_other(house: House) -> None:
    """A half that was taken for a file is rejected; the whole one is applied, once."""
    (port,) = house.ports()
    good = house.file(house.answer(port))
    client = house.account.client

    client.putfo(io.BytesIO(good.content[:-10]), f"/to_us/{good.name}", confirm=False)
    client.putfo(io.BytesIO(good.content), f"/to_us/{good.name}.part", confirm=False)
    client.posix_rename(f"/to_us/{good.name}.part", f"/to_us/{good.name}")

    assert house.reaches(port, "confirmed")
    accepted = "select id from pgw_file where file_name = ? and status = 'accepted'"
    until(lambda: house.stack.rows(accepted, good.name), "the whole file")
    rows = house.stack.rows("select status, size_bytes from pgw_file where file_name = ?", good.name)
    assert {(row["status"], row["size_bytes"]) for row in rows} <= {
        ("accepted", len(good.content)),
        ("rejected", len(good.content) - 10),
    }
    assert [row["status"] for row in rows].count("accepted") == 1


@pytest.mark.anomaly("A38")
def test_a_connection_that_drops_at_nine_tenths_leaves_no_half_file(house: House) -> None:
    """The rest of the upload is nobody's file; the next try brings the whole one."""
    (port,) = house.ports()
    good = house.file(house.answer(port))
    account = PartnerAccount(Door(house.stack.ready), "clearing-house")
    part = account.client.open(f"/to_us/{good.name}.part", "wb")
    part.write(good.content[: len(good.content) * 9 // 10])
    account.close()  # without closing the file
    with suppress(OSError, EOFError, paramiko.SSHException):
        part.close()
    looked(house)
    assert house.status(port) == "requested"
    assert house.stack.rows("select id from pgw_file where file_name like ?", f"{good.name}%") == []

    assert house.deliver(good).decision == "ACCEPTED"

    assert house.status(port) == "confirmed"


@pytest.mark.anomaly("A38")
@pytest.mark.parametrize("folder", ["/from_us", "/archive", "/quarantine", "/ack/to_partner"])
def test_a_partner_that_writes_where_it_may_not_is_told_and_nothing_changes(house: House, folder: str) -> None:
    """Permission denied; what lies there stays as it is."""
    before = house.account.names(folder)

    with pytest.raises(OSError, match="Errno 13"):
        house.account.client.putfo(io.BytesIO(b"x"), f"{folder}/strange.txt", confirm=False)

    assert house.account.names(folder) == before


@pytest.mark.anomaly("A38")
def test_a_changed_host_key_ends_the_login_before_anything_is_sent(stack: RunningStack) -> None:
    """The partner's key is not shown to a server that is not the pinned one."""
    door = Door(stack.ready)
    other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJJJJJJJJJJJJJJJJJJJJJJJJJJJJJJJJJJJJJJJJJJJ"
    account = Account(door.host, door.port, "clearing-house", str(door.key_file("clearing-house")), other)

    with pytest.raises(LinkDown, match="is not the pinned one"):
        Link(account)


@pytest.mark.anomaly("A38")
def test_our_own_file_waits_while_the_door_is_shut(house: House, stack: RunningStack) -> None:
    """The folder cannot be written: the request is not lost, and leaves as one whole file when it can be again."""
    folder = stack.home / "sftp" / "clearing-house" / "from_us"
    aside = folder.with_name("from_us.aside")
    folder.rename(aside)
    try:
        port = house.draft()
        queued = "select id from pgw_outbound where reference = ?"
        until(lambda: stack.rows(queued, port["reqNo"]), "a queued request")
    finally:
        aside.rename(folder)

    house.left(port)

    sent = (
        "select f.file_name, f.size_bytes from pgw_outbound o join pgw_file f on f.id = o.file_id where o.reference = ?"
    )
    (row,) = stack.rows(sent, port["reqNo"])
    assert len(house.account.read(f"/from_us/{row['file_name']}")) == row["size_bytes"]
    assert not [name for name in house.account.names("/from_us") if name.endswith(".part")]
