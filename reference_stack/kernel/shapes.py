"""JSON schema in a few words: the shapes that TM Forum's resources are made of."""

from __future__ import annotations

from collections.abc import Mapping

from ringback.reference_stack.kernel.machines import Machine

Schema = dict[str, object]

TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
NUMBER: Schema = {"type": "integer"}
TIME: Schema = {"type": "string", "format": "date-time"}


def one_of(*values: str) -> Schema:
    """Text out of a list of values."""
    return {"type": "string", "enum": list(values)}


def states(machine: Machine) -> Schema:
    """The states of a machine."""
    return one_of(*machine.states)


def many(items: Schema, least: int = 0) -> Schema:
    """A list."""
    return {"type": "array", "items": items, "minItems": least} if least else {"type": "array", "items": items}


def record(properties: Mapping[str, object], *required: str) -> Schema:
    """An object with these properties, of which some are required; further ones are allowed."""
    schema: Schema = {"type": "object", "properties": dict(properties)}
    return schema | ({"required": list(required)} if required else {})


MONEY = record({"unit": TEXT, "value": {"type": "number"}}, "unit", "value")
REFERENCE = record({"id": TEXT, "href": TEXT, "name": TEXT, "@referredType": TEXT}, "id")
PARTY = record({"id": TEXT, "href": TEXT, "name": TEXT, "role": TEXT, "@referredType": TEXT}, "id", "@referredType")
NAMED_PARTY = record(
    {"id": TEXT, "href": TEXT, "name": TEXT, "role": TEXT, "@referredType": TEXT}, "id", "name", "@referredType"
)
ACTIONS = ("add", "modify", "delete", "noChange")
ACTION = one_of(*ACTIONS)
PERIOD = record({"startDateTime": TIME, "endDateTime": TIME})
CHARACTERISTIC = record({"name": TEXT, "value": {}, "valueType": TEXT}, "name", "value")
PLACE = record({"id": TEXT, "href": TEXT, "role": TEXT, "@referredType": TEXT}, "role")
NOTE = record({"text": TEXT, "author": TEXT, "date": TIME}, "text")
PRICE_TYPE = one_of("recurring", "oneTime", "installment", "credit")
PRICE = record(
    {
        "priceType": PRICE_TYPE,
        "price": record({"dutyFreeAmount": MONEY}, "dutyFreeAmount"),
        "recurringChargePeriod": TEXT,
        "months": NUMBER,
        "productOfferingPrice": REFERENCE,
        "promotionId": TEXT,
        "promotionEnd": TIME,
    },
    "priceType",
    "price",
)
