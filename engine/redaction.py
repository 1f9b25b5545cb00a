"""Secrets are masked by value in every common encoding, short ones where they are a whole cell: no sink can leak."""

from __future__ import annotations

import io
import re
import threading
import zipfile
from collections.abc import Callable, Mapping
from functools import lru_cache

from ringback.engine.encodings import encodings_of

SHORTEST_BY_VALUE = 6
"""A shorter value ("0042") occurs by chance everywhere: it is masked by its field, or where it is a whole cell."""
SHORTEST_AT_ALL = 3

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_PROBE_WORD = re.compile(r"^[A-Za-z_]+\((.*)\)$")  # "text(PIN)" is the field PIN
_PICTURES = (".jpeg", ".jpg", ".png", ".webp", ".woff", ".woff2", ".ttf")


class Redactor:
    """Knows the secrets of a run and hides them; safe for many threads.

    The tables are tuples that `add` replaces as a whole, so that reading needs no lock.
    """

    def __init__(self) -> None:
        """Nothing is hidden yet."""
        self._lock = threading.Lock()
        self._values: dict[str, str] = {}
        self._texts: tuple[tuple[str, str], ...] = ()
        self._bytes: tuple[tuple[bytes, bytes], ...] = ()
        self._short: tuple[tuple[str, str, re.Pattern[str]], ...] = ()
        self._fields: dict[str, str] = {}
        self._field_words: dict[str, tuple[str, ...]] = {}
        self._field_pattern: re.Pattern[str] | None = None
        self._field_hints: tuple[str, ...] = ()

    def add(self, value: str, label: str) -> None:
        """Hide `value` from now on as `[secret LABEL]`.

        One shorter than six characters is hidden only where it is a whole text, quoted, or a cell between separators;
        add its field's name too.
        """
        if len(value) < SHORTEST_AT_ALL or self._values.get(value) == label:
            return
        with self._lock:
            self._values[value] = label
            if len(value) < SHORTEST_BY_VALUE:
                self._short = (*self._short, (value, mask_of(label), _cell_pattern(value)))
                return
            table = {
                encoded: mask_of(name)
                for secret, name in self._values.items()
                if len(secret) >= SHORTEST_BY_VALUE
                for encoded in encodings_of(secret)
            }
            longest_first = sorted(table.items(), key=lambda pair: len(pair[0]), reverse=True)
            self._texts = tuple(longest_first)
            self._bytes = tuple((text.encode(), mask.encode()) for text, mask in longest_first)

    def add_field(self, name: str) -> None:
        """Hide whatever sits in a field of this name ("pin", "PIN", "text(PIN)", "body.port_in.pin")."""
        field = _field_word(name)
        if not field or field in self._fields:
            return
        with self._lock:
            self._fields = {**self._fields, field: mask_of(_PROBE_WORD.sub(r"\1", name))}
            self._field_words = {**self._field_words, field: _words(name)}
            self._field_hints = tuple({max(words, key=len) for words in self._field_words.values()})
            self._field_pattern = _pattern_for(tuple(self._field_words.values()))

    def is_field(self, name: str) -> bool:
        """Whether a field of this name is hidden: for drivers that must mask a column or an input box."""
        return bool(self._fields) and _field_word(name) in self._fields

    def touches(self, text: str) -> bool:
        """Whether anything in the text would be masked."""
        if len(text) >= SHORTEST_BY_VALUE:
            for secret, _ in self._texts:  # a generator would cost more than the search
                if secret in text:
                    return True
        return any(value in text and cell.search(text) for value, _, cell in self._short) or self._field_in(text)

    def redact(self, text: str) -> str:
        """The text without its secrets."""
        for value, mask, cell in self._short:
            if value in text:
                text = cell.sub(rf"\g<lead>{mask}", text)
        if len(text) < SHORTEST_BY_VALUE:
            return text
        for secret, mask in self._texts:
            if secret in text:
                text = text.replace(secret, mask)
        if self._field_pattern is not None and self._field_in(text):
            text = self._field_pattern.sub(self._mask_field, text)
        return text

    def redact_bytes(self, content: bytes) -> bytes:
        """Bytes of any kind without the secrets known by value."""
        for secret, mask in self._bytes:
            if secret in content:
                content = content.replace(secret, mask)
        return content

    def redact_archive(self, content: bytes) -> bytes:
        """A zip archive whose members hold no secrets (a browser's trace); other content is redacted as bytes."""
        if not zipfile.is_zipfile(io.BytesIO(content)):
            return self.redact_bytes(content)
        packed = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
            for member in old.infolist():
                new.writestr(self.redact(member.filename), self._redact_member(member.filename, old.read(member)))
        return packed.getvalue()

    def redact_value(self, value: object) -> object:
        """A plain value (mappings, lists, texts) without its secrets; the same object when there is nothing to hide."""
        if not self._texts and not self._fields and not self._short:
            return value
        return self._walk(value)

    def _walk(self, value: object) -> object:
        if isinstance(value, str):
            return self.redact(value)
        if isinstance(value, bytes):
            return self.redact_bytes(value)
        if isinstance(value, Mapping):
            if self.is_field(str(value.get("name", ""))) and isinstance(value.get("value"), str | int | float):
                value = {**value, "value": self._fields[_field_word(str(value["name"]))]}  # a TMF characteristic
            return {self.redact(str(key)): self._entry(str(key), held) for key, held in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._walk(held) for held in value]
        if isinstance(value, int | float) and not isinstance(value, bool) and self.touches(str(value)):
            return self.redact(str(value))
        return value

    def _entry(self, key: str, value: object) -> object:
        if value is None or isinstance(value, bool | Mapping | list | tuple) or not self.is_field(key):
            return self._walk(value)
        return self._fields[_field_word(key)]

    def _redact_member(self, name: str, content: bytes) -> bytes:
        if name.endswith(_PICTURES):
            return content
        if name.endswith(".zip"):
            return self.redact_archive(content)
        try:
            return self.redact(content.decode()).encode()
        except UnicodeDecodeError:
            return self.redact_bytes(content)

    def _field_in(self, text: str) -> bool:
        if self._field_pattern is None:
            return False
        lowered = text.lower()  # the pattern costs a hundred times more than this glance
        return any(hint in lowered for hint in self._field_hints) and self._field_pattern.search(text) is not None

    def _mask_field(self, found: re.Match[str]) -> str:
        if found["value"].startswith("[secret"):
            return found[0]
        mask = self._fields[_field_word(found["field"])]
        bare_number = '"' in found["lead"] and not found["quote"]  # JSON: "pin": 42 must stay JSON
        return f'{found["lead"]}"{mask}"' if bare_number else f"{found['lead']}{found['quote']}{mask}"


def mask_of(label: str) -> str:
    """What a reader sees in place of a secret."""
    return f"[secret {re.sub(r'[^A-Za-z0-9_.-]+', '_', label)}]"


def redacting(redactor: Redactor | None) -> Callable[[str], str]:
    """The redactor's function, or one that changes nothing."""
    return redactor.redact if redactor is not None else str


@lru_cache(maxsize=4096)
def _words(name: str) -> tuple[str, ...]:
    """The words of a field's name: "portPin", "port_pin" and "text(Port PIN)" are all ("port", "pin")."""
    inner = _PROBE_WORD.sub(r"\1", name).rsplit(".", 1)[-1]
    return tuple(word.lower() for word in _WORD.findall(inner))


@lru_cache(maxsize=4096)
def _field_word(name: str) -> str:
    """One spelling for all ways to write a field's name."""
    return "".join(_words(name))


def _cell_pattern(value: str) -> re.Pattern[str]:
    """Finds a short value where it is all there is: the whole text, in quotes, between separators or tags."""
    quote = r"""\\*["']|&quot;|&\#34;"""
    before, after = rf"""(?P<lead>\A|^|[|;,*\t>]|{quote})""", r"""(?=\Z|$|[|;,*~\t<]|\\*["']|&quot;|&\#34;)"""
    return re.compile(before + re.escape(value) + after, re.MULTILINE)


def _pattern_for(fields: tuple[tuple[str, ...], ...]) -> re.Pattern[str]:
    r"""Finds `"pin": "0042"`, `pin=0042`, `PIN: 0042`, `\"pin\":\"0042\"`."""
    spelled = "|".join("[-_ ]?".join(words) for words in sorted(fields, key=len, reverse=True))
    return re.compile(
        rf"""(?P<lead>(?<![A-Za-z0-9])(?P<field>{spelled})\\*["']?(?:\s*,\s*\\*"value\\*")?\s*[:=]\s*)(?P<quote>\\*["']?)"""
        r"""(?P<value>\[secret [^\]]*\]|[^"'\\\s,;&}}\]<>|]+)""",
        re.IGNORECASE,
    )
