"""Three feeds with their sample files: what profiles are learnt from, and other files of the same feeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from ringback.synthetic_partners.layout import FeedLayout, load_layout
from ringback.synthetic_partners.layouts import built_in_layouts
from ringback.synthetic_partners.shape.learn import learn
from ringback.synthetic_partners.shape.profile import Profile
from ringback.synthetic_partners.shape.propose import propose

SAMPLES = Path(__file__).parent / "samples"


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed: its layout, the files a profile is learnt from, other files, and the profile."""

    layout: FeedLayout
    learnt: tuple[Path, ...]
    held: tuple[Path, ...]
    profile: Profile


def _feed(name: str, layout: FeedLayout) -> Feed:
    learnt, held = (tuple(sorted((SAMPLES / name / part).iterdir())) for part in ("learn", "held"))
    return Feed(layout, learnt, held, learn(learnt, layout))


@pytest.fixture(scope="session")
def feeds() -> Mapping[str, Feed]:
    """The feeds by name; the layout of the returns is the one that was proposed for them."""
    layouts = built_in_layouts()
    unknown = next((SAMPLES / "returns" / "learn").iterdir())
    proposed = load_layout(propose(unknown, name="returns").encode(), "returns.layout.yaml")
    return {
        "ports": _feed("ports", layouts["nport"]),
        "usage": _feed("usage", layouts["udr"]),
        "returns": _feed("returns", proposed),
    }


SMALL = b"""
layout: small
family: delimited
feed: SMALL
file_name: "SMALL_{day}.txt"
name_parts: [{name: day, type: d8, sample: today}]
key: id
record:
  - {name: id, type: n8, required: true}
  - {name: state, type: a2, required: true}
  - {name: zip, type: n5, required: true}
  - {name: cents, type: n1-9, required: true}
  - {name: at, type: ts14, required: true}
  - {name: note, type: an1-40, personal: true}
rules:
  - {rule: unique, fields: [id]}
"""


@pytest.fixture(scope="session")
def small() -> FeedLayout:
    """A layout of six fields."""
    return load_layout(SMALL, "small.layout.yaml")


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Writes rows of fields, by bars, as a file of the small layout."""

    def write(rows: list[tuple[str, ...]], name: str = "SMALL_20260310.txt") -> Path:
        path = tmp_path / name
        path.write_text("".join("|".join(row) + "\n" for row in rows))
        return path

    return write
