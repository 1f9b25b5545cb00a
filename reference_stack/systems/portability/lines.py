"""Our own lines as number portability knows them: who has a number, and whether and with which PIN it may leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import RowMapping, delete, insert, select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.errors import invalid
from ringback.reference_stack.schema import NPG_LINE
from ringback.reference_stack.systems.portability.line_checks import Line
from ringback.reference_stack.systems.portability.records import OUR_SPID
from ringback.reference_stack.systems.reading import Document, at, documents, party, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_LIVE = ("active", "suspended")
_SERVICES = "/tmf-api/serviceInventory/v4/service"
_PRODUCTS = "/tmf-api/productInventory/v4/product"


async def get_line(stack: Stack, request: Request) -> Response:
    """Whether a number is frozen against porting, and whether it has a PIN of its own; never the PIN."""
    row = _kept(stack, request.path_params["tn"])
    is_frozen, has_pin = (bool(row["frozen"]), bool(row["pin"])) if row is not None else (False, False)
    return JSONResponse({"tn": request.path_params["tn"], "frozen": is_frozen, "hasPin": has_pin})


async def put_line(stack: Stack, request: Request) -> Response:
    """Freezes a number against porting or lets it go, and gives it a porting PIN."""
    body, tn = await body_of(request), request.path_params["tn"]
    frozen = at(body, "frozen")
    if frozen not in (None, True, False):
        raise invalid(f"frozen {frozen!r} is neither true nor false", "leave it out to keep what it is")
    row = _kept(stack, tn)
    before = {"pin": row["pin"], "frozen": row["frozen"]} if row is not None else {"pin": None, "frozen": 0}
    after = before | ({"pin": text(body, "pin")} if text(body, "pin") else {})
    after |= {} if frozen is None else {"frozen": int(bool(frozen))}
    with stack.db.begin() as tx:
        tx.execute(delete(NPG_LINE).where(NPG_LINE.c.tn == tn))
        tx.execute(insert(NPG_LINE).values(tn=tn, **after, changed_at=stack.clock.stamp()))
    return await get_line(stack, request)


def _kept(stack: Stack, tn: str) -> RowMapping | None:
    with stack.db.begin() as tx:
        return tx.execute(select(NPG_LINE).where(NPG_LINE.c.tn == tn)).mappings().first()


async def line_of(stack: Stack, tn: str) -> Line:
    """The line that has a number, with all that a port request must agree with."""
    number = await stack.http.get("resource-inventory", f"/resource-inventory/v1/numbers/{tn}")
    service, is_ours = text(number.json, "serviceId"), text(number.json, "currentSpid") == OUR_SPID
    if not number.ok or not is_ours or not service:
        return Line(tn, is_ours=number.ok and is_ours)
    access = (await stack.http.get("service-inventory", f"{_SERVICES}/{service}")).document()
    customer = party(access)
    product = await _product(stack, customer, service)
    who = (await stack.http.get("crm", f"/crm/v1/customers/{customer}/credit-identity")).document()
    name = text((await stack.http.get("crm", f"/customer/{customer}")).document(), "name")
    place = (await stack.http.get("location", f"/geographicAddress/{text(who, 'address_id')}")).document()
    row = _kept(stack, tn)
    pin = row["pin"] if row is not None else None
    return Line(
        tn,
        is_ours=True,
        is_active=text(access, "state") == "active" and bool(product),
        is_frozen=row is not None and bool(row["frozen"]),
        product=text(product, "id"),
        customer=customer,
        account=text(product, "billingAccount.id"),
        pin=pin or text(who, "id_last4"),
        last4=text(who, "id_last4"),
        zip=text(place, "postcode")[:5],
        given_name=text(who, "given_name"),
        family_name=text(who, "family_name"),
        name=name,
    )


async def _product(stack: Stack, customer: str, access: str) -> Document:
    """The live product whose service stands on this access service."""
    owned = (await stack.http.get("product-inventory", _PRODUCTS, params={"relatedParty.id": customer})).documents()
    for product in owned:
        if text(product, "status") not in _LIVE:
            continue
        for realizing in documents(product, "realizingService"):
            service = await stack.http.get("service-inventory", f"{_SERVICES}/{text(realizing, 'id')}")
            below = [text(relation, "service.id") for relation in documents(service.json, "serviceRelationship")]
            if access in (text(realizing, "id"), *below):
                return product
    return {}
