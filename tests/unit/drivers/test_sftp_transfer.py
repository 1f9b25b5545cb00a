"""Whole files over a channel: a server of bytes that answers late, short, out of order, or not as asked."""

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

import pytest

from ringback.drivers.sftp_transfer import DEPTH, REQUEST_BYTES, Wire, download, upload

CONTENT = bytes(range(256)) * 20_000  # five megabytes: more requests than may be on the way


@dataclass
class Server(Wire):
    """A channel with a server at its end; `order` may shuffle the replies that wait to be read."""

    content: bytes = CONTENT
    most: int = REQUEST_BYTES
    order: Callable[[list[bytes]], list[bytes]] = list
    refusal: int = 0
    excess: bytes = b""
    written: dict[int, bytes] = field(default_factory=dict)
    replies: list[bytes] = field(default_factory=list)
    ready: bytes = b""
    at_once: int = 0

    def sendall(self, data: memoryview, /) -> None:
        """One request."""
        size, kind, number, length = struct.unpack(">IBII", data[:13])
        assert size == len(data) - 4
        offset, wanted = struct.unpack(">QI", data[13 + length : 25 + length])
        self.at_once = max(self.at_once, len(self.replies) + 1)
        self.replies.append(self.reply(kind, number, offset, bytes(data[25 + length :]) if kind == 6 else wanted))

    def reply(self, kind: int, number: int, offset: int, what: bytes | int) -> bytes:
        """DATA or STATUS."""
        if self.refusal:
            said = b"no more room"
            return self.packed(struct.pack(">BIII", 101, number, self.refusal, len(said)) + said + bytes(4))
        if isinstance(what, bytes):
            self.written[offset] = what
            return self.packed(struct.pack(">BII", 101, number, 0) + bytes(8))
        given = self.content[offset : offset + min(what, self.most)] + self.excess
        if not given:
            return self.packed(struct.pack(">BII", 101, number, 1) + bytes(8))
        return self.packed(struct.pack(">BII", 103, number, len(given)) + given)

    def packed(self, body: bytes) -> bytes:
        """With its length."""
        return struct.pack(">I", len(body)) + body

    def recv(self, size: int, /) -> bytes:
        """At most 32 KiB, as over a real channel."""
        if not self.ready and self.replies:
            self.replies = self.order(self.replies)
            self.ready = self.replies.pop(0)
        given, self.ready = self.ready[: min(size, 32768)], self.ready[min(size, 32768) :]
        return given


@dataclass
class Client:
    """A client that opens any file."""

    wire: Server
    handle: bytes = b"handle-1"

    def open(self, _: str, __: str) -> "Client":
        """The file is the client itself."""
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def get_channel(self) -> Server:
        """The channel."""
        return self.wire


@pytest.mark.parametrize("most", [REQUEST_BYTES, 65536, 1000])
def test_a_file_comes_whole_however_little_a_reply_holds(most: int) -> None:
    """What is missing is asked for again; never are more requests on the way than the window takes."""
    server = Server(most=most)

    assert download(Client(server), "/big", len(CONTENT)) == CONTENT  # type: ignore[arg-type]
    assert server.at_once <= DEPTH


def test_replies_in_another_order_are_put_right() -> None:
    """A server may answer the last request first."""
    assert download(Client(Server(order=lambda replies: replies[::-1])), "/big", len(CONTENT)) == CONTENT  # type: ignore[arg-type]


def test_a_file_that_became_shorter_is_what_is_there() -> None:
    """The listing said more: the reader compares, and looks again."""
    server = Server(content=CONTENT[:300_000])

    assert download(Client(server), "/big", len(CONTENT)) == CONTENT[:300_000]  # type: ignore[arg-type]


def test_a_file_goes_whole_and_a_refusal_is_told_in_the_servers_words() -> None:
    """A full disk is one error, after all replies have come in, so that the channel can be used again."""
    good, full = Server(), Server(refusal=4)

    upload(Client(good), "/big", CONTENT)  # type: ignore[arg-type]
    with pytest.raises(OSError, match="no more room"):
        upload(Client(full), "/big", CONTENT)  # type: ignore[arg-type]

    assert b"".join(good.written[at] for at in sorted(good.written)) == CONTENT
    assert (full.replies, full.ready) == ([], b"")


@pytest.mark.parametrize(("code", "error"), [(2, FileNotFoundError), (3, PermissionError), (4, OSError)])
def test_a_reading_that_is_refused_is_an_error_of_its_kind(code: int, error: type[OSError]) -> None:
    """As if the file were on this machine."""
    with pytest.raises(error):
        download(Client(Server(refusal=code)), "/big", len(CONTENT))  # type: ignore[arg-type]


def test_a_server_that_gives_more_than_was_asked_for_is_not_believed() -> None:
    """Nor does it fill the memory."""
    with pytest.raises(Exception, match="were asked for"):
        download(Client(Server(excess=b"x" * 1000)), "/big", len(CONTENT))  # type: ignore[arg-type]
