"""The vocabulary of `expect`, `until`, `fail_if` and `when`: turns the right-hand side of a line into a matcher."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Protocol, runtime_checkable

from ringback.assertions.matchers.basic import (
    All,
    Equal,
    Near,
    Not,
    Operator,
    Presence,
    Schema,
    between,
    contains,
    ends_with,
    matches,
    of_format,
    of_type,
    one_of,
    ordering,
    starts_with,
)
from ringback.assertions.matchers.formats import FORMATS
from ringback.assertions.matchers.lists import Each, Length, Some, Subset, Unordered
from ringback.engine.excerpt import advice
from ringback.engine.forms import FORMS, as_plain
from ringback.engine.nodes import MappingNode, Node, ScalarNode, SequenceNode, kind_of
from ringback.engine.paths import has_star
from ringback.engine.protocols import Block, Matcher
from ringback.engine.schema import TYPES
from ringback.engine.templates import Literal

Build = Callable[["ExpectVocabulary", Node, Block], Matcher]

WORDS: Mapping[str, str] = {
    "equal": "the same value; for a mapping, which would else be read as matchers",
    "not": "the matcher inside does not hold",
    "in": "one of the listed values",
    "gt": "greater than",
    "ge": "greater than or equal to",
    "lt": "less than",
    "le": "less than or equal to",
    "between": "from the first to the second value, both included",
    "near": "not further away than `by`",
    "by": "the distance of `near`: a number, money or a duration",
    "matches": "a regular expression is found in the text",
    "contains": "the text, element or key is in it",
    "starts_with": "the text begins so",
    "ends_with": "the text ends so",
    "absent": "true: the path finds nothing",
    "present": "true: the path finds something",
    "each": "every element holds, and there is one at least",
    "any": "one element holds at least",
    "none": "no element holds",
    "unordered": "the same elements in any order",
    "subset": "at least these keys or elements",
    "length": "how many elements or characters",
    "type": f"its type: {', '.join(TYPES)}, null",
    "format": f"a format of the business: {', '.join(FORMATS)}",
    "schema": "valid by a JSON Schema, written here or as {file: schema.json}",
}

# With a `*` in the path these words judge the list of all elements; all other words judge each element.
LIST_WORDS = frozenset({"each", "any", "none", "unordered", "subset", "length", "contains", "absent", "present"})


@runtime_checkable
class ReadsFiles(Protocol):
    """A block that reads files beside the journey as plain data."""

    def plain_file(self, node: ScalarNode) -> object:
        """The content of a JSON or YAML file."""
        ...


class ExpectVocabulary:
    """Parses right-hand sides: a plain value means equality, a mapping means matchers."""

    name = "expect"
    words = WORDS

    def parse(self, node: Node, block: Block, path: str = "") -> Matcher:
        """The matcher that `node` stands for; with a `*` in `path` it has to hold for every element."""
        matcher = self.matcher(node, block)
        return Each(matcher) if has_star(path) and not _speaks_of_lists(node) else matcher

    def matcher(self, node: Node, block: Block) -> Matcher:
        """The matcher that `node` stands for."""
        if not isinstance(node, MappingNode):
            return Equal(block.template(node))
        keys = tuple(node.keys())
        if _is_form(keys) or _is_expression(node):
            return Equal(block.template(node))
        if not keys:
            return Equal(Literal({}, node.source))
        matchers = [
            matcher for key, value in node.entries if (matcher := self._word(key, value, node, block)) is not None
        ]
        if len(matchers) == 1:
            return matchers[0]
        return All(tuple(matchers)) if matchers else Equal(Literal(None, node.source))

    def _word(self, key: ScalarNode, value: Node, node: MappingNode, block: Block) -> Matcher | None:
        if key.text not in WORDS:
            hint = f"{advice(key.text, WORDS)}; to compare with a mapping write {{equal: {{..}}}}"
            block.problem(key.source, f"unknown matcher {key.text!r}", hint)
            return None
        if key.text == "by":
            if node.get("near") is None:
                block.problem(key.source, "`by` belongs to `near`", "write {near: 36.00 USD, by: 0.01}")
            return None
        if key.text == "near":
            return self._near(value, node, block)
        return BUILDERS[key.text](self, value, block)

    def _near(self, value: Node, node: MappingNode, block: Block) -> Matcher:
        distance = node.get("by")
        if distance is None:
            block.problem(
                value.source, "`near` needs a distance", "write {near: 36.00 USD, by: 0.01} or {near: $x, by: 5s}"
            )
        template = block.template(distance) if distance is not None else Literal(0, value.source)
        return Near(block.template(value), template)


def _operator(word: str, judge: Callable[[object, object], str | None]) -> Build:
    return lambda _vocabulary, node, block: Operator(word, block.template(node), judge)


def _with_list(word: str, judge: Callable[[object, object], str | None], wanted: int = 0) -> Build:
    """An operator whose argument is a list (or an expression that gives one)."""

    def build(_vocabulary: ExpectVocabulary, node: Node, block: Block) -> Matcher:
        listed = isinstance(node, SequenceNode)
        if not listed and not (isinstance(node, ScalarNode) and node.text.startswith("$")):
            block.problem(node.source, f"`{word}` needs a list, not {kind_of(node)}", f"write {{{word}: [a, b]}}")
        elif isinstance(node, SequenceNode) and wanted and len(node.items) != wanted:
            block.problem(node.source, f"`{word}` needs {wanted} values, not {len(node.items)}", "")
        return Operator(word, block.template(node), judge)

    return build


def _presence(*, present: bool) -> Build:
    def build(_vocabulary: ExpectVocabulary, node: Node, block: Block) -> Matcher:
        if not isinstance(node, ScalarNode) or not isinstance(node.value, bool):
            block.problem(
                node.source,
                f"this must be true or false, not {kind_of(node)}",
                "write {absent: true} or {present: true}",
            )
            return Presence(present=present)
        return Presence(present=present is node.value)

    return build


def _matches(_vocabulary: ExpectVocabulary, node: Node, block: Block) -> Matcher:
    if not isinstance(node, ScalarNode) or not isinstance(node.value, str):
        block.problem(
            node.source, f"`matches` needs a regular expression, not {kind_of(node)}", "quote it to make it text"
        )
        return Equal(Literal(None, node.source))
    try:
        re.compile(node.text)
    except re.error as error:
        block.problem(
            node.source, f"the regular expression is broken: {error}", "quote it with single quotes; test it first"
        )
        return Equal(Literal(None, node.source))
    return Operator("matches", Literal(node.text, node.source), matches)


def _choice(word: str, known: Mapping[str, object], judge: Callable[[object, object], str | None]) -> Build:
    """An operator whose argument is one of a few words."""

    def build(_vocabulary: ExpectVocabulary, node: Node, block: Block) -> Matcher:
        text = node.text if isinstance(node, ScalarNode) else ""
        if text not in known:
            block.problem(
                node.source, f"there is no {word} {text!r}" if text else f"`{word}` needs a name", advice(text, known)
            )
        return Operator(word, Literal(text, node.source), judge)

    return build


def _schema(_vocabulary: ExpectVocabulary, node: Node, block: Block) -> Matcher:
    """The schema is plain data: its `$ref` and `$defs` are no expressions."""
    file = node.get("file") if isinstance(node, MappingNode) and tuple(node.keys()) == ("file",) else None
    schema = (
        block.plain_file(file) if isinstance(file, ScalarNode) and isinstance(block, ReadsFiles) else as_plain(node)
    )
    try:
        return Schema(schema)
    except ValueError as error:
        block.problem(node.source, f"this is not a JSON Schema: {error}", "")
        return Equal(Literal(None, node.source))


BUILDERS: Mapping[str, Build] = {
    "equal": lambda _vocabulary, node, block: Equal(block.template(node)),
    "not": lambda vocabulary, node, block: Not(vocabulary.matcher(node, block)),
    "in": _with_list("in", one_of),
    "gt": _operator("greater than", ordering(operator.gt)),
    "ge": _operator("at least", ordering(operator.ge)),
    "lt": _operator("less than", ordering(operator.lt)),
    "le": _operator("at most", ordering(operator.le)),
    "between": _with_list("between", between, 2),
    "matches": _matches,
    "contains": _operator("contains", contains),
    "starts_with": _operator("starts with", starts_with),
    "ends_with": _operator("ends with", ends_with),
    "absent": _presence(present=False),
    "present": _presence(present=True),
    "each": lambda vocabulary, node, block: Each(vocabulary.matcher(node, block)),
    "any": lambda vocabulary, node, block: Some(vocabulary.matcher(node, block), none=False),
    "none": lambda vocabulary, node, block: Some(vocabulary.matcher(node, block), none=True),
    "unordered": lambda _vocabulary, node, block: Unordered(block.template(node)),
    "subset": lambda _vocabulary, node, block: Subset(block.template(node)),
    "length": lambda vocabulary, node, block: Length(vocabulary.matcher(node, block)),
    "type": _choice("type", {**TYPES, "null": ""}, of_type),
    "format": _choice("format", FORMATS, of_format),
    "schema": _schema,
}


def _speaks_of_lists(node: Node) -> bool:
    """Whether a right-hand side judges the whole list that a `*` finds."""
    if isinstance(node, SequenceNode):
        return True
    if not isinstance(node, MappingNode):
        return False
    inner = node.get("not")
    return not LIST_WORDS.isdisjoint(tuple(node.keys())) or (inner is not None and _speaks_of_lists(inner))


def _is_form(keys: tuple[str, ...]) -> bool:
    """Whether a mapping is a value form; `by` alone is the distance of `near`, with `of` it is a choice."""
    if "by" in keys:
        return "of" in keys
    return any(key in FORMS for key in keys) and not any(key in WORDS for key in keys)


def _is_expression(node: MappingNode) -> bool:
    return len(node.entries) == 1 and node.entries[0][0].text.startswith("$")
