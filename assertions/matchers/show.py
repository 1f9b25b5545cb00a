"""Shows values in messages so that their type can be seen: a text that looks like a number is quoted."""

from __future__ import annotations

import json
import re

from ringback.engine.evidence import ABSENT
from ringback.engine.templates import text_of

LONGEST = 300
PLAIN = re.compile(r"[^\s\"'](?:.*[^\s\"'])?\Z")
READS_AS_OTHER = re.compile(r"(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?|true|false|null|absent|~)\Z", re.IGNORECASE)


def show(value: object) -> str:
    """A value for people: 0012345, "12345" (a text), 12345 (a number), absent, nothing, [a, b]."""
    if value is ABSENT:
        return "absent"
    if value is None:
        return "null"
    if isinstance(value, str):
        return _shorten(
            value if PLAIN.match(value) and not READS_AS_OTHER.match(value) else json.dumps(value, ensure_ascii=False)
        )
    if isinstance(value, list | tuple):
        return _shorten(f"[{', '.join(show(item) for item in value)}]")
    return _shorten(text_of(value))


def _shorten(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}... ({len(text):,} characters)"
