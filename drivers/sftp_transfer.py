"""Whole files over SFTP, as fast as OpenSSH's own client: a few large requests on the way at any time.

Paramiko's own reading and writing spend most of their time between its threads and on small requests. Here the
requests go straight to the channel, 255 KiB each, eight at a time: that is the channel's window, which must not be made
larger (a larger one fills a buffer that Paramiko moves about as a whole).
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import paramiko

FIRST_CIPHER = "aes128-gcm@openssh.com"
REQUEST_BYTES = 255 * 1024  # servers take messages of 256 KiB; measured fastest
DEPTH = 8  # requests on the way
NUMBERS_FROM = 0x8000_0000  # of our requests: none that the client itself has given
READ, WRITE, STATUS, DATA = 5, 6, 101, 103
END_OF_FILE = 1
ERRORS: Mapping[int, type[OSError]] = {2: FileNotFoundError, 3: PermissionError}


class Wire(Protocol):
    """What a channel is here."""

    def sendall(self, data: memoryview, /) -> None:
        """Send all of it."""
        ...

    def recv(self, size: int, /) -> bytes:
        """What is there, at most `size` bytes; nothing at the end."""
        ...


def download(client: paramiko.SFTPClient, path: str, size: int | None = None) -> bytes:
    """A file's bytes, at most `size`; fewer when the file ends before.

    Raises:
        OSError: The server refuses, in its own words.
        EOFError: The connection ended.
    """
    with client.open(path, "rb") as file:
        wanted = file.stat().st_size or 0 if size is None else size
        return _Transfer(_wire(client), _handle(file)).read(wanted)


def upload(client: paramiko.SFTPClient, path: str, content: bytes) -> None:
    """Write a file; what was there is gone. Raises as `download` does."""
    with client.open(path, "wb") as file:
        _Transfer(_wire(client), _handle(file)).write(content)


def prefer_fast_cipher(transport: paramiko.Transport) -> None:
    """Ask for the cipher that is fastest by far with hardware AES; paramiko itself puts it near the end."""
    options = transport.get_security_options()
    if FIRST_CIPHER in options.ciphers:
        options.ciphers = (FIRST_CIPHER, *(each for each in options.ciphers if each != FIRST_CIPHER))


def _handle(file: paramiko.SFTPFile) -> bytes:
    return file.handle  # type: ignore[return-value]  # the stubs take it for a server's handle; a client has bytes


def _wire(client: paramiko.SFTPClient) -> Wire:
    channel = client.get_channel()
    if channel is None:
        raise EOFError
    return channel  # type: ignore[return-value]  # the stubs do not know that it sends a memoryview, too


@dataclass(slots=True)
class _Transfer:
    """One file on its way; replies come in any order and are all awaited, also after a refusal."""

    wire: Wire
    handle: bytes
    asked: dict[int, tuple[int, int]] = field(default_factory=dict)  # number of a request -> offset, length
    number: int = NUMBERS_FROM
    refusal: OSError | None = None

    def read(self, size: int) -> bytes:
        pieces: dict[int, bytes] = {}
        waiting = _spans(size)
        end = size
        while self.asked or waiting:
            while waiting and len(self.asked) < DEPTH and not self.refusal:
                self._ask(READ, *waiting.popleft())
            kind, offset, length, given = self._reply()
            if kind == DATA and given:
                self._take(offset, given, pieces)
                if given < length:  # a server may give less than it was asked for
                    waiting.appendleft((offset + given, length - given))
            else:  # the file ends here
                end = min(end, offset)
                waiting.clear()
            if self.refusal:
                waiting.clear()
        self._raise()
        return b"".join(pieces[at] for at in sorted(pieces) if at < end)

    def write(self, content: bytes) -> None:
        view, waiting = memoryview(content), _spans(len(content))
        while self.asked or waiting:
            while waiting and len(self.asked) < DEPTH and not self.refusal:
                offset, length = waiting.popleft()
                self._ask(WRITE, offset, length, view[offset : offset + length])
            self._reply()
            if self.refusal:
                waiting.clear()
        self._raise()

    def _ask(self, what: int, offset: int, length: int, content: bytes | memoryview = b"") -> None:
        self.number += 1
        self.asked[self.number] = (offset, length)
        head = struct.pack(">BII", what, self.number, len(self.handle)) + self.handle
        body = b"".join((head, struct.pack(">QI", offset, length), content))
        self.wire.sendall(memoryview(struct.pack(">I", len(body)) + body))  # which is cut without being copied

    def _reply(self) -> tuple[int, int, int, int]:
        """Kind of the next reply, offset and length of what was asked for, and how many bytes now follow."""
        size, kind, number = struct.unpack(">IBI", self._exactly(9))
        offset, length = self.asked.pop(number, (0, 0))
        if kind == DATA:
            given = int.from_bytes(self._exactly(4))
            if given > length:
                raise paramiko.SSHException(f"the server gave {given} bytes where {length} were asked for")
            return kind, offset, length, given
        rest = self._exactly(size - 5)
        code, said = int.from_bytes(rest[:4]), rest[8 : 8 + int.from_bytes(rest[4:8])]
        if kind != STATUS or code not in (0, END_OF_FILE):
            self.refusal = ERRORS.get(code, OSError)(said.decode("utf-8", "replace") or f"the server says {code}")
        return kind, offset, length, 0

    def _take(self, offset: int, given: int, pieces: dict[int, bytes]) -> None:
        """Store what follows a reply's head, in the pieces in which it comes."""
        while given:
            piece = self._some(given)
            pieces[offset] = piece
            offset, given = offset + len(piece), given - len(piece)

    def _exactly(self, size: int) -> bytes:
        found = self._some(size) if size else b""
        while len(found) < size:
            found += self._some(size - len(found))
        return found

    def _some(self, size: int) -> bytes:
        found = self.wire.recv(size)
        if not found:
            raise EOFError
        return found

    def _raise(self) -> None:
        if self.refusal:
            raise self.refusal


def _spans(size: int) -> deque[tuple[int, int]]:
    """(offset, length) of every request for so many bytes."""
    return deque((start, min(REQUEST_BYTES, size - start)) for start in range(0, size, REQUEST_BYTES))
