"""Documents tell the truth: links lead somewhere, examples are read, no word of the language is missing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from ringback.assertions.expect import WORDS
from ringback.assertions.matchers.formats import FORMATS
from ringback.assertions.reconcile.rules import load_rules
from ringback.cli.lint import linting_tools
from ringback.engine.environment import load_environment
from ringback.engine.forms import FORMS
from ringback.engine.loader import inspect_journey, inspect_steps
from ringback.engine.problems import Problem
from ringback.engine.registry import DriverSet
from ringback.engine.schema import (
    ENVIRONMENT,
    GATE,
    INPUT_KINDS,
    JOURNEY,
    MATRIX,
    NEED,
    PARTNER,
    QUARANTINE,
    STEP,
    STEPS_FILE,
    STRUCTURE,
    TYPES,
)
from ringback.synthetic_partners.layout import load_layouts

ROOT = Path(__file__).parents[3]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
REFERENCE = ROOT / "docs" / "journey-language.md"
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
FIRST_KEY = re.compile(r"(?:- )?([a-z_]+):")

# What an example that shows only a part of a journey is completed with.
PARTS = {
    "journey": "journey: example\n",
    "summary": "summary: An example of the reference\n",
    "inputs": """inputs:
  customer: {lease: customer_with_fibre}
  tn: {lease: port_in_number}
  account: "0012345"
  pin: {secret: PORT_PIN}
""",
    "matrix": """matrix:
  donor: [north-tel, west-mobile]
  device: [PHX-128, PHX-256]
  answer: [confirm, delay_then_confirm, resolve_then_confirm]
""",
    "steps": """steps:
- id: order
  name: What the example builds on
  memory: ordering
  answers: [{id: PO-1, number: WEB-1, correlation: CORR-1, variant: $matrix}]
  expect: {id: PO-1}
  outputs: {id: id, number: number, correlation: correlation}
""",
}


@dataclass(frozen=True, slots=True)
class Example:
    """A fenced block of a page."""

    page: Path
    line: int
    text: str

    @property
    def first(self) -> str:
        """Its first key, which says what it is a part of."""
        found = FIRST_KEY.match(self.text)
        return "-" if self.text.startswith("- ") else found[1] if found else ""

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def examples(page: Path) -> Iterator[Example]:
    """The YAML blocks of a page."""
    text = page.read_text("utf-8")
    for found in FENCE.finditer(text):
        if found[1] == "yaml":
            yield Example(page, text.count("\n", 0, found.start()) + 2, found[2])


def whole(example: Example) -> str:
    """The example as a journey: what it does not say is added."""
    if example.first == "journey":
        return example.text
    if example.first == "-":
        return "".join(PARTS.values()) + example.text
    parts = [text for key, text in PARTS.items() if not re.search(rf"^{key}:", example.text, re.MULTILINE)]
    return example.text + "".join(parts)


def journey_problems(example: Example, folder: Path) -> tuple[Problem, ...]:
    """What lint says of a journey or a part of one."""
    file = folder / "example.journey.yaml"
    file.write_text(whole(example), "utf-8")
    tools = linting_tools(ROOT, "embedded")
    return inspect_journey(file, ROOT, tools, tools.environment)


def steps_problems(example: Example, folder: Path) -> tuple[Problem, ...]:
    """What lint says of reusable steps; a plain `steps:` list belongs to a journey."""
    if example.text.startswith("steps:\n"):
        return journey_problems(example, folder)
    file = folder / "example.steps.yaml"
    file.write_text(example.text, "utf-8")
    tools = linting_tools(ROOT, "embedded")
    return inspect_steps(file, ROOT, tools, tools.environment)


def environment_problems(example: Example, folder: Path) -> tuple[Problem, ...]:
    """An environment file that is wrong raises."""
    file = folder / "example.yaml"
    file.write_text(example.text, "utf-8")
    load_environment(str(file), folder, {}, resolve=False)
    return ()


def rules_problems(example: Example, folder: Path) -> tuple[Problem, ...]:
    """A rules file that is wrong raises."""
    file = folder / "example.rules.yaml"
    file.write_text(example.text, "utf-8")
    load_rules(file)
    return ()


def layout_problems(example: Example, folder: Path) -> tuple[Problem, ...]:
    """A layout that is wrong raises."""
    (folder / "example.layout.yaml").write_text(example.text, "utf-8")
    load_layouts(folder)
    return ()


READERS: Mapping[str, Callable[[Example, Path], tuple[Problem, ...]]] = {
    **dict.fromkeys(("-", *JOURNEY), journey_problems),
    "steps": steps_problems,
    "environment": environment_problems,
    "rules": rules_problems,
    "layout": layout_problems,
}
EXAMPLES = tuple(example for page in PAGES for example in examples(page))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_lead_to_files_and_headings(page: Path) -> None:
    """A link to a file that is not there, or to a heading that no page has, is found before a reader does."""
    dead = []
    for target in LINK.findall(page.read_text("utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        place, _, anchor = target.partition("#")
        file = (page.parent / place).resolve() if place else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            dead.append(target)

    assert dead == []


def anchors(page: Path) -> set[str]:
    """The names that headings of a page can be linked by."""
    text = FENCE.sub("", page.read_text("utf-8"))
    bare = [re.sub(r"[^\w\s-]", "", heading.lower()) for heading in HEADING.findall(text)]
    return {re.sub(r"\s", "-", heading.strip()) for heading in bare}


@pytest.mark.parametrize("example", [one for one in EXAMPLES if one.first in READERS], ids=str)
def test_each_example_is_read_without_a_problem(example: Example, tmp_path: Path) -> None:
    """What a page shows is what `ringback lint` accepts in the embedded environment."""
    problems = READERS[example.first](example, tmp_path)

    assert [str(problem) for problem in problems] == []


def test_the_reference_has_no_example_that_is_not_read() -> None:
    """Every YAML block of the language's reference begins with a key that says what it is."""
    unread = [str(example) for example in EXAMPLES if example.page == REFERENCE and example.first not in READERS]

    assert unread == []


def language() -> Iterator[tuple[str, str]]:
    """Every word of the language, and where it comes from."""
    levels = (JOURNEY, MATRIX, GATE, QUARANTINE, PARTNER, STEP, STRUCTURE, STEPS_FILE, NEED, ENVIRONMENT)
    yield from (("key", name) for level in levels for name in level)
    yield from (("kind of input", name) for name in INPUT_KINDS)
    yield from (("value form", key) for form in FORMS.values() for key in form.keys)
    yield from (("type", name) for name in TYPES)
    yield from (("format", name) for name in FORMATS)
    tools = DriverSet()
    for name in tools.driver_names():
        yield from ((f"key of {name}", key) for key in tools.registered("ringback.drivers", name).keys)
    probes = [name for name in tools.check_names() if tools.is_probe(name)]
    yield from (("check", name) for name in probes)


def test_every_word_of_the_language_is_in_the_reference() -> None:
    """A key, kind, form, type, format or driver key that nobody can look up would be a secret."""
    coded = " ".join(re.findall(r"`[^`]+`", FENCE.sub("", REFERENCE.read_text("utf-8"))))
    known = set(re.findall(r"[A-Za-z][\w-]*", coded))

    missing = [f"{kind} {name}" for kind, name in language() if name not in known]

    assert missing == []


@pytest.mark.parametrize("word", WORDS)
def test_every_matcher_has_a_row_with_its_meaning(word: str) -> None:
    """The table of matchers says of each what the vocabulary says; the lists of types and formats stand below it."""
    says = re.split(r": (?=text,|tn,)", WORDS[word])[0].replace(", written here or as {file: schema.json}", "")

    assert f"| `{word}` | {says}" in REFERENCE.read_text("utf-8")


def test_the_problems_that_the_reference_shows_are_those_that_lint_tells() -> None:
    """The shortened output of a file with eight mistakes is part of the golden one."""
    told = (ROOT / "tests/golden/lint-eight-mistakes/expected.txt").read_text("utf-8")
    shown = next(text for _, text in FENCE.findall(REFERENCE.read_text("utf-8")) if "8 problems in 1 file" in text)
    shown = shown.replace("eight-mistakes.journey.yaml", "tests/golden/lint-eight-mistakes/eight-mistakes.yaml")

    strange = [part for part in re.split(r"\n\n|^\.\.\.\n", shown, flags=re.MULTILINE) if part.strip() not in told]

    assert strange == []
