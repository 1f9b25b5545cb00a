"""Drift: every distortion of a feed is noticed under the right field; chance alone raises no alarm."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from ringback.synthetic_partners.layout import FeedLayout
from ringback.synthetic_partners.shape.drift import drift
from ringback.synthetic_partners.shape.learn import learn, specs_of
from ringback.synthetic_partners.shape.profile import FileFact

Record = dict[str, str]
Distort = Callable[[list[Record], random.Random], None]
STAMP = "%Y%m%d%H%M%S"


def each(field: str, change: Callable[[str, random.Random], str]) -> Distort:
    """A distortion of one field, record by record."""

    def distort(records: list[Record], rng: random.Random) -> None:
        for record in records:
            record[field] = change(record[field], rng)

    return distort


def later(text: str, _: random.Random) -> str:
    """A time of a file five hours later."""
    return (datetime.strptime(text, STAMP).replace(tzinfo=UTC) + timedelta(hours=5)).strftime(STAMP)


def shuffled(records: list[Record], rng: random.Random) -> None:
    """Each record gets the state of another one: the shares of states stay as they are."""
    states = [record["state"] for record in records]
    rng.shuffle(states)
    for record, state in zip(records, states, strict=True):
        record["state"] = state


def doubled(records: list[Record], rng: random.Random) -> None:
    """Every fiftieth request has the number of the one before."""
    for one, other in list(pairwise(records))[::50]:
        other["req_no"] = one["req_no"]


def sometimes(share: float, value: str) -> Callable[[str, random.Random], str]:
    """Another value in a share of the records."""
    return lambda text, rng: value if rng.random() < share else text


DISTORTIONS: Mapping[str, tuple[str, Distort, str, set[str]]] = {
    "shifted hours": ("usage", each("event_start", later), "event_start", {"hour"}),
    "lost zeros": ("ports", each("zip", lambda text, _: text.lstrip("0")), "zip", {"length", "pattern", "value"}),
    "null rate up": ("ports", each("pin", sometimes(0.08, "")), "pin", {"presence"}),
    "new code": ("ports", each("npdi", sometimes(0.03, "C")), "npdi", {"value"}),
    "lost code": ("ports", each("action", lambda text, _: text.replace("C", "N")), "action", {"value"}),
    "amount times 100": ("usage", each("charge", lambda text, _: str(int(text) * 100)), "charge", {"number", "length"}),
    "cut off": ("ports", each("street", lambda text, _: text[:12]), "street", {"length", "loose_pattern"}),
    "broken correlation": ("ports", shuffled, "state", {"pair"}),
    "doubled keys": ("ports", doubled, "req_no", {"repeats"}),
    "small letters": ("ports", each("last_name", lambda text, _: text.title()), "last_name", {"loose_pattern"}),
    "other mixture": ("ports", each("onsp", sometimes(0.15, "6W11")), "onsp", {"value"}),
    "older records": (
        "usage",
        each("event_start", lambda text, _: f"{int(text) - 2000000:014d}"),
        "event_start",
        {"age"},
    ),
    "another zone": ("usage", each("utc_offset", lambda _, __: "+0000"), "utc_offset", {"value"}),
    "empty now": ("usage", each("partial_seq", lambda _, __: ""), "partial_seq", {"presence"}),
}


def distorted(feed: Any, files: Sequence[Path], distort: Distort | None, folder: Path) -> list[Path]:
    """The files with their records distorted; header and trailer stay as they were."""
    names = list(specs_of(feed.layout))
    written = []
    for path in files:
        lines = gzip.decompress(path.read_bytes()).decode().splitlines()
        records = [dict(zip(names, line.split("|"), strict=True)) for line in lines[1:-1]]
        if distort is not None:
            distort(records, random.Random(path.name))
        lines[1:-1] = ["|".join(record.values()) for record in records]
        target = folder / path.name.removesuffix(".gz")
        target.write_text("\n".join(lines) + "\n")
        written.append(target)
    return written


@pytest.mark.parametrize("name", DISTORTIONS)
def test_a_distortion_is_noticed_under_its_field(feeds: Mapping[str, Any], tmp_path: Path, name: str) -> None:
    """What a partner changed is told with the field and the aspect that changed, and no other field comes first."""
    feed_name, distort, field, aspects = DISTORTIONS[name]
    feed = feeds[feed_name]

    found = drift(feed.profile, feed.layout, distorted(feed, feed.held, distort, tmp_path)).findings

    own = [one for one in found if field in one.names]
    assert aspects & {one.aspect for one in own}, [(one.title, one.aspect, one.says) for one in found]
    assert field in found[0].names, [(one.title, one.aspect, one.distance) for one in found]


@pytest.mark.parametrize("name", ["ports", "usage", "returns"])
def test_other_files_of_the_same_feed_raise_no_alarm(feeds: Mapping[str, Any], name: str) -> None:
    """Files that the profile has not seen, of another month, are as the profile says."""
    feed = feeds[name]

    assert drift(feed.profile, feed.layout, feed.held).findings == ()


def test_what_changed_is_said(feeds: Mapping[str, Any], tmp_path: Path) -> None:
    """A new code is named with its share, a lost one is said to be gone."""
    feed = feeds["ports"]
    new, lost = (DISTORTIONS[name][1] for name in ("new code", "lost code"))

    def both(records: list[Record], rng: random.Random) -> None:
        new(records, rng)
        lost(records, rng)

    found = drift(feed.profile, feed.layout, distorted(feed, feed.held, both, tmp_path)).findings
    says = {(one.title, one.aspect): one.says for one in found}

    assert says["npdi", "value"].startswith("new: 'C': 0.0% -> ")
    assert says["action", "value"].startswith("'C' is gone: ")


def test_the_day_of_the_change_is_told(feeds: Mapping[str, Any], tmp_path: Path) -> None:
    """Three files of three days, the last of them distorted: the change is dated by its file."""
    feed = feeds["ports"]
    files = distorted(feed, feed.held[:2], None, tmp_path)
    files += distorted(feed, feed.held[2:], DISTORTIONS["small letters"][1], tmp_path)

    found = drift(feed.profile, feed.layout, files).findings

    assert next(one.since for one in found if one.names == ("last_name",)) == "2026-04-16"


def rows(rng: random.Random, count: int) -> list[tuple[str, ...]]:
    """Records of the small layout with skews of their own."""
    made = []
    for number in range(count):
        state = rng.choices(("TX", "FL", "MA", "NJ"), (50, 30, 15, 5))[0]
        zip_code = {"TX": 75200, "FL": 33000, "MA": 2100, "NJ": 7000}[state] + min(int(rng.expovariate(0.4)), 20)
        at = datetime(
            2026, 3, 9, min(int(rng.triangular(0, 24, 17)), 23), rng.randrange(60), rng.randrange(60), tzinfo=UTC
        )
        cents = str(rng.choice((999, 4999)) if rng.random() < 0.4 else int(rng.lognormvariate(8, 1.4)))
        note = "ANNA BELL" if rng.random() < 0.2 else ""
        made.append((f"{number:08d}", state, f"{zip_code:05d}", cents, at.strftime(STAMP), note))
    return made


def test_chance_alone_hardly_ever_raises_an_alarm(small: FeedLayout, written: Callable[..., Path]) -> None:
    """Of eighty files of an unchanged feed at most three are said to have changed (the risk is 1 in 100)."""
    rng = random.Random(4711)
    alarms, told = 0, []
    for place in range(80):
        if place % 4 == 0:
            profile = learn([written(rows(rng, 700), "SMALL_20260310.txt")], small)
        found = drift(profile, small, [written(rows(rng, (200, 500, 900, 1500)[place % 4]), "SMALL_20260311.txt")])
        alarms += bool(found.findings)
        told += [(one.title, one.aspect, one.says, one.chance) for one in found.findings]

    assert alarms <= 3, told


def test_a_change_too_small_to_matter_is_no_alarm(feeds: Mapping[str, Any], tmp_path: Path) -> None:
    """A caller who asks for changes of half of the records hears of no smaller one."""
    feed = feeds["ports"]
    files = distorted(feed, feed.held, DISTORTIONS["null rate up"][1], tmp_path)

    assert drift(feed.profile, feed.layout, files, least=0.5).findings == ()


def test_files_of_another_size_are_noticed(small: FeedLayout, written: Callable[..., Path]) -> None:
    """Records per file are held against the profile when there are files enough to judge."""
    rng = random.Random(9)
    profile = learn([written(rows(rng, 400))], small)
    files = tuple(FileFact(400 + place, 9000, "") for place in range(20))
    known = replace(profile, files=files)
    now = [written(rows(rng, 60), f"SMALL_2026031{place}.txt") for place in range(8)]

    found = drift(known, small, now).findings

    assert [(one.title, one.aspect) for one in found if one.title == "(file)"] == [("(file)", "records")]


def test_files_that_come_at_another_time_of_the_day_are_noticed(
    small: FeedLayout, written: Callable[..., Path]
) -> None:
    """Files of four in the morning that now come at eleven are told; the same files at four are not."""
    rng = random.Random(12)
    profile = learn([written(rows(rng, 100))], small)
    files = tuple(FileFact(100, 9000, f"2026-03-{day:02d}T04:{day:02d}:00") for day in range(1, 21))
    known = replace(profile, files=files)

    def arrivals(hour: int) -> list[str]:
        names = [f"SMALL_202604{day:02d}{hour:02d}{day:02d}00.txt" for day in range(5, 15)]
        findings = drift(known, small, [written(rows(rng, 100), name) for name in names]).findings
        return [one.says for one in findings if one.aspect == "arrival"]

    assert arrivals(4) == []
    assert arrivals(11) == ["time of the files: median 04:10 -> 11:09"]
