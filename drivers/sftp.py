"""The `sftp` driver: list, get, put and remove files of a partner's account, decoded through feed layouts."""

from __future__ import annotations

import posixpath
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ringback.drivers import sftp_evidence, sftp_files
from ringback.drivers.api_request import as_text
from ringback.drivers.sftp_connection import SftpConnection
from ringback.drivers.sftp_fields import check_fields
from ringback.drivers.sftp_files import RemoteFile
from ringback.drivers.sftp_reading import FileShelf, decode_all, narrowed, newest
from ringback.drivers.sftp_settings import sftp_settings
from ringback.drivers.steps import flag, named_templates, templates
from ringback.engine.nodes import MappingNode, ScalarNode
from ringback.engine.problems import BrokenTest, RingbackError, UsageError
from ringback.engine.protocols import REMOTE, Action, Block, Call, FeedFile, Pace

if TYPE_CHECKING:
    import paramiko

    from ringback.engine.environment import Environment
    from ringback.engine.evidence import Evidence, Exhibit
    from ringback.engine.services import Services

DEEDS = ("list", "get", "put", "remove")
SEEN = ("count", "files", "names", "name")
GIVES = {
    "get": (*SEEN, "text", "records", "record", "header", "trailer", "problems", "valid"),
    "put": (*SEEN, "path", "size"),
}


@dataclass(frozen=True, slots=True)
class SftpDetail:
    """What a step does to which files, as far as the journey's file says it."""

    deed: str = ""
    feed: str = ""
    newest: bool = False
    folder: str = ""  # of the journey's file, for `file:`


class SftpDriver:
    """SFTP accounts of the systems that the environment file names."""

    name = "sftp"
    keys: Mapping[str, str] = {
        "sftp": "the system whose account is used",
        "list": "show files: a path, `*` and `?` may stand in any part of it",
        "get": "read files: a path, `*` and `?` may stand in any part of it",
        "put": "write a file: its path; half of it is never to be seen",
        "content": "what `put` writes, as text",
        "file": "what `put` writes: a file beside the journey",
        "remove": "remove files: a path, `*` and `?` may stand in any part of it",
        "feed": "the layout that the files of `get` are decoded with",
        "where": "the records that are meant: {field: value}, over all files",
        "newest": "true: only the file that was written last",
    }

    def __init__(self, environment: Environment | None, services: Services | None) -> None:
        self._environment = environment
        self._services = services
        self._connections: dict[str, SftpConnection] = {}
        self._lock = threading.Lock()
        self._shelf = FileShelf()

    def parse(self, block: Block) -> Action:
        """Read a step: one deed, and the words that go with it."""
        deed = _deed(block)
        feed = block.text("feed") or ""
        _check_words(block, deed, feed)
        if feed:
            self._check_layout(block, feed)
        node = block.step.get(deed) if deed else None
        system = block.text("sftp", required=True) or ""
        block.system_settings(system)  # reports a system that the environment does not have
        return Action(
            kind=self.name,
            system=system,
            verb=f"{deed} {node.text}" if isinstance(node, ScalarNode) else deed,
            arguments=templates(block, (*DEEDS, "content", "file")) | named_templates(block, ("where",)),
            source=block.step.key_source("sftp"),
            repeatable=deed in ("list", "get"),
            implicit=("feed",) if feed else (),
            detail=SftpDetail(deed, feed, flag(block, "newest"), posixpath.dirname(block.step.source.file)),
            gives=GIVES.get(deed, SEEN),
        )

    def perform(self, action: Action, call: Call) -> Evidence:
        """Do it once."""
        detail = action.detail if isinstance(action.detail, SftpDetail) else _probe_detail(call.arguments)
        connection = self._connection(action.system)
        path = _path(connection.settings.folder, call.arguments.get(detail.deed), call.step)
        verb = f"{detail.deed} {path}"
        if detail.deed == "get":
            return self._get(connection, detail, call, path)
        with connection.channel(call.timeout_s) as client:
            if detail.deed == "put":
                content = self._content(detail, call)
                file = sftp_files.write_atomically(client, path, content)
                return sftp_evidence.written(action.system, verb, file, content.decode("utf-8", "replace"))
            files = sftp_files.matching(client, path)
            if detail.deed == "remove":
                for file in files:
                    sftp_files.remove(client, file)
            shown = newest(files) if detail.newest else files
            return sftp_evidence.listing(action.system, verb, shown)

    def pace(self, action: Action) -> Pace:
        """A server is asked again after a tenth of the time waited so far."""
        return REMOTE

    def examine(self, action: Action, call: Call) -> tuple[Exhibit, ...]:
        """Files and records are evidence already."""
        return ()

    def release(self, session: str, *, failed: bool) -> tuple[Exhibit, ...]:
        """A journey holds nothing here: connections belong to the system."""
        return ()

    def close(self) -> None:
        """Leave all servers."""
        with self._lock:
            connections, self._connections = list(self._connections.values()), {}
        for connection in connections:
            connection.close()

    def _get(self, connection: SftpConnection, detail: SftpDetail, call: Call, path: str) -> Evidence:
        system = connection.settings.system
        with connection.channel(call.timeout_s) as client:
            files = sftp_files.matching(client, path)
            wanted = newest(files) if detail.newest else files
            read = [each for file in wanted if (each := self._read(client, system, file)) is not None]
        looked_at = decode_all(read, self._decoder(system, detail.feed) if detail.feed else None)
        where = _where(call)
        meant = narrowed(looked_at, where)
        return sftp_evidence.contents(system, f"get {path}", looked_at, meant, where)

    def _read(self, client: paramiko.SFTPClient, system: str, file: RemoteFile) -> tuple[RemoteFile, bytes] | None:
        known = self._shelf.get(system, file)
        if known is not None:
            return file, known
        read = sftp_files.read_stable(client, file)
        if read is not None:
            self._shelf.put(system, *read)
        return read

    def _decoder(self, system: str, feed: str) -> _Decoder:
        if self._services is None:
            raise UsageError(f"no registry to find the layout {feed!r} in", "run through `ringback run` or pytest")
        return _Decoder(self._shelf, system, self._services, feed)

    def _connection(self, system: str) -> SftpConnection:
        with self._lock:
            if system not in self._connections:
                if self._environment is None or self._services is None:
                    raise UsageError(f"no environment says where {system!r} is", "run with --env")
                settings = sftp_settings(system, self._environment.system(system), self._services.project)
                self._connections[system] = SftpConnection(settings)
            return self._connections[system]

    def _content(self, detail: SftpDetail, call: Call) -> bytes:
        if "file" not in call.arguments:
            content = call.arguments.get("content", "")
            return content if isinstance(content, bytes) else as_text(content).encode()
        project = self._services.project if self._services else Path()
        file = project / detail.folder / str(call.arguments["file"])
        try:
            return file.read_bytes()
        except OSError as error:
            raise BrokenTest(
                f"step {call.step}: {file} cannot be read ({error.strerror})", "correct `file:`"
            ) from error

    def _check_layout(self, block: Block, feed: str) -> None:
        if self._services is None:
            return
        try:
            layout = self._services.layout(feed)
        except RingbackError as error:
            source = block.step.key_source("feed")
            block.problem(source, error.problem.what, error.problem.hint)
        else:
            check_fields(block, layout)


@dataclass(frozen=True, slots=True)
class _Decoder:
    """Decodes files of one system with one layout, each version of a file once."""

    shelf: FileShelf
    system: str
    services: Services
    feed: str

    def __call__(self, file: RemoteFile, content: bytes) -> FeedFile:
        return self.shelf.decoded(self.system, file, content, self.services.layout(self.feed))


def _deed(block: Block) -> str:
    found = [deed for deed in DEEDS if block.step.get(deed) is not None]
    if len(found) == 1:
        return found[0]
    what = f"an sftp step does one thing, this one does {len(found) or 'nothing'}"
    block.problem(block.step.key_source("sftp"), what, f"write one of {', '.join(DEEDS)}")
    return found[0] if found else ""


def _check_words(block: Block, deed: str, feed: str) -> None:
    step = block.step
    fitting = {"feed": ("get",), "where": ("get",), "newest": ("get", "list"), "content": ("put",), "file": ("put",)}
    for key, deeds in fitting.items():
        if step.get(key) is not None and deed not in deeds:
            block.problem(step.key_source(key), f"{key} goes with {' or '.join(deeds)}", f"remove {key}")
    if step.get("where") is not None and not feed:
        hint = "add `feed:` with the name of the layout"
        block.problem(step.key_source("where"), "where looks into records, and only a feed has records", hint)
    if isinstance(where := step.get("where"), MappingNode) and not where.entries:
        block.problem(where.source, "where is empty", "name a field and its value, or remove it")
    if deed == "put" and (step.get("content") is None) == (step.get("file") is None):
        block.problem(step.key_source("put"), "put writes `content` or `file`, one of them", "add the one it is")


def _probe_detail(arguments: Mapping[str, object]) -> SftpDetail:
    deed = next((each for each in DEEDS if each in arguments), "list")
    return SftpDetail(deed, str(arguments.get("feed", "")), bool(arguments.get("newest")))


def _path(folder: str, path: object, step: str) -> str:
    if not isinstance(path, str) or not path.strip("/"):
        raise BrokenTest(f"step {step}: the path came out as {path!r}", "write it from the root: /from_us/NAME_*.txt")
    return posixpath.normpath(f"{folder}/{path.lstrip('/')}")


def _where(call: Call) -> dict[str, str]:
    where = call.arguments.get("where") or {}
    if not isinstance(where, Mapping):
        raise BrokenTest(f"step {call.step}: where came out as {type(where).__name__}", "it has to be a mapping")
    return {str(name): as_text(value) for name, value in where.items()}
