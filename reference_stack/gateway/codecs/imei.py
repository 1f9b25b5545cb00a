"""The list of blocked devices for the IMEI registry: H line, one R line per change, T line with the count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ringback.reference_stack.gateway.codecs.model import FeedHeader

REASONS = {"stolen": "0010", "lost": "0011", "faulty": "0012", "found": "0013"}  # the last one takes a device off
IMEI_DIGITS = 14  # the registry keeps no check digit


def write_imei_list(header: FeedHeader, changes: Sequence[Mapping[str, str]]) -> bytes:
    """The bytes of a list; the file number is that of the header."""
    day = header.created[:8]
    lines = [f"H|IMEI|{header.sender}|{header.sequence or 0:05d}|{day}"]
    lines += ["|".join(("R", one["change"], one["imei"][:IMEI_DIGITS], one["reason"], day)) for one in changes]
    lines.append(f"T|{len(changes)}")
    return "".join(line + "\n" for line in lines).encode("ascii")
