"""One reading of a journey: what is wrong so far, which files are open, who knows the drivers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ringback.engine.durations import EXAMPLES, seconds
from ringback.engine.environment import Environment
from ringback.engine.excerpt import advice
from ringback.engine.expressions import Expression
from ringback.engine.forms import as_plain, parse_form
from ringback.engine.names import Names
from ringback.engine.nodes import MappingNode, Node, ScalarNode, kind_of
from ringback.engine.problems import Problem, RingbackError
from ringback.engine.protocols import Template
from ringback.engine.registry import FUNCTIONS, DriverSet
from ringback.engine.source import Source
from ringback.engine.templates import Literal, parse_template, parse_text_template
from ringback.engine.yaml_reader import read_bytes

STRUCTURED = (".json", ".yaml", ".yml")


@dataclass(slots=True)
class Reading:
    """The state of reading one journey and the steps files it uses."""

    project: Path
    tools: DriverSet
    environment: Environment | None = None
    problems: list[Problem] = field(default_factory=list)
    missing_systems: list[Problem] = field(default_factory=list)
    used_axes: set[str] = field(default_factory=set)
    ids: dict[str, Source] = field(default_factory=dict)

    def problem(self, source: Source, what: str, hint: str = "") -> None:
        """Note a problem; the same one is noted once."""
        found = Problem(source, what, hint)
        if found not in self.problems:
            self.problems.append(found)

    def display(self, file: Path) -> str:
        """A file as messages name it: from the project's root."""
        try:
            return file.relative_to(self.project).as_posix()
        except ValueError:
            return str(file)


class PlaceReader:
    """Reads templates at one place of a file, where certain names are known."""

    def __init__(self, reading: Reading, names: Names, folder: Path) -> None:
        self.reading = reading
        self.names = names
        self.folder = folder

    def problem(self, source: Source, what: str, hint: str = "") -> None:
        """Report a problem; loading goes on, so that all are shown at once."""
        self.reading.problem(source, what, hint)

    def expression(self, expression: Expression) -> None:
        """Check the names of an expression against what is known here."""
        if expression.root == "matrix":
            axis = expression.path.partition(".")[0]
            self.reading.used_axes.update({axis} if axis else self.names.matrix)
        complaint = self.names.complaint(expression)
        if complaint is not None:
            self.problem(expression.source, *complaint)

    def is_root(self, name: str) -> bool:
        """Whether `name` is known here."""
        return name in self.names.roots()

    def form(self, node: MappingNode) -> Template | None:
        """The value form a mapping stands for, or None."""
        return parse_form(node, self)

    def template(self, node: Node) -> Template:
        """Parse a node into a template."""
        return parse_template(node, self)

    def file(self, node: ScalarNode) -> Template:
        """The template of a file beside the journey; JSON and YAML become values, all else becomes text."""
        path, content = self._open(node)
        shown = self.reading.display(path)
        if content is None:
            return Literal(None, node.source)
        if path.suffix not in STRUCTURED:
            return parse_text_template(content.decode("utf-8", "replace"), Source(shown, 1, 1), self)
        read = self._read(content, shown)
        return self.template(read) if read is not None else Literal(None, Source(shown, 1, 1))

    def plain_file(self, node: ScalarNode) -> object:
        """The content of a JSON or YAML file as plain data; nothing in it is an expression."""
        path, content = self._open(node)
        read = self._read(content, self.reading.display(path)) if content is not None else None
        return as_plain(read) if read is not None else None

    def _open(self, node: ScalarNode) -> tuple[Path, bytes | None]:
        path = (self.folder / node.text).resolve()
        if not path.is_relative_to(self.reading.project):
            self.problem(
                node.source, f"the file {node.text!r} is outside the project", "keep the journey's data in the project"
            )
            return path, None
        try:
            return path, path.read_bytes()
        except OSError:
            siblings = [item.name for item in path.parent.iterdir() if item.is_file()] if path.parent.is_dir() else []
            hint = advice(path.name, siblings, f"there is no folder {self.reading.display(path.parent)}")
            self.problem(node.source, f"there is no file {self.reading.display(path)}", hint)
            return path, None

    def _read(self, content: bytes, shown: str) -> Node | None:
        read, problems = read_bytes(content, shown)
        for found in problems:
            self.problem(found.source, found.what, found.hint)
        return read

    def function(self, node: ScalarNode) -> Callable[..., object] | None:
        """The registered function that {call: name} names."""
        try:
            return self.reading.tools.function(node.text)
        except RingbackError as error:
            known = self.reading.tools.names(FUNCTIONS)
            self.problem(node.source, error.problem.what, error.problem.hint or advice(node.text, known))
            return None

    def axis_values(self, expression: str) -> tuple[str, ...]:
        """The values of the matrix's axis that an expression names; none for any other expression."""
        root, _, axis = expression.partition(".")
        return self.names.matrix.get(axis, ()) if root == "$matrix" else ()

    def duration(self, node: Node | None) -> float | None:
        """The seconds of a literal duration; a problem when it is none."""
        if node is None:
            return None
        found = seconds(node.text) if isinstance(node, ScalarNode) else None
        if found is None or found < 0:
            shown = repr(node.text) if isinstance(node, ScalarNode) else "this"
            self.problem(node.source, f"{shown} is not a duration", EXAMPLES)
            return None
        return found


class StepBlock(PlaceReader):
    """What a driver or check sees of a step while it is loaded (the protocol `Block`)."""

    def __init__(self, place: PlaceReader, step: MappingNode, key: str, probes: tuple[str, ...]) -> None:
        super().__init__(place.reading, place.names, place.folder)
        self.step = step
        self.key = key
        self.probes = probes

    def text(self, key: str, *, required: bool = False) -> str | None:
        """A literal text under `key` (no expressions)."""
        node = self.step.get(key)
        if node is None:
            if required:
                self.problem(self.step.source, f"the step has no {key!r}", f"add `{key}: ...`")
            return None
        if not isinstance(node, ScalarNode) or node.value is None:
            self.problem(node.source, f"`{key}` must be a text, not {kind_of(node)}", "")
            return None
        if node.text.startswith("$"):
            self.problem(
                node.source, f"`{key}` must be written out: no expression is possible here", "write the name itself"
            )
            return None
        return node.text

    def unknown_key(self, node: MappingNode, key: str, allowed: Iterable[str]) -> None:
        """Report an unknown key with the nearest valid one."""
        self.problem(node.key_source(key), f"unknown key {key!r}", advice(key, allowed))

    def system_settings(self, system: str) -> Mapping[str, object] | None:
        """The environment's entry for a system, or None when linting without an environment or when it has none."""
        environment = self.reading.environment
        if environment is None:
            return None
        if system in environment.systems:
            return environment.systems[system]
        node = self.step.get(self.key)
        place = node.source if node is not None else self.step.source
        missing = Problem(place, f"{environment.file} has no system {system!r}", advice(system, environment.systems))
        if missing not in self.reading.missing_systems:
            self.reading.missing_systems.append(missing)
        return None
