"""Value forms: small mappings that stand for a computed value, such as {sum: [..]} and {cents: 3600}."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

from ringback.engine.excerpt import advice
from ringback.engine.money import Money, decimal_of
from ringback.engine.nodes import MappingNode, ScalarNode, SequenceNode
from ringback.engine.problems import BrokenTest
from ringback.engine.protocols import Scope, Template
from ringback.engine.templates import Computed, Literal, TemplateReader, parse_template, part, text_of
from ringback.engine.times import build_time


class FormReader(TemplateReader, Protocol):
    """A template reader that can also read the files and functions that forms name."""

    def file(self, node: ScalarNode) -> Template:
        """The template of a file beside the journey."""
        ...

    def function(self, node: ScalarNode) -> Callable[..., object] | None:
        """A registered function, or None after reporting that there is none."""
        ...

    def axis_values(self, expression: str) -> tuple[str, ...]:
        """The values of the matrix's axis that an expression names; none for any other expression."""
        ...


Builder = Callable[[MappingNode, FormReader], Template]


@dataclass(frozen=True, slots=True)
class Form:
    """A value form: the keys it may have (the first one names it), one line of explanation, and how it is built."""

    keys: tuple[str, ...]
    says: str
    build: Builder
    needs_all: bool = True


def parse_form(node: MappingNode, reader: FormReader) -> Template | None:
    """The form that a mapping stands for, or None; a form with a misspelt key is a problem."""
    keys = tuple(node.keys())
    form = next((FORMS[key] for key in keys if key in FORMS), None)
    if form is None or form.keys[0] not in keys or not _meant(form, node, keys):
        return None
    for key in keys:
        if key not in form.keys:
            place = node.key_source(key)
            reader.problem(place, f"unknown key {key!r} in {{{form.keys[0]}: ..}}", advice(key, form.keys))
    return form.build(node, reader)


def _meant(form: Form, node: MappingNode, keys: tuple[str, ...]) -> bool:
    """Whether a mapping is the form and not data that happens to have a key of that name."""
    first = node.get(form.keys[0])
    if form.keys[0] in ("sum", "difference", "product"):
        return len(keys) == 1 and isinstance(first, SequenceNode)
    if form.needs_all:
        return set(keys) == set(form.keys)
    if form.keys[0] == "time":
        return isinstance(first, ScalarNode) and (first.text in ("now", "today") or first.text.startswith("$"))
    return set(keys) <= set(form.keys) and isinstance(first, ScalarNode)


def _arithmetic(name: str, combine: Callable[[list[object]], object]) -> Builder:
    def build(node: MappingNode, reader: FormReader) -> Template:
        listed = node.get(name)
        items = listed.items if isinstance(listed, SequenceNode) else ()
        if len(items) < 2:
            reader.problem(node.source, f"{{{name}: ..}} needs a list of two values or more", "")
            return Literal(None, node.source)
        return Computed(
            lambda _scope, *values: combine(list(values)), [parse_template(item, reader) for item in items], node.source
        )

    return build


def amounts(values: list[object]) -> list[Money | Decimal]:
    """Values as money or exact numbers; ValueError names the one that is neither."""
    found: list[Money | Decimal] = []
    for value in values:
        amount = Money.of(value) or decimal_of(value)
        if amount is None:
            message = f"{text_of(value)!r} is neither a number nor money"
            raise ValueError(message)
        found.append(amount)
    return found


def _misfit(message: str) -> ValueError:
    return ValueError(message)


def add(values: list[object]) -> object:
    """The sum of money, or of numbers."""
    total, *others = amounts(values)
    for other in others:
        if isinstance(total, Money) and isinstance(other, Money):
            total = total.plus(other)
        elif isinstance(total, Decimal) and isinstance(other, Decimal):
            total += other
        else:
            raise _misfit(f"{total} and {other} cannot be added: one is money, the other a plain number")
    return plain(total)


def subtract(values: list[object]) -> object:
    """The first value less all others."""
    first, *others = amounts(values)
    negative = [other.times(Decimal(-1)) if isinstance(other, Money) else -other for other in others]
    return add([first, *negative])


def multiply(values: list[object]) -> object:
    """The product of numbers, at most one of them money."""
    total, *others = amounts(values)
    for other in others:
        if isinstance(total, Money) and isinstance(other, Money):
            raise _misfit(f"{total} and {other} cannot be multiplied: both are money")
        if isinstance(total, Money):
            total = total.times(other)  # type: ignore[arg-type]  # the guard above leaves a Decimal
        else:
            total = other.times(total) if isinstance(other, Money) else total * other
    return plain(total)


def plain(amount: Money | Decimal) -> object:
    """A whole number as int, so that it compares and prints like one."""
    if isinstance(amount, Decimal) and amount == amount.to_integral_value():
        return int(amount)
    return amount


def _round(_scope: Scope, value: object, places: object) -> object:
    quantum = Decimal(1).scaleb(-int(str(places)))
    amount = amounts([value])[0]
    if isinstance(amount, Money):
        return Money(amount.amount.quantize(quantum, ROUND_HALF_UP), amount.currency)
    return amount.quantize(quantum, ROUND_HALF_UP)


def _cents(_scope: Scope, value: object) -> object:
    money = Money.of_cents(value)
    if money is None:
        message = f"{{cents: {text_of(value)}}} needs a whole number of cents"
        raise ValueError(message)
    return money


def build_cents(node: MappingNode, reader: FormReader) -> Template:
    """Build {cents: 3600}."""
    inner = node.get("cents")
    template = parse_template(inner, reader) if inner is not None else Literal(None, node.source)
    if isinstance(template, Literal) and Money.of_cents(template.value) is None:
        reader.problem(
            template.source, f"{{cents: {text_of(template.value)}}} needs a whole number", "3600 cents are 36.00"
        )
    return Computed(_cents, [template], node.source)


def build_round(node: MappingNode, reader: FormReader) -> Template:
    """Build {round: value, to: 2}."""
    return Computed(_round, [part(node, "round", reader), part(node, "to", reader)], node.source)


def build_by(node: MappingNode, reader: FormReader) -> Template:
    """Build {by: $matrix.device, of: {PHX-128: 30.00 USD}}."""
    of = node.get("of")
    if not isinstance(of, MappingNode):
        reader.problem(node.key_source("of"), "`of` needs a mapping from each value of `by` to a result", "")
        return Literal(None, node.source)
    choices = {key.text: parse_template(value, reader) for key, value in of.entries}
    by = part(node, "by", reader)
    asked = node.get("by")
    for value in reader.axis_values(asked.text) if isinstance(asked, ScalarNode) else ():
        if value not in choices:
            reader.problem(of.source, f"`of` has no value for {value!r}", f"add `{value}: ..`")
    return Choice(by, choices, node)


class Choice:
    """{by: .., of: {..}}: the value that belongs to another value."""

    __slots__ = ("by", "choices", "names", "source")

    def __init__(self, by: Template, choices: Mapping[str, Template], node: MappingNode) -> None:
        self.by = by
        self.choices = choices
        self.source = node.source
        self.names = by.names.union(*(choice.names for choice in choices.values()))

    def resolve(self, scope: Scope) -> object:
        """The chosen value; BrokenTest when there is none for it."""
        key = text_of(self.by.resolve(scope))
        if key not in self.choices:
            raise BrokenTest(f"`of` has no value for {key!r}", advice(key, self.choices), self.source)
        return self.choices[key].resolve(scope)


def _spid(scope: Scope, name: object) -> object:
    environment = scope.lookup("env")
    spids = environment.get("spids") if isinstance(environment, Mapping) else None
    known = spids if isinstance(spids, Mapping) else {}
    if str(name) not in known:
        hint = advice(str(name), known, "add facts.spids to the environment file")
        message = f"the environment knows no SPID of {name!r}; {hint}"
        raise ValueError(message)
    return known[str(name)]


def build_spid(node: MappingNode, reader: FormReader) -> Template:
    """Build {spid_of: north-tel}."""
    return Computed(_spid, [part(node, "spid_of", reader)], node.source, "env")


def build_literal(node: MappingNode, reader: FormReader) -> Template:
    """Build {literal: anything}: the value as it stands, without forms and expressions."""
    del reader
    inner = node.get("literal")
    return Literal(as_plain(inner) if inner is not None else None, node.source)


def as_plain(node: MappingNode | SequenceNode | ScalarNode) -> object:
    """A node as plain data."""
    if isinstance(node, ScalarNode):
        return node.value
    if isinstance(node, SequenceNode):
        return [as_plain(item) for item in node.items]
    return {key.text: as_plain(value) for key, value in node.entries}


def build_file(node: MappingNode, reader: FormReader) -> Template:
    """Build {file: bodies/order.json}."""
    name = node.get("file")
    return reader.file(name) if isinstance(name, ScalarNode) else Literal(None, node.source)


def build_call(node: MappingNode, reader: FormReader) -> Template:
    """Build {call: function, with: argument}."""
    name = node.get("call")
    function = reader.function(name) if isinstance(name, ScalarNode) else None
    if function is None:
        return Literal(None, node.source)
    called = function
    return Computed(lambda _scope, argument: called(argument), [part(node, "with", reader)], node.source)


FORMS: Mapping[str, Form] = {
    form.keys[0]: form
    for form in (
        Form(("sum",), "The sum of the listed numbers or money", _arithmetic("sum", add)),
        Form(("difference",), "The first of the list less all others", _arithmetic("difference", subtract)),
        Form(("product",), "The product of the listed numbers; one may be money", _arithmetic("product", multiply)),
        Form(("round", "to"), "A number or money rounded half up to so many places", build_round),
        Form(("cents",), "An amount that its source counts in cents: 3600 is 36.00", build_cents),
        Form(("by", "of"), "The value of `of` that belongs to the value of `by`", build_by),
        Form(
            ("time", "plus", "minus", "format", "zone"),
            "A time: now, today or a value, shifted and formatted",
            build_time,
            needs_all=False,
        ),
        Form(("spid_of",), "The service provider id that the environment knows for a name", build_spid),
        Form(("file",), "The content of a file beside the journey; JSON and YAML may hold expressions", build_file),
        Form(("literal",), "The value as it stands: nothing in it is an expression or a form", build_literal),
        Form(
            ("call", "with"), "A function of your own (entry points `ringback.functions`)", build_call, needs_all=False
        ),
    )
}
