"""CRM (TMF629, TMF632): who the customer is, and what was said to them; it holds no orders, products or services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, insert, or_, select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.errors import invalid, missing
from ringback.reference_stack.kernel.machines import INDIVIDUAL, ORGANIZATION
from ringback.reference_stack.kernel.resource import Created, Resource
from ringback.reference_stack.kernel.system import System, route
from ringback.reference_stack.schema import (
    CRM_ACCOUNT,
    CRM_CUSTOMER,
    CRM_INDIVIDUAL,
    CRM_MESSAGE,
    CRM_ORGANIZATION,
)
from ringback.reference_stack.systems.crm_line_data import LINE_DATA
from ringback.reference_stack.systems.party_interactions import INTERACTION, note_interaction
from ringback.reference_stack.systems.reading import documents, event_document, party, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

PARTY_PATH = "/tmf-api/party/v4/individual"
_FOUND_AT_MOST = 50
_MEDIUM = shapes.record(
    {"mediumType": shapes.TEXT, "preferred": shapes.FLAG, "characteristic": shapes.record({})},
    "mediumType",
    "characteristic",
)


def _media(person: RowMapping) -> list[dict[str, object]]:
    media: list[dict[str, object]] = []
    if person["email"]:
        media.append({"mediumType": "email", "characteristic": {"emailAddress": person["email"]}})
    if person["phone"]:
        media.append({"mediumType": "phone", "characteristic": {"phoneNumber": person["phone"]}})
    return media


def _customer_media(tx: Connection, customer: RowMapping) -> list[dict[str, object]]:
    person = tx.execute(select(CRM_INDIVIDUAL).where(CRM_INDIVIDUAL.c.id == customer["party_id"])).mappings().first()
    media = _media(person) if person is not None else []
    if customer["address_id"]:
        place = {"id": customer["address_id"], "@referredType": "GeographicAddress"}
        media.append({"mediumType": "postalAddress", "characteristic": {"contactType": "home"}, "place": place})
    return media


def _customer(tx: Connection, row: RowMapping) -> dict[str, object]:
    accounts = tx.execute(
        select(CRM_ACCOUNT.c.id, CRM_ACCOUNT.c.name).where(CRM_ACCOUNT.c.customer_id == row["id"])
    ).all()
    party_id = row["party_id"]
    return {
        "engagedParty": {
            "id": party_id,
            "href": f"{PARTY_PATH}/{party_id}",
            "name": row["name"],
            "@referredType": "Individual",
        },
        "contactMedium": _customer_media(tx, row),
        "account": [{"id": account.id, "name": account.name} for account in accounts],
        "validFor": {"startDateTime": row["created_at"]},
    }


async def create_customer(stack: Stack, body: dict[str, object], _request: Request) -> Created:
    """A customer is an individual that CRM knows already."""
    person = text(body, "engagedParty.id")
    values = {
        "party_id": person,
        "name": body["name"],
        "status": body["status"],
        "segment": body["segment"],
        "created_at": stack.clock.stamp(),
    }
    with stack.db.begin() as tx:
        if INDIVIDUAL_RESOURCE.row(tx, person) is None:
            raise invalid(f"engagedParty {person!r} is not an individual", "create the individual first (TMF632)")
        identity = stack.ids.new("CUST")
        CUSTOMER.extend(tx, identity, {name: value for name, value in body.items() if name != "engagedParty"})
        CUSTOMER.insert(stack, tx, values | {"id": identity})
    return Created(identity)


CUSTOMER = Resource(
    name="customer",
    path="/tmf-api/customerManagement/v4/customer",
    table=CRM_CUSTOMER,
    prefix="CUST",
    tag="Customer",
    columns={"name": "name", "status": "status", "segment": "segment"},
    filters={"engagedParty.id": "party_id"},
    shape=_customer,
    overridable=("contactMedium", "validFor"),
    mandatory=("name", "engagedParty"),
    defaults={"status": "initialized", "segment": "consumer"},
    not_patchable=("id", "href", "engagedParty"),
    state="status",
    create=create_customer,
    required=("name", "engagedParty", "status"),
    properties={
        "name": shapes.TEXT,
        "status": shapes.TEXT,
        "segment": shapes.TEXT,
        "engagedParty": shapes.REFERENCE,
        "contactMedium": shapes.many(_MEDIUM),
        "account": shapes.many(shapes.REFERENCE),
        "validFor": shapes.PERIOD,
    },
)
INDIVIDUAL_RESOURCE = Resource(
    name="individual",
    path=PARTY_PATH,
    table=CRM_INDIVIDUAL,
    prefix="IND",
    tag="Party",
    columns={"givenName": "given_name", "familyName": "family_name", "birthDate": "birth_date", "status": "status"},
    shape=lambda _tx, row: {"contactMedium": _media(row)},
    overridable=("contactMedium",),
    mandatory=("givenName", "familyName"),
    defaults={"status": "initialized"},
    machine=INDIVIDUAL,
    state="status",
    required=("givenName", "familyName"),
    properties={
        "givenName": shapes.TEXT,
        "familyName": shapes.TEXT,
        "birthDate": shapes.TIME,
        "status": shapes.states(INDIVIDUAL),
        "contactMedium": shapes.many(_MEDIUM),
    },
)
ORGANIZATION_RESOURCE = Resource(
    name="organization",
    path=f"{PARTY_PATH.rpartition('/')[0]}/organization",
    table=CRM_ORGANIZATION,
    prefix="ORG",
    tag="Party",
    columns={"tradingName": "trading_name", "status": "status"},
    mandatory=("tradingName",),
    defaults={"status": "initialized"},
    machine=ORGANIZATION,
    state="status",
    required=("tradingName", "status"),
    properties={
        "tradingName": shapes.TEXT,
        "status": shapes.states(ORGANIZATION),
        "contactMedium": shapes.many(_MEDIUM),
    },
)


async def search(stack: Stack, request: Request) -> Response:
    """Customers by a part of their name or id, or by their phone number."""
    wanted = request.query_params.get("q", "").strip()
    statement = (
        select(CRM_CUSTOMER)
        .join(CRM_INDIVIDUAL, CRM_INDIVIDUAL.c.id == CRM_CUSTOMER.c.party_id)
        .where(
            or_(
                CRM_CUSTOMER.c.name.icontains(wanted, autoescape=True),
                CRM_CUSTOMER.c.id.icontains(wanted, autoescape=True),
                CRM_INDIVIDUAL.c.phone == wanted,
            )
        )
        .order_by(CRM_CUSTOMER.c.id)
        .limit(_FOUND_AT_MOST)
    )
    with stack.db.begin() as tx:
        return JSONResponse([CUSTOMER.document(tx, row) for row in tx.execute(statement).mappings().all()])


async def credit_identity(stack: Stack, request: Request) -> Response:
    """What a credit inquiry must say about a customer; for systems of the stack only, never part of a customer."""
    customer = request.path_params["id"]
    statement = (
        select(CRM_INDIVIDUAL, CRM_CUSTOMER.c.address_id)
        .join(CRM_CUSTOMER, CRM_CUSTOMER.c.party_id == CRM_INDIVIDUAL.c.id)
        .where(CRM_CUSTOMER.c.id == customer)
    )
    with stack.db.begin() as tx:
        row = tx.execute(statement).mappings().first()
    if row is None or request.state.caller == "client":
        raise missing("customer", customer)
    names = ("given_name", "family_name", "id_last4", "address_id")
    # TMF632 dates a birth to the moment; a bureau knows days only
    return JSONResponse({name: row[name] for name in names} | {"birth_date": (row["birth_date"] or "")[:10]})


async def messages(stack: Stack, request: Request) -> Response:
    """What the customer was told."""
    statement = (
        select(CRM_MESSAGE).where(CRM_MESSAGE.c.customer_id == request.path_params["id"]).order_by(CRM_MESSAGE.c.at)
    )
    with stack.db.begin() as tx:
        rows = tx.execute(statement).mappings().all()
    return JSONResponse([_message(row) for row in rows])


def _message(row: RowMapping) -> dict[str, object]:
    said = {"id": row["id"], "orderId": row["order_id"], "channel": row["channel"], "text": row["text"]}
    return said | {"at": row["at"], "reference": row["reference"]}


async def send_message(stack: Stack, request: Request) -> Response:
    """Tells a customer something; what was told under the same reference is not told again."""
    customer, body = request.path_params["id"], await body_of(request)
    reference = text(body, "reference") or None
    if not text(body, "text"):
        raise invalid("a message needs a text", "say what the customer is to know")
    with stack.db.begin() as tx:
        if CUSTOMER.row(tx, customer) is None:
            raise missing("customer", customer)
        known = select(CRM_MESSAGE).where(CRM_MESSAGE.c.reference == reference)
        row = tx.execute(known).mappings().first() if reference else None
        if row is not None:
            return JSONResponse(_message(row))
        values = {
            "id": stack.ids.new("MSG"), "customer_id": customer, "order_id": text(body, "orderId") or None,
            "channel": text(body, "channel") or "email", "text": text(body, "text"), "at": stack.clock.stamp(),
            "reference": reference,
        }  # fmt: skip
        tx.execute(insert(CRM_MESSAGE).values(**values))
        row = tx.execute(select(CRM_MESSAGE).where(CRM_MESSAGE.c.id == values["id"])).mappings().one()
    return JSONResponse(_message(row), 201)


async def on_order_created(stack: Stack, envelope: dict[str, object]) -> None:
    """Notes that the customer has ordered."""
    order = event_document(envelope)
    with stack.db.begin() as tx:
        note_interaction(stack, tx, order)


_TOLD = {  # state of an order -> what its customer is told
    "completed": "Your order {order} is complete. Welcome!",
    "partial": "A part of your order {order} is complete. We could not carry out the rest: {reason}",
    "failed": "We could not carry out your order {order}: {reason}",
    "rejected": "We cannot accept your order {order}: {reason}",
    "cancelled": "Your order {order} is cancelled.",
    "held": "Your order {order} takes longer: {reason}",
}


async def on_order_state(stack: Stack, envelope: dict[str, object]) -> None:
    """Tells the customer when the order is final, and not earlier, and when it is delayed."""
    order = event_document(envelope)
    told = _TOLD.get(text(order, "state"))
    if told is None:
        return
    notes = (text(item, "note.0.text") for item in documents(order, "productOrderItem"))
    reason = next((note for note in notes if note), "please call us")
    with stack.db.begin() as tx:
        tx.execute(
            insert(CRM_MESSAGE).values(
                id=stack.ids.new("MSG"),
                customer_id=party(order),
                order_id=text(order, "id"),
                channel="email",
                text=told.format(order=text(order, "externalId", "id"), reason=reason),
                at=stack.clock.stamp(),
            )
        )


SYSTEM = System(
    id="crm",
    prefix="crm_",
    base="/tmf-api/customerManagement/v4",
    resources=(CUSTOMER, INDIVIDUAL_RESOURCE, ORGANIZATION_RESOURCE, INTERACTION),
    routes=(
        route("GET", "/crm/v1/customers", search),
        route("GET", "/crm/v1/customers/{id}/credit-identity", credit_identity),
        route("GET", "/crm/v1/customers/{id}/messages", messages),
        route("POST", "/crm/v1/customers/{id}/messages", send_message),
        LINE_DATA,
    ),
    listeners={"ProductOrderCreateEvent": on_order_created, "ProductOrderStateChangeEvent": on_order_state},
)
