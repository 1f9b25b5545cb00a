"""A file as a stream of blocks of whole lines, plain or .gz: flat memory, and a bound for what it may expand to."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

BLOCK_BYTES = 1024 * 1024  # what is worked on stays in the cache of a processor; measured fastest
LONGEST_LINE_BYTES = 16 * 1024 * 1024
EXPANSION = 250  # fixed lines that are all padding reach 200; a bomb 1,000 and more
HARMLESS_BYTES = 64 * 1024 * 1024  # what fits in memory anyway may be as dense as it likes


class Damaged(Exception):
    """The file cannot be read on; the code and the text are the one problem that is to be told."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines with their terminators; the last one of a file may lack its terminator."""

    content: bytes
    is_last: bool


@dataclass(slots=True)
class Expanded:
    """A .gz being read; too much out of too little is refused."""

    stream: BinaryIO
    packed: BinaryIO
    given: int = 0

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; Damaged when the archive is broken, cut off or a bomb."""
        try:
            content = self.stream.read(size)
        except EOFError as error:
            raise Damaged("G019", "the .gz is cut off: the file was not uploaded wholly") from error
        except (gzip.BadGzipFile, zlib.error) as error:
            raise Damaged("G010", f"the .gz cannot be unpacked: {error}") from error
        self.given += len(content)
        if self.given > max(HARMLESS_BYTES, EXPANSION * self.packed.tell()):
            raise Damaged("G010", f"the .gz expands to more than {EXPANSION} times its size; it is not read on")
        return content


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO | Expanded]:
    """The file's content, unpacked if its name ends in .gz."""
    with path.open("rb") as raw:
        if path.suffix == ".gz":
            with gzip.open(raw, "rb") as unpacked:
                yield Expanded(unpacked, raw)  # type: ignore[arg-type]  # a GzipFile reads like a file
        else:
            yield raw


def blocks(source: BinaryIO | Expanded, mark: bytes, block_bytes: int = BLOCK_BYTES) -> Iterator[Block]:
    """The lines of a source that end with `mark`, in blocks. The last line is always in the last block.

    Raises:
        Damaged: A line is longer than any feed's, or the archive is broken.
    """
    rest = b""
    while data := source.read(block_bytes):
        whole = rest + data
        cut = whole.rfind(mark, 0, max(whole.rfind(mark), 0)) + 1  # behind the last line but one
        if cut:
            yield Block(whole[:cut], is_last=False)
        rest = whole[cut:]
        if len(rest) > LONGEST_LINE_BYTES + block_bytes:
            raise Damaged("", f"a line is longer than {LONGEST_LINE_BYTES // 1024 // 1024} MiB; it is not read on")
    yield Block(rest, is_last=True)
