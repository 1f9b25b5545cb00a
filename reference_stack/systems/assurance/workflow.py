"""What happens to a problem: found by an alarm, analysed, told to those whom it hits, credited when late, closed.

Everything is read from the tables, and what was done for a customer is noted as soon as it is done, under a reference
that the other system knows again: a restart in the middle repeats nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, insert, select, update

from ringback.reference_stack.clock import moment_of, text_of
from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.schema import ASR_ALARM, ASR_IMPACT, ASR_PROBLEM, ASR_PROBLEM_SERVICE, TT_TICKET
from ringback.reference_stack.systems.assurance import problems, tickets
from ringback.reference_stack.systems.assurance.impact import Impact, analyse
from ringback.reference_stack.systems.assurance.notices import apologise, credit, open_ticket, tell
from ringback.reference_stack.systems.assurance.priorities import promise_of
from ringback.reference_stack.systems.assurance.problems import PROBLEM, alarms_of, customers_hit
from ringback.reference_stack.systems.assurance.standing import OVER, troubles
from ringback.reference_stack.systems.reading import Document, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_TURN_S = 0.2
_TICKET_OPEN = ("acknowledged", "inProgress")
_PRIORITY = 1


async def start(stack: Stack) -> None:
    """Begins to work on problems."""

    async def service_problems() -> None:
        _find(stack)
        for problem in _open(stack):
            CORRELATION.set(problem["correlation_id"] or "")
            await _STEPS[problem["status"]](stack, problem)

    stack.every(_TURN_S, service_problems)


def _find(stack: Stack) -> None:
    """Each critical alarm belongs to one problem: the open one of its equipment, else a new one."""
    standing = (ASR_ALARM.c.state != "cleared") & (ASR_ALARM.c.perceived_severity == "critical")
    lost = standing & ASR_ALARM.c.problem_id.is_(None) & ASR_ALARM.c.resource_id.is_not(None)
    with stack.db.begin() as tx:
        for alarm in tx.execute(select(ASR_ALARM).where(lost).order_by(ASR_ALARM.c.id)).mappings().all():
            open_ones = select(ASR_PROBLEM).where(ASR_PROBLEM.c.status.not_in(OVER))
            known = tx.execute(open_ones.order_by(ASR_PROBLEM.c.id)).mappings().all()
            resource = alarm["resource_id"]
            mine = next((one["id"] for one in known if _is_part(resource, one["root_resource_id"])), None)
            CORRELATION.set(alarm["correlation_id"] or "")
            problem = mine or problems.open_problem(stack, tx, _body(resource), resource, [])
            tx.execute(update(ASR_ALARM).where(ASR_ALARM.c.id == alarm["id"]).values(problem_id=problem))


def _is_part(resource: str, root: str | None) -> bool:
    return bool(root) and (resource == root or resource.startswith(f"{root}/"))


def _body(resource: str) -> Document:
    return {
        "category": "serviceProvider.declarer",
        "priority": _PRIORITY,
        "description": f"Services that depend on {resource} are out of order",
        "reason": "alarm",
        "originatorParty": {"id": "assurance", "role": "originator", "@referredType": "System"},
    }


def _open(stack: Stack) -> list[RowMapping]:
    """What has work left: analysed problems, and those with a root cause that waits for its analysis."""
    waiting = ASR_PROBLEM.c.status.in_(tuple(_STEPS)) & ASR_PROBLEM.c.root_resource_id.is_not(None)
    with stack.db.begin() as tx:
        return list(tx.execute(select(ASR_PROBLEM).where(waiting).order_by(ASR_PROBLEM.c.created_at)).mappings())


async def _analyse(stack: Stack, problem: RowMapping) -> None:
    """Finds whom it hits, and begins to work on it."""
    impact = await analyse(stack, problem["root_resource_id"])
    with stack.db.begin() as tx:
        row = PROBLEM.row(tx, problem["id"])
        if row is None or row["status"] != "acknowledged":
            return
        _note_impact(tx, problem, impact)
        changes = {"affected_services": len(impact.services), "analysed_at": stack.clock.stamp()}
        tx.execute(update(ASR_PROBLEM).where(ASR_PROBLEM.c.id == problem["id"]).values(**changes))
        problems.move(stack, tx, problem["id"], "inProgress")


def _note_impact(tx: Connection, problem: RowMapping, impact: Impact) -> None:
    known = set(problems.services_hit(tx, problem["id"]))
    for service in sorted(set(impact.services) - known):
        tx.execute(insert(ASR_PROBLEM_SERVICE).values(problem_id=problem["id"], service_id=service))
    since = moment_of(problem["created_at"])
    for hit in impact.hits:
        promise = promise_of(hit.segment)
        values = {
            "problem_id": problem["id"], "customer_id": hit.customer, "segment": hit.segment,
            "weight": promise.weight, "account_id": hit.account or None, "service_id": hit.service,
            "product_id": hit.product or None, "breach_at": text_of(since + promise.within),
        }  # fmt: skip
        tx.execute(insert(ASR_IMPACT).values(**values))


async def _work(stack: Stack, problem: RowMapping) -> None:
    """Tells the customers, credits those who wait too long, and sees whether it is over."""
    begin = apologise if stack.defects.on("D64") else open_ticket
    for hit in _hits(stack, problem):
        if not hit["ticket_id"]:
            _noted(stack, hit, ticket_id=await begin(stack, problem, hit))
        if not hit["message_id"]:
            _noted(stack, hit, message_id=await tell(stack, problem, hit))
    for hit in _hits(stack, problem):
        if not hit["credit_id"] and hit["breach_at"] <= stack.clock.stamp():
            _noted(stack, hit, credit_id=await credit(stack, problem, hit))
    with stack.db.begin() as tx:
        alarms = alarms_of(tx, problem["id"])
        if alarms and all(alarm["state"] == "cleared" for alarm in alarms):
            problems.move(stack, tx, problem["id"], "resolved")


def _hits(stack: Stack, problem: RowMapping) -> list[RowMapping]:
    with stack.db.begin() as tx:
        return customers_hit(tx, problem["id"])


def _noted(stack: Stack, hit: RowMapping, **done: str) -> None:
    mine = (ASR_IMPACT.c.problem_id == hit["problem_id"]) & (ASR_IMPACT.c.customer_id == hit["customer_id"])
    with stack.db.begin() as tx:
        tx.execute(update(ASR_IMPACT).where(mine).values(**done))


async def _close(stack: Stack, problem: RowMapping) -> None:
    """Solves and closes the tickets of a solved problem, those whose services work, and at last the problem."""
    mine = select(TT_TICKET.c.id).where(
        TT_TICKET.c.problem_id == problem["id"], TT_TICKET.c.status.in_((*_TICKET_OPEN, "resolved"))
    )
    with stack.db.begin() as tx:
        open_tickets = list(tx.execute(mine.order_by(TT_TICKET.c.id)).scalars())
    left = [ticket for ticket in open_tickets if not await _solve(stack, ticket)]
    if not left:
        with stack.db.begin() as tx:
            problems.move(stack, tx, problem["id"], "closed")


async def _solve(stack: Stack, ticket: str) -> bool:
    """Takes a ticket to its end, unless a service of it is down."""
    with stack.db.begin() as tx:
        document = tickets.TICKET.find(tx, ticket) or {}
    if await troubles(stack, tickets.services_of(document)):
        return False
    steps = ("inProgress", "resolved", "closed")
    begun = text(document, "status")
    ahead = steps if begun == "acknowledged" else steps[steps.index(begun) + 1 :]
    with stack.db.begin() as tx:
        tickets.move(stack, tx, ticket, *ahead)
    return True


_STEPS = {"acknowledged": _analyse, "inProgress": _work, "resolved": _close}
