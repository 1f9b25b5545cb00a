"""Accounts (TMF666): which billing account belongs to which customer, and the smaller parts around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, Table, bindparam, select
from starlette.requests import Request

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.errors import invalid
from ringback.reference_stack.kernel.resource import Created, Resource
from ringback.reference_stack.kernel.system import System
from ringback.reference_stack.schema import (
    CRM_ACCOUNT,
    CRM_BILL_FORMAT,
    CRM_CUSTOMER,
    CRM_CYCLE_SPECIFICATION,
    CRM_FINANCIAL_ACCOUNT,
    CRM_PARTY_ACCOUNT,
    CRM_PRESENTATION,
    CRM_SETTLEMENT_ACCOUNT,
)
from ringback.reference_stack.systems.documents import touched
from ringback.reference_stack.systems.reading import party

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

BASE = "/tmf-api/accountManagement/v4"
_NAME = select(CRM_CUSTOMER.c.name).where(CRM_CUSTOMER.c.id == bindparam("id"))
_CUSTOMERS = "/tmf-api/customerManagement/v4/customer"


def _account(tx: Connection, row: RowMapping) -> dict[str, object]:
    customer = row["customer_id"]
    owner = {
        "id": customer,
        "href": f"{_CUSTOMERS}/{customer}",
        "name": tx.execute(_NAME, {"id": customer}).scalar() or customer,
        "role": "customer",
        "@referredType": "Customer",
    }
    return {"relatedParty": [owner], "lastModified": row["created_at"]}


async def create_account(stack: Stack, body: dict[str, object], _request: Request) -> Created:
    """A billing account belongs to a customer that CRM knows."""
    customer = party(body)
    if not (await stack.http.get("crm", f"/customer/{customer}")).ok:
        raise invalid(f"relatedParty {customer!r} is not a customer", "name a customer with role customer")
    values = {
        "customer_id": customer,
        "name": body["name"],
        "state": body["state"],
        "created_at": stack.clock.stamp(),
    }
    with stack.db.begin() as tx:
        identity = stack.ids.new("ACC")
        BILLING_ACCOUNT.extend(tx, identity, {name: value for name, value in body.items() if name != "relatedParty"})
        BILLING_ACCOUNT.insert(stack, tx, values | {"id": identity})
    return Created(identity)


BILLING_ACCOUNT = Resource(
    name="billingAccount",
    path=f"{BASE}/billingAccount",
    table=CRM_ACCOUNT,
    prefix="ACC",
    tag="Account",
    columns={"name": "name", "state": "state"},
    filters={"relatedParty.id": "customer_id"},
    shape=_account,
    overridable=("lastModified",),
    mandatory=("name", "relatedParty"),
    defaults={"state": "active", "lastModified": lambda stack: stack.clock.stamp()},
    create=create_account,
    before_patch=touched("lastModified"),
    required=("name", "relatedParty", "state"),
    properties={
        "name": shapes.TEXT,
        "state": shapes.TEXT,
        "relatedParty": shapes.many(shapes.PARTY, 1),
        "lastModified": shapes.TIME,
    },
)


def _part(name: str, prefix: str, table: Table, *mandatory: str) -> Resource:
    """A smaller resource of TMF666, kept as it came."""
    return Resource(
        name=name,
        path=f"{BASE}/{name}",
        table=table,
        prefix=prefix,
        tag="Account",
        columns={"name": "name"},
        mandatory=("name", *mandatory),
        required=("name", *mandatory),
        properties={"name": shapes.TEXT, **dict.fromkeys(mandatory, shapes.many(shapes.NAMED_PARTY, 1))},
    )


PARTS = (
    _part("partyAccount", "PTA", CRM_PARTY_ACCOUNT, "relatedParty"),
    _part("settlementAccount", "STA", CRM_SETTLEMENT_ACCOUNT, "relatedParty"),
    _part("financialAccount", "FIA", CRM_FINANCIAL_ACCOUNT),
    _part("billingCycleSpecification", "BCS", CRM_CYCLE_SPECIFICATION),
    _part("billFormat", "BFM", CRM_BILL_FORMAT),
    _part("billPresentationMedia", "BPM", CRM_PRESENTATION),
)
SYSTEM = System(id="accounts", prefix="crm_", base=BASE, resources=(BILLING_ACCOUNT, *PARTS))
