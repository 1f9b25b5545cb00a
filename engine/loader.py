"""Loads journeys: the head alone for collecting, the whole journey for running; all problems at once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from ringback.engine.durations import seconds
from ringback.engine.environment import Environment
from ringback.engine.load_inputs import load_inputs, load_partners
from ringback.engine.load_steps import StepLoader
from ringback.engine.load_use import Uses
from ringback.engine.model import Gate, Journey, JourneyHead
from ringback.engine.names import Names, StepNames
from ringback.engine.nodes import MappingNode, Node, ScalarNode, SequenceNode, kind_of
from ringback.engine.problems import InvalidFile, Problem, RingbackError, UsageError
from ringback.engine.reading import PlaceReader, Reading
from ringback.engine.registry import DriverSet
from ringback.engine.schema import GATE, JOURNEY, QUARANTINE, Level
from ringback.engine.shapes import Report, check_keys, text_of_key, texts_of_key
from ringback.engine.source import Source
from ringback.engine.variants import axis_names, axis_values, read_variants
from ringback.engine.yaml_reader import read_yaml

ENDING = ".journey.yaml"
STEPS = re.compile(r"^steps:", re.MULTILINE)
HANDOFF = re.compile(r"handoff: *[\"']?([\w-]+)")  # begins with a literal: 5 times faster than with \b before it
HEAD: Level = {name: key for name, key in JOURNEY.items() if name not in ("steps", "finally")}
LATE_KEY = re.compile(rf"^(?:{'|'.join(HEAD)}):", re.MULTILINE)


def read_head(path: Path, project: Path) -> JourneyHead:
    """What can be known without the steps; only the text before `steps:` is parsed.

    InvalidFile carries all problems.
    """
    problems: list[Problem] = []
    text, shown = _text(path, project)
    found = STEPS.search(text)
    cut = found.start() if found is not None and LATE_KEY.search(text, found.end()) is None else len(text)
    node, broken = read_yaml(text[:cut], shown)
    problems += broken
    if not isinstance(node, MappingNode):
        raise InvalidFile(tuple(problems or [_no_mapping(shown, node)]))

    def report(source: Source, what: str, hint: str = "") -> None:
        problems.append(Problem(source, what, hint))

    good = check_keys(node, HEAD, report, also=("steps", "finally"), place="the journey")
    head = _head(node, good, shown, text, report)
    if problems:
        raise InvalidFile(_ordered(problems))
    return head


def load_journey(path: Path, project: Path, tools: DriverSet, environment: Environment | None = None) -> Journey:
    """The whole journey.

    InvalidFile carries every problem of the file and of the steps files it uses; UsageError when all that is wrong is
    that the environment lacks systems.
    """
    journey, problems, missing = _read(path, project, tools, environment)
    if problems:
        raise InvalidFile(_ordered([*problems, *missing]))
    if missing:
        others = f"; {len(missing) - 1} more systems are missing" if len(missing) > 1 else ""
        raise UsageError(missing[0].what + others, missing[0].hint, missing[0].source)
    if journey is None:
        raise UsageError(f"{path} cannot be read")
    return journey


def inspect_journey(
    path: Path, project: Path, tools: DriverSet, environment: Environment | None = None
) -> tuple[Problem, ...]:
    """Every problem of a journey, in the order of the file; systems that the environment lacks are among them."""
    _, problems, missing = _read(path, project, tools, environment)
    return _ordered([*problems, *missing])


def inspect_steps(
    path: Path, project: Path, tools: DriverSet, environment: Environment | None = None
) -> tuple[Problem, ...]:
    """Every problem of a *.steps.yaml that can be seen without a caller."""
    reading = Reading(project, tools, environment)
    Uses(reading).inspect(path)
    return _ordered([*reading.problems, *reading.missing_systems])


def _read(
    path: Path, project: Path, tools: DriverSet, environment: Environment | None
) -> tuple[Journey | None, list[Problem], list[Problem]]:
    reading = Reading(project, tools, environment)
    text, shown = _text(path, project)
    node, broken = read_yaml(text, shown)
    reading.problems += broken
    if not isinstance(node, MappingNode):
        return None, [*reading.problems] or [_no_mapping(shown, node)], []
    journey = _journey(node, text, shown, PlaceReader(reading, Names(), path.parent))
    return journey, reading.problems, reading.missing_systems


def _journey(node: MappingNode, text: str, shown: str, place: PlaceReader) -> Journey:
    reading = place.reading
    good = check_keys(node, JOURNEY, reading.problem, place="the journey")
    head = _head(node, good, shown, text, reading.problem)
    matrix = node.get("matrix")
    axes = axis_names(matrix)
    matrix_values = axis_values(matrix)
    env = frozenset(reading.environment.as_values()) if reading.environment is not None else None
    place.names = Names(matrix=matrix_values, env=env)
    inputs, known = load_inputs(node.get("inputs") if "inputs" in good else None, place)
    later = {name.text: name.source.line for name in _step_ids(node)}
    names = Names(inputs=known, matrix=matrix_values, later=later, env=env)
    every_step = Names(
        inputs=known, matrix=matrix_values, env=env, steps={name: StepNames(frozenset()) for name in later}
    )
    partners = load_partners(
        node.get("partners") if "partners" in good else None, PlaceReader(reading, every_step, place.folder)
    )
    loader = StepLoader(PlaceReader(reading, names, place.folder), Uses(reading))
    steps, behind = loader.steps(node.get("steps") if "steps" in good else None, names)
    last, _ = loader.steps(node.get("finally") if "finally" in good else None, behind)
    for axis, source in axes.items():
        if axis not in reading.used_axes:
            reading.problem(
                source,
                f"the axis {axis!r} is not used: its variants would all be the same",
                f"use $matrix.{axis}, or remove it",
            )
    return Journey(
        head=head,
        inputs=inputs,
        partners=partners,
        steps=steps,
        finally_=last,
        budget_s=seconds(text_of_key(node, "budget", good)),
        source=node.source,
    )


def _step_ids(node: Node) -> Iterator[ScalarNode]:
    """The ids of all steps of a journey, nested ones too."""
    if isinstance(node, SequenceNode):
        for item in node.items:
            yield from _step_ids(item)
    elif isinstance(node, MappingNode):
        named = node.get("id")
        if isinstance(named, ScalarNode):
            yield named
        for key in ("steps", "parallel", "finally"):
            inner = node.get(key)
            if inner is not None:
                yield from _step_ids(inner)


def _head(node: MappingNode, good: frozenset[str], shown: str, text: str, report: Report) -> JourneyHead:
    rank, weight = node.get("rank"), node.get("weight")
    return JourneyHead(
        id=text_of_key(node, "journey", good),
        file=shown,
        line=node.source.line,
        summary=text_of_key(node, "summary", good),
        owner=text_of_key(node, "owner", good),
        rank=rank.value if "rank" in good and isinstance(rank, ScalarNode) and isinstance(rank.value, int) else None,
        weight=float(weight.text) if "weight" in good and isinstance(weight, ScalarNode) else None,
        gate=_gate(node.get("gate"), report),
        covers=texts_of_key(node, "covers", good),
        tags=texts_of_key(node, "tags", good),
        handoffs=_handoffs(text),
        variants=read_variants(node.get("matrix"), report),
        digest=hashlib.sha256(text.encode()).hexdigest(),
    )


def _handoffs(text: str) -> tuple[str, ...]:
    """The hand-overs that the steps name, found without parsing them; comments do not count."""
    names: dict[str, None] = {}
    for found in HANDOFF.finditer(text):
        before = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
        if "#" not in before and (not before or before[-1] in " -{,"):
            names[found[1]] = None
    return tuple(names)


def _gate(node: Node | None, report: Report) -> Gate:
    if node is None:
        return Gate()
    if isinstance(node, ScalarNode) and node.text in ("blocking", "advisory"):
        return Gate("blocking" if node.text == "blocking" else "advisory")
    if not isinstance(node, MappingNode):
        hint = "write blocking, advisory or {quarantined: {ticket: .., ends: 2026-12-01}}"
        report(node.source, f"`gate` must be blocking, advisory or quarantined, not {kind_of(node)}", hint)
        return Gate()
    good = check_keys(node, GATE, report, place="`gate`")
    inner = node.get("quarantined")
    if "quarantined" not in good or not isinstance(inner, MappingNode):
        return Gate()
    usable = check_keys(inner, QUARANTINE, report, place="the quarantine")
    return Gate("quarantined", text_of_key(inner, "ticket", usable), text_of_key(inner, "ends", usable))


def _text(path: Path, project: Path) -> tuple[str, str]:
    """The text of a file and its name from the project's root."""
    try:
        shown = path.relative_to(project).as_posix()
    except ValueError:
        shown = str(path)
    try:
        return path.read_text("utf-8-sig"), shown
    except UnicodeDecodeError as error:
        raise UsageError("the file is not UTF-8", "save it as UTF-8", Source(shown, 1, 1)) from error
    except OSError as error:
        raise UsageError(f"{shown} cannot be read: {error.strerror}", "is the path right?") from error


def _no_mapping(shown: str, node: Node | None) -> Problem:
    source = node.source if node is not None else Source(shown, 1, 1)
    return Problem(source, "a journey file is a mapping", "begin with `journey: name`, `summary:` and `steps:`")


def _ordered(problems: list[Problem]) -> tuple[Problem, ...]:
    return tuple(
        sorted(
            dict.fromkeys(problems),
            key=lambda problem: (problem.source.file, problem.source.line, problem.source.column),
        )
    )


def problems_of(error: RingbackError) -> tuple[Problem, ...]:
    """All problems that an error carries."""
    problems: object = getattr(error, "problems", None)
    return problems if isinstance(problems, tuple) else (error.problem,)
