"""`ringback new`: begins something of the reader's own in a folder, so that it works before it is changed."""

from __future__ import annotations

import keyword
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ringback.engine.problems import UsageError
from ringback.engine.registry import PARTNERS, installed

if TYPE_CHECKING:
    from ringback.synthetic_partners.layout import FeedLayout

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
MOST_LETTERS = 30
PLACES: Mapping[str, str] = {
    "pyproject.toml.j2": "pyproject.toml",
    "package.py.j2": "{package}/__init__.py",
    "layouts.py.j2": "{package}/layouts/__init__.py",
    "request.layout.yaml.j2": "{package}/layouts/{name}-request.layout.yaml",
    "answer.layout.yaml.j2": "{package}/layouts/{answer}.layout.yaml",
    "partner.py.j2": "{package}/partner.py",
    "journey.yaml.j2": "journeys/{name}-answers.journey.yaml",
    "environment.yaml.j2": "fixtures/environments/{name}.yaml",
    "test.py.j2": "tests/test_{module}.py",
    "README.md.j2": "README.md",
}


@click.group()
def new() -> None:
    """Begin something of your own."""


@new.command()
@click.argument("name")
@click.option(
    "--sample", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A file that the partner sends."
)
@click.option(
    "--into", type=click.Path(path_type=Path, file_okay=False), default=Path(), help="The folder; else this one."
)
def partner(name: str, sample: Path | None, into: Path) -> None:
    """Begin a partner of your own: layouts, behaviour, environment, journey and tests, green before you change them.

    With --sample the layout of the partner's files is proposed from one of them.
    """
    check_name(name)
    values = _values(name, sample)
    files = {into / place.format(**values): _rendered(template, values) for template, place in PLACES.items()}
    if sample is not None:
        files[into / PLACES["answer.layout.yaml.j2"].format(**values)] = str(values["proposed"])
    there = [str(path) for path in files if path.exists()]
    if there:
        hint = "choose an empty folder with --into, or take them away; nothing was written"
        raise UsageError(f"there already: {', '.join(there)}", hint)
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        click.echo(f"  {path}")
    click.echo(f"{name} is ready: `pip install -e {into}`, then `pytest` in there; README.md tells what to change")


def check_name(name: str) -> None:
    """UsageError for a name that cannot be a partner's, a package's and part of file names at once."""
    if not _NAME.fullmatch(name) or len(name) > MOST_LETTERS:
        raise UsageError(
            f"{name!r} is no name for a partner",
            f"small letters, digits and single hyphens, a letter first, at most {MOST_LETTERS}: meter-reader",
        )
    if keyword.iskeyword(name) or name in sys.stdlib_module_names:
        raise UsageError(f"{name!r} means something else in Python", f"call it {name}-partner")
    if name in installed(PARTNERS):
        raise UsageError(f"a kind of partner is called {name!r} already", "`ringback partners list` shows them")


def _values(name: str, sample: Path | None) -> Mapping[str, object]:
    """What the templates need to know."""
    module, short = name.replace("-", "_"), name.replace("-", "").upper()
    values: dict[str, object] = {
        "name": name,
        "module": module,
        "package": f"{module}_partner",
        "title": "".join(part.capitalize() for part in name.split("-")),
        "partner_id": short[:10],
        "secret": module.upper(),
        "request_feed": f"{short[:12]}REQ",
        "answer_feed": f"{short[:12]}ANS",
        "answer_pattern": f"{short[:12]}ANS_*.txt",
        "answer": f"{name}-answer",
        "sample": sample.name if sample else "",
        "proposed": "",
        "fields": ("reference", "outcome", "reason", "decided"),
        "sequence": ("sequence",),
        "digits": 5,
    }
    return values if sample is None else {**values, **_of_sample(name, sample)}


def _of_sample(name: str, sample: Path) -> Mapping[str, object]:
    """A layout proposed from a sample, and what the behaviour has to know of it; UsageError when it does not hold."""
    from ringback.synthetic_partners.layout import load_layout
    from ringback.synthetic_partners.shape.propose import propose  # numpy: only for those who propose

    text = propose(sample, name=f"{name}-answer")
    layout = load_layout(text.encode(), f"{name}-answer.layout.yaml")
    file = layout.decode(sample.read_bytes(), sample.name)
    if file.problems:
        first = file.problems[0]
        said = f"{first.line}:{first.column}: {first.code} {first.message}"
        raise UsageError(f"{sample}: the layout that was proposed does not hold for its own sample: {said}")
    parts = layout.names.read(sample.name) or {}
    sequence, digits = _sequence(parts, file.header)
    written = _fixed(layout)
    return {
        "proposed": text,
        "fields": tuple(field for field in layout.record_names if field not in written),
        "answer_pattern": re.sub(r"\{[^}]*\}", "*", layout.names.convention),
        "sequence": sequence,
        "digits": digits,
    }


def _fixed(layout: FeedLayout) -> Sequence[str]:
    """The fields of a record that the layout fills in: literals and what is computed."""
    specs = getattr(layout, "record", ())
    return [spec.name for spec in specs if spec.literal is not None or spec.computed is not None]


def _sequence(parts: Mapping[str, str], header: Mapping[str, str]) -> tuple[tuple[str, ...], int]:
    """The parts of a name and a header that hold the file's number: the last part of digits that is no time."""
    numbers = [value for value in parts.values() if value.isdigit() and len(value) not in (8, 14)]
    if not numbers:
        return (), 5
    number = numbers[-1]
    names = [name for name, value in {**parts, **header}.items() if value == number]
    return tuple(dict.fromkeys(names)), len(number)


def _rendered(template: str, values: Mapping[str, object]) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # 40 ms, for this command alone

    environment = Environment(  # noqa: S701 - the files are code and YAML, not HTML
        loader=PackageLoader("ringback.cli", "new_partner"),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
    )
    return environment.get_template(template).render(values)
