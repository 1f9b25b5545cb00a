"""Values that may hold expressions, parsed once and resolved against a scope; types survive."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from ringback.engine.evidence import ABSENT
from ringback.engine.expressions import Expression, loose_root, malformed, parse_expression, parse_text
from ringback.engine.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ringback.engine.problems import BrokenTest
from ringback.engine.protocols import Scope, Template
from ringback.engine.source import NOWHERE, Source

NOTHING: frozenset[str] = frozenset()


class TemplateReader(Protocol):
    """Who reads templates: hears of problems and expressions, and knows the value forms."""

    def problem(self, source: Source, what: str, hint: str = "") -> None:
        """Report a problem."""
        ...

    def expression(self, expression: Expression) -> None:
        """Hear of an expression: its names are checked against what is known here."""
        ...

    def is_root(self, name: str) -> bool:
        """Whether `name` is the root of expressions here."""
        ...

    def form(self, node: MappingNode) -> Template | None:
        """The value form a mapping stands for (`{sum: [..]}`), or None when it is a plain mapping."""
        ...


class Literal:
    """A value without expressions."""

    __slots__ = ("names", "source", "value")

    def __init__(self, value: object, source: Source = NOWHERE) -> None:
        self.value = value
        self.source = source
        self.names = NOTHING

    def resolve(self, scope: Scope) -> object:
        """The value itself."""
        return self.value


class Whole:
    """One expression; its value keeps its type."""

    __slots__ = ("expression", "names", "source")

    def __init__(self, expression: Expression) -> None:
        self.expression = expression
        self.source = expression.source
        self.names = frozenset((expression.root,))

    def resolve(self, scope: Scope) -> object:
        """The value the expression finds."""
        return self.expression.value(scope)


class Text:
    """A text with expressions inside."""

    __slots__ = ("names", "parts", "source")

    def __init__(self, parts: tuple[str | Expression, ...], source: Source) -> None:
        self.parts = parts
        self.source = source
        self.names = frozenset(part.root for part in parts if isinstance(part, Expression))

    def resolve(self, scope: Scope) -> object:
        """The text with every expression's value in its place."""
        return "".join(part if isinstance(part, str) else self._text(part, scope) for part in self.parts)

    def _text(self, part: Expression, scope: Scope) -> str:
        value = part.value(scope)
        if value is None or value is ABSENT:
            raise BrokenTest(
                f"{part.text} has no value to write into a text", "check what the step before brought", self.source
            )
        return text_of(value)


class Items:
    """A list of templates."""

    __slots__ = ("items", "names", "source")

    def __init__(self, items: tuple[Template, ...], source: Source) -> None:
        self.items = items
        self.source = source
        self.names = NOTHING.union(*(item.names for item in items))

    def resolve(self, scope: Scope) -> object:
        """The list of the resolved items."""
        return [item.resolve(scope) for item in self.items]


class Fields:
    """A mapping from text (which may hold expressions) to templates."""

    __slots__ = ("fields", "names", "source")

    def __init__(self, fields: tuple[tuple[Template, Template], ...], source: Source) -> None:
        self.fields = fields
        self.source = source
        self.names = NOTHING.union(*(name.names | value.names for name, value in fields))

    def resolve(self, scope: Scope) -> object:
        """The dict of the resolved fields."""
        return {text_of(name.resolve(scope)): value.resolve(scope) for name, value in self.fields}


class Computed:
    """A value form: a function of resolved arguments."""

    __slots__ = ("arguments", "function", "names", "source")

    def __init__(
        self, function: Callable[..., object], arguments: Sequence[Template], source: Source, *roots: str
    ) -> None:
        """`roots` are names the function looks up itself; it is then called with the scope first."""
        self.function = function
        self.arguments = tuple(arguments)
        self.source = source
        self.names = NOTHING.union(roots, *(argument.names for argument in arguments))

    def resolve(self, scope: Scope) -> object:
        """What the function makes of its arguments; a ValueError becomes BrokenTest at this place."""
        values = [argument.resolve(scope) for argument in self.arguments]
        try:
            return self.function(scope, *values)
        except (ValueError, ArithmeticError) as error:
            raise BrokenTest(str(error), "", self.source) from error


def text_of(value: object) -> str:
    """A value as a person would write it: `36.00 USD`, `true`, `2026-11-01T10:00:00Z`; compact JSON for structures."""
    match value:
        case str():
            text = value
        case bool():
            text = "true" if value else "false"
        case None:
            text = "null"
        case datetime():
            text = value.isoformat().replace("+00:00", "Z")
        case Mapping() | list() | tuple():
            text = json.dumps(value, default=text_of, ensure_ascii=False, separators=(",", ":"))
        case _:
            text = str(value)
    return text


def parse_template(node: Node, reader: TemplateReader) -> Template:
    """The template a node stands for; what is wrong in it goes to the reader."""
    if isinstance(node, ScalarNode):
        return _scalar(node, reader)
    if isinstance(node, SequenceNode):
        return _collapsed(Items(tuple([parse_template(item, reader) for item in node.items]), node.source))
    if _is_bare_expression(node):
        text = node.entries[0][0].text
        reader.problem(
            node.source, f"{{{text}}} without quotes is a mapping to YAML", f'write {text}, or "{{{text}}}" with quotes'
        )
        return Literal(None, node.source)
    form = reader.form(node)
    if form is not None:
        return form
    return _collapsed(
        Fields(
            tuple([(_scalar(key, reader), parse_template(value, reader)) for key, value in node.entries]), node.source
        )
    )


def _collapsed(template: Items | Fields) -> Template:
    """A list or mapping without expressions as a literal: resolved once."""
    parts: tuple[Template, ...]
    if isinstance(template, Items):
        parts = template.items
    else:
        parts = tuple(part for field in template.fields for part in field)
    if all(isinstance(part, Literal) and not isinstance(part.value, list | dict) for part in parts):
        value = template.resolve(_NO_SCOPE)
        return Frozen(value, template.source)
    return template


class Frozen:
    """A flat list or mapping without expressions; every resolve gives a fresh copy."""

    __slots__ = ("names", "source", "value")

    def __init__(self, value: object, source: Source) -> None:
        self.value = value
        self.source = source
        self.names = NOTHING

    def resolve(self, scope: Scope) -> object:
        """A copy, so that nobody can change the journey."""
        return list(self.value) if isinstance(self.value, list) else dict(self.value)  # type: ignore[call-overload]  # a flat list or dict by construction


class _NoScope:
    """The scope of templates without names."""

    def lookup(self, name: str) -> object:
        """There are no names."""
        raise BrokenTest(f"${name} is not known here")


_NO_SCOPE = _NoScope()


def _is_bare_expression(node: MappingNode) -> bool:
    """Whether a mapping is what YAML makes of {$order.id} without quotes."""
    if len(node.entries) != 1:
        return False
    key, value = node.entries[0]
    return key.text.startswith("$") and isinstance(value, ScalarNode) and value.value is None and not value.text


def _scalar(node: ScalarNode, reader: TemplateReader) -> Template:
    text = node.value
    if not isinstance(text, str) or "$" not in text:
        return Literal(text, node.source)
    whole = parse_expression(text, node.source)
    if whole is not None:
        reader.expression(whole)
        return Whole(whole)
    return _text(text, node.source, reader)


def _text(text: str, source: Source, reader: TemplateReader) -> Template:
    broken = malformed(text)
    root = loose_root(text)
    if broken is not None:
        reader.problem(
            source,
            f"{broken!r} is not an expression",
            "write $name.path alone, {$name.path} inside text, $$ for a dollar",
        )
    elif root is not None and reader.is_root(root):
        reader.problem(
            source, f"${root} stands in a text without braces", f"inside text write {{${root}...}}; $$ is a dollar"
        )
    return parse_text_template(text, source, reader)


def parse_text_template(text: str, source: Source, reader: TemplateReader) -> Template:
    """A template of a text that is always text (the content of a file): only {$..} and $$ mean something."""
    parts = parse_text(text, source)
    for part in parts:
        if isinstance(part, Expression):
            reader.expression(part)
    if all(isinstance(part, str) for part in parts):
        return Literal("".join(str(part) for part in parts), source)
    return Text(parts, source)


def part(node: MappingNode, key: str, reader: TemplateReader) -> Template:
    """The template under `key`; one of nothing when the key is not there."""
    inner = node.get(key)
    return Literal(None, node.source) if inner is None else parse_template(inner, reader)
