"""How journeys are loaded."""

from typing import Any

import pytest

from ringback.engine.loader import inspect_steps, load_journey, read_head
from ringback.engine.model import Journey
from ringback.engine.problems import InvalidFile, UsageError

Project = Any  # the class of the fixture, in conftest.py
HEAD = "journey: a\nsummary: b\n"


def test_a_journey_is_loaded_whole(project: Project) -> None:
    """Head, inputs, partners, steps, waiting, undo and finally are all there."""
    journey: Journey = project.load(
        """
journey: activate
summary: Activate a line
owner: order-management
rank: 1
weight: 0.11
gate: {quarantined: {ticket: OM-17, ends: 2026-12-01}}
covers: [ORD-112]
tags: [postpaid]
budget: 4m
inputs:
  customer: {lease: customer_with_fibre}
  pin: {secret: PORT_PIN}
  due: {time: now, plus: 30d}
matrix: {answer: [confirm, delay]}
partners:
  - {partner: house, receives: port_request, where: {order: $order.id}, do: $matrix.answer, from: north-tel}
steps:
  - id: order
    handoff: interest-to-order
    echo: ordering
    say: {id: $inputs.customer.id}
    expect: {id: 5}
    outputs: {id: id}
    undo: {echo: ordering, say: {id: $order.id}}
  - id: done
    echo: ordering
    say: {state: $order.id}
    until: {state: completed}
    fail_if: {state: failed}
    within: 90s
    every: 250ms
    when: {$matrix.answer: confirm}
  - parallel:
      - {id: charge, echo: billing, say: {n: 1}, expect: {n: 1}}
      - {id: network, echo: network, say: {n: 2}, expect: {n: 2}}
  - {id: both, echo: x, say: {a: $charge.n, b: $network.n}, expect: {a: 1}}
finally:
  - {id: gone, echo: network, say: {n: $order.id}, expect: {n: 0}}
"""
    )

    assert journey.head.gate.ticket == "OM-17"
    assert journey.head.handoffs == ("interest-to-order",)
    assert [variant.id for variant in journey.head.variants] == ["confirm", "delay"]
    assert [(entry.name, entry.kind) for entry in journey.inputs] == [
        ("customer", "lease"),
        ("pin", "secret"),
        ("due", "value"),
    ]
    assert journey.partners[0].where.names == {"order"}
    assert journey.budget_s == 240
    order, done, parallel, both = journey.steps
    assert order.undo[0].id == "order-undo"
    assert (done.waiting.within_s, done.waiting.every_s) == (90, 0.25)
    assert done.when[0].text == "$matrix.answer"
    assert [child.id for child in parallel.steps] == ["charge", "network"]
    assert both.action is not None
    assert journey.finally_[0].id == "gone"


def test_undo_steps_get_ids_and_names_of_their_own(project: Project) -> None:
    """Nobody has to name what is only shown when a journey did not pass; several undos do not meet."""
    undo = "[{echo: x, say: {n: 1}}, {echo: x, say: {n: 2}, name: Send it back}]"
    step = f"{{id: order, name: An order is made, echo: x, say: {{n: 1}}, expect: {{n: 1}}, undo: {undo}}}"

    journey: Journey = project.load(f"{HEAD}steps:\n  - {step}\n")

    told = [(undo.id, undo.name) for undo in journey.steps[0].undo]
    assert told == [("order-undo", "Take back: An order is made"), ("order-undo-2", "Send it back")]


def test_the_head_is_read_without_the_steps(project: Project) -> None:
    """What is wrong in the steps does not keep a journey from being collected."""
    path = project.write("a.journey.yaml", HEAD + "matrix: {d: [x, y]}\nsteps:\n  - [[[ broken\n")

    head = read_head(path, project.root)

    assert (head.id, head.file, len(head.variants)) == ("a", "a.journey.yaml", 2)


def test_a_head_key_behind_the_steps_is_read_too(project: Project) -> None:
    """The order of the keys does not matter."""
    path = project.write("a.journey.yaml", HEAD + "steps:\n  - {id: x, echo: y}\nowner: billing\n")

    assert read_head(path, project.root).owner == "billing"


def test_a_wrong_head_carries_all_its_problems(project: Project) -> None:
    """Collecting tells everything that is wrong with the head."""
    path = project.write("a.journey.yaml", "journey: a\nrank: x\nonwer: y\nsteps: []\n")

    with pytest.raises(InvalidFile) as raised:
        read_head(path, project.root)

    assert [problem.what for problem in raised.value.problems] == [
        "the journey has no 'summary'",
        "`rank` must be a whole number, not the text 'x'",
        "unknown key 'onwer'",
    ]


STEPS_FILE = """
steps: correct-the-pin
needs: {order: text, tries: {type: integer, default: 2}}
gives: {reason: text}
do:
  - {id: refused, echo: care, say: {why: "{$needs.order} {$needs.tries}"}, expect: {why: x}, outputs: {reason: why}}
"""


def test_reusable_steps_have_typed_needs_and_gives(project: Project) -> None:
    """The used steps become children; what they give is known behind them; a default fills in."""
    project.write("journeys/steps/correct-the-pin.steps.yaml", STEPS_FILE)

    journey = project.load(
        HEAD
        + "steps:\n  - {id: fix, use: journeys/steps/correct-the-pin, with: {order: A1}}\n"
        + "  - {id: look, echo: x, say: {n: $fix.reason}, expect: {n: y}}\n"
    )

    fix = journey.steps[0]
    assert [child.id for child in fix.steps] == ["refused"]
    assert set(fix.needs or {}) == {"order", "tries"}
    assert set(fix.gives or {}) == {"reason"}


@pytest.mark.parametrize(
    ("with_", "what"),
    [
        ("{}", "needs 'order' (text) | add `with: {order: ..}`"),
        ("{order: 5}", "'order' must be a text, not '5'"),
        ("{order: A1, ordr: A2}", "needs no 'ordr' | did you mean 'order'?"),
    ],
)
def test_wrong_needs_are_problems(project: Project, with_: str, what: str) -> None:
    """A need that is missing, of another type or unknown is found while loading."""
    project.write("journeys/steps/correct-the-pin.steps.yaml", STEPS_FILE)

    found = project.problems(HEAD + f"steps:\n  - {{use: journeys/steps/correct-the-pin, with: {with_}}}\n")

    assert len(found) == 1
    assert what in found[0][1]


def test_steps_that_use_each_other_in_a_circle_are_a_problem(project: Project) -> None:
    """A circle is named with its way."""
    for name, other in (("a", "b"), ("b", "a")):
        project.write(f"s/{name}.steps.yaml", f"steps: {name}\ndo:\n  - {{use: s/{other}}}\n")

    found = project.problems(HEAD + "steps:\n  - {use: s/a}\n")

    assert found[0][1].startswith("the steps use each other in a circle: a -> b -> a")


def test_a_steps_file_can_be_inspected_alone(project: Project) -> None:
    """Lint reads steps files that no journey uses, too."""
    path = project.write(
        "s/a.steps.yaml", "steps: a\nneeds: {x: txt}\ndo:\n  - {id: b, echo: c, expect: {n: $needs.y}}\n"
    )

    found = inspect_steps(path, project.root, project.tools)

    assert [(problem.source.line, problem.hint) for problem in found] == [
        (2, "did you mean 'text'?"),
        (4, "known here: x"),
    ]


def test_a_missing_file_is_a_wrong_call(project: Project) -> None:
    """A path that is not there says so."""
    with pytest.raises(UsageError, match="cannot be read"):
        load_journey(project.root / "none.journey.yaml", project.root, project.tools)
