"""Addresses (TMF673): one address is one row, and typed text is only an address once it is validated against it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, func, select
from starlette.requests import Request

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.machines import ACCEPTED_TASK
from ringback.reference_stack.kernel.resource import Created, Resource
from ringback.reference_stack.kernel.system import System
from ringback.reference_stack.schema import LOC_ADDRESS, LOC_VALIDATION
from ringback.reference_stack.systems.documents import store_document
from ringback.reference_stack.systems.reading import at, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

BASE = "/tmf-api/geographicAddressManagement/v4"
_SUFFIXES = {"street": "st", "avenue": "ave", "road": "rd", "drive": "dr", "boulevard": "blvd", "lane": "ln"}
_UNIT = re.compile(r"^(?:apartment|apt|unit|#)\.?\s*", re.IGNORECASE)


def _address(_tx: Connection, row: RowMapping) -> dict[str, object]:
    units = [{"subUnitType": "APT", "subUnitNumber": row["sub_unit"]}] if row["sub_unit"] else []
    return {"geographicSubAddress": units, "locality": row["city"]}


ADDRESS = Resource(
    name="geographicAddress",
    path=f"{BASE}/geographicAddress",
    table=LOC_ADDRESS,
    prefix="ADR",
    tag="Geographic Address",
    columns={
        "streetNr": "street_nr",
        "streetNrSuffix": "street_nr_suffix",
        "preDirection": "pre_dir",
        "postDirection": "post_dir",
        "streetName": "street_name",
        "streetType": "street_suffix",
        "city": "city",
        "stateOrProvince": "state_cd",
        "postcode": "postcode",
        "country": "country",
        "accessTechnology": "access_tech",
        "maxDownMbps": "max_down_mbps",
        "validationResult": "validation_result",
        "dpvCode": "dpv_code",
        "msagCommunity": "msag_community",
        "esn": "esn",
        "externalId": "external_id",
        "dropStatus": "drop_status",
        "validatedAt": "validated_at",
    },
    shape=_address,
    operations="LG",
    required=("streetNr", "streetName", "city", "stateOrProvince", "postcode", "country"),
    properties={
        **dict.fromkeys(("streetNr", "streetName", "streetType", "city", "locality", "stateOrProvince"), shapes.TEXT),
        "postcode": {"type": "string", "pattern": "^[0-9]{5}$"},
        "country": shapes.TEXT,
        "accessTechnology": shapes.TEXT,
        "maxDownMbps": shapes.NUMBER,
        "validationResult": shapes.one_of("success", "partial", "fails"),
        "geographicSubAddress": shapes.many(shapes.record({"subUnitNumber": shapes.TEXT})),
    },
)


def _plain(value: object) -> str:
    return " ".join(str(value or "").lower().replace(".", " ").split())


def _street(document: object) -> tuple[str, str]:
    """Street name and suffix, whether typed together or apart, in one spelling."""
    words = f"{_plain(at(document, 'streetName'))} {_plain(at(document, 'streetType'))}".split()
    words = [_SUFFIXES.get(word, word) for word in words]
    known = set(_SUFFIXES.values())
    return (" ".join(words[:-1]), words[-1]) if len(words) > 1 and words[-1] in known else (" ".join(words), "")


def _houses(tx: Connection, submitted: object) -> list[RowMapping]:
    """The rows of the house that was typed: one, or several when it has flats."""
    name, suffix = _street(submitted)
    columns = LOC_ADDRESS.c
    where = [
        func.lower(columns.street_nr) == _plain(at(submitted, "streetNr")),
        func.lower(columns.street_name) == name,
        columns.postcode == text(submitted, "postcode").strip(),
        func.lower(columns.city) == _plain(at(submitted, "city")),
        func.lower(columns.state_cd) == _plain(at(submitted, "stateOrProvince")),
    ]
    if suffix:
        where.append(func.lower(columns.street_suffix) == suffix)
    return list(tx.execute(select(LOC_ADDRESS).where(*where).order_by(columns.id)).mappings())


def _result(tx: Connection, submitted: object) -> dict[str, object]:
    """What validation finds: success with the address, partial with the flats to choose from, or fails."""
    houses = _houses(tx, submitted)
    unit = _UNIT.sub("", text(submitted, "geographicSubAddress.0.subUnitNumber", "subUnit")).strip().lower()
    exact = [row for row in houses if _UNIT.sub("", row["sub_unit"] or "").lower() == unit]
    if len(exact) == 1:
        return {"validationResult": "success", "validGeographicAddress": ADDRESS.document(tx, exact[0])}
    if houses:
        found = [ADDRESS.document(tx, row) for row in houses]
        return {"validationResult": "partial", "alternateGeographicAddress": found}
    return {"validationResult": "fails"}


async def validate(stack: Stack, body: dict[str, object], _request: Request) -> Created:
    """Checks what was typed against the addresses that exist."""
    with stack.db.begin() as tx:
        done = body | _result(tx, body["submittedGeographicAddress"]) | {"validationDate": stack.clock.stamp()}
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
SYSTEM = System(id="location", prefix="loc_", base=BASE, resources=(ADDRESS, VALIDATION))
