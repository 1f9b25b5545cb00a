"""X12 997: the functional acknowledgement of a group, made for what we receive and read for what we sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ringback.reference_stack.gateway.codecs.documents import AnsweredSet, FunctionalAnswer
from ringback.reference_stack.gateway.codecs.x12 import Group, Segment, SetFault, element, segments_named, trimmed
from ringback.reference_stack.gateway.codecs.x12_reading import Faults, optional, runs


def answer_to(
    group: Group, faults: Mapping[str, Sequence[SetFault]], *, file_rejected: bool = False
) -> FunctionalAnswer:
    """The acknowledgement of a group.

    Args:
        group: what was received.
        faults: by set control number, what is wrong with the set.
        file_rejected: the envelope is wrong: every set is rejected, whatever it holds.
    """
    sets = tuple(_answered_set(found.identifier, found.control, faults.get(found.control, ())) for found in group.sets)
    accepted = 0 if file_rejected else sum(answered.code == "A" for answered in sets)
    if file_rejected:
        sets = tuple(AnsweredSet(one.identifier, one.control, "R", one.fault or "5") for one in sets)
    code = "A" if accepted == len(sets) else "P" if accepted else "R"
    return FunctionalAnswer(group.functional_id, group.control, sets, code, len(sets), len(sets), accepted)


def _answered_set(identifier: str, control: str, faults: Sequence[SetFault]) -> AnsweredSet:
    return AnsweredSet(identifier, control, "R", faults[0].ak5) if faults else AnsweredSet(identifier, control, "A")


def write_functional(answer: FunctionalAnswer) -> tuple[Segment, ...]:
    """The segments of a 997."""
    segments: list[Segment] = [("AK1", answer.functional_id, answer.group_control)]
    for one in answer.sets:
        segments += [("AK2", one.identifier, one.control), trimmed("AK5", one.code, one.fault)]
    counts = (str(answer.declared), str(answer.received), str(answer.accepted))
    return (*segments, ("AK9", answer.code, *counts))


def read_functional(segments: Sequence[Segment]) -> tuple[FunctionalAnswer, tuple[SetFault, ...]]:
    """A 997 and what is wrong with it."""
    faults = Faults()
    group, total = faults.segment(segments, "AK1"), faults.segment(segments, "AK9")
    sets = tuple(_read_set(faults, part) for part in runs(segments, "AK2"))
    answer = FunctionalAnswer(
        faults.value(group, 1),
        faults.value(group, 2),
        sets,
        faults.coded(total, 1, "A", "E", "P", "R"),
        faults.number(total, 2),
        faults.number(total, 3),
        faults.number(total, 4),
    )
    if segments_named(segments, "AK2"):
        accepted = sum(one.code in {"A", "E"} for one in sets)
        faults.equal("AK904", answer.accepted, accepted)
    return answer, faults.found


def _read_set(faults: Faults, part: Sequence[Segment]) -> AnsweredSet:
    said = faults.segment(part, "AK5")
    code = faults.coded(said, 1, "A", "E", "R")
    return AnsweredSet(element(part[0], 1), element(part[0], 2), code, element(optional(part, "AK5"), 2))
