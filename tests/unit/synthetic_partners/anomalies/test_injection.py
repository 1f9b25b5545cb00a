"""Anomalies in files of every layout: noticed with the codes they stand for, or a clear word that they do not fit."""

from __future__ import annotations

from functools import cache

import pytest

from ringback.engine.problems import UsageError
from ringback.engine.registry import DriverSet
from ringback.synthetic_partners.anomalies import ANOMALIES, inject
from ringback.synthetic_partners.anomalies.surgery import Field, patient
from ringback.synthetic_partners.generate import GeneratedFile, generate_file
from ringback.synthetic_partners.layout import FeedLayout

LAYOUTS = DriverSet().layouts()
# Each word that an anomaly may be told changes the file in another way.
WAYS = [
    (anomaly.id, {parameter.name: word})
    for anomaly in ANOMALIES.values()
    for parameter in anomaly.parameters
    if parameter.choices
    for word in parameter.choices
] + [(anomaly.id, {}) for anomaly in ANOMALIES.values() if not any(one.choices for one in anomaly.parameters)]
# What is no matter of one file's bytes.
PLAYED = {"A01", "A12", "A31", "A32", "A36", "A38", "A39"}
# Anomalies of whole files and their codes, with a layout whose decoding must tell them without anything else.
TOLD = {
    "A08": "G003", "A09": "G004", "A10": "G005", "A11": "G016", "A14": "G013", "A15": "R102", "A16": "R102",
    "A17": "R106", "A20": "R104", "A21": "G012", "A22": "R109",
}  # fmt: skip


def layout_of(name: str) -> FeedLayout:
    """A built-in layout."""
    found = LAYOUTS[name]
    assert hasattr(found, "encode")
    return found


@cache
def made(name: str) -> GeneratedFile:
    """A good file of three records."""
    return generate_file(layout_of(name), rows=3, seed=7)


def codes(name: str, file: GeneratedFile) -> set[str]:
    """The codes of what is wrong with a file."""
    return {problem.code for problem in layout_of(name).decode(file.content, file.name).problems}


@pytest.mark.parametrize("name", sorted(LAYOUTS))
def test_every_way_of_every_anomaly_is_noticed_as_it_should_be_or_does_not_fit(name: str) -> None:
    """What decoding reports of the file has one of the anomaly's codes; nothing falls over."""
    strange = []
    for anomaly, given in WAYS:
        values = {**given, "size": 2000} if anomaly == "A35" else given
        try:
            file = inject(made(name), layout_of(name), anomaly, values)
        except UsageError:
            continue
        found = codes(name, file)
        wanted = set(ANOMALIES[anomaly].codes)
        if found and not found & wanted:  # others may come along: a wrong amount moves the total, too
            strange.append((anomaly, given, found))

    assert strange == []


@pytest.mark.parametrize("anomaly", sorted(TOLD))
def test_an_anomaly_is_told_by_its_code_alone(anomaly: str) -> None:
    """In a file of port answers each of these brings its own code and no other."""
    assert codes("npresp", inject(made("npresp"), layout_of("npresp"), anomaly)) == {TOLD[anomaly]}


@pytest.mark.parametrize("anomaly", sorted(PLAYED))
def test_what_is_no_matter_of_one_file_says_who_plays_it(anomaly: str) -> None:
    """Lateness, transport and silence are a partner's doing."""
    with pytest.raises(UsageError, match="no matter of one file"):
        inject(made("npresp"), layout_of("npresp"), anomaly)


def test_the_count_is_wrong_by_as_many_as_asked() -> None:
    """A09:+2 declares two records more, A09:-1 one less; nothing else changes."""
    good = made("npresp")

    assert inject(good, layout_of("npresp"), "A09:+2").content == good.content.replace(b"T|000003", b"T|000005")
    assert inject(good, layout_of("npresp"), "A09:-1").content == good.content.replace(b"T|000003", b"T|000002")


def test_columns_of_a_fixed_file_do_not_move() -> None:
    """A shorter or longer value takes or leaves the padding behind it."""
    good = made("crdr")

    lost = inject(good, layout_of("crdr"), "A16:field=line_no")

    assert [len(line) for line in lost.content.splitlines()] == [200] * 5
    assert codes("crdr", lost) == {"R102"}


def test_the_named_field_is_the_one_that_changes() -> None:
    """With `field` no other field is touched."""
    good, layout = made("x12-856"), layout_of("x12-856")

    wrong = inject(good, layout, "A26", {"field": "imei", "kind": "transposed"})

    before, after = layout.decode(good.content, good.name), layout.decode(wrong.content, wrong.name)
    changed = {name for name, text in before.records[0].items() if after.records[0][name] != text}
    assert changed == {"imei"}
    assert sorted(before.records[0]["imei"]) == sorted(after.records[0]["imei"])


def test_an_unknown_code_may_be_given() -> None:
    """The value that a partner has released is the one in the file."""
    good, layout = made("npresp"), layout_of("npresp")

    wrong = inject(good, layout, "A20:field=response_type,value=E")

    assert layout.decode(wrong.content, wrong.name).records[0]["response_type"] == "E"


def test_a_field_that_is_not_there_is_told() -> None:
    """The error names the fields that are there."""
    with pytest.raises(UsageError, match="npresp has no field 'colour'") as told:
        inject(made("npresp"), layout_of("npresp"), "A16:field=colour")

    assert "resp_no" in told.value.problem.hint


def test_a_file_with_problems_is_not_given_more() -> None:
    """Only a good file shows what an anomaly does."""
    bad = GeneratedFile("odd.txt", b"x\n")

    with pytest.raises(UsageError, match="only a good file"):
        inject(bad, layout_of("npresp"), "A09")


def test_a_value_is_found_where_it_stands_not_where_its_text_stands_first() -> None:
    """The digits of a field may stand elsewhere before: decoding tells the places apart."""
    file = made("npresp")
    layout = layout_of("npresp")
    one = patient(file, layout)

    content = one.with_text(Field("count", "trailer"), b"000009")

    assert content is not None
    assert content.splitlines()[-1].startswith(b"T|000009|")
    assert content.splitlines()[:-1] == file.content.splitlines()[:-1]
