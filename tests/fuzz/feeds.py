"""Damages files of every layout for some minutes and looks whether anything is raised: scripts/fuzz feeds."""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import monotonic

import click

from ringback.engine.problems import UsageError
from ringback.synthetic_partners.generate import GeneratedFile, generate_file
from ringback.synthetic_partners.layouts import built_in_layouts
from tests.fuzz.damage import DAMAGES, damaged
from tests.fuzz.proof import prove

KEPT = Path(__file__).resolve().parents[2] / ".bench" / "fuzz"
SLOW_S = 10.0  # for one file of some hundred kilobytes: something takes more than linear time
ROWS = (0, 1, 2, 5, 40, 300)


@click.command()
@click.option("--minutes", default=5.0, show_default=True, type=click.FloatRange(0.01), help="How long.")
@click.option("--layout", "names", multiple=True, help="Only these layouts.")
@click.option("--seed", default=0, show_default=True, help="Same seed, same files.")
def main(minutes: float, names: tuple[str, ...], seed: int) -> None:
    """Damage, check, and look; each bad one is kept with what it broke. Exit code 1 when there is one."""
    layouts = built_in_layouts()
    chosen = names or tuple(sorted(layouts))
    until, number, slowest, bad = monotonic() + minutes * 60, 0, (0.0, ""), dict[str, str]()
    with TemporaryDirectory() as folder:
        while monotonic() < until:
            name = chosen[number % len(chosen)]
            rng = Random(f"{name}/{seed}/{number}")
            file = damaged_file(name, rng)
            began = monotonic()
            try:
                prove(layouts[name], file.content, rng.choice((file.name, "")), Path(folder), rng)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
                bad.setdefault(f"{name}: {type(error).__name__}: {str(error)[:300]}", _kept(name, number, file.content))
            slowest = max(slowest, (monotonic() - began, f"{name} {number}"))
            number += 1
    click.echo(f"{number} damaged files of {len(chosen)} layouts; the slowest took {slowest[0]:.2f} s ({slowest[1]})")
    if slowest[0] > SLOW_S:
        bad[f"{slowest[1]} took {slowest[0]:.1f} s"] = ""
    for said, kept in bad.items():
        click.echo(f"{said}\n  {kept}")
    sys.exit(bool(bad))


def damaged_file(name: str, rng: Random) -> GeneratedFile:
    """A file of a layout to which one to five things happened."""
    layout, rows, seed = built_in_layouts()[name], rng.choice(ROWS), rng.randrange(1000)
    try:
        made = generate_file(layout, rows=rows, seed=seed)
    except UsageError:  # of a feed whose files have at least one record
        made = generate_file(layout, rows=1, seed=seed)
    happened = rng.choices(sorted(DAMAGES), k=rng.choice((1, 1, 1, 2, 5)))
    return GeneratedFile(made.name, damaged(rng, made.content, happened))


def _kept(name: str, number: int, content: bytes) -> str:
    KEPT.mkdir(parents=True, exist_ok=True)
    path = KEPT / f"{name}-{number}"
    path.write_bytes(content)
    return str(path)


if __name__ == "__main__":
    main()
