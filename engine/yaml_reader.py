"""Reads YAML into nodes with positions, by YAML 1.2 core rules made safe for business data."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml
from yaml._yaml import CParser

from ringback.engine.nodes import MappingNode, Node, Scalar, ScalarNode, SequenceNode
from ringback.engine.problems import Problem
from ringback.engine.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_BYTES = 1_000_000
MOST_ALIASES = 20
MOST_REPEATED = 10_000  # nodes that aliases may repeat
MOST_DEPTH = 60
MANY_OPENERS = 2_000  # libyaml's composer recurses in C; below this number of openers it cannot run out of stack

PLAIN = "plain"
QUOTED = "quoted"
MAPPING = "mapping"
SEQUENCE = "sequence"

CONSTANTS: dict[str, Scalar] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
# A number with a leading zero, a plus sign or an exponent is an account number, a PIN, an E.164 number or a SKU here:
# it stays text. (YAML 1.1 reads 0447700 as octal; YAML 1.2 would still drop the zero.)
INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)\Z")
DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+\Z")
STARTS_LIKE_A_NUMBER = frozenset("-0123456789")

MENDS = (
    ("found character '\\t'", "indent with spaces; YAML forbids tabs"),
    ("could not find expected ':'", "write `key: value`; a text with special characters needs quotes"),
    ("mapping values are not allowed", "quote a text that holds `: `, or indent the line below its key"),
    ("did not find expected ',' or '}'", "close the `{`, or quote a text that holds , { } [ ] or #"),
    ("did not find expected ',' or ']'", "close the `[`, or quote a text that holds , { } [ ] or #"),
    (
        "did not find expected key",
        "indent keys of one mapping alike; check the line above for an open quote or bracket",
    ),
    ("found unexpected end of stream", "a quote or bracket is not closed"),
    ("did not find expected '-' indicator", "indent the items of a list alike"),
    ("found undefined alias", "define the anchor (&name) before *name, or quote a text that begins with *"),
    ("did not find expected alphabetic or numeric character", "quote a text that begins with * or &"),
    ("found character that cannot start any token", "quote a text that begins with @, ` or %"),
    ("found another document", "keep one document in a file: remove the `---` in the middle"),
)


class _Composer(CParser):
    """libyaml's composer without PyYAML's YAML 1.1 resolver: only tells plain scalars from quoted ones."""

    def __init__(self, text: str) -> None:
        CParser.__init__(self, text)

    # The parser calls these two for every node; there are no path resolvers, and a built-in is the cheapest no-op.
    descend_resolver: Any = {}.get
    ascend_resolver: Any = int

    def resolve(self, kind: Any, _value: Any, implicit: Any) -> str:
        """A tag that says how the node was written."""
        if kind is yaml.ScalarNode:
            return PLAIN if implicit[0] else QUOTED
        return MAPPING if kind is yaml.MappingNode else SEQUENCE


class _Converter:
    """Turns composed nodes into ours, and notes what is wrong on the way."""

    def __init__(self, file: str, report: Callable[[Problem], None]) -> None:
        self.file = file
        self.report = report
        self.seen: dict[int, Node] = {}
        self.open: set[int] = set()
        self.aliases = 0
        self.repeated = 0

    def place(self, node: Any) -> Source:
        mark = node.start_mark
        return Source(self.file, mark.line + 1, mark.column + 1)

    def convert(self, node: Any) -> Node:
        if node.__class__ is yaml.ScalarNode:
            return self.scalar(node)
        known = self.seen.get(id(node))
        if known is not None or id(node) in self.open:
            return self.alias(node, known)
        if len(self.open) >= MOST_DEPTH:
            return self.refuse(
                node, f"nested deeper than {MOST_DEPTH} levels", "move the inner part into a file of its own"
            )
        self.open.add(id(node))
        converted: Node = self.mapping(node) if node.__class__ is yaml.MappingNode else self.sequence(node)
        self.open.discard(id(node))
        self.seen[id(node)] = converted
        return converted

    def alias(self, node: Any, known: Node | None) -> Node:
        self.aliases += 1
        if known is None:
            return self.refuse(node, "an anchor that holds itself", "remove the alias inside its own anchor")
        if self.aliases == MOST_ALIASES + 1:
            return self.refuse(
                node, f"more than {MOST_ALIASES} aliases", "write reusable steps in a *.steps.yaml and `use` them"
            )
        self.repeated += _size(known, MOST_REPEATED - self.repeated)
        if self.repeated >= MOST_REPEATED:
            return self.refuse(
                node, f"aliases repeat more than {MOST_REPEATED:,} values", "write them out in a data file"
            )
        return known

    def refuse(self, node: Any, what: str, hint: str) -> Node:
        place = self.place(node)
        self.report(Problem(place, what, hint))
        return ScalarNode(None, "", place)

    def scalar(self, node: Any) -> ScalarNode:
        mark = node.start_mark
        place = Source(self.file, mark.line + 1, mark.column + 1)
        text = node.value
        tag = node.tag
        if tag == PLAIN:
            return ScalarNode(_plain(text), text, place)
        if tag != QUOTED:
            self.report(
                Problem(place, f"the tag {tag} is not used here", "remove the tag; quote the value to make it text")
            )
        return ScalarNode(text, text, place)

    def sequence(self, node: Any) -> SequenceNode:
        self.tagged(node, SEQUENCE)
        return SequenceNode(tuple([self.convert(item) for item in node.value]), self.place(node))

    def mapping(self, node: Any) -> MappingNode:
        self.tagged(node, MAPPING)
        entries: list[tuple[ScalarNode, Node]] = []
        first: dict[str, ScalarNode] = {}
        for key, value in node.value:
            if key.__class__ is not yaml.ScalarNode:
                self.refuse(key, "a key must be a text", 'quote an expression in braces: "{$order.id}"')
                continue
            name = self.scalar(key)
            if name.text == "<<" and key.tag == PLAIN:
                self.refuse(key, "merge keys (<<) are not part of YAML 1.2", "repeat the keys, or `use` a *.steps.yaml")
            elif name.text in first:
                self.duplicate(name, first[name.text])
            else:
                first[name.text] = name
                entries.append((name, self.convert(value)))
        return MappingNode(tuple(entries), self.place(node))

    def duplicate(self, name: ScalarNode, first: ScalarNode) -> None:
        what = f"the key {name.text!r} stands here twice"
        self.report(Problem(name.source, what, f"keep one; the first is in line {first.source.line}"))

    def tagged(self, node: Any, usual: str) -> None:
        if node.tag != usual:
            self.report(Problem(self.place(node), f"the tag {node.tag} is not used here", "remove the tag"))


def _size(node: Node, most: int) -> int:
    """How many nodes are in a node, counted up to `most`."""
    total, rest = 0, [node]
    while rest and total < most:
        inner = rest.pop()
        total += 1
        if isinstance(inner, SequenceNode):
            rest += inner.items
        elif isinstance(inner, MappingNode):
            rest += (value for _, value in inner.entries)
    return total


def _plain(text: str) -> Scalar:
    """The value of an unquoted scalar."""
    if text in CONSTANTS:
        return CONSTANTS[text]
    if text[0] in STARTS_LIKE_A_NUMBER:
        if INTEGER.match(text):
            return int(text)
        if DECIMAL.match(text):
            return float(text)
    return text


def read_yaml(text: str, file: str) -> tuple[Node | None, tuple[Problem, ...]]:
    """The document in `text`, and every problem of reading it; the node is None when there is none to speak of."""
    if len(text) > MOST_BYTES:
        what = f"the file has {len(text):,} characters; at most {MOST_BYTES:,} are read"
        return None, (Problem(Source(file, 1, 1), what, "move data into files of their own beside the journey"),)
    problems: list[Problem] = []
    try:
        if _openers(text) > MANY_OPENERS and _depth(text) > MOST_DEPTH:
            what = f"nested deeper than {MOST_DEPTH} levels"
            return None, (Problem(Source(file, 1, 1), what, "close the brackets, or move inner parts into files"),)
        composer = _Composer(text)
        composed = composer.get_single_node()
    except yaml.YAMLError as error:
        return None, (_syntax(error, file, text),)
    if composed is None:
        return None, (Problem(Source(file, 1, 1), "the file is empty", ""),)
    node = _Converter(file, problems.append).convert(composed)
    return node, tuple(problems)


def _openers(text: str) -> int:
    """How many characters may open a level."""
    return sum(text.count(opener) for opener in ("[", "{", "- ", "? ", "-\n", ": "))


def _depth(text: str) -> int:
    """How deep the document nests, found from its events without recursion; stops where it is too deep."""
    depth = deepest = 0
    parser = _Composer(text)
    while deepest <= MOST_DEPTH:
        event = parser.get_event()
        if event is None:
            break
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            deepest = max(deepest, depth)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return deepest


def _syntax(error: yaml.YAMLError, file: str, text: str) -> Problem:
    """A syntax error of libyaml as a problem with its place and, for the common ones, its mend."""
    mark = getattr(error, "problem_mark", None)
    context_mark = getattr(error, "context_mark", None)
    said = str(getattr(error, "problem", None) or str(error).splitlines()[0])
    if mark is not None and _character(text, mark.line, mark.column) == "\t":
        said = "found character '\\t'"
    context = str(getattr(error, "context", ""))
    if context_mark is not None and (mark is None or "flow" in context or "quoted" in context):
        mark = context_mark  # where the bracket or the quote opens says more than where the file ends
    place = Source(file, mark.line + 1, mark.column + 1) if mark else Source(file, 1, 1)
    hint = next((mend for sign, mend in MENDS if sign in said), "")
    return Problem(place, f"not valid YAML: {said}", hint)


def _character(text: str, line: int, column: int) -> str:
    """The character at a place (from 0), or nothing behind the end."""
    lines = text.split("\n", line + 1)
    return lines[line][column : column + 1] if line < len(lines) else ""


def read_bytes(content: bytes, file: str) -> tuple[Node | None, tuple[Problem, ...]]:
    """As `read_yaml`, for the bytes of a file."""
    if len(content) > MOST_BYTES:
        return read_yaml(" " * (MOST_BYTES + 1), file)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return None, (Problem(Source(file, line, 1), "the file is not UTF-8", "save it as UTF-8"),)
    return read_yaml(text, file)
