"""What is done for each kind of change and of resource item, in which order, and what must be done first elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ringback.reference_stack.systems.resource_ordering.fixed import FIXED
from ringback.reference_stack.systems.resource_ordering.mobile import MOBILE
from ringback.reference_stack.systems.resource_ordering.stage import Programs, Stage

# By kind of change and kind of resource; "cancel" holds what takes back the stages of every kind.
PROGRAMS: Programs = {**MOBILE, **FIXED}
# A new resource without a program of its own is only taken into use; any other change of it needs nothing.
_NEW: tuple[Stage, ...] = (Stage("use", "now"),)


@dataclass(frozen=True, slots=True)
class ItemView:
    """One resource order item as the planner sees it: its kind and which stages were asked for and are done."""

    id: str
    spec: str
    asked: frozenset[str]
    done: frozenset[str]
    cancelled: bool = False
    kind: str = "add"
    begun: frozenset[str] = frozenset()  # stages of which it is not known whether the request went out
    refused: frozenset[str] = frozenset()  # stages that were asked for and failed
    stopped: bool = False  # held, failed or taken back: nothing is begun unless somebody decides otherwise


def program(item: ItemView) -> tuple[Stage, ...]:
    """The stages of an item; of a cancelled one, those that take back what was begun."""
    if item.cancelled:
        return tuple(stage for stage in PROGRAMS.get(("cancel", item.spec), ()) if stage.undoes in item.asked)
    return PROGRAMS.get((item.kind, item.spec), _NEW if item.kind == "add" else ())


def next_stages(items: Sequence[ItemView], overlooked: frozenset[str] = frozenset()) -> tuple[tuple[str, Stage], ...]:
    """The (item id, stage) pairs that may be started now: everything before them is done, nobody works on them.

    Args:
        items: the items of one order.
        overlooked: stages that nothing waits for, as "SPEC.stage".
    """
    waited_for = {f"{item.spec}.{stage.name}" for item in items for stage in _open(item)} - overlooked
    return tuple(
        (item.id, stage)
        for item in items
        if not item.stopped
        and (stage := _current(item)) is not None
        and stage.how != "event"
        and stage.name not in item.asked - item.begun
        and stage.undoes not in _running(item)
        and waited_for.isdisjoint(stage.after)
    )


def _running(item: ItemView) -> frozenset[str]:
    """The commands that the network was given and has not answered: they cannot be taken back yet."""
    commands = {stage.name for stage in PROGRAMS.get((item.kind, item.spec), ()) if stage.how == "activation"}
    return (item.asked & commands) - item.done - item.refused - item.begun


def complete(item: ItemView) -> bool:
    """Every stage of the item is done."""
    return _current(item) is None


def past_return(item: ItemView) -> bool:
    """Whether the item can no longer be taken back: the partner has acted, or the network was told to."""
    return any(
        stage.no_return and stage.name in (item.asked - item.refused if stage.how == "activation" else item.done)
        for stage in PROGRAMS.get((item.kind, item.spec), ())
    )


def stage_of(item: ItemView, name: str) -> Stage | None:
    """A stage of the item's program by its name."""
    return next((stage for stage in program(item) if stage.name == name), None)


def group_of(items: Sequence[ItemView], start: str) -> frozenset[str]:
    """The ids of the items that stand and fall with an item: those that it waits for or that wait for it."""
    links = {item.id: {need.partition(".")[0] for stage in program(item) for need in stage.after} for item in items}
    group = {start}
    while True:
        specs = {item.spec for item in items if item.id in group}
        wanted = {spec for identity in group for spec in links[identity]} | specs
        larger = {item.id for item in items if item.spec in wanted or links[item.id] & specs}
        if larger <= group:
            return frozenset(group)
        group |= larger


def _open(item: ItemView) -> tuple[Stage, ...]:
    return tuple(stage for stage in program(item) if stage.name not in item.done)


def _current(item: ItemView) -> Stage | None:
    """The first stage that is not done; an item never runs two stages at once."""
    return next(iter(_open(item)), None)
