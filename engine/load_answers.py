"""Holds a journey's `partners` to what the environment's partners receive and answer, before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ringback.engine.environment import Environment
from ringback.engine.excerpt import advice
from ringback.engine.forms import as_plain
from ringback.engine.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ringback.engine.problems import RingbackError, UsageError
from ringback.engine.reading import PlaceReader
from ringback.engine.registry import ANOMALIES, PARTNERS
from ringback.engine.source import Source

Answers = Mapping[str, frozenset[str]]  # an answer's name and the options it understands
Named = tuple[str, Source, MappingNode | None]  # an answer as it is written, its place, its options


def check_answers(node: MappingNode, partner: str, environment: Environment, place: PlaceReader) -> None:
    """Report a request that the partner does not receive, an answer it does not know, an option that is none."""
    behaviour = str(environment.partners.get(partner, {}).get("behaviour", ""))
    try:
        kind = place.reading.tools.registered(PARTNERS, behaviour)
    except RingbackError:
        return  # the run says so: a partner may live where this journey is only linted
    known, asked = _receipts(kind), node.get("receives")
    received = asked.text if isinstance(asked, ScalarNode) else ""
    if isinstance(asked, ScalarNode) and known and received not in known:
        place.problem(asked.source, f"{partner} receives no {received!r}", f"it receives {' or '.join(known)}")
    answers: Answers = known.get(received) or getattr(kind, "answers", {})
    told = node.get("do")
    for name, source, options in _named(told, place) if told is not None and answers else ():
        if name not in answers:
            place.problem(source, f"{partner} knows no answer {name!r}", advice(name, answers))
            continue
        for option in options.entries if options is not None else ():
            if option[0].text not in answers[name]:
                near = advice(option[0].text, answers[name], "it has no options")
                place.problem(option[0].source, f"the answer {name!r} has no option {option[0].text!r}", near)


def _receipts(kind: object) -> Mapping[str, Answers]:
    """What a kind of partner receives, each with its answers; an instruction is to do something unasked."""
    receives, instructions = str(getattr(kind, "receives", "")), getattr(kind, "instructions", {})
    named = (receives, *getattr(kind, "receives_also", ())) if receives else ()
    known: dict[str, Answers] = dict.fromkeys(named, getattr(kind, "answers", {}))
    return {**known, "instruction": instructions} if instructions else known


def check_anomaly(node: MappingNode, place: PlaceReader) -> None:
    """Report an anomaly that nobody knows, a parameter that it has not, a value that is none."""
    told = node.get("anomaly")
    if told is None or (isinstance(told, ScalarNode) and told.text.startswith("$")):
        return
    try:
        place.reading.tools.registered(ANOMALIES, "production")(as_plain(told))
    except UsageError as wrong:
        place.problem(told.source, wrong.problem.what, wrong.problem.hint)
    except RingbackError:
        return  # no anomalies are installed: the run says so


def _named(node: Node, place: PlaceReader) -> Iterator[Named]:
    """The answers that `do` names: a name, {name: options}, a list of them, or an axis of the matrix."""
    if isinstance(node, SequenceNode):
        for item in node.items:
            yield from _named(item, place)
    elif isinstance(node, MappingNode):
        for name, options in node.entries:
            if not name.text.startswith("$"):
                yield name.text, name.source, options if isinstance(options, MappingNode) else None
    elif node.text.startswith("$"):
        yield from ((value, node.source, None) for value in place.axis_values(node.text))
    else:
        yield node.text, node.source, None
