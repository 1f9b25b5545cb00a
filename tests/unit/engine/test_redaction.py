"""Redaction: no encoding of a secret survives, short secrets go by their field, clean text is left alone."""

from __future__ import annotations

import base64
import html
import io
import json
import threading
import urllib.parse
import zipfile

import pytest

from ringback.engine.redaction import Redactor

CANARY = "canary/\"9f8e7d6c5b4a+<tok&en>'é-0123456789"


def encoded_forms() -> dict[str, str]:
    """The canary as a log, a page, a URL or an archive may show it."""
    raw = CANARY.encode()
    return {
        "plain": CANARY,
        "url": urllib.parse.quote(CANARY, safe=""),
        "form": urllib.parse.quote_plus(CANARY),
        "json": json.dumps(CANARY)[1:-1],
        "json in json": json.dumps(json.dumps({"k": CANARY})),
        "html": html.escape(CANARY),
        "hex": raw.hex(),
        "HEX": raw.hex().upper(),
        **{f"base64 at {n}": base64.b64encode(b"x" * n + raw + b"yz").decode() for n in range(4)},
        "url-safe base64": base64.urlsafe_b64encode(b"user:" + raw).decode(),
    }


@pytest.fixture
def redactor() -> Redactor:
    """Knows the canary."""
    redactor = Redactor()
    redactor.add(CANARY, "API_TOKEN")
    return redactor


@pytest.mark.parametrize("form", encoded_forms())
def test_every_encoding_of_a_secret_is_masked(redactor: Redactor, form: str) -> None:
    """A long canary is found in plain text and in each common encoding, wherever it stands."""
    text = encoded_forms()[form]

    redacted = redactor.redact(f"before {text} after")

    assert "[secret API_TOKEN]" in redacted
    assert "9f8e7d6c5b4a" not in urllib.parse.unquote_plus(redacted)
    assert redacted.startswith("before ")
    assert redacted.endswith(" after")


def test_text_without_a_secret_is_the_same_object(redactor: Redactor) -> None:
    """Nothing is copied when there is nothing to hide."""
    text = "GET /productOrder -> 200"

    assert redactor.redact(text) is text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"pin": "0042", "zip": "02139"}', '{"pin": "[secret pin]", "zip": "02139"}'),
        ('{"portInPin":"0042"}', '{"portInPin":"0042"}'),
        ('{"pin":42}', '{"pin":"[secret pin]"}'),
        ("pin=0042&zip=02139", "pin=[secret pin]&zip=02139"),
        ("PIN: 0042", "PIN: [secret pin]"),
        ('[{"name":"pin","value":"7351"}]', '[{"name":"pin","value":"[secret pin]"}]'),
        (r'"{\"name\":\"pin\",\"value\":\"7351\"}"', r'"{\"name\":\"pin\",\"value\":\"[secret pin]\"}"'),
        ("the pinned version: 3", "the pinned version: 3"),
    ],
)
def test_a_short_secret_is_masked_by_its_field(text: str, expected: str) -> None:
    """A four-digit PIN cannot be masked by value; what stands in a field named pin is."""
    redactor = Redactor()
    redactor.add_field("pin")

    assert redactor.redact(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0042", "[secret PIN]"),
        ("1|0012345|0042||Tara", "1|0012345|[secret PIN]||Tara"),
        ("N9*0042~", "N9*[secret PIN]~"),
        ('{"x":"0042"}', '{"x":"[secret PIN]"}'),
        ("<td>0042</td>", "<td>[secret PIN]</td>"),
        ("value&#34;:&#34;0042&#34;", "value&#34;:&#34;[secret PIN]&#34;"),
        ("order 00420042 of 20261121004210", "order 00420042 of 20261121004210"),
        ("0042 files", "0042 files"),
    ],
)
def test_a_short_secret_is_masked_where_it_is_a_whole_cell(text: str, expected: str) -> None:
    """In a partner's file, in JSON or in a page; the same digits inside another value stay."""
    redactor = Redactor()
    redactor.add("0042", "PIN")

    assert redactor.redact(text) == expected


def test_a_value_is_masked_in_depth_by_value_and_by_field(redactor: Redactor) -> None:
    """Mappings and lists are walked; a path such as text(PIN) counts as the field PIN."""
    redactor.add_field("pin")
    value = {"a": [f"Bearer {CANARY}", 7], "text(PIN)": "0042", "body": {"port": {"pin": 42}}, "ok": True}
    value["characteristic"] = [{"name": "pin", "value": "7351"}]

    redacted = redactor.redact_value(value)

    assert redacted == {
        "a": ["Bearer [secret API_TOKEN]", 7],
        "text(PIN)": "[secret pin]",
        "body": {"port": {"pin": "[secret pin]"}},
        "ok": True,
        "characteristic": [{"name": "pin", "value": "[secret pin]"}],
    }


def test_an_archive_is_opened_and_its_members_are_masked(redactor: Redactor) -> None:
    """A trace archive keeps its members, without the secret in any of them."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("trace.network", json.dumps({"Authorization": f"Bearer {CANARY}"}))
        archive.writestr("body.bin", b"\xff\xfe" + CANARY.encode())

    redacted = redactor.redact_archive(packed.getvalue())

    with zipfile.ZipFile(io.BytesIO(redacted)) as archive:
        assert json.loads(archive.read("trace.network")) == {"Authorization": "Bearer [secret API_TOKEN]"}
        assert archive.read("body.bin") == b"\xff\xfe[secret API_TOKEN]"


def test_secrets_may_be_added_while_others_redact() -> None:
    """Journeys run as threads: adding a secret never breaks another thread's redaction."""
    redactor = Redactor()
    leaks: list[str] = []

    def add_many(start: int) -> None:
        for number in range(start, start + 30):
            redactor.add(f"secret-{number:06d}", "S")

    def redact_many() -> None:
        seen = [redactor.redact("x secret-000001 y") for _ in range(300)]
        leaks.extend(text for text in seen if "secret-000001" in text)

    redactor.add("secret-000001", "S")
    threads = [threading.Thread(target=add_many, args=(n * 100,)) for n in range(3)]
    threads.append(threading.Thread(target=redact_many))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert leaks == []
    assert redactor.redact("secret-000129 secret-000229") == "[secret S] [secret S]"
