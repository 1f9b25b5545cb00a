"""`agree`: what several systems say of one thing is the same thing, whatever unit each of them writes it in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ringback.assertions.matchers.equality import difference
from ringback.assertions.matchers.show import show
from ringback.engine.environment import Environment
from ringback.engine.evidence import ABSENT, Evidence, Exhibit
from ringback.engine.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ringback.engine.outcomes import CheckOutcome
from ringback.engine.protocols import LOCAL, Action, Block, Call, Pace, Template
from ringback.engine.services import Services

_HINT = "write `what it is about: [$step.value, $other.value]`"


class AgreeProbe:
    """Needs no driver: it compares what earlier steps brought."""

    name = "agree"
    keys: Mapping[str, str] = {"agree": "values of several systems that must be the same"}

    def __init__(self, environment: Environment | None, services: Services | None) -> None:
        """It reads nothing from the environment."""

    def parse(self, block: Block) -> Action:
        """Each line names a thing and lists at least two values of it."""
        node = block.step.get(block.key)
        arguments: dict[str, Template] = {}
        written: dict[str, tuple[str, ...]] = {}
        if isinstance(node, MappingNode) and node.entries:
            for label, values in node.entries:
                if not isinstance(values, SequenceNode) or len(values.items) < 2:
                    block.problem(label.source, f"`{label.text}` needs at least two values to agree", _HINT)
                    continue
                arguments[label.text] = block.template(values)
                written[label.text] = tuple(_as_written(item) for item in values.items)
        else:
            block.problem(block.step.key_source(block.key), "`agree` needs lines of values", _HINT)
        return Action(
            kind=self.name,
            system="",
            verb="agree",
            arguments=arguments,
            source=block.step.key_source(block.key),
            detail=written,
        )

    def perform(self, action: Action, call: Call) -> Evidence:
        """The values side by side."""
        rows = [
            f"{label}\t{written}\t{show(value)}"
            for label, values in call.arguments.items()
            for written, value in _pairs(action, label, values)
        ]
        table = "\n".join(("what\tfrom\tvalue", *rows))
        return Evidence(
            kind=self.name,
            system="",
            summary=f"{len(call.arguments)} things compared",
            values=dict(call.arguments),
            exhibits=(Exhibit("compared", "text/tab-separated-values", table),),
        )

    def judge(self, action: Action, evidence: Evidence, call: Call) -> tuple[CheckOutcome, ...]:
        """Each value against the first of its line."""
        return tuple(_line(action, label, values) for label, values in evidence.values.items())

    def pace(self, action: Action) -> Pace:
        """Nothing is asked of any system."""
        return LOCAL


def _line(action: Action, label: str, values: object) -> CheckOutcome:
    (first_name, first), *others = _pairs(action, label, values)
    apart = [(name, value, why) for name, value in others if (why := _differs(first, value)) is not None]
    return CheckOutcome(
        check="agree",
        passed=not apart and first is not ABSENT,
        path=label,
        expected=f"{show(first)} as {first_name}",
        actual=", ".join(f"{show(value)} as {name}" for name, value, _ in apart) or show(first),
        message="; ".join(f"{name}: {why}" for name, _, why in apart),
        source=action.source,
    )


def _differs(first: object, value: object) -> str | None:
    """None when they are the same in either direction: `36.00 USD` and 3600 cents are."""
    if first is ABSENT or value is ABSENT:
        return "there is no value"
    why = difference(first, value)
    return None if why is None or difference(value, first) is None else why


def _pairs(action: Action, label: str, values: object) -> Iterator[tuple[str, object]]:
    names = action.detail[label] if isinstance(action.detail, Mapping) else ()
    if isinstance(values, (list, tuple)):
        yield from zip(names, values, strict=False)


def _as_written(node: Node) -> str:
    if isinstance(node, ScalarNode):
        return node.text
    if isinstance(node, MappingNode):
        return "{" + ", ".join(f"{name.text}: {_as_written(value)}" for name, value in node.entries) + "}"
    return "[" + ", ".join(_as_written(item) for item in node.items) + "]"
