"""What is kept of a page: its words, a screenshot without secrets, its console; and a trace without secrets."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterable

from playwright.async_api import Error as PlaywrightError

from ringback.drivers import ui_words
from ringback.drivers.ui_pages import OpenPage
from ringback.engine.evidence import Exhibit
from ringback.engine.redaction import Redactor, mask_of

HIDDEN = "[data-ringback-hidden],input[type=password]"
SHOT_MS = 10_000
TEXTS = (".html", ".txt", ".json", ".js", ".css", ".xml", ".svg", ".dat")
EVENTS = (".trace", ".network", ".stacks")


async def exhibits_of(opened: OpenPage) -> tuple[Exhibit, ...]:
    """Address and text of the page, a screenshot, and what the console said."""
    page = opened.page
    (text,) = await ui_words.ask(page, ("everything", ""))
    await _hide_secrets(opened)
    shown = [Exhibit("page", "text/plain", f"{page.url}\n{without(str(text), opened.short_secrets)}\n")]
    try:
        shot = await page.screenshot(
            type="png", full_page=True, mask=[page.locator(HIDDEN)], animations="disabled", timeout=SHOT_MS
        )
        shown.append(Exhibit("screenshot", "image/png", shot))
    except PlaywrightError as error:
        reason = next(iter(error.message.splitlines()), "it did not come")
        shown.append(Exhibit("no screenshot", "text/plain", reason))
    await ui_words.ask(page, ("unhide", ""))
    if opened.messages:
        shown.append(Exhibit("console", "text/plain", without("\n".join(opened.messages), opened.short_secrets) + "\n"))
    return tuple(shown)


async def _hide_secrets(opened: OpenPage) -> None:
    """Mark every element that shows a secret: by its field's name, by its value, or because it was typed as one."""
    (leaves,) = await ui_words.ask(opened.page, ("leaves", ""))
    hidden: list[int] = []
    for index, (owner, text, is_password) in enumerate(leaves if isinstance(leaves, list) else []):
        by_field = bool(owner) and opened.redactor.is_field(str(owner))
        if by_field and 0 < len(str(text)) < 30:
            opened.short_secrets.add(str(text))
        if is_password or by_field or opened.redactor.touches(str(text)) or _tells(str(text), opened.short_secrets):
            hidden.append(index)
    await ui_words.ask(opened.page, ("hide", ",".join(map(str, hidden))))


def clean_trace(content: bytes, short_secrets: Iterable[str], redactor: Redactor) -> bytes:
    """A trace archive without secrets: the long ones by value everywhere, the short ones wherever they stand alone."""
    cleaned = redactor.redact_archive(content)
    short = frozenset(short_secrets)
    return _rewritten(cleaned, short) if short else cleaned


def without(text: str, short_secrets: Iterable[str]) -> str:
    """The text without short secrets that stand alone in it."""
    pattern = _alone(short_secrets)
    return pattern.sub(mask_of("typed"), text) if pattern else text


def _tells(text: str, short_secrets: Iterable[str]) -> bool:
    pattern = _alone(short_secrets)
    return bool(pattern and pattern.search(text))


def _alone(short_secrets: Iterable[str]) -> re.Pattern[str] | None:
    words = sorted({re.escape(secret) for secret in short_secrets if secret}, key=len, reverse=True)
    return re.compile(rf"(?<![0-9A-Za-z])(?:{'|'.join(words)})(?![0-9A-Za-z])") if words else None


def _rewritten(content: bytes, short: frozenset[str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            new.writestr(member.filename, _member(member.filename, old.read(member), short))
    return packed.getvalue()


def _member(name: str, content: bytes, short: frozenset[str]) -> bytes:
    if name.endswith(EVENTS):
        return b"\n".join(_event(line, short) for line in content.split(b"\n"))
    if not name.endswith(TEXTS):
        return content
    try:
        return without(content.decode(), short).encode()
    except UnicodeDecodeError:
        return content


def _event(line: bytes, short: frozenset[str]) -> bytes:
    """One JSON line: only its texts change, so that a number that looks like a PIN keeps the trace readable."""
    if not line.strip():
        return line
    try:
        return json.dumps(_walk(json.loads(line), short), ensure_ascii=False, separators=(",", ":")).encode()
    except ValueError:
        return without(line.decode("utf-8", "replace"), short).encode()


def _walk(value: object, short: frozenset[str]) -> object:
    if isinstance(value, str):
        return without(value, short)
    if isinstance(value, list):
        return [_walk(each, short) for each in value]
    return {key: _walk(each, short) for key, each in value.items()} if isinstance(value, dict) else value
