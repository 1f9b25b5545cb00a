"""An object that CRM is not to have: VLAN and address of a customer's line, beside those of the inventories (D34)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.kernel.errors import missing
from ringback.reference_stack.kernel.system import Route, route
from ringback.reference_stack.schema import CRM_LINE_DATA

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_FIRST_VLAN = 3900


async def line_data(stack: Stack, request: Request) -> Response:
    """What CRM thinks the customer's line is; it makes it up at the first look. Without the defect it knows nothing."""
    customer = request.path_params["id"]
    if not stack.defects.on("D34"):
        raise missing("line data", customer)
    mine = select(CRM_LINE_DATA).where(CRM_LINE_DATA.c.customer_id == customer)
    with stack.db.begin() as tx:
        row = tx.execute(mine).mappings().first()
        if row is None:
            number = tx.execute(select(func.count()).select_from(CRM_LINE_DATA)).scalar() or 0
            made = {"vlan": _FIRST_VLAN + number, "ip": f"10.99.{number // 250}.{number % 250 + 1}"}
            tx.execute(insert(CRM_LINE_DATA).values(customer_id=customer, **made, written_at=stack.clock.stamp()))
            row = tx.execute(mine).mappings().one()
    return JSONResponse({"vlan": str(row["vlan"]), "ip": row["ip"]})


LINE_DATA: Route = route("GET", "/crm/v1/customers/{id}/line-data", line_data)
