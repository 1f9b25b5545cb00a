"""The open page of one role in one journey: where it is, what it logged, what was typed into it."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field

from playwright.async_api import BrowserContext, ConsoleMessage, Frame, Page, Request, Response
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout

from ringback.drivers.ui_settings import UiSettings
from ringback.engine.problems import Unavailable
from ringback.engine.redaction import SHORTEST_BY_VALUE, Redactor

KEPT_MESSAGES = 100
# A click that starts a navigation tells the browser after its handler ran: by the next frame the request is known.
NEXT_FRAME = "() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 0)))"


@dataclass  # without slots: playwright hangs its wrappers of bound methods onto their instance
class OpenPage:
    """A browser context with its page; used by one thread at a time, only within the actor's loop."""

    settings: UiSettings
    context: BrowserContext
    page: Page
    redactor: Redactor
    status: int | None = None
    acted: set[str] = field(default_factory=set)  # steps that did more than look: never done again
    finished: set[str] = field(default_factory=set)  # ... and came to their end
    read: dict[str, dict[str, object]] = field(default_factory=dict)  # by step
    messages: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_MESSAGES))
    short_secrets: set[str] = field(default_factory=set)  # too short to be masked wherever they occur outside
    _arriving: asyncio.Event | None = None

    @classmethod
    def watch(cls, settings: UiSettings, context: BrowserContext, page: Page, redactor: Redactor) -> OpenPage:
        """An open page that hears what its page does."""
        opened = cls(settings, context, page, redactor)
        page.on("console", opened._console)
        page.on("pageerror", lambda error: opened.messages.append(f"error: {error}"))
        page.on("request", opened._request)
        page.on("response", opened._response)
        page.on("requestfailed", opened._request_failed)
        page.on("domcontentloaded", lambda _: opened._arrived())
        return opened

    def typed(self, label: str, value: str) -> None:
        """Remember a short secret that is typed, so that no screenshot and no trace shows it."""
        if value and len(value) < SHORTEST_BY_VALUE and self.redactor.is_field(label):
            self.short_secrets.add(value)

    async def open(self, place: str, limit_s: float) -> None:
        """Go to a page below the system's address; Unavailable when no server answers."""
        address = self.settings.page(place)
        try:
            response = await self.page.goto(address, wait_until="domcontentloaded", timeout=limit_s * 1000)
        except PlaywrightTimeout as error:
            what = f"{address} did not load within {limit_s:.0f} s"
            raise Unavailable(self.settings.system, what, "is the system busy or stopped?") from error
        except PlaywrightError as error:
            raise self._unreachable(address, error) from error
        if response is not None:
            self.status = response.status

    async def settle(self, limit_s: float) -> None:
        """After a deed: when it left for another page, wait until that has come."""
        with suppress(PlaywrightError):  # the page that is asked may be gone already: a navigation is under way
            await self.page.evaluate(NEXT_FRAME)
        arriving = self._arriving
        if arriving is None:
            return
        try:
            await asyncio.wait_for(arriving.wait(), limit_s)
        except TimeoutError as error:
            what = f"the page after {self.page.url} did not come within {limit_s:.0f} s"
            raise Unavailable(self.settings.system, what, "is the system busy or stopped?") from error

    def _unreachable(self, address: str, error: PlaywrightError) -> Unavailable:
        reason = next(iter(error.message.splitlines()), "no answer").removeprefix("Page.goto: ")
        system = self.settings.system
        hint = f"is it running? its address is `ui:` of {system!r} in the environment file"
        return Unavailable(system, f"{address}: {reason}", hint)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.messages.append(f"{message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        if request.is_navigation_request() and self._is_main(request.frame):
            self._arriving = self._arriving or asyncio.Event()

    def _response(self, response: Response) -> None:
        if not response.request.is_navigation_request() or not self._is_main(response.frame):
            return
        self.status = response.status
        if response.status in (204, 205) or "attachment" in response.headers.get("content-disposition", ""):
            self._arrived()  # the browser stays on the page it shows

    def _request_failed(self, request: Request) -> None:
        if request.is_navigation_request() and self._is_main(request.frame):
            self.messages.append(f"error: {request.method} {request.url} failed: {request.failure}")
            self._arrived()

    def _arrived(self) -> None:
        if self._arriving is not None:
            self._arriving.set()
            self._arriving = None

    def _is_main(self, frame: Frame) -> bool:
        return frame == self.page.main_frame
