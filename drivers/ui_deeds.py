"""What a person does in the browser, one deed after the other: open, fill, choose, check, press, click, read."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Locator
from playwright.async_api import TimeoutError as PlaywrightTimeout

from ringback.drivers import ui_locators, ui_words
from ringback.drivers.api_request import as_text
from ringback.drivers.steps import nearest
from ringback.drivers.ui_pages import OpenPage
from ringback.engine.evidence import ABSENT
from ringback.engine.problems import BrokenTest, NotOffered
from ringback.engine.source import Source

VERBS: Mapping[str, str] = {
    "open": "go to a page: its path below the system's address",
    "click": "a button, link or text, or a list of them",
    "fill": "{field: text}",
    "choose": "{field: an option's words or value}",
    "check": "a tick box, or a list of them",
    "uncheck": "a tick box, or a list of them",
    "press": "a key, or {field: key}",
    "upload": "{field: a file of the project}",
    "read": "{name: text(...)}: remember what stands there now",
}
LOOKING = frozenset({"open", "read"})
KEYS = ("Enter", "Escape", "Tab", "Space", "Backspace", "Delete", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight")
DEED_S = 30.0
LOOK_AGAIN_S = 0.02  # inside the page's own script time: how often a `read` looks for what is about to appear


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing to do; what it needs comes resolved under `key` of the step's arguments."""

    verb: str
    key: str
    source: Source


@dataclass(frozen=True, slots=True)
class Doing:
    """Where deeds are done, and how long they may take."""

    page: OpenPage
    project: Path
    limit_s: float

    async def carry_out(self, verb: str, wanted: object) -> dict[str, object]:
        """Do one thing; a `read` gives back its values."""
        if verb == "read":
            return await self._read(_named(verb, wanted))
        for target, value in _targets(verb, wanted):
            await self._one(verb, target, value)
        return {}

    async def _one(self, verb: str, target: str, value: str) -> None:
        deeds: Mapping[str, Callable[[str, str], Awaitable[None]]] = {
            "open": self._open,
            "click": self._click,
            "fill": self._fill,
            "choose": self._choose,
            "check": self._check,
            "uncheck": self._uncheck,
            "press": self._press,
            "upload": self._upload,
        }
        await deeds[verb](target, value)

    async def _open(self, target: str, _: str) -> None:
        await self.page.open(target, self.limit_s)

    async def _click(self, target: str, _: str) -> None:
        element = await ui_locators.clickable(self.page.page, target, self.limit_s)
        await self._act(target, element.click(timeout=self._patience_ms))

    async def _fill(self, target: str, value: str) -> None:
        element = await self._field(target)
        self.page.typed(target, value)
        await self._act(target, element.fill(value, timeout=self._patience_ms), settle=False)

    async def _check(self, target: str, _: str) -> None:
        element = await self._field(target)
        await self._act(target, element.check(timeout=self._patience_ms))

    async def _uncheck(self, target: str, _: str) -> None:
        element = await self._field(target)
        await self._act(target, element.uncheck(timeout=self._patience_ms))

    async def _press(self, target: str, value: str) -> None:
        if not value:
            await self._act(target, self.page.page.keyboard.press(target))
            return
        element = await self._field(target)
        await self._act(target, element.press(value, timeout=self._patience_ms))

    async def _upload(self, target: str, value: str) -> None:
        file = self.project / value
        if not file.is_file():
            raise BrokenTest(f"there is no file {value} to upload", "its path counts from the project's folder")
        element = await self._field(target)
        await self._act(target, element.set_input_files(file, timeout=self._patience_ms))

    async def _choose(self, target: str, value: str) -> None:
        element = await self._field(target)
        if await element.evaluate("element => element.tagName") != "SELECT":
            choice = element.get_by_label(value, exact=True).or_(element.get_by_text(value, exact=True)).first
            await self._act(target, choice.click(timeout=self._patience_ms))
            return
        await self._act(target, element.select_option(index=await _option(element, target, value)))

    async def _field(self, target: str) -> Locator:
        return await ui_locators.field(self.page.page, target, self.limit_s)

    async def _act(self, target: str, deed: Awaitable[object], *, settle: bool = True) -> None:
        try:
            await deed
        except PlaywrightTimeout as error:
            reason = _why(error.message)
            what = f"{target!r} on {ui_locators.place(self.page.page)} cannot be used: {reason}"
            raise NotOffered(what, "look at the screenshot") from error
        if settle:
            await self.page.settle(self.limit_s)

    async def _read(self, wanted: Mapping[str, object]) -> dict[str, object]:
        """Read what stands there; it may take a moment to appear, as after any click."""
        values: dict[str, object] = {}
        for name, asked in wanted.items():
            found = ui_words.question(str(asked))
            if found is None:
                raise BrokenTest(
                    f"read: {asked} is no question about a page", "write text(...), value(...) or table(...)"
                )
            values[name] = await self._appearing(found)
        return values

    async def _appearing(self, asked: ui_words.Question) -> object:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + min(self.limit_s, ui_locators.PATIENCE_S)
        while True:
            (value,) = (await ui_words.look(self.page.page, (asked,), self.page.status)).values()
            if value is not ABSENT or loop.time() > deadline:
                return value
            await self.page.page.wait_for_timeout(LOOK_AGAIN_S * 1000)

    @property
    def _patience_ms(self) -> float:
        """A deed ends when the page it leads to has begun to load, so a slow system needs more than a locator does."""
        return min(self.limit_s, DEED_S) * 1000


async def _option(element: Locator, target: str, value: str) -> int:
    """The place of the option with these words or this value."""
    options: list[list[str]] = await element.evaluate(
        "select => [...select.options].map(option => [option.label.replace(/\\s+/g, ' ').trim(), option.value])"
    )
    for place in (0, 1):
        for index, option in enumerate(options):
            if option[place] == value.strip():
                return index
    labels = [label for label, _ in options if label]
    hint = (
        nearest(value, [*labels, *(each for _, each in options)]) or f"it offers: {', '.join(labels[:20]) or 'nothing'}"
    )
    raise NotOffered(f"{target!r} offers no {value!r}", hint)


def _targets(verb: str, wanted: object) -> Iterator[tuple[str, str]]:
    """Pairs of what is meant and what to put there; the second is empty where a verb needs none."""
    if isinstance(wanted, Mapping):
        yield from ((str(name), as_text(value)) for name, value in wanted.items())
        return
    if verb in ("fill", "choose", "upload"):
        raise BrokenTest(f"{verb}: {wanted!r} is no mapping", f"write `{verb}: {VERBS[verb]}`")
    for each in wanted if isinstance(wanted, list | tuple) else (wanted,):
        yield as_text(each), ""


def _named(verb: str, wanted: object) -> Mapping[str, object]:
    if not isinstance(wanted, Mapping):
        raise BrokenTest(f"{verb}: {wanted!r} is no mapping", f"write `{verb}: {VERBS[verb]}`")
    return wanted


def _why(message: str) -> str:
    """What kept playwright waiting: the last line of its log that says more than `waiting`."""
    lines = [line.strip(" -") for line in message.splitlines()]
    told = [line for line in lines if line.startswith(("element is", "element was", "<"))]
    return told[-1] if told else (lines[0] if lines else "it does not answer")
