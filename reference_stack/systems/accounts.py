"""Account identity (TMF666): which billing account belongs to which customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, bindparam, select
from starlette.requests import Request

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.errors import invalid
from ringback.reference_stack.kernel.resource import Created, Resource
from ringback.reference_stack.kernel.system import System
from ringback.reference_stack.schema import CRM_ACCOUNT, CRM_CUSTOMER
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
SYSTEM = System(id="accounts", prefix="crm_", base=BASE, resources=(BILLING_ACCOUNT,))
