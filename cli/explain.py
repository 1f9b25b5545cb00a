"""`ringback explain`: a journey told in words - its data, its variants, and what each step does, awaits and proves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from ringback.cli.lint import linting_tools
from ringback.engine.durations import duration_text
from ringback.engine.loader import load_journey
from ringback.engine.model import Expectation, Journey, Step
from ringback.engine.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ringback.engine.project import project_of
from ringback.engine.source import Source
from ringback.engine.yaml_reader import read_bytes

WIDTH = 100


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--env", "environment", default=None, help="Name operations by their contracts in this environment.")
def explain(file: Path, environment: str | None) -> None:
    """Tell in words what the journey FILE does, waits for and checks."""
    project = project_of((file,), Path.cwd())
    tools = linting_tools(project, environment)
    journey = load_journey(file.resolve(), project, tools, tools.environment)
    click.echo("\n".join(_Story(journey, project).lines()))


class _Story:
    """The words for one journey; right-hand sides are told as the file writes them."""

    def __init__(self, journey: Journey, project: Path) -> None:
        self.journey = journey
        self.project = project
        self.written: dict[Source, str] = {}
        self.mappings: dict[Source, MappingNode] = {}
        self.read: set[str] = set()

    def lines(self) -> Iterator[str]:
        head = self.journey.head
        yield f"{head.id}: {head.summary}"
        yield f"  {head.gate.mode} at the gate; owner {head.owner or 'not named'}"
        if self.journey.budget_s is not None:
            yield f"  the whole journey may take {duration_text(self.journey.budget_s)}"
        if self.journey.inputs:
            yield ""
            yield "It needs"
            for entry in self.journey.inputs:
                yield f"  {entry.name}: {self.wording(entry.source)}"
        if len(head.variants) > 1:
            yield ""
            yield f"It runs {len(head.variants)} times"
            yield from (f"  {variant.id}" for variant in head.variants)
        if self.journey.partners:
            yield ""
            yield "The outside world"
            for behaviour in self.journey.partners:
                yield f"  {behaviour.partner} receives {behaviour.receives}{self.answer(behaviour.source)}"
        yield ""
        yield "Steps"
        yield from self.steps(self.journey.steps, "  ", "")
        if self.journey.finally_:
            yield ""
            yield "In any case, at the end"
            yield from self.steps(self.journey.finally_, "  ", "")

    def steps(self, steps: Sequence[Step], indent: str, prefix: str) -> Iterator[str]:
        for number, step in enumerate(steps, 1):
            place = f"{prefix}{number}"
            yield f"{indent}{place}. {step.name}{_deed(step)}"
            inner = indent + " " * (len(place) + 2)
            for condition in step.when:
                yield f"{inner}only when {condition.text} is {self.wording(condition.source)}"
            yield from self.waiting(step, inner)
            yield from self.proof(step, inner)
            yield from self.judged("proves", step.expect, inner)
            for output in step.outputs:
                yield f"{inner}keeps {output.path} as ${step.id}.{output.name}"
            yield from self.steps(step.steps, inner, f"{place}.")
            for undo in step.undo:
                yield f"{inner}if the journey does not pass: {undo.name}{_deed(undo)}"

    def answer(self, place: Source) -> str:
        """Which requests a partner answers, and how."""
        entry = self.mapping(place)
        if entry is None:
            return ""
        written = {key.text: _flow(value) for key, value in entry.entries}
        behalf = f" on behalf of {written['from']}" if "from" in written else ""
        wrong = f", with the anomaly {written['anomaly']}" if "anomaly" in written else ""
        return f" where {written.get('where', 'anything')}; does {written.get('do', 'nothing')}{behalf}{wrong}"

    def proof(self, step: Step, indent: str) -> Iterator[str]:
        """What a check across systems is asked to judge."""
        if step.kind != "probe" or step.action is None:
            return
        settings = self.mapping(step.source)
        node = settings.get(step.action.kind) if settings is not None else None
        for key, value in node.entries if isinstance(node, MappingNode) else ():
            yield f"{indent}{key.text}: {_cut(_flow(value))}"

    def waiting(self, step: Step, indent: str) -> Iterator[str]:
        waiting = step.waiting
        limit = f" for at most {duration_text(waiting.within_s)}" if waiting.within_s is not None else ""
        yield from self.judged(f"waits{limit} until", waiting.until, indent)
        yield from self.judged("fails at once when", waiting.fail_if, indent)
        if limit and not waiting.until:
            yield f"{indent}looks again{limit}"

    def judged(self, words: str, expectations: Sequence[Expectation], indent: str) -> Iterator[str]:
        for expectation in expectations:
            yield f"{indent}{words} {expectation.path} is {self.wording(expectation.source)}"

    def wording(self, key: Source) -> str:
        """What the file writes behind the key at a place."""
        self.open(key.file)
        return _cut(self.written.get(key, ""))

    def mapping(self, place: Source) -> MappingNode | None:
        """The mapping that begins at a place."""
        self.open(place.file)
        return self.mappings.get(place)

    def open(self, file: str) -> None:
        """Read a file once."""
        if file not in self.read:
            self.read.add(file)
            node, _ = read_bytes((self.project / file).read_bytes(), file)
            self.collect(node)

    def collect(self, node: Node | None) -> None:
        if isinstance(node, SequenceNode):
            for item in node.items:
                self.collect(item)
        elif isinstance(node, MappingNode):
            self.mappings[node.source] = node
            for key, value in node.entries:
                self.written[key.source] = _flow(value)
                self.collect(value)


def _cut(text: str) -> str:
    return text if len(text) <= WIDTH else f"{text[:WIDTH]}..."


def _flow(node: Node) -> str:
    """A node as one line of YAML."""
    if isinstance(node, ScalarNode):
        return node.text
    if isinstance(node, SequenceNode):
        return f"[{', '.join(_flow(item) for item in node.items)}]"
    return f"{{{', '.join(f'{key.text}: {_flow(value)}' for key, value in node.entries)}}}"


def _deed(step: Step) -> str:
    """What kind of step it is: (api ordering: GET productOrder), (parallel), ..."""
    if step.kind == "probe" and step.action is not None:
        return f" ({step.action.verb})"
    if step.action is not None:
        doing = f": {step.action.verb}" if step.action.verb else ""
        return f" ({step.action.kind} {step.action.system}".rstrip() + f"{doing})"
    return {
        "parallel": " (at the same time)",
        "for_each": " (for each)",
        "clock": " (moves the clock)",
        "use": " (reused)",
    }.get(step.kind, "")
