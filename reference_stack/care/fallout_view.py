"""The fallout queue: every open case, the one with the earliest deadline first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ringback.reference_stack.care.documents import Document, text
from ringback.reference_stack.care.moments import Moment, moment
from ringback.reference_stack.care.words import Pill, pill

NO_DEADLINE = "9999"


@dataclass(frozen=True, slots=True)
class Case:
    """One case of the operational queue."""

    id: str
    order_id: str
    system: str
    code: str
    owner: str
    cause: str
    status: Pill
    opened: Moment | None
    due: Moment | None
    overdue: bool


def cases(documents: Iterable[Document], now_iso: str) -> tuple[Case, ...]:
    """All cases given, earliest deadline first; `now_iso` is the stack's time, which decides what is overdue."""
    rows = [_case(document, now_iso) for document in documents]
    return tuple(sorted(rows, key=lambda case: (case.due.iso if case.due else NO_DEADLINE, case.id)))


def of_orders(rows: Iterable[Case], order_ids: Iterable[str]) -> tuple[Case, ...]:
    """The cases that concern one of the orders."""
    wanted = set(order_ids)
    return tuple(case for case in rows if case.order_id in wanted)


def _case(document: Document, now_iso: str) -> Case:
    due = moment(document.get("slaDue"))
    return Case(
        id=text(document.get("id")),
        order_id=text(document.get("orderId")),
        system=text(document.get("system")),
        code=text(document.get("code")),
        owner=text(document.get("owner")),
        cause=text(document.get("rootCause") or document.get("reason")),
        status=pill(document.get("status")),
        opened=moment(document.get("openedAt")),
        due=due,
        overdue=due is not None and due.iso < now_iso and text(document.get("status")) != "closed",
    )
