"""How YAML becomes nodes."""

import pytest

from ringback.engine.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ringback.engine.yaml_reader import MOST_BYTES, read_bytes, read_yaml


def values(node: Node | None) -> object:
    """A node as plain data, for comparing."""
    if isinstance(node, ScalarNode):
        return node.value
    if isinstance(node, SequenceNode):
        return [values(item) for item in node.items]
    assert isinstance(node, MappingNode)
    return {key.text: values(value) for key, value in node.entries}


@pytest.mark.parametrize(
    "text", ["0447700", "0012345", "13:00", "no", "on", "+16175550123", "1e5", "0x1F", "2026-11-01", "00.5"]
)
def test_business_data_stays_text(text: str) -> None:
    """Account numbers, PINs, times, SKUs and phone numbers are not read as numbers, dates or booleans."""
    node, problems = read_yaml(f"value: {text}", "f.yaml")

    assert values(node) == {"value": text}
    assert problems == ()


def test_core_scalars_have_their_types() -> None:
    """Integers, decimals, true, false and null are what YAML 1.2 says; quoted scalars are text."""
    node, _ = read_yaml("[7, -3, 0, 36.00, true, false, null, ~, '7', \"true\"]", "f.yaml")

    assert values(node) == [7, -3, 0, 36.0, True, False, None, None, "7", "true"]


def test_a_scalar_keeps_what_the_file_says() -> None:
    """The text of a number is kept, so that money keeps its zeros."""
    node, _ = read_yaml("36.00", "f.yaml")

    assert isinstance(node, ScalarNode)
    assert node.text == "36.00"


def test_nodes_know_their_place() -> None:
    """Line and column count from one."""
    node, _ = read_yaml("a: 1\nb:\n  - x\n  - {c: y}\n", "f.yaml")

    assert isinstance(node, MappingNode)
    listed = node.get("b")
    assert isinstance(listed, SequenceNode)
    inner = listed.items[1]
    assert isinstance(inner, MappingNode)
    assert str(inner.key_source("c")) == "f.yaml:4:6"


@pytest.mark.parametrize(
    ("text", "place", "word"),
    [
        ("a: 1\nb: 2\na: 3", "f.yaml:3:1", "twice"),
        ("a:\n\tb: 1", "f.yaml:2:1", "spaces"),
        ("a: {b: 1", "f.yaml:1:4", "close the `{`"),
        ("a: b: c", "f.yaml:1:5", "quote"),
        ("a: *x", "f.yaml:1:4", "anchor"),
        ("a: 'x", "f.yaml:1:4", "not closed"),
        ("a: @x", "f.yaml:1:4", "quote"),
        ("a: 1\n---\nb: 2", "f.yaml:2:1", "one document"),
        ("a: !!int 3", "f.yaml:1:4", "tag"),
        ("<<: {a: 1}", "f.yaml:1:1", "merge"),
        ("? [a]\n: 1", "f.yaml:1:3", "text"),
        ("", "f.yaml:1:1", "empty"),
    ],
)
def test_what_is_wrong_has_a_place_and_a_mend(text: str, place: str, word: str) -> None:
    """Duplicate keys, tabs, open brackets and the rest are problems that say what to do."""
    _, problems = read_yaml(text, "f.yaml")

    assert len(problems) == 1
    assert str(problems[0].source) == place
    assert word in f"{problems[0].what} {problems[0].hint}"


def test_all_duplicate_keys_are_told() -> None:
    """Reading goes on behind a duplicate key."""
    _, problems = read_yaml("a: 1\na: 2\nb: {c: 1, c: 2}\n", "f.yaml")

    assert [problem.source.line for problem in problems] == [2, 3]


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x]\nb: [" + ", ".join(["*a"] * 30) + "]",
        "a: &a [*a]",
        "[" * 5_000,
        "a: " + "[" * 100 + "]" * 100,
        "- " * 3_000 + "a",
        "a: " + "x" * MOST_BYTES,
    ],
    ids=["many aliases", "own alias", "open brackets", "deep flow", "deep block", "too large"],
)
def test_hostile_files_are_refused(text: str) -> None:
    """Alias bombs, endless nesting and huge files end in a problem, not in a crash."""
    _, problems = read_yaml(text, "f.yaml")

    assert problems


def test_other_encodings_are_refused() -> None:
    """Bytes that are not UTF-8 are named with their line."""
    node, problems = read_bytes(b"a: 1\nb: \xff\n", "f.yaml")

    assert node is None
    assert str(problems[0].source) == "f.yaml:2:1"
