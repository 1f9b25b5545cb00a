"""The partners as a process: read the configuration, start the actors, say where the desk is, work until stopped."""

from __future__ import annotations

import json
import os
import secrets
import signal
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

from ringback.synthetic_partners.configuration import read_configuration
from ringback.synthetic_partners.control import ControlServer
from ringback.synthetic_partners.host import make_host


def serve(config: Path, ready_file: Path, seed: int) -> None:
    """Run until SIGTERM or SIGINT; the ready file is there only while it runs."""
    configuration = read_configuration(config)
    if configuration.state is None:
        configuration = replace(configuration, state=ready_file.absolute().parent / "partner-memory")
    host = make_host(configuration, seed)
    token = secrets.token_urlsafe(24)
    stop = Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda *_: stop.set())
    with ControlServer(host, token) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.2}, name="control", daemon=True)
        thread.start()
        host.start()
        write_ready(ready_file, {"pid": os.getpid(), "url": server.url, "token": token})
        try:
            stop.wait()
        finally:
            ready_file.unlink(missing_ok=True)
            server.shutdown()
            host.stop()


def write_ready(path: Path, document: dict[str, object]) -> None:
    """Write the ready file at once and for the owner's eyes only: it holds the token."""
    draft = path.with_name(f"{path.name}.part")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(document, file)
    draft.replace(path)
