"""The ways in which a secret can turn up in a log, a page, a file or an archive."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterator
from urllib.parse import quote, quote_plus


def encodings_of(secret: str) -> frozenset[str]:
    """Every text that gives the secret away: plain, URL, JSON, HTML, hex, and base64 at each of its three offsets."""
    raw = secret.encode()
    texts = {*_escaped(secret), raw.hex(), raw.hex().upper(), *_inside_base64(raw)}
    return frozenset(texts)


def _escaped(secret: str) -> Iterator[str]:
    """The secret as it is and as text formats escape it, once and once more (JSON inside JSON, HTML inside JSON)."""
    for once in set(_escapes(secret)):
        yield once
        yield from _escapes(once)


def _escapes(text: str) -> Iterator[str]:
    yield text
    yield json.dumps(text)[1:-1]
    yield json.dumps(text)[1:-1].replace("/", "\\/")
    yield json.dumps(text, ensure_ascii=False)[1:-1]
    yield html.escape(text)
    yield html.escape(text).replace("&#x27;", "&#39;")
    yield html.escape(text, quote=False)
    for escaped in (quote(text, safe=""), quote(text), quote_plus(text)):
        yield escaped
        yield _lower_percents(escaped)


def _lower_percents(text: str) -> str:
    """`%2F` as `%2f`: both are in use."""
    first, *rest = text.split("%")
    return "%".join([first, *(part[:2].lower() + part[2:] for part in rest)])


def _inside_base64(raw: bytes) -> Iterator[str]:
    """What is the same in base64 whatever stands before and after the secret (`user:secret` of basic authentication).

    Six bits make a character: the characters that also hold bits of a neighbour are left out.
    """
    for offset in range(3):
        padded = b"\0" * offset + raw
        first, last = -(-offset * 8 // 6), len(padded) * 8 // 6
        standard = base64.b64encode(padded).decode()[first:last]
        yield standard
        yield standard.replace("+", "-").replace("/", "_")
        yield quote(standard, safe="")
