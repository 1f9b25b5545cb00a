"""Validation (TMF673): typed text is only an address once it is found among those that exist."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, select
from starlette.requests import Request

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.machines import ACCEPTED_TASK
from ringback.reference_stack.kernel.resource import Created, Resource
from ringback.reference_stack.schema import LOC_ADDRESS, LOC_VALIDATION
from ringback.reference_stack.systems.documents import store_document
from ringback.reference_stack.systems.location.addresses import ADDRESS, BASE, folded
from ringback.reference_stack.systems.reading import at, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_SUFFIXES = {"street": "st", "avenue": "ave", "road": "rd", "drive": "dr", "boulevard": "blvd", "lane": "ln"}
_UNIT = re.compile(r"^(?:apartment|apt|unit|#)\.?\s*", re.IGNORECASE)


def _plain(value: object) -> str:
    return " ".join(folded(str(value or "")).replace(".", " ").split())


def _street(document: object) -> tuple[str, str]:
    """Street name and suffix, whether typed together or apart, in one spelling."""
    words = f"{_plain(at(document, 'streetName'))} {_plain(at(document, 'streetType'))}".split()
    words = [_SUFFIXES.get(word, word) for word in words]
    known = set(_SUFFIXES.values())
    return (" ".join(words[:-1]), words[-1]) if len(words) > 1 and words[-1] in known else (" ".join(words), "")


def houses_of(tx: Connection, submitted: object) -> list[RowMapping]:
    """The rows of the house that was typed: one, or several when it has flats."""
    name, suffix = _street(submitted)
    wanted = {"street_name": name, **({"street_suffix": suffix} if suffix else {})}
    wanted |= {"street_nr": _plain(at(submitted, "streetNr")), "city": _plain(at(submitted, "city"))}
    wanted |= {"state_cd": _plain(at(submitted, "stateOrProvince"))}
    near = select(LOC_ADDRESS).where(LOC_ADDRESS.c.postcode == text(submitted, "postcode").strip())
    rows = tx.execute(near.order_by(LOC_ADDRESS.c.id)).mappings()
    return [row for row in rows if all(_plain(row[column]) == value for column, value in wanted.items())]


def shown_houses(tx: Connection, houses: Sequence[RowMapping]) -> list[dict[str, object]]:
    """Houses as alternatives to choose from."""
    return [ADDRESS.document(tx, row) for row in houses]


def _result(tx: Connection, submitted: object, *, alternatives: bool) -> dict[str, object]:
    """What validation finds: the address; or that its unit is missing (D) or wrong (S), with the flats; or nothing."""
    houses = houses_of(tx, submitted)
    unit = _UNIT.sub("", text(submitted, "geographicSubAddress.0.subUnitNumber", "subUnit")).strip().lower()
    exact = [row for row in houses if _UNIT.sub("", row["sub_unit"] or "").lower() == unit]
    if len(exact) == 1 and exact[0]["validation_result"] == "success":
        return {"validationResult": "success", "dpvCode": "Y", "validGeographicAddress": ADDRESS.document(tx, exact[0])}
    if houses:
        others = {"alternateGeographicAddress": shown_houses(tx, houses)} if alternatives else {}
        return {"validationResult": "partial", "dpvCode": "S" if unit else "D", **others}
    return {"validationResult": "fails", "dpvCode": "N"}


def _found(tx: Connection, body: dict[str, object]) -> dict[str, object]:
    return _result(tx, body["submittedGeographicAddress"], alternatives=body.get("provideAlternative") is not False)


async def validate(stack: Stack, body: dict[str, object], _request: Request) -> Created:
    """Checks what was typed against the addresses that exist."""
    with stack.db.begin() as tx:
        done = body | _found(tx, body) | {"validationDate": stack.clock.stamp()}
        return Created(store_document(stack, tx, VALIDATION, done | {"state": "done"}))


VALIDATION = Resource(
    name="geographicAddressValidation",
    path=f"{BASE}/geographicAddressValidation",
    table=LOC_VALIDATION,
    prefix="GAV",
    tag="Geographic Address",
    columns={"state": "state"},
    mandatory=("submittedGeographicAddress",),
    defaults={"provideAlternative": True},
    machine=ACCEPTED_TASK,
    create=validate,
    operations="LGPU",
    required=("state", "provideAlternative", "submittedGeographicAddress", "validationDate", "validationResult"),
    properties={
        "state": shapes.states(ACCEPTED_TASK),
        "provideAlternative": shapes.FLAG,
        "submittedGeographicAddress": shapes.record({}),
        "validGeographicAddress": shapes.record({"id": shapes.TEXT, "postcode": shapes.TEXT}, "id", "postcode"),
        "alternateGeographicAddress": shapes.many(shapes.record({"id": shapes.TEXT}, "id")),
        "validationDate": shapes.TIME,
        "validationResult": shapes.one_of("success", "partial", "fails"),
    },
)
