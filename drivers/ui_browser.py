"""One browser per process behind one actor thread: journeys in many threads call into its event loop."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from pathlib import Path
from typing import TypeVar

from playwright.async_api import Browser, Playwright, async_playwright
from playwright.async_api import Error as PlaywrightError

from ringback.engine.problems import RingbackError, Unavailable

T = TypeVar("T")
VARIABLE = "RINGBACK_CHROMIUM"
HEADLESS = "/usr/bin/chromium-headless-shell"
PLACES = (HEADLESS, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
INSTALL = "run `playwright install chromium`, or `apt-get install chromium-headless-shell`"
QUIET = (  # a browser that talks to nobody but the system under test
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LAUNCH_S = 30.0


def executable(wanted: str | None, own: str, *, headed: bool, variable: str | None) -> str:
    """The browser to start: the variable's, the environment's, playwright's own, or one that the system has.

    Raises:
        Unavailable: There is none.
    """
    for named, where in ((variable, VARIABLE), (wanted, "`browser:` in the environment file")):
        if named:
            if not Path(named).exists():
                raise Unavailable("browser", f"{named} is not there", f"correct {where}, or {INSTALL}")
            return named
    found = [place for place in (own, *PLACES) if Path(place).exists() and not (headed and "headless" in place)]
    if not found:
        kind = "no browser that can show a window" if headed else "no Chromium"
        raise Unavailable("browser", f"{kind} is installed", INSTALL)
    return found[0]


class BrowserActor:
    """Owns the loop, playwright and the browser; starts them when first asked, again after the browser died."""

    def __init__(self, *, headed: bool, slots: int) -> None:
        self._headed = headed
        self._slots = slots
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._slot: asyncio.Semaphore | None = None
        self._launching: asyncio.Lock | None = None
        self._lock = threading.Lock()

    def run(self, work: Callable[[], Coroutine[object, object, T]], limit_s: float) -> T:
        """Run a coroutine in the actor's loop and wait for it; what it raises is raised here.

        Raises:
            Unavailable: The browser broke, or it took longer than `limit_s`.
        """
        future: Future[T] = asyncio.run_coroutine_threadsafe(work(), self._running_loop())
        try:
            return future.result(limit_s)
        except FutureTimeout as error:
            future.cancel()
            raise Unavailable("browser", f"no answer within {limit_s:.0f} s", "is the machine overloaded?") from error
        except PlaywrightError as error:
            first = error.message.splitlines()[0] if error.message else "it broke"
            raise Unavailable("browser", first, "run with --headed to look at it, or again") from error
        except BaseException:
            future.cancel()
            raise

    def slot(self) -> asyncio.Semaphore:
        """A place to work in the browser; two per two cores are measured best. Only from within `run`."""
        if self._slot is None:
            self._slot = asyncio.Semaphore(self._slots)
        return self._slot

    async def browser(self, wanted: str | None) -> Browser:
        """The browser, started if need be. Only from within `run`."""
        if self._launching is None:
            self._launching = asyncio.Lock()
        async with self._launching:
            if self._browser is None or not self._browser.is_connected():
                self._browser = await self._launch(wanted)
            return self._browser

    async def _launch(self, wanted: str | None) -> Browser:
        if self._playwright is None:
            self._playwright = await async_playwright().start()
        chromium = self._playwright.chromium
        path = executable(wanted, chromium.executable_path, headed=self._headed, variable=os.environ.get(VARIABLE))
        try:
            return await chromium.launch(
                executable_path=path, headless=not self._headed, args=list(QUIET), timeout=LAUNCH_S * 1000
            )
        except PlaywrightError as error:
            reason = next(iter(error.message.splitlines()), "it ended at once")
            hint = "a window needs a display: run without --headed, or under xvfb-run" if self._headed else INSTALL
            raise Unavailable("browser", f"{path} does not start: {reason}", hint) from error

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="ringback-browser", daemon=True)
                self._thread.start()
            return self._loop

    def close(self) -> None:
        """Close the browser and end the thread; asking again starts both anew."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is None or thread is None:
            return
        try:
            asyncio.run_coroutine_threadsafe(self._shut(), loop).result(LAUNCH_S)
        except (FutureTimeout, PlaywrightError, RingbackError):
            pass  # the run is over; a browser that cannot be closed ends with the process
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join(LAUNCH_S)
            loop.close()

    async def _shut(self) -> None:
        browser, playwright = self._browser, self._playwright
        self._browser = self._playwright = self._slot = self._launching = None
        if browser is not None:
            await browser.close()
        if playwright is not None:
            await playwright.stop()
