"""The resources of TMF635: usage and the specifications of its kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping
from starlette.requests import Request

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.errors import conflict, invalid
from ringback.reference_stack.kernel.machines import Machine, legal
from ringback.reference_stack.kernel.resource import Created, Resource
from ringback.reference_stack.schema import BIL_USAGE, BIL_USAGE_SPECIFICATION
from ringback.reference_stack.systems.billing.guiding import number_of
from ringback.reference_stack.systems.billing.limits import utc_of
from ringback.reference_stack.systems.money import money
from ringback.reference_stack.systems.reading import Document, characteristics, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

BASE = "/tmf-api/usageManagement/v4"
USAGE_MACHINE = Machine(
    "usage",
    ("received",),
    {
        "received": ("guided", "rejected"),
        "guided": ("rated", "rejected"),
        "rated": ("rerated", "billed"),
        "rerated": ("rated",),
        "rejected": ("recycled",),
        "recycled": ("guided", "rejected"),
        "billed": (),
    },
)
_DIGITS = 15
_SHOWN = ("msisdn", "imsi", "quantity", "unit", "serving_network", "record_key", "file_id", "line_no", "reason", "rate")


def _usage(_tx: Connection, row: RowMapping) -> Document:
    values: Document = {
        "usageDate": row["started_at"],
        "usageType": row["usage_type"],
        "usageSpecification": {"id": f"USP-{row['usage_type']}", "name": row["usage_type"]},
        "usageCharacteristic": [
            {"name": name, "value": row[name], "valueType": "string"} for name in _SHOWN if row[name] not in (None, "")
        ],
    }
    if row["product_id"]:
        values["ratedProductUsage"] = [
            {
                "ratingDate": row["rated_at"] or row["received_at"],
                "taxExcludedRatingAmount": money(row["amount"] or 0),
                "isBilled": row["status"] == "billed",
                "productRef": {"id": row["product_id"], "@referredType": "Product"},
            }
        ]
    return values


async def _receive(stack: Stack, body: Document, _request: Request) -> Created:
    """Usage that somebody reports by hand; it waits, received, for whoever guides it."""
    if not legal(USAGE_MACHINE, None, text(body, "status")):
        raise invalid(f"new usage cannot be {text(body, 'status')}", "it begins as received")
    told = characteristics(body, "usageCharacteristic")
    quantity = told.get("quantity", "0")
    if not (quantity.isascii() and quantity.isdecimal() and len(quantity) <= _DIGITS):
        raise invalid(f"quantity is {quantity!r}", f"give a whole number of at most {_DIGITS} digits")
    began = utc_of(text(body, "usageDate"))
    if not began:
        raise invalid(f"usageDate is {text(body, 'usageDate')!r}", "give a possible moment")
    identity = stack.ids.new("USG")
    values = {
        "id": identity, "record_key": told.get("record_key") or identity, "msisdn": number_of(told.get("msisdn", "")),
        "usage_type": text(body, "usageType", "usageSpecification.name") or "usage", "status": "received",
        "started_at": began, "quantity": int(quantity),
        "unit": told.get("unit", "unit"), "serving_network": told.get("serving_network", ""),
        "received_at": stack.clock.stamp(),
    }  # fmt: skip
    with stack.db.begin() as tx:
        USAGE.extend(tx, identity, body)
        USAGE.insert(stack, tx, values)
    return Created(identity)


async def _by_machine(_stack: Stack, before: Document, changes: Document) -> None:
    """A document of what happened: only its state moves, and not once it is billed."""
    if text(before, "status") == "billed" and changes:
        raise conflict(f"usage {before['id']} is billed", "dispute the line of the bill")


USAGE = Resource(
    name="usage",
    path=f"{BASE}/usage",
    table=BIL_USAGE,
    prefix="USG",
    tag="Usage",
    columns={"status": "status"},
    filters={"usageType": "usage_type", "ratedProductUsage.productRef.id": "product_id"},
    shape=_usage,
    overridable=("usageSpecification", "usageCharacteristic"),
    state="status",
    machine=USAGE_MACHINE,
    defaults={"status": "received", "usageDate": lambda stack: stack.clock.stamp()},
    create=_receive,
    before_patch=_by_machine,
    required=("usageSpecification", "usageDate", "status"),
    properties={
        "status": shapes.states(USAGE_MACHINE),
        "usageDate": shapes.TIME,
        "usageType": shapes.TEXT,
        "usageSpecification": shapes.REFERENCE,
        "usageCharacteristic": shapes.many(shapes.CHARACTERISTIC),
        "ratedProductUsage": shapes.many(shapes.record({"isBilled": shapes.FLAG, "ratingDate": shapes.TIME})),
    },
)
USAGE_SPECIFICATION = Resource(
    name="usageSpecification",
    path=f"{BASE}/usageSpecification",
    table=BIL_USAGE_SPECIFICATION,
    prefix="USP",
    tag="Usage",
    columns={"name": "name"},
    expected=("name",),
    required=("name",),
    properties={"name": shapes.TEXT, "isBundle": shapes.FLAG, "validFor": shapes.PERIOD},
)
