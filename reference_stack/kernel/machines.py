"""Every state machine of the stack as a table: which steps are legal, and what the states of items add up to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Machine:
    """A state machine: where it may begin and which steps are legal.

    Args:
        name: the resource it belongs to, e.g. ``productOrder``.
        initial: the states in which a new resource may be.
        steps: for each state, the states that may follow; a final state has none.
    """

    name: str
    initial: tuple[str, ...]
    steps: Mapping[str, tuple[str, ...]]

    @property
    def states(self) -> tuple[str, ...]:
        """All states, in the order of the table."""
        return tuple(self.steps)

    @property
    def final(self) -> tuple[str, ...]:
        """The states that nothing follows."""
        return tuple(state for state, following in self.steps.items() if not following)


def _machine(name: str, initial: str, table: str) -> Machine:
    """Reads lines such as ``acknowledged > inProgress pending``; a state that only follows is final."""
    steps: dict[str, tuple[str, ...]] = {}
    for line in table.strip().splitlines():
        state, _, following = line.partition(">")
        steps[state.strip()] = tuple(following.split())
    for following_states in list(steps.values()):
        for state in following_states:
            steps.setdefault(state, ())
    return Machine(name, tuple(initial.split()), steps)


_ORDER = """
    inProgress > pending held assessingCancellation completed failed {partial}
    pending > inProgress assessingCancellation cancelled
    held > inProgress assessingCancellation cancelled
    pendingCancellation > cancelled
"""
_DOWNSTREAM = """
    acknowledged > inProgress rejected assessingCancellation {cancelled}
    inProgress > pending held assessingCancellation completed failed partial {cancelled}
    pending > inProgress assessingCancellation cancelled
    held > inProgress assessingCancellation cancelled
    assessingCancellation > acknowledged inProgress pending held pendingCancellation
    pendingCancellation > cancelled
"""
_COM = "acknowledged > inProgress pending rejected\nassessingCancellation > inProgress pending held pendingCancellation"

PRODUCT_ORDER = _machine("productOrder", "acknowledged rejected", _COM + _ORDER.format(partial="partial"))
PRODUCT_ORDER_ITEM = _machine("productOrderItem", "acknowledged rejected", _COM + _ORDER.format(partial=""))
SERVICE_ORDER = _machine("serviceOrder", "acknowledged", _DOWNSTREAM.format(cancelled="cancelled"))
RESOURCE_ORDER = _machine("resourceOrder", "acknowledged", _DOWNSTREAM.format(cancelled=""))
TASK = _machine("task", "acknowledged", "acknowledged > inProgress\ninProgress > done terminatedWithError")
ACCEPTED_TASK = _machine("acceptedTask", "accepted", "accepted > inProgress\ninProgress > done terminatedWithError")
PRODUCT = _machine(
    "product",
    "created pendingActive active",
    """
    created > pendingActive active
    pendingActive > active aborted cancelled
    active > suspended pendingTerminate terminated
    suspended > active
    pendingTerminate > terminated
    """,
)
SERVICE = _machine(
    "service",
    "feasibilityChecked designed reserved inactive active",
    """
    feasibilityChecked > designed reserved inactive active retired
    designed > reserved inactive active retired
    reserved > designed inactive active retired
    inactive > active
    active > inactive terminated
    terminated > active retired
    """,
)
RESOURCE = _machine(
    "resource",
    "available reserved standby",
    """
    available > reserved
    reserved > standby available
    standby > available reserved alarm suspended unknown
    alarm > standby available
    suspended > standby available
    unknown > available
    """,
)
QUOTE = _machine(
    "quote",
    "inProgress",
    """
    inProgress > pending approved cancelled
    pending > inProgress cancelled
    approved > accepted rejected
    """,
)
INDIVIDUAL = _machine(
    "individual",
    "initialized validated",
    "initialized > validated deceased closed\nvalidated > deceased closed",
)
ORGANIZATION = _machine("organization", "initialized validated", "initialized > validated closed\nvalidated > closed")
CUSTOMER_BILL = _machine(
    "customerBill",
    "new",
    """
    new > onHold validated
    onHold > validated
    validated > sent
    sent > partiallyPaid settled
    partiallyPaid > settled
    """,
)
MONITOR = _machine("monitor", "InProgress", "InProgress > Completed Failed")
APPOINTMENT = _machine(
    "appointment",
    "initialized",
    "initialized > confirmed cancelled\nconfirmed > completed failed cancelled",
)
TIME_SLOT_SEARCH = _machine("searchTimeSlot", "inProgress", "inProgress > done rejected terminatedWithError")
WORK_ORDER = _machine("workOrder", "acknowledged", _DOWNSTREAM.format(cancelled=""))
TROUBLE_TICKET = _machine(
    "troubleTicket",
    "acknowledged",
    """
    acknowledged > inProgress rejected cancelled
    inProgress > held pending resolved cancelled
    held > inProgress
    pending > inProgress cancelled
    resolved > closed inProgress
    """,
)
SERVICE_PROBLEM = _machine(
    "serviceProblem",
    "acknowledged",
    """
    acknowledged > inProgress rejected cancelled
    inProgress > held pending resolved cancelled
    held > inProgress resolved cancelled
    pending > inProgress resolved cancelled
    resolved > closed inProgress
    closed > inProgress
    """,
)
ALARM = _machine("alarm", "raised", "raised > updated cleared\nupdated > raised cleared")

MACHINES = {
    machine.name: machine
    for machine in (
        PRODUCT_ORDER, PRODUCT_ORDER_ITEM, SERVICE_ORDER, RESOURCE_ORDER, TASK, ACCEPTED_TASK,
        PRODUCT, SERVICE, RESOURCE, INDIVIDUAL, ORGANIZATION, CUSTOMER_BILL, MONITOR,
        APPOINTMENT, TIME_SLOT_SEARCH, WORK_ORDER, QUOTE, TROUBLE_TICKET, SERVICE_PROBLEM, ALARM,
    )
}  # fmt: skip


def legal(machine: Machine, old: str | None, new: str) -> bool:
    """Whether the step is in the table; staying in a state is no step and always legal."""
    if old is None:
        return new in machine.initial
    return old == new or new in machine.steps.get(old, ())


def roll_up(states: Iterable[str]) -> str:
    """The state of an order from the states of its items.

    All alike -> that state; any held -> held; any pending and none running -> pending; all final and some completed ->
    partial; all final, none completed and some failed -> failed; otherwise the order is still in progress.
    """
    items = list(states)
    kinds = set(items)
    final = {"completed", "failed", "cancelled", "rejected"}
    if len(kinds) == 1 and kinds <= final | {"acknowledged"}:
        return items[0]
    if kinds <= final:
        return _settled(kinds)
    if "held" in kinds:
        return "held"
    return "pending" if "pending" in kinds and not kinds & {"inProgress", "acknowledged"} else "inProgress"


def _settled(kinds: set[str]) -> str:
    if "completed" in kinds:
        return "partial"
    return "failed" if "failed" in kinds else "cancelled"
