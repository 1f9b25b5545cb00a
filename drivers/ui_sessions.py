"""Browser contexts: one per journey session, system and role; a role signs in once and its login is used again."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, Page, StorageState
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout

from ringback.drivers import ui_locators, ui_words
from ringback.drivers.ui_browser import BrowserActor
from ringback.drivers.ui_pages import OpenPage
from ringback.drivers.ui_settings import Role, UiSettings
from ringback.engine.problems import BrokenTest, NotOffered, Unavailable
from ringback.engine.redaction import Redactor

Key = tuple[str, str, str]  # session, system, role


@dataclass(slots=True)
class UiSessions:
    """All open pages of a run; used only within the actor's loop."""

    actor: BrowserActor
    redactor: Redactor
    _pages: dict[Key, OpenPage] = field(default_factory=dict)
    _logins: dict[tuple[str, str], StorageState] = field(default_factory=dict)
    _signing_in: dict[tuple[str, str], asyncio.Lock] = field(default_factory=dict)

    async def page(self, settings: UiSettings, session: str, role: str, limit_s: float) -> OpenPage:
        """The page of a role in a journey; opened, and signed in, when first asked for."""
        key = (session, settings.system, role)
        known = self._pages.get(key)
        if known is not None and not known.page.is_closed():
            return known
        login = await self._login(settings, settings.role(role), limit_s) if role else None
        context = await self._context(settings, login)
        await context.tracing.start(snapshots=True)
        opened = OpenPage.watch(settings, context, await context.new_page(), self.redactor)
        self._pages[key] = opened
        return opened

    def known(self, session: str, system: str, role: str) -> OpenPage | None:
        """The page, if it is open."""
        return self._pages.get((session, system, role))

    async def open(self, opened: OpenPage, role: str, place: str, limit_s: float) -> None:
        """Go to a page; a login that has run out meanwhile is renewed once."""
        await opened.open(place, limit_s)
        settings = opened.settings
        if not role or not _on_login_page(opened.page, settings) or settings.page(place) == _login_page(settings):
            return
        self._logins.pop((settings.system, role), None)
        await self._sign_in(opened.context, settings, settings.role(role), limit_s)
        await opened.open(place, limit_s)

    async def take_back(self, session: str, *, keep_trace: bool) -> list[tuple[str, bytes, OpenPage]]:
        """Close a journey's pages; their traces, named, when they are to be kept."""
        keys = [key for key in self._pages if key[0] == session]
        return [trace for key in keys for trace in await self._close(key, keep_trace=keep_trace)]

    def forget(self) -> None:
        """The browser is gone, and everything in it."""
        self._pages.clear()
        self._logins.clear()
        self._signing_in.clear()

    async def _close(self, key: Key, *, keep_trace: bool) -> list[tuple[str, bytes, OpenPage]]:
        opened = self._pages.pop(key)
        name = f"trace {key[1]} {key[2]}".rstrip()
        try:
            if not keep_trace:
                await opened.context.tracing.stop()
                await opened.context.close()
                return []
            with tempfile.TemporaryDirectory(prefix="ringback-trace-") as folder:
                file = Path(folder) / "trace.zip"
                await opened.context.tracing.stop(path=file)
                await opened.context.close()
                return [(name, file.read_bytes(), opened)]
        except PlaywrightError:
            return []  # the browser died before its journey ended: there is no trace to keep

    async def _context(self, settings: UiSettings, login: StorageState | None) -> BrowserContext:
        browser = await self.actor.browser(settings.browser)
        return await browser.new_context(
            storage_state=login,
            locale=settings.locale,
            timezone_id=settings.time_zone,
            ignore_https_errors=not settings.verify,
            viewport={"width": 1280, "height": 900},
        )

    async def _login(self, settings: UiSettings, role: Role, limit_s: float) -> StorageState:
        key = (settings.system, role.name)
        async with self._signing_in.setdefault(key, asyncio.Lock()):
            if key not in self._logins:
                context = await self._context(settings, None)  # without a trace: passwords are typed here
                try:
                    self._logins[key] = await self._sign_in(context, settings, role, limit_s)
                finally:
                    await context.close()
            return self._logins[key]

    async def _sign_in(self, context: BrowserContext, settings: UiSettings, role: Role, limit_s: float) -> StorageState:
        page = await context.new_page()
        opened = OpenPage.watch(settings, context, page, self.redactor)
        await opened.open(settings.login.open, limit_s)
        try:
            user = await ui_locators.field(page, settings.login.user, limit_s)
            await user.fill(role.user)
            password = await ui_locators.field(page, settings.login.password, limit_s)
            await password.fill(role.password)
            button = await ui_locators.clickable(page, settings.login.click, limit_s)
            await button.click()
        except (BrokenTest, NotOffered, PlaywrightTimeout) as error:
            raise await _not_signed_in(page, settings, role, str(error)) from error
        await opened.settle(limit_s)
        if not await _is_in(page, settings, limit_s):
            raise await _not_signed_in(page, settings, role, "the page says so")
        state = await context.storage_state()
        self._logins[settings.system, role.name] = state
        await page.close()
        return state


def _login_page(settings: UiSettings) -> str:
    return settings.page(settings.login.open)


def _on_login_page(page: Page, settings: UiSettings) -> bool:
    return urlsplit(page.url).path.rstrip("/") == urlsplit(_login_page(settings)).path.rstrip("/")


async def _is_in(page: Page, settings: UiSettings, limit_s: float) -> bool:
    """Whether the text that tells it is there; without such a text, whether the login page was left."""
    if not settings.login.done:
        return not _on_login_page(page, settings)
    told = page.get_by_text(settings.login.done).first
    try:
        await told.wait_for(state="visible", timeout=min(limit_s, ui_locators.PATIENCE_S) * 1000)
    except PlaywrightTimeout:
        return False
    return True


async def _not_signed_in(page: Page, settings: UiSettings, role: Role, reason: str) -> Unavailable:
    (text,) = await ui_words.ask(page, ("everything", ""))
    said = " / ".join(line.strip() for line in str(text).splitlines() if line.strip())[:300]
    what = f"role {role.name!r} cannot sign in at {page.url}: {reason}; the page shows: {said}"
    return Unavailable(settings.system, what, "look at `roles:` and `login:` of the system in the environment file")
