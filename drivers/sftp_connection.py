"""One SSH connection per system, many threads: each borrows an SFTP channel of its own."""

from __future__ import annotations

import logging
import socket
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import paramiko

from ringback.drivers import sftp_host_keys
from ringback.drivers.sftp_settings import SftpSettings
from ringback.drivers.sftp_transfer import prefer_fast_cipher
from ringback.engine.problems import Unavailable, UsageError

CHANNELS = 6  # at once over one connection; OpenSSH allows ten sessions
logging.getLogger("paramiko").addHandler(logging.NullHandler())  # its failures come as exceptions; once is enough


class SftpConnection:
    """Connects when first used, and again when the server went away in between."""

    def __init__(self, settings: SftpSettings) -> None:
        self.settings = settings
        self._transport: paramiko.Transport | None = None
        self._idle: deque[paramiko.SFTPClient] = deque()
        self._slots = threading.BoundedSemaphore(CHANNELS)
        self._lock = threading.Lock()

    @contextmanager
    def channel(self, limit_s: float) -> Iterator[paramiko.SFTPClient]:
        """Borrow a channel; one that broke is thrown away.

        Raises:
            Unavailable: No connection, wrong host key, refused login, or the connection broke meanwhile.
        """
        if not self._slots.acquire(timeout=limit_s):
            what = f"all {CHANNELS} channels to the server are busy"
            raise Unavailable(self.settings.system, what, "run fewer journeys at once, or give the step more time")
        try:
            client = self._borrow(min(limit_s, self.settings.timeout_s))
            try:
                yield client
            except (EOFError, TimeoutError, paramiko.SSHException, ConnectionError) as error:
                client.close()
                raise self._broken(error) from error
            except BaseException:
                client.close()  # its answers may still be on the way: nobody else shall read them
                raise
            self._idle.append(client)
        finally:
            self._slots.release()

    def close(self) -> None:
        """Leave the server; using the connection again connects anew."""
        with self._lock:
            self._drop()

    def _borrow(self, limit_s: float) -> paramiko.SFTPClient:
        with self._lock:
            if self._transport is None or not self._transport.is_active():
                self._drop()
                self._transport = self._connect(limit_s)
            transport = self._transport
            client = self._idle.pop() if self._idle else None
        client = client or self._open(transport, limit_s)
        channel = client.get_channel()
        if channel is not None:
            channel.settimeout(limit_s)
        return client

    def _open(self, transport: paramiko.Transport, limit_s: float) -> paramiko.SFTPClient:
        try:
            channel = transport.open_session(timeout=limit_s)
            channel.settimeout(limit_s)
            channel.invoke_subsystem("sftp")
            return paramiko.SFTPClient(channel)
        except (EOFError, OSError, paramiko.SSHException) as error:
            raise self._broken(error) from error

    def _connect(self, limit_s: float) -> paramiko.Transport:
        keys = sftp_host_keys.expected_keys(self.settings)
        transport = self._transport_to(limit_s)
        try:
            _prefer(transport, sftp_host_keys.offered_types(keys))
            transport.start_client(timeout=limit_s)
            sftp_host_keys.verify(self.settings, keys, transport.get_remote_server_key())
            self._log_in(transport, limit_s)
        except (EOFError, OSError, paramiko.SSHException) as error:
            transport.close()
            raise self._not_connected(error) from error
        except BaseException:
            transport.close()
            raise
        return transport

    def _transport_to(self, limit_s: float) -> paramiko.Transport:
        try:
            place = (self.settings.host, self.settings.port)
            connected = socket.create_connection(place, timeout=limit_s)
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return paramiko.Transport(connected)  # default windows: larger ones make downloads 3 to 16 times slower
        except (OSError, paramiko.SSHException) as error:
            raise self._not_connected(error) from error

    def _log_in(self, transport: paramiko.Transport, limit_s: float) -> None:
        transport.auth_timeout = limit_s
        settings = self.settings
        try:
            if settings.key:
                transport.auth_publickey(settings.user, _private_key(settings))
            else:
                transport.auth_password(settings.user, settings.password or "")
        except paramiko.AuthenticationException as error:
            proof = f"the key {settings.key.name}" if settings.key else "the password"
            what = f"{settings.host_name} refuses {settings.user!r} with {proof}"
            raise Unavailable(
                settings.system, what, "compare user and key with what the server's operator set"
            ) from error

    def _drop(self) -> None:
        self._idle.clear()
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def _not_connected(self, error: BaseException) -> Unavailable:
        settings = self.settings
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        hint = f"is the SFTP server running? its address is `sftp:` of {settings.system!r} in the environment file"
        return Unavailable(settings.system, f"no SFTP connection to {settings.host}:{settings.port}: {reason}", hint)

    def _broken(self, error: BaseException) -> Unavailable:
        reason = str(error) or type(error).__name__
        where = f"{self.settings.host}:{self.settings.port}"
        return Unavailable(
            self.settings.system, f"the SFTP connection to {where} broke: {reason}", "is it still running?"
        )


def _prefer(transport: paramiko.Transport, key_types: tuple[str, ...]) -> None:
    prefer_fast_cipher(transport)
    options = transport.get_security_options()
    known = tuple(each for each in key_types if each in options.key_types)
    if known:
        options.key_types = known


def _private_key(settings: SftpSettings) -> paramiko.PKey:
    path = settings.key
    if path is None or not path.exists():
        raise UsageError(f"the key of system {settings.system!r} is not there: {path}", "correct `key:`")
    try:
        return paramiko.PKey.from_path(path, settings.passphrase)
    except (ValueError, TypeError, paramiko.SSHException) as error:
        hint = "an encrypted key needs `passphrase: {secret: NAME}`; the format is OpenSSH or PEM"
        raise UsageError(f"the key of system {settings.system!r} cannot be read: {path} ({error})", hint) from error
