"""Questions about a page, in the words that stand on it: `text(Account number)`, `table(Products)`, `rows`, `url`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from playwright.async_api import Page

from ringback.engine.evidence import ABSENT
from ringback.engine.excerpt import advice
from ringback.engine.paths import split_path
from ringback.engine.problems import BrokenTest

NAMED = ("text", "value", "visible", "enabled", "count", "table")
BARE = ("rows", "url", "path", "title", "status")
LISTS = ("labels", "clickables", "captions")  # what there is on a page, for messages
_CALL = re.compile(r"([A-Za-z_]+)\((.*)\)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to find out: `word` is how, `name` is of what; `text` is how the journey writes it."""

    text: str
    word: str
    name: str = ""


def question(path: str) -> Question | None:
    """The question that a path of `expect` begins with, or None when it is none."""
    first = split_path(path.strip())[0]
    match = _CALL.match(first)
    if match and match[1] in NAMED and match[2].strip():
        return Question(first, match[1], match[2].strip())
    return Question(first, first) if first in BARE else None


def questions(paths: Iterable[str]) -> tuple[Question, ...]:
    """The different questions of some paths; a path that is none (the name of a `read`) is left out."""
    found = (question(path) for path in paths)
    return tuple(dict.fromkeys(each for each in found if each is not None))


@cache
def _script() -> str:
    return files("ringback.drivers").joinpath("ui_words.js").read_text(encoding="utf-8")


async def ask(page: Page, *asked: tuple[str, str]) -> list[object]:
    """Ask the page several things at once; what it does not have is ABSENT.

    Raises:
        BrokenTest: A name fits several things that say different things.
    """
    answers: Sequence[Mapping[str, object]] = await page.evaluate(_script(), [list(pair) for pair in asked])
    return [_answer(pair, answer) for pair, answer in zip(asked, answers, strict=True)]


async def look(page: Page, asked: Sequence[Question], status: int | None) -> dict[str, object]:
    """The answers to some questions, under the words of the journey; `status` is that of the page's own answer."""
    there = [each for each in asked if each.word != "status"]
    values: dict[str, object] = {each.text: status for each in asked if each.word == "status"}
    if there:
        answers = await ask(page, *((each.word, each.name) for each in there))
        values |= {each.text: answer for each, answer in zip(there, answers, strict=True)}
    return values


async def missing(page: Page, asked: Sequence[Question], values: Mapping[str, object]) -> dict[str, str]:
    """Why questions have no answer: what the page has instead, by the words of the journey."""
    lost = [each for each in asked if values.get(each.text) is ABSENT]
    if not lost:
        return {}
    labels, buttons, tables = (_texts(answer) for answer in await ask(page, *((word, "") for word in LISTS)))
    there = {"table": tables, "enabled": [*buttons, *labels]}
    return {
        each.text: f"the page has no {each.name!r}; {advice(each.name, there.get(each.word, labels), 'it has none')}"
        for each in lost
    }


def _texts(answer: object) -> list[str]:
    return [str(each) for each in answer] if isinstance(answer, list) else []


def _answer(pair: tuple[str, str], answer: Mapping[str, object]) -> object:
    several = answer.get("ambiguous")
    if isinstance(several, list):
        shown = ", ".join(repr(str(each)) for each in several[:5])
        what = f"{pair[0]}({pair[1]}) fits {len(several)} different things on the page: {shown}"
        raise BrokenTest(what, "use the field's test id: text(testid=...)")
    return ABSENT if answer.get("absent") else answer.get("value")
