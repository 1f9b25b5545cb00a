"""`use:` - reusable steps from a *.steps.yaml, with typed needs and gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from ringback.engine.excerpt import advice
from ringback.engine.expressions import Expression
from ringback.engine.load_steps import StepLoader
from ringback.engine.model import Step
from ringback.engine.money import Money
from ringback.engine.names import Names, StepNames
from ringback.engine.nodes import MappingNode, Node, ScalarNode
from ringback.engine.problems import BrokenTest
from ringback.engine.protocols import Scope, Template
from ringback.engine.reading import PlaceReader, Reading
from ringback.engine.schema import NEED, STEPS_FILE, TYPES
from ringback.engine.shapes import check_keys
from ringback.engine.source import Source
from ringback.engine.templates import Literal, Whole, text_of
from ringback.engine.times import parse_instant
from ringback.engine.yaml_reader import read_bytes

ENDING = ".steps.yaml"
Stamp = tuple[int, int]


class Uses:
    """Loads steps files for one reading; `chain` are the files that are open, to detect a circle."""

    def __init__(self, reading: Reading, chain: tuple[Path, ...] = ()) -> None:
        self.reading = reading
        self.chain = chain

    def use(self, step: Step, node: MappingNode, place: PlaceReader) -> tuple[Step, Names]:
        """The step with the used steps as children, and the names known behind it."""
        named = node.get("use")
        if not isinstance(named, ScalarNode):
            return step, place.names
        path = self.reading.project / (named.text.removesuffix(ENDING) + ENDING)
        file = self._file(path, named)
        if file is None:
            self._with(node, place, None, named)
            return step, place.names.with_step(step.id, StepNames(frozenset()))
        needs, children, gives = self._content(file, path)
        given = self._with(node, place, needs, named)
        names = place.names.with_step(step.id, StepNames(frozenset(gives), frozenset()))
        return replace(step, steps=children, needs=given, gives=gives), names

    def inspect(self, path: Path) -> None:
        """Read a steps file for its problems alone."""
        name = self.reading.display(path)
        file = self._file(path, ScalarNode(name, name, Source(name, 1, 1)))
        if file is not None:
            self._content(file, path)

    def _content(self, file: MappingNode, path: Path) -> tuple[dict[str, Need], tuple[Step, ...], dict[str, Template]]:
        """What a steps file needs, does and gives."""
        good = check_keys(file, STEPS_FILE, self.reading.problem, place="the steps file")
        needs = _types(file.get("needs") if "needs" in good else None, self.reading)
        inner = PlaceReader(self.reading, Names(needs=frozenset(needs), env=self._env()), path.parent)
        loader = StepLoader(inner, Uses(self.reading, (*self.chain, path)))
        children, _ = loader.steps(file.get("do") if "do" in good else None, inner.names)
        return needs, children, _gives(file.get("gives") if "gives" in good else None, children, self.reading)

    def _env(self) -> frozenset[str] | None:
        environment = self.reading.environment
        return frozenset(environment.as_values()) if environment is not None else None

    def _file(self, path: Path, named: ScalarNode) -> MappingNode | None:
        if path in self.chain:
            circle = " -> ".join(
                item.name.removesuffix(ENDING) for item in (*self.chain[self.chain.index(path) :], path)
            )
            self.reading.problem(
                named.source, f"the steps use each other in a circle: {circle}", "take one of the `use` out"
            )
            return None
        try:
            content = path.read_bytes()
        except OSError:
            known = [
                f"{found.relative_to(self.reading.project).as_posix().removesuffix(ENDING)}"
                for found in _siblings(path)
            ]
            hint = advice(named.text, known, "the path is counted from the project's root, without .steps.yaml")
            self.reading.problem(named.source, f"there is no steps file {self.reading.display(path)}", hint)
            return None
        node, problems = read_bytes(content, self.reading.display(path))
        for problem in problems:
            self.reading.problem(problem.source, problem.what, problem.hint)
        if node is not None and not isinstance(node, MappingNode):
            self.reading.problem(node.source, "a steps file is a mapping", "begin with `steps: name` and `do:`")
        return node if isinstance(node, MappingNode) else None

    def _with(
        self, node: MappingNode, place: PlaceReader, needs: Mapping[str, Need] | None, named: ScalarNode
    ) -> dict[str, Template]:
        """What is given under `with`, held to what is needed; all of it is accepted where the needs are unknown."""
        listed = node.get("with")
        entries = listed.entries if isinstance(listed, MappingNode) else ()
        given: dict[str, Template] = {}
        for key, value in entries:
            template = place.template(value)
            if needs is not None and key.text not in needs:
                place.problem(
                    key.source, f"{named.text} needs no {key.text!r}", advice(key.text, needs, "it needs nothing")
                )
                continue
            need = needs[key.text] if needs is not None else None
            if need is not None and isinstance(template, Literal) and not is_of_type(template.value, need.type):
                place.problem(
                    value.source, f"{key.text!r} must be {TYPES[need.type]}, not {text_of(template.value)!r}", ""
                )
            given[key.text] = Typed(template, key.text, need.type) if need is not None else template
        for name, need in (needs or {}).items():
            if name in given:
                continue
            if need.default is None:
                place.problem(named.source, f"{named.text} needs {name!r} ({need.type})", f"add `with: {{{name}: ..}}`")
            else:
                given[name] = need.default
        return given


class Need:
    """A name that steps need, its type and its default."""

    __slots__ = ("default", "type")

    def __init__(self, type_: str, default: Template | None = None) -> None:
        self.type = type_
        self.default = default


class Typed:
    """A template whose value has to be of a type."""

    __slots__ = ("name", "names", "source", "template", "type")

    def __init__(self, template: Template, name: str, type_: str) -> None:
        self.template = template
        self.name = name
        self.type = type_
        self.source = template.source
        self.names = template.names

    def resolve(self, scope: Scope) -> object:
        """The value; BrokenTest when it is of another type."""
        value = self.template.resolve(scope)
        if not is_of_type(value, self.type):
            shown = "another value" if self.type == "secret" else repr(text_of(value))
            raise BrokenTest(f"{self.name!r} must be {TYPES[self.type]}, not {shown}", "look at `with`", self.source)
        return value


def is_of_type(value: object, type_: str) -> bool:
    """Whether a value is of one of the types of `needs`; an unknown type holds everything."""
    test = TESTS.get(type_)
    return test is None or test(value)


TESTS: Mapping[str, Callable[[object], bool]] = {
    "text": lambda value: isinstance(value, str),
    "secret": lambda value: isinstance(value, str),
    "number": lambda value: isinstance(value, int | float | Decimal) and not isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "money": lambda value: Money.of(value) is not None,
    "time": lambda value: parse_instant(text_of(value)) is not None,
    "list": lambda value: isinstance(value, list | tuple),
    "mapping": lambda value: isinstance(value, Mapping),
}


def _types(node: Node | None, reading: Reading) -> dict[str, Need]:
    """The needs of a steps file: `order: text`, or `lines: {type: number, default: 1}`."""
    needs: dict[str, Need] = {}
    for key, value in node.entries if isinstance(node, MappingNode) else ():
        named = value.get("type") if isinstance(value, MappingNode) else value
        default = value.get("default") if isinstance(value, MappingNode) else None
        if isinstance(value, MappingNode):
            check_keys(value, NEED, reading.problem, place=f"the need {key.text!r}")
        type_ = named.text if isinstance(named, ScalarNode) else ""
        if type_ not in TYPES:
            reading.problem(value.source, f"{type_!r} is not a type", advice(type_, TYPES))
            type_ = "any"
        place = PlaceReader(reading, Names(), reading.project)
        needs[key.text] = Need(type_, place.template(default) if default is not None else None)
    return needs


def _gives(node: Node | None, steps: tuple[Step, ...], reading: Reading) -> dict[str, Template]:
    """What the used steps give back: the output of that name, of the last step that has it."""
    outputs = _outputs(steps)
    gives: dict[str, Template] = {}
    for key, value in node.entries if isinstance(node, MappingNode) else ():
        type_ = value.text if isinstance(value, ScalarNode) else ""
        if type_ not in TYPES:
            reading.problem(value.source, f"{type_!r} is not a type", advice(type_, TYPES))
            type_ = "any"
        if key.text not in outputs:
            hint = advice(key.text, outputs, "add it under `outputs` of a step")
            reading.problem(key.source, f"no step here has the output {key.text!r}", hint)
            continue
        place = Source(key.source.file, key.source.line, key.source.column)
        gives[key.text] = Typed(Whole(Expression(outputs[key.text], key.text, place)), key.text, type_)
    return gives


def _outputs(steps: tuple[Step, ...]) -> dict[str, str]:
    """Output names and the step that has them; the steps of a group and of parallel branches count too."""
    found: dict[str, str] = {}
    for step in steps:
        if step.kind in ("parallel", "group"):
            found.update(_outputs(step.steps))
        found.update({output.name: step.id for output in step.outputs})
        found.update(dict.fromkeys(step.gives or (), step.id))
    return found


def _siblings(path: Path) -> list[Path]:
    return sorted(path.parent.glob(f"*{ENDING}")) if path.parent.is_dir() else []
