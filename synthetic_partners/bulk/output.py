"""Where a generated file goes: a stream, or a path at which it appears only when it is whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ringback.engine.problems import Unavailable


@dataclass(slots=True)
class Output:
    """An open output; `name` is what a file in a folder will be called."""

    stream: BinaryIO
    name: str = ""
    size: int = 0
    path: Path | None = None

    def write(self, part: bytes | memoryview) -> None:
        """The next bytes."""
        self.stream.write(part)
        self.size += len(part)


@contextmanager
def output_to(target: Path | BinaryIO) -> Iterator[Output]:
    """An output to a stream, a file or a folder; what breaks off leaves nothing behind.

    Unavailable: the file cannot be written (no such folder, no permission, no room).
    """
    if not isinstance(target, Path):
        yield Output(target)
        return
    part = target / f".generated-{os.getpid()}.part" if target.is_dir() else target.with_name(target.name + ".part")
    try:
        with part.open("wb") as stream:
            output = Output(stream)
            yield output
        output.path = target / output.name if target.is_dir() else target
        part.replace(output.path)
    except OSError as error:
        said = f"it cannot be written: {error.strerror or error}"
        raise Unavailable(str(target), said, "name another place, or make room there") from error
    finally:
        with suppress(OSError):  # the folder is not there either, or nobody may write in it
            part.unlink(missing_ok=True)
