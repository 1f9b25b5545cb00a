"""Finds what a journey clicks or fills by the words that stand on the page, and says what is there when it does not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from playwright.async_api import Locator, Page
from playwright.async_api import TimeoutError as PlaywrightTimeout

from ringback.drivers import ui_words
from ringback.drivers.steps import nearest
from ringback.engine.problems import BrokenTest, NotOffered

FIELDS = (
    "input,textarea,select,[contenteditable='true'],[role=textbox],[role=combobox],[role=checkbox],[role=radiogroup]"
)
CLICKED_ROLES = ("button", "link", "tab", "menuitem", "option", "checkbox", "radio", "switch")
_KIND = re.compile(r"([a-z]+)=(.+)\Z", re.DOTALL)
PATIENCE_S = 5.0  # for something to appear; a page that needs longer is waited for with `within`


async def field(page: Page, name: str, limit_s: float) -> Locator:
    """The one field called `name`: by label, aria-label, placeholder, or `testid=...`."""
    kind, bare = _kind(name)
    if kind:
        return await _one(page, _by_kind(page, kind, bare), name, "field", limit_s)
    words = _exactly(bare)
    wanted = page.get_by_label(words).or_(page.get_by_placeholder(bare, exact=True)).and_(page.locator(FIELDS))
    return await _one(page, wanted, name, "field", limit_s)


async def clickable(page: Page, name: str, limit_s: float) -> Locator:
    """The one button, link, tab, ... called `name`; else the text itself, or `testid=...`, `button=...`."""
    kind, bare = _kind(name)
    if kind:
        return await _one(page, _by_kind(page, kind, bare), name, "button or link", limit_s)
    words = _exactly(bare)
    wanted = page.get_by_role("button", name=words)
    for role in CLICKED_ROLES[1:]:
        wanted = wanted.or_(page.get_by_role(role, name=words))  # type: ignore[arg-type]  # the names are ARIA roles
    if not await wanted.count():
        wanted = wanted.or_(page.get_by_text(bare, exact=True))
    return await _one(page, wanted, name, "button or link", limit_s)


def _kind(name: str) -> tuple[str, str]:
    match = _KIND.match(name)
    return (match[1], match[2].strip()) if match else ("", name.strip())


def _by_kind(page: Page, kind: str, name: str) -> Locator:
    match kind:
        case "testid":
            return page.get_by_test_id(name)
        case "text":
            return page.get_by_text(name, exact=True)
        case "label":
            return page.get_by_label(_exactly(name))
        case "placeholder":
            return page.get_by_placeholder(name, exact=True)
    return page.get_by_role(kind, name=_exactly(name))  # type: ignore[arg-type]  # any other word is an ARIA role


def _exactly(name: str) -> re.Pattern[str]:
    """The whole name, in any spacing; a colon or an asterisk behind it belongs to the form, not to the name."""
    words = r"\s+".join(re.escape(word) for word in name.split())
    return re.compile(rf"^\s*{words}\s*[:*]*\s*$")


async def _one(page: Page, wanted: Locator, name: str, what: str, limit_s: float) -> Locator:
    """The one visible element of `wanted`, waited for a moment."""
    seen = wanted.filter(visible=True)
    try:
        await seen.first.wait_for(state="visible", timeout=min(limit_s, PATIENCE_S) * 1000)
    except PlaywrightTimeout as error:
        raise await _missing(page, name, what) from error
    count = await seen.count()
    if count > 1:
        hint = "say which one with `testid=...` or a role: `button=...`"
        raise BrokenTest(f"{count} things on {place(page)} are called {name!r}", hint)
    return seen.first


async def _missing(page: Page, name: str, what: str) -> NotOffered:
    labels, buttons = await ui_words.ask(page, ("labels", ""), ("clickables", ""))
    there = _texts(labels) if what == "field" else _texts(buttons)
    bare = _kind(name)[1]
    others = _texts(buttons) if what == "field" else _texts(labels)
    hint = nearest(bare, there) or nearest(bare, others) or f"the page has: {', '.join(there[:20]) or 'none at all'}"
    return NotOffered(f"no {what} called {name!r} on {place(page)}", hint)


def place(page: Page) -> str:
    """The page as its path: the same on every environment."""
    return urlsplit(page.url).path or page.url


def _texts(words: object) -> list[str]:
    return [str(word) for word in words] if isinstance(words, Iterable) and not isinstance(words, str) else []
