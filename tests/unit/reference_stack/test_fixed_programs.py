"""The programs of fixed lines hang together: with the catalogue, with the commands, and with each other."""

from __future__ import annotations

import pytest

from ringback.reference_stack.seed.decomposition import DECOMPOSITION
from ringback.reference_stack.systems.activation.commands import COMMANDS
from ringback.reference_stack.systems.resource_ordering.fixed import FIXED
from ringback.reference_stack.systems.resource_ordering.programs import PROGRAMS, ItemView, next_stages
from ringback.reference_stack.systems.resource_ordering.stages import _STAGES

_CONTROLLED = ("nso", "mano", "legacy")


@pytest.mark.parametrize(("kind", "spec"), sorted(FIXED))
def test_every_stage_has_somebody_who_carries_it_out(kind: str, spec: str) -> None:
    """A stage is a command of activation, a function of resource ordering, or only an event."""
    for stage in FIXED[kind, spec]:
        known = {"activation": COMMANDS, "now": _STAGES, "partner": _STAGES}.get(stage.how)
        assert known is None or stage.name in known, stage


@pytest.mark.parametrize(("kind", "spec"), sorted(FIXED))
def test_every_stage_waits_for_stages_that_exist(kind: str, spec: str) -> None:
    """A misspelt dependency would wait for nothing, and the order of the network would be luck."""
    stages = {f"{other}.{stage.name}" for (_, other), program in PROGRAMS.items() for stage in program}

    assert {need for stage in FIXED[kind, spec] for need in stage.after} <= stages


def test_every_part_of_the_catalogue_is_built_ended_and_taken_back() -> None:
    """Each resource that the catalogue names has a program for its beginning, its end and its cancellation."""
    wanted = {resource for _, _, _, resource, _, _ in DECOMPOSITION} - {"DEVICE"}  # a box on its way comes back by post
    missing = {
        (kind, spec) for spec in wanted for kind in ("add", "disconnect", "cancel") if (kind, spec) not in PROGRAMS
    }

    assert missing == set()


@pytest.mark.parametrize("spec", sorted(spec for kind, spec in FIXED if kind == "add"))
def test_what_the_network_is_told_can_be_taken_back(spec: str) -> None:
    """An entry that a new line makes in a network element has a removal in the cancellation."""
    made = [
        stage.name for stage in FIXED["add", spec] if stage.how == "activation" and COMMANDS[stage.name].verb == "PUT"
    ]
    undone = {stage.undoes for stage in FIXED["cancel", spec]}

    assert set(made) <= undone


@pytest.mark.parametrize("kind", ["add", "disconnect"])
def test_what_a_controller_has_is_proved_by_a_read_back(kind: str) -> None:
    """A completed item of a controller has at least one command, if only a look."""
    controlled = {resource for _, _, _, resource, controller, _ in DECOMPOSITION if controller in _CONTROLLED}
    unproved = {
        spec
        for spec in controlled
        if (kind, spec) in FIXED and not any(stage.how == "activation" for stage in FIXED[kind, spec])
    }

    assert unproved == set()


def test_an_old_line_waits_for_the_new_one_of_the_same_order() -> None:
    """Make before break: the circuit is not touched while the fibre port is not in use."""
    old = ItemView("1", "PVC", frozenset(), frozenset(), kind="disconnect")
    port = [stage.name for stage in PROGRAMS["add", "OLT_PORT"]]
    waiting = ItemView("2", "OLT_PORT", frozenset(port[:-1]), frozenset(port[:-1]))
    ready = ItemView("2", "OLT_PORT", frozenset(port), frozenset(port))

    assert [item for item, _ in next_stages([old, waiting])] == ["2"]
    assert [stage.name for _, stage in next_stages([old, ready])] == ["DSL-REMOVE"]
