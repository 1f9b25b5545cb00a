"""What happens to files on their way: bytes, lines, encodings and numbers that no sender meant."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random

STRANGE = (
    *(
        b"\r",
        b"\n",
        b"\r\n",
        b"\0",
        b"\x1a",
        b"\x85",
        b"\xa0",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\xc3\xb1",
        b"\xed\xa0\x80",
    ),
    *(
        b"|",
        b'"',
        b'""',
        b",",
        b"~",
        b"*",
        b":",
        b"=",
        b" ",
        b"    ",
        b"\t",
        b"\\",
        b"\\ud800",
        b"{",
        b"}",
        b"[",
        b"<!--",
    ),
    *(b"0", b"-1", b"1e999", b"NaN", b"null", b"0" * 500, b"9" * 400, b"9" * 5000, b"1" + b"0" * 400, b"x" * 5000),
    *(b"[" * 3000, b'{"a":' * 3000, b"|" * 3000, b'"' * 999, b"~" * 3000, b"*" * 3000, b"=" * 500),
)
SIGNS = b'0123456789ABCXYZabc |,;~*"DTHEI-+.{}'

Damage = Callable[[Random, bytes], bytes]


def _at(rng: Random, content: bytes) -> int:
    return rng.randrange(len(content) + 1)


def flipped(rng: Random, content: bytes) -> bytes:
    """One byte is any other."""
    place = _at(rng, content)
    return content[:place] + bytes([rng.randrange(256)]) + content[place + 1 :]


def retyped(rng: Random, content: bytes) -> bytes:
    """One character is another that files have."""
    place = _at(rng, content)
    return content[:place] + bytes([rng.choice(SIGNS)]) + content[place + 1 :]


def holed(rng: Random, content: bytes) -> bytes:
    """Some bytes are missing."""
    place = _at(rng, content)
    return content[:place] + content[place + rng.choice((1, 1, 2, 50, 300)) :]


def stuffed(rng: Random, content: bytes) -> bytes:
    """Something strange is put in, at any place or in front of a sign that parts fields."""
    place = _at(rng, content)
    return content[:place] + rng.choice(STRANGE) + content[place:]


def swollen(rng: Random, content: bytes) -> bytes:
    """A run of digits is a far larger number."""
    place = next((at for at in range(_at(rng, content), len(content)) if content[at : at + 1].isdigit()), 0)
    return content[:place] + b"9" * rng.choice((1, 20, 400)) + content[place:]


def cut(rng: Random, content: bytes) -> bytes:
    """The end is missing."""
    return content[: _at(rng, content)]


def repeated(rng: Random, content: bytes) -> bytes:
    """A line is there again, somewhere."""
    lines = content.split(b"\n")
    lines.insert(rng.randrange(len(lines) + 1), rng.choice(lines))
    return b"\n".join(lines)


def dropped(rng: Random, content: bytes) -> bytes:
    """A line is missing."""
    lines = content.split(b"\n")
    del lines[rng.randrange(len(lines))]
    return b"\n".join(lines)


def shuffled(rng: Random, content: bytes) -> bytes:
    """The lines stand in any order."""
    lines = content.split(b"\n")
    rng.shuffle(lines)
    return b"\n".join(lines)


def ended(rng: Random, content: bytes) -> bytes:
    """Some or all lines end otherwise."""
    old, new = rng.choice(
        ((b"\n", b"\r\n"), (b"\r\n", b"\n"), (b"\n", b"\r"), (b"\r", b"\n"), (b"\n", b"\n\n"), (b"~", b"~\r\n"))
    )
    return content.replace(old, new, rng.choice((-1, -1, 1, 3)))


def encoded(rng: Random, content: bytes) -> bytes:
    """The whole file is in another encoding."""
    text = content.decode("latin-1")
    return text.encode(rng.choice(("utf-16", "utf-16-be", "utf-32", "cp037", "utf-8-sig")), "replace")


def mixed(rng: Random, content: bytes) -> bytes:
    """Two halves change places."""
    place = _at(rng, content)
    return content[place:] + content[:place]


DAMAGES: Mapping[str, Damage] = {
    damage.__name__: damage
    for damage in (
        *(flipped, retyped, holed, stuffed, swollen, cut, repeated, dropped, shuffled, ended, encoded, mixed),
    )
}


def damaged(rng: Random, content: bytes, names: Sequence[str]) -> bytes:
    """A file to which these things happened, one after the other."""
    for name in names:
        content = DAMAGES[name](rng, content)
    return content
