"""Builds steps: what each does, what has to be true, how it waits, what it gives."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from ringback.engine.excerpt import advice, nearest
from ringback.engine.model import Condition, Expectation, Output, Step, StepKind, Waiting
from ringback.engine.names import Names, StepNames
from ringback.engine.nodes import MappingNode, Node, ScalarNode, SequenceNode, kind_of
from ringback.engine.problems import RingbackError
from ringback.engine.protocols import Action, Driver, Probe
from ringback.engine.reading import PlaceReader, StepBlock
from ringback.engine.schema import CLOCK, STEP, STRUCTURE, STRUCTURES, Level
from ringback.engine.shapes import check_keys, text_of_key
from ringback.engine.source import Source
from ringback.engine.times import duration_template

if TYPE_CHECKING:
    from ringback.engine.load_use import Uses

WAITS = ("until", "within", "every")
JUDGES = ("expect", "until", "fail_if")
JUDGING = ("expect", "until")  # a step with one of these can fail
CLOCK_GIVES = StepNames(frozenset({"now", "advanced_s"}), frozenset())
LEVELS: dict[str, Level] = {
    kind: {**STEP, kind: STRUCTURE[kind], **{key: STRUCTURE[key] for key in beside}}
    for kind, beside in STRUCTURES.items()
}


class StepLoader:
    """Loads the steps of one file; `uses` loads the steps files they use."""

    def __init__(self, place: PlaceReader, uses: Uses, *, prefix: str = "") -> None:
        self.place = place
        self.uses = uses
        self.prefix = prefix
        self.reading = place.reading
        self.ids: dict[str, Source] = {}

    def steps(self, node: Node | None, names: Names) -> tuple[tuple[Step, ...], Names]:
        """The steps of a list, one after another, and the names known behind them."""
        loaded: list[Step] = []
        for item in node.items if isinstance(node, SequenceNode) else ():
            step, names = self.step(item, names)
            if step is not None:
                loaded.append(step)
        return tuple(loaded), names

    def step(self, node: Node, names: Names, *, undoing: bool = False) -> tuple[Step | None, Names]:
        """One step, and the names known behind it; None when too little of it can be understood."""
        if not isinstance(node, MappingNode):
            self.reading.problem(
                node.source, f"a step is a mapping, not {kind_of(node)}", "write `- id: name` and its keys below"
            )
            return None, names
        place = PlaceReader(self.reading, names, self.place.folder)
        draft = _Draft(self, place, node, undoing=undoing)
        return draft.load()

    def identify(self, node: MappingNode, key: str) -> str:
        """The step's id; a generated one when it has none."""
        named = node.get("id")
        if isinstance(named, ScalarNode) and isinstance(named.value, str) and named.text:
            return self._claim(named.text, named.source)
        base = (
            _slug(_scalar_text(node.get("name")))
            or _slug(_scalar_text(node.get(key)).rsplit("/", 1)[-1])
            or key
            or "step"
        )
        if key == "use":
            base = _scalar_text(node.get(key)).rsplit("/", 1)[-1] or "use"
            return self._claim(base, node.key_source("use"))
        number = 1
        while (name := base if number == 1 else f"{base}-{number}") in self.ids:
            number += 1
        self.ids[name] = node.source
        return name

    def _claim(self, name: str, source: Source) -> str:
        if name in self.ids:
            hint = f"the first is in line {self.ids[name].line}; give this one an `id` of its own"
            self.reading.problem(source, f"two steps are called {name!r}", hint)
        self.ids.setdefault(name, source)
        return name


class _Draft:
    """A step while it is loaded."""

    def __init__(self, loader: StepLoader, place: PlaceReader, node: MappingNode, *, undoing: bool) -> None:
        self.loader = loader
        self.place = place
        self.node = node
        self.undoing = undoing
        self.tools = loader.reading.tools

    def load(self) -> tuple[Step | None, Names]:
        structure = next((key for key in STRUCTURES if self.node.get(key) is not None), None)
        if structure is not None:
            return self.structured(structure)
        key = next((name for name in self.tools.driver_names() if self.node.get(name) is not None), None)
        if key is not None:
            return self.acting(key, "driver")
        key = next(
            (name for name in self.tools.check_names() if self.node.get(name) is not None and self.is_probe(name)), None
        )
        if key is not None:
            return self.acting(key, "probe")
        return self.unknown()

    def is_probe(self, name: str) -> bool:
        try:
            return self.tools.is_probe(name)
        except RingbackError:
            return True  # it will be reported where it is loaded

    def unknown(self) -> tuple[Step | None, Names]:
        """A step that says not what it does: still its expectations are read and its id and outputs are known."""
        probes = tuple(name for name in self.tools.check_names() if self.is_probe(name))
        known = (*self.tools.driver_names(), *probes, *STRUCTURES)
        strange = [key for key, _ in self.node.entries if key.text not in STEP]
        if strange:
            what = f"no driver, check or structure is called {strange[0].text!r}"
            self.place.problem(strange[0].source, what, advice(strange[0].text, known))
        else:
            self.place.problem(self.node.source, "the step says not what it does", f"add one of {', '.join(known)}")
        check_keys(self.node, STEP, self.place.problem, also=[key.text for key in strange])
        self.note_expressions(key.text for key in strange)
        name = self.loader.identify(self.node, "step")
        block = StepBlock(self.place, self.node, "", self.probes())
        for key in JUDGES:
            self.expectations(key, block)
        return None, self.place.names.with_step(name, StepNames(frozenset(output.name for output in self.outputs())))

    def note_expressions(self, keys: Iterable[str]) -> None:
        """Check the expressions of keys that nobody can parse; an axis used there is used."""
        for key in keys:
            node = self.node.get(key)
            if node is not None:
                self.place.template(node)

    def acting(self, key: str, kind: StepKind) -> tuple[Step | None, Names]:
        """A step of a driver or a probe."""
        block = StepBlock(self.place, self.node, key, self.probes())
        action: Action | None = None
        keys: Iterable[str] = ()
        try:
            tool: Driver | Probe = self.tools.driver(key) if kind == "driver" else self.tools.probe(key)
            keys = tool.keys
            action = tool.parse(block)
        except RingbackError as error:
            self.place.problem(self.node.key_source(key), error.problem.what, error.problem.hint)
            keys = tuple(key.text for key, _ in self.node.entries if key.text not in STEP)
            self.note_expressions(keys)
        others = [
            name
            for name in self.tools.driver_names()
            if name != key and name not in keys and self.node.get(name) is not None
        ]
        for other in others:
            self.place.problem(
                self.node.key_source(other),
                f"a step has one driver, and this has {key} and {other}",
                "make two steps of it",
            )
        good = check_keys(self.node, STEP, self.place.problem, also=(key, *keys, *others))
        step = self.common(key, kind, good, block)
        if action is None:
            return replace(step, kind="group"), self.known_after(step, None)
        if action.system and kind == "driver" and getattr(tool, "needs_system", True):
            block.system_settings(action.system)
        step = replace(step, action=action, system=step.system or action.system)
        self.judge_waiting(step, action)
        self.judge_checks(step, action, kind)
        return self.with_undo(step, self.known_after(step, action))

    def structured(self, key: str) -> tuple[Step | None, Names]:
        """use, parallel, for_each, a group, or the clock."""
        good = check_keys(self.node, LEVELS[key], self.place.problem)
        for judge in (*JUDGES, "within", "every", "outputs"):
            if judge in good:
                self.place.problem(
                    self.node.key_source(judge),
                    f"`{judge}` has no evidence to look at beside `{key}`",
                    "put it on a step of its own, behind" if key == "clock" else "put it on a step inside",
                )
        block = StepBlock(self.place, self.node, key, ())
        step = self.common(key, "group" if key == "steps" else _KINDS[key], good - {*JUDGES, *WAITS}, block)
        if key == "use":
            step, names = self.loader.uses.use(step, self.node, self.place)
        elif key == "clock":
            step, names = self.clock(step), self.place.names.with_step(step.id, CLOCK_GIVES)
        elif key == "parallel":
            step, names = self.parallel(step, key, good)
        elif key == "for_each":
            step, names = self.for_each(step, good)
        else:
            children, names = self.loader.steps(self.node.get(key) if key in good else None, self.place.names)
            step = replace(step, steps=children)
        return self.with_undo(step, names)

    def parallel(self, step: Step, key: str, good: frozenset[str]) -> tuple[Step, Names]:
        """Branches do not see each other; what comes later sees them all."""
        listed = self.node.get(key) if key in good else None
        children: list[Step] = []
        branches: list[Names] = []
        for item in listed.items if isinstance(listed, SequenceNode) else ():
            child, names = self.loader.step(item, self.place.names)
            branches.append(names)
            children += [child] if child is not None else []
        return replace(step, steps=tuple(children)), self.place.names.joined(branches)

    def for_each(self, step: Step, good: frozenset[str]) -> tuple[Step, Names]:
        listed = self.node.get("for_each")
        items = self.place.template(listed) if listed is not None else None
        if isinstance(listed, ScalarNode) and not listed.text.startswith("$"):
            self.place.problem(
                listed.source,
                f"`for_each` must be a list or an expression, not {kind_of(listed)}",
                "write [a, b] or $inputs.lines",
            )
        if self.node.get("steps") is None:
            self.place.problem(
                self.node.key_source("for_each"), "`for_each` has no `steps`", "add `steps:` with what is done for each"
            )
        children, _ = self.loader.steps(
            self.node.get("steps") if "steps" in good else None, self.place.names.with_each()
        )
        return replace(step, items=items, steps=children), self.place.names.with_step(step.id, StepNames(frozenset()))

    def clock(self, step: Step) -> Step:
        node = self.node.get("clock")
        if not isinstance(node, MappingNode):
            return step
        check_keys(node, CLOCK, self.place.problem, place="`clock`")
        advance = node.get("advance")
        return replace(step, advance=duration_template(advance, self.place) if advance is not None else None)

    def common(self, key: str, kind: StepKind, good: frozenset[str], block: StepBlock) -> Step:
        """What every step may have."""
        name = self.loader.identify(self.node, key)
        return Step(
            id=name,
            name=text_of_key(self.node, "name", good) or name,
            kind=kind,
            source=self.node.source,
            expect=self.expectations("expect", block),
            waiting=Waiting(
                until=self.expectations("until", block) if "until" in good else (),
                fail_if=self.expectations("fail_if", block) if "fail_if" in good else (),
                within_s=self.place.duration(self.node.get("within")) if "within" in good else None,
                every_s=self.place.duration(self.node.get("every")) if "every" in good else None,
            ),
            outputs=self.outputs() if "outputs" in good else (),
            when=self.conditions(block) if "when" in good else (),
            handoff=text_of_key(self.node, "handoff", good),
            owner=text_of_key(self.node, "owner", good),
            system=text_of_key(self.node, "system", good),
            budget_s=self.place.duration(self.node.get("budget")) if "budget" in good else None,
        )

    def probes(self) -> tuple[str, ...]:
        """The paths that will be looked up in the evidence."""
        paths: list[str] = []
        for key in JUDGES:
            node = self.node.get(key)
            if isinstance(node, MappingNode):
                paths += node.keys()
        outputs = self.node.get("outputs")
        for _, value in outputs.entries if isinstance(outputs, MappingNode) else ():
            if isinstance(value, ScalarNode):
                paths.append(value.text)
        return tuple(dict.fromkeys(paths))

    def expectations(self, key: str, block: StepBlock) -> tuple[Expectation, ...]:
        node = self.node.get(key)
        if not isinstance(node, MappingNode):
            return ()
        if not node.entries:
            self.place.problem(node.source, f"`{key}` is empty", "say what has to be true, or remove it")
        vocabulary = self.tools.vocabulary()
        found: list[Expectation] = []
        for path, value in node.entries:
            if path.text.startswith("$") or "{$" in path.text:
                hint = "the left side is a path of this step's evidence; compare earlier values in an `agree` step"
                self.place.problem(path.source, f"`{key}` has the expression {path.text} where a path belongs", hint)
                continue
            found.append(Expectation(path.text, vocabulary.parse(value, block, path.text), path.source))
        return tuple(found)

    def conditions(self, block: StepBlock) -> tuple[Condition, ...]:
        node = self.node.get("when")
        found: list[Condition] = []
        for key, value in node.entries if isinstance(node, MappingNode) else ():
            if "$" not in key.text:
                self.place.problem(
                    key.source,
                    f"{key.text!r} is no expression, so the condition never changes",
                    "write `$matrix.answer: ...`",
                )
            self.possible(key, value)
            matcher = self.tools.vocabulary().parse(value, block, "")
            found.append(Condition(self.place.template(key), key.text, matcher, key.source))
        return tuple(found)

    def possible(self, key: ScalarNode, value: Node) -> None:
        """A condition on an axis of the matrix has to name values that the axis has."""
        if isinstance(value, MappingNode):
            for word, inner in value.entries:
                if word.text in ("in", "not", "equal"):
                    self.possible(key, inner)
        elif isinstance(value, SequenceNode):
            for item in value.items:
                self.possible(key, item)
        elif "$" not in value.text:
            meant = self.place.names.impossible(key.text, value.text)
            if meant is not None:
                self.place.problem(value.source, f"{key.text} is never {value.text!r}", meant)

    def outputs(self) -> tuple[Output, ...]:
        node = self.node.get("outputs")
        found: list[Output] = []
        for key, value in node.entries if isinstance(node, MappingNode) else ():
            if not isinstance(value, ScalarNode) or not isinstance(value.value, str) or value.text.startswith("$"):
                what = f"the output {key.text!r} must be a path of the evidence, not {kind_of(value)}"
                self.place.problem(value.source, what, "write `id: body.0.id`")
                continue
            found.append(Output(key.text, value.text, key.source))
        return tuple(found)

    def with_undo(self, step: Step, names: Names) -> tuple[Step, Names]:
        node = self.node.get("undo")
        if node is None:
            return step, names
        items = node.items if isinstance(node, SequenceNode) else (node,)
        undoing = [
            self.loader.step(_named(item, step, number), names, undoing=True)[0] for number, item in enumerate(items, 1)
        ]
        return replace(step, undo=tuple(child for child in undoing if child is not None)), names

    def known_after(self, step: Step, action: Action | None) -> Names:
        outputs = frozenset(output.name for output in step.outputs)
        gives = frozenset(action.gives) if action is not None and action.gives is not None else None
        if self.node.get("id") is None:
            return self.place.names
        return self.place.names.with_step(step.id, StepNames(outputs, gives))

    def judge_waiting(self, step: Step, action: Action) -> None:
        """Waiting needs a deadline, and an action that may be carried out again."""
        waiting = step.waiting
        if waiting.until and waiting.within_s is None and self.node.get("within") is None:
            self.place.problem(self.node.key_source("until"), "`until` has no deadline", "add `within: 60s`")
        if waiting.every_s is not None and self.node.get("within") is None:
            self.place.problem(
                self.node.key_source("every"),
                "`every` without `within` does nothing",
                "add `within: 60s`, or remove it",
            )
        if waiting.within_s is not None and not (
            waiting.until or step.expect or action.implicit or step.kind == "probe"
        ):
            self.place.problem(self.node.key_source("within"), "`within` waits for nothing", "add `until` or `expect`")
        key = next((key for key in ("until", "within") if self.node.get(key) is not None), None)
        if key is not None and not action.repeatable:
            hint = "read the result in a step of its own, and wait there"
            self.place.problem(
                self.node.key_source(key), f"`{key}` would carry out {action.verb or action.kind} again and again", hint
            )

    def judge_checks(self, step: Step, action: Action, kind: StepKind) -> None:
        """A step that could not fail proves nothing."""
        if step.expect or step.waiting.until or action.implicit or kind == "probe" or self.undoing:
            return
        keys = [key.text for key, _ in self.node.entries]
        if not any(key in JUDGING or nearest(key, JUDGING) for key in keys):  # a misspelt one is told already
            self.place.problem(
                self.node.source,
                f"the step {step.id!r} checks nothing: it would pass whatever happens",
                f"add `expect:`{_askable(action)}",
            )


_KINDS: dict[str, StepKind] = {"use": "use", "parallel": "parallel", "for_each": "for_each", "clock": "clock"}


def _askable(action: Action) -> str:
    """What a step can look at, where that is a matter of a few names."""
    return f"; it can look at {', '.join(action.gives)}" if action.gives else ""


def _named(node: Node, step: Step, number: int) -> Node:
    """An undo step with an id and a name, so that it can be told in reports."""
    if not isinstance(node, MappingNode):
        return node
    last = f"-{number}" if number > 1 else ""
    told = {"id": f"{step.id}-undo{last}", "name": f"Take back: {step.name}"}
    added = [
        (ScalarNode(key, key, node.source), ScalarNode(text, text, node.source))
        for key, text in told.items()
        if node.get(key) is None
    ]
    return MappingNode((*added, *node.entries), node.source)


def _slug(text: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    return words[:40].strip("-")


def _scalar_text(node: Node | None) -> str:
    return node.text if isinstance(node, ScalarNode) else ""
