"""What is done for each kind of resource item, in which order, and what must be done first elsewhere in the order.

The tables are the dependency rules of the network: the SIM in the box is bound before the subscriber exists, the
subscriber rings on a temporary number before the ported number replaces it, a port is active before the swap.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of an item. `after` names stages of other items of the same order as "SPEC.stage".

    `how` says who ends it: "now" this system at once, "activation" the activation system's monitor, "port" the
    portability gateway, "event" only a delivered event (nothing is asked for). A stage of a cancellation says in
    `undoes` which stage it takes back; it is needed only where that one was begun.
    """

    name: str
    how: str
    after: tuple[str, ...] = ()
    undoes: str = ""


PROGRAMS: Mapping[str, tuple[Stage, ...]] = {
    "SIM": (
        Stage("reserve", "now"),
        Stage("bind", "now", after=("DEVICE.register",)),
        Stage("AUC-ADD", "activation", after=("IMSI.reserve",)),
        Stage("use", "now"),
    ),
    "IMSI": (
        Stage("reserve", "now", after=("SIM.reserve",)),
        Stage("HLR-PROFILE", "activation", after=("SIM.AUC-ADD",)),
        Stage("use", "now"),
    ),
    "MSISDN": (
        Stage("reserve", "now"),
        Stage("HLR-ACTIVATE", "activation", after=("IMSI.HLR-PROFILE",)),
        Stage("use", "now"),
    ),
    "PCRF_PROFILE": (
        Stage("PCRF-ADD", "activation", after=("MSISDN.HLR-ACTIVATE",)),
        Stage("use", "now"),
    ),
    "VOICEMAIL_BOX": (
        Stage("VM-ADD", "activation", after=("MSISDN.HLR-ACTIVATE",)),
        Stage("use", "now"),
    ),
    "DEVICE": (
        Stage("order", "now", after=("SIM.reserve",)),
        Stage("shipped", "event"),
        Stage("register", "now"),
        Stage("delivered", "event"),
        Stage("use", "now"),
    ),
    "TN": (
        Stage("port", "port"),
        Stage("HLR-SWAP-MSISDN", "activation", after=("MSISDN.use",)),
        Stage("PCRF-MOVE", "activation", after=("PCRF_PROFILE.PCRF-ADD",)),
        Stage("VM-MOVE", "activation", after=("VOICEMAIL_BOX.VM-ADD",)),
        Stage("number", "now"),
    ),
}
# Taken back from the network inwards: nothing is given to another customer while the network still knows it.
CANCELLATIONS: Mapping[str, tuple[Stage, ...]] = {
    "SIM": (
        Stage("HLR-REMOVE", "activation", undoes="AUC-ADD"),
        Stage("release", "now", undoes="reserve"),
    ),
    "IMSI": (Stage("release", "now", after=("SIM.HLR-REMOVE",), undoes="reserve"),),
    "MSISDN": (Stage("release", "now", after=("SIM.HLR-REMOVE", "VOICEMAIL_BOX.VM-REMOVE"), undoes="reserve"),),
    "PCRF_PROFILE": (
        Stage("PCRF-REMOVE", "activation", undoes="PCRF-ADD"),
        Stage("release", "now", undoes="use"),
    ),
    "VOICEMAIL_BOX": (
        Stage("VM-REMOVE", "activation", undoes="VM-ADD"),
        Stage("release", "now", undoes="use"),
    ),
    "TN": (Stage("withdraw", "now", undoes="port"),),
}
OTHER: tuple[Stage, ...] = (Stage("use", "now"),)


@dataclass(frozen=True, slots=True)
class ItemView:
    """One resource order item as the planner sees it: its kind and which stages were asked for and are done."""

    id: str
    spec: str
    asked: frozenset[str]
    done: frozenset[str]
    cancelled: bool = False


def program(item: ItemView) -> tuple[Stage, ...]:
    """The stages of an item; a kind without a program of its own is only taken into use, and needs no undoing."""
    if item.cancelled:
        return tuple(stage for stage in CANCELLATIONS.get(item.spec, ()) if stage.undoes in item.asked)
    return PROGRAMS.get(item.spec, OTHER)


def next_stages(items: Sequence[ItemView]) -> tuple[tuple[str, Stage], ...]:
    """The (item id, stage) pairs that may be started now: everything before them is done, they were not asked for."""
    finished = _finished(items)
    needed = {f"{item.spec}.{stage.name}" for item in items for stage in program(item)}
    return tuple(
        (item.id, stage)
        for item in items
        if (stage := _current(item)) is not None
        and stage.how != "event"
        and stage.name not in item.asked
        and all(need in finished or need not in needed for need in stage.after)
    )


def complete(item: ItemView) -> bool:
    """Every stage of the item is done."""
    return _current(item) is None


def _current(item: ItemView) -> Stage | None:
    """The first stage that is not done; an item never runs two stages at once."""
    return next((stage for stage in program(item) if stage.name not in item.done), None)


def _finished(items: Iterable[ItemView]) -> frozenset[str]:
    """The stages, written "SPEC.stage", that every item of their kind has done."""
    by_kind: dict[str, list[ItemView]] = {}
    for item in items:
        by_kind.setdefault(item.spec, []).append(item)
    return frozenset(
        f"{kind}.{stage.name}"
        for kind, group in by_kind.items()
        for stage in program(group[0])
        if all(stage.name in item.done for item in group)
    )
