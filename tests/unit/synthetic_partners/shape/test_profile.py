"""Learning a profile: what it tells of a feed, and what it must never tell."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from ringback.engine.problems import InvalidFile, UsageError
from ringback.synthetic_partners.bulk.generate import generate
from ringback.synthetic_partners.bulk.reading import columns
from ringback.synthetic_partners.layout import FeedLayout
from ringback.synthetic_partners.shape.columns import columns_of
from ringback.synthetic_partners.shape.document import load_profile, write_profile
from ringback.synthetic_partners.shape.learn import learn, specs_of
from ringback.synthetic_partners.shape.profile import Profile
from ringback.synthetic_partners.shape.sketches import Distinct, Frequent, Rows

FEEDS = ("ports", "usage", "returns")


def pairs_of(profile: Profile) -> set[frozenset[str]]:
    """The pairs of fields that a profile found."""
    return {frozenset((pair.one, pair.other)) for pair in profile.pairs}


def texts_of(found: Any) -> Iterator[str]:
    """Every text of a document but the edges of histograms, which are rounded numbers."""
    if isinstance(found, str):
        yield found
    elif isinstance(found, dict):
        for key, value in found.items():
            yield from texts_of(key)
            if key != "edges":
                yield from texts_of(value)
    elif isinstance(found, list):
        for value in found:
            yield from texts_of(value)


@pytest.mark.parametrize("name", FEEDS)
def test_no_personal_value_is_in_a_profile(feeds: Mapping[str, Any], name: str) -> None:
    """Not one value of a personal field of any record is found in the profile's text."""
    feed = feeds[name]
    hidden = [spec.name for spec in specs_of(feed.layout).values() if spec.personal or spec.secret]
    document = write_profile(feed.profile)
    told = set(texts_of(yaml.safe_load(document)))
    values = {
        text.decode()
        for path in feed.learnt
        for chunk in columns(feed.layout, path)
        for field in hidden
        for text in np.unique(chunk[field]).tolist()
        if len(text) > 3 and text.strip(b"9")  # 9999 is a pattern as well
    }

    assert len(hidden) >= 2
    assert len(values) > 20
    assert values & told == set()
    for value in (value for value in values if len(value) > 6):
        assert f'"{value}' not in document, value


def test_a_field_may_be_declared_personal_by_the_caller(feeds: Mapping[str, Any]) -> None:
    """`personal=` hides a field that the layout does not mark."""
    feed = feeds["returns"]

    profile = learn(feed.learnt, feed.layout, personal=["clerk", "refund"])

    for name in ("clerk", "refund"):
        field = profile.field(name)
        assert field is not None
        assert field.personal
        assert not {tally.aspect for tally in field.tallies} & {"value", "number", "start"}


def test_a_rare_value_is_not_told(small: FeedLayout, written: Callable[..., Path]) -> None:
    """A code that fewer than k records have counts as `other`; one more record and it is told."""
    rows = [(f"{n:08d}", "TX", "75201", "100", "20260309120000", "") for n in range(200)]
    for n in range(9):
        rows[n] = (rows[n][0], "MA", *rows[n][2:])

    rare = learn([written(rows)], small).field("state")
    rows[9] = (rows[9][0], "MA", *rows[9][2:])
    told = learn([written(rows)], small).field("state")

    assert rare is not None
    assert told is not None
    values = rare.tally("value"), told.tally("value")
    assert values[0] is not None
    assert values[1] is not None
    assert (values[0].labels, values[0].other) == (("TX",), 9)
    assert (values[1].labels, values[1].other) == (("TX", "MA"), 0)


@pytest.mark.parametrize("name", FEEDS)
def test_everything_told_is_told_of_k_records(feeds: Mapping[str, Any], name: str) -> None:
    """Every label and every interval of a profile holds at least k records."""
    profile: Profile = feeds[name].profile
    shapes = [tally for field in profile.fields for tally in field.tallies]
    shapes += [tally for field in profile.fields for case in field.cases for tally in case.tallies]
    shapes += [pair.cells for pair in profile.pairs]

    for tally in shapes:
        if tally.aspect not in ("presence", "repeats", "hour", "weekday", "hour_of_same_day") and len(tally.counts) > 1:
            assert min(tally.counts) >= profile.k, tally


def test_kinds_of_fields_are_recognised(feeds: Mapping[str, Any]) -> None:
    """Codes, numbers, times, identifiers with check digits, numbering and texts are told apart."""
    fields = {field.name: field for field in feeds["returns"].profile.fields}

    assert {name: fields[name].kind for name in ("rma", "sku", "imei", "refund", "opened", "customer_name")} == {
        "rma": "running",
        "sku": "code",
        "imei": "identifier",
        "refund": "number",
        "opened": "time",
        "customer_name": "text",
    }
    assert fields["imei"].check == "luhn"
    assert fields["refund"].decimals == 2
    assert fields["closed"].after == "opened"


def test_fields_that_matter_to_each_other_are_found(feeds: Mapping[str, Any]) -> None:
    """Model and TAC, state and ZIP, type and amount go together; clerk and state do not."""
    assert {
        frozenset({"sku", "imei"}),
        frozenset({"state", "zip"}),
        frozenset({"grade", "refund"}),
    } <= pairs_of(feeds["returns"].profile)
    assert frozenset({"clerk", "state"}) not in pairs_of(feeds["returns"].profile)
    assert frozenset({"record_type", "event_start"}) in pairs_of(feeds["usage"].profile)
    assert feeds["usage"].profile.sequence.one == "record_type"


def test_a_profile_survives_being_written_and_read(feeds: Mapping[str, Any]) -> None:
    """The document says all that the profile knows."""
    for feed in feeds.values():
        assert load_profile(write_profile(feed.profile).encode(), "x.profile.yaml") == feed.profile


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("profile: 1", "profile: 7", "version 7 of profiles is not known"),
        ("kind: code", "kind: kode", "unknown kind `kode`"),
        ("k: 10", "k: ten", "`k` must be a whole number"),
        ("fields:\n", "feelds:\n", "did you mean"),
        ("counts: [", "counts: [-5, ", "a count is a whole number, not negative"),
        ("edges: [", 'edges: ["x", ', "an edge is a number, not 'x'"),
        ('depends_on: ["', 'depends_on: ["no_such_', "which the profile has not"),
    ],
)
def test_a_damaged_profile_is_told_with_its_place(feeds: Mapping[str, Any], before: str, after: str, said: str) -> None:
    """What is wrong with a profile is told with file, line and what to do; never a traceback."""
    document = write_profile(feeds["usage"].profile)
    assert before in document

    with pytest.raises(InvalidFile) as raised:
        load_profile(document.replace(before, after, 1).encode(), "x.profile.yaml")

    told = [f"{one.source}: {one.what} {one.hint}" for one in raised.value.problems]
    assert any(said in one and one.startswith("x.profile.yaml:") for one in told), told


@pytest.mark.parametrize("content", [b"", b"[]", b"profile: 1", b"\xff\xfe", b"a: [", b"fields: 3"])
def test_what_is_no_profile_is_refused(content: bytes) -> None:
    """Anything that is no profile is refused with a problem."""
    with pytest.raises(InvalidFile):
        load_profile(content, "x.profile.yaml")


def test_a_profile_cut_off_anywhere_is_refused_or_read(feeds: Mapping[str, Any]) -> None:
    """A truncated document gives problems, or a smaller profile where the cut left one."""
    document = write_profile(feeds["ports"].profile).encode()
    refused = 0
    for end in range(0, len(document), len(document) // 25):
        try:
            load_profile(document[:end], "x.profile.yaml")
        except InvalidFile:
            refused += 1

    assert refused > 15


@pytest.mark.parametrize("seed", range(40))
def test_a_changed_profile_is_refused_or_still_makes_files(feeds: Mapping[str, Any], seed: int) -> None:
    """Numbers and words of a profile changed at random: problems with their places, or a profile that can be used."""
    rng = random.Random(seed)
    lines = write_profile(feeds["returns"].profile).splitlines()
    for place in rng.sample(range(len(lines)), 3):
        numbers_in = [*re.finditer(r"[0-9]+", lines[place])] or [*re.finditer(r"[a-z]+", lines[place])]
        if numbers_in:
            at = rng.choice(numbers_in)
            new = rng.choice(["0", "99999999999999999999", "-1", "x", "1e17", "", "7"])
            lines[place] = lines[place][: at.start()] + new + lines[place][at.end() :]
    layout = feeds["returns"].layout
    with suppress(InvalidFile, UsageError):
        changed = load_profile("\n".join(lines).encode(), "x.profile.yaml")
        made = generate(layout, BytesIO(), rows=300, seed=1, columns=columns_of(changed, layout))
        assert made.rows == 300


@pytest.mark.parametrize("content", [b"\x1f\x8b\x08\x00broken", b"\xff" * 5000, b"|" * 5000, b"H|x\r\r\n", b"\0" * 99])
def test_a_damaged_sample_is_refused(small: FeedLayout, tmp_path: Path, content: bytes) -> None:
    """Bytes that are no file of the feed give a message, not a traceback."""
    for name in ("SMALL_20260310.txt", "SMALL_20260310.txt.gz"):
        (tmp_path / name).write_bytes(content)

        with pytest.raises(UsageError):
            learn([tmp_path / name], small)


def test_a_file_without_records_is_no_sample(small: FeedLayout, written: Callable[..., Path]) -> None:
    """There is no shape of nothing."""
    with pytest.raises(UsageError, match="no record"):
        learn([written([])], small)


def test_frequent_values_are_never_counted_too_high_in_bounded_memory() -> None:
    """After many rare values the frequent ones are still known, and no count is above the truth."""
    rng = random.Random(3)
    frequent = Frequent(most=100)
    truth: dict[bytes, int] = {}
    for _ in range(200):
        chunk: dict[bytes, int] = {b"often": 50}
        for _ in range(60):
            chunk[b"%d" % rng.randrange(10**9)] = 1
        frequent.add(chunk)
        for value, count in chunk.items():
            truth[value] = truth.get(value, 0) + count

    assert len(frequent.counts) <= 200
    assert all(count <= truth[value] for value, count in frequent.counts.items())
    assert truth[b"often"] - frequent.counts[b"often"] <= frequent.missed


def test_the_number_of_different_values_is_estimated_within_a_few_percent() -> None:
    """A sketch of a thousand marks knows the number of 200,000 values, and the share that comes again."""
    distinct = Distinct(most=1000)
    for start in range(0, 200_000, 5_000):
        distinct.add({b"%d" % number: 2 if number % 10 == 0 else 1 for number in range(start, start + 5_000)})

    first, again = distinct.repeats

    assert distinct.number == pytest.approx(200_000, rel=0.1)
    assert again / (first + again) == pytest.approx(1 / 11, abs=0.04)


def test_each_row_of_a_stream_has_the_same_chance_to_be_looked_at() -> None:
    """The chosen rows of a long stream are spread over it evenly, in its order."""
    rows = Rows(2000, np.random.Generator(np.random.Philox(7)))
    for start in range(0, 50_000, 1_000):
        rows.add({"n": np.arange(start, start + 1_000).astype(np.bytes_)}, 1_000)

    chosen = rows.columns["n"].astype(np.int64)

    assert len(chosen) == 2000
    assert (np.diff(chosen) > 0).all()
    assert np.histogram(chosen, 5, (0, 50_000))[0].min() > 320
