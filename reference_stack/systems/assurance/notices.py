"""What a customer whom a problem hits gets: one ticket, one message, and a credit when it lasts too long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import RowMapping

from ringback.reference_stack.systems.assurance.priorities import promise_of
from ringback.reference_stack.systems.assurance.tickets import SERVICE, TICKET
from ringback.reference_stack.systems.fallout_report import report
from ringback.reference_stack.systems.reading import Document, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_NOBODY_PAYS = "none"  # noted as the credit of a customer to whom none can be given


async def open_ticket(stack: Stack, problem: RowMapping, hit: RowMapping) -> str:
    """The customer's ticket; its external id makes it one, however often it is asked for."""
    promise = promise_of(hit["segment"])
    body: Document = {
        "externalId": f"{problem['id']}-{hit['customer_id']}",
        "description": f"Outage: {problem['root_resource_id']} is out of order",
        "severity": promise.severity,
        "ticketType": "outage",
        "priority": str(promise.weight),
        "serviceProblem": {"id": problem["id"]},
        "relatedEntity": [{"id": hit["service_id"], "role": "affectedService", "@referredType": SERVICE}],
        "relatedParty": [{"id": hit["customer_id"], "role": "customer", "@referredType": "Customer"}],
    }
    return text((await stack.http.post("assurance", TICKET.path, json=body)).document(), "id")


async def tell(stack: Stack, problem: RowMapping, hit: RowMapping) -> str:
    """The customer's one message."""
    return await _send(stack, problem, hit, "")


async def apologise(stack: Stack, problem: RowMapping, hit: RowMapping) -> str:
    """The same words again (only with D64)."""
    return await _send(stack, problem, hit, "-apology")


async def _send(stack: Stack, problem: RowMapping, hit: RowMapping, kind: str) -> str:
    since = str(problem["created_at"])[:16].replace("T", " ")
    said = f"We are sorry: your service is disturbed since {since} UTC. We are working on it."
    path = f"/crm/v1/customers/{hit['customer_id']}/messages"
    body = {"text": said, "reference": f"{problem['id']}-{hit['customer_id']}{kind}"}
    return text((await stack.http.post("crm", path, json=body)).document(), "id")


async def credit(stack: Stack, problem: RowMapping, hit: RowMapping) -> str:
    """What the customer gets back for an outage that lasts longer than promised, once."""
    promise = promise_of(hit["segment"])
    body = {
        "accountId": hit["account_id"], "productId": hit["product_id"], "amount": -promise.credit,
        "reason": f"Outage of more than {promise.within.total_seconds() / 3600:.0f} hours",
        "reference": f"SLA-{problem['id']}-{hit['customer_id']}",
    }  # fmt: skip
    reply = await stack.http.post("billing", "/billing/v1/adjustments", json=body)
    if reply.ok:
        return text(reply.json, "id")
    said = f"{hit['customer_id']} gets no credit for problem {problem['id']}: {text(reply.json, 'reason')}"
    await report(stack, system="assurance", order=problem["id"], code="ASR-CREDIT-REFUSED", detail=said)
    return _NOBODY_PAYS
