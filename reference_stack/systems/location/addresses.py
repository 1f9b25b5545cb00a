"""Addresses (TMF673): one address is one row, and a flat in a house is its sub-address."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.errors import missing
from ringback.reference_stack.kernel.resource import Resource
from ringback.reference_stack.schema import LOC_ADDRESS

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

BASE = "/tmf-api/geographicAddressManagement/v4"


def folded(value: str) -> str:
    """Text for comparison, without case and accents: partners strip both, and no database agrees on them."""
    plain = unicodedata.normalize("NFKD", value.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _address(_tx: Connection, row: RowMapping) -> dict[str, object]:
    return {"geographicSubAddress": _units(row), "locality": row["city"]}


def _units(row: RowMapping) -> list[dict[str, object]]:
    """The flat that an address is about; a house without flats has none."""
    if not row["sub_unit"]:
        return []
    identity = f"{row['id']}-1"
    return [
        {
            "id": identity,
            "href": f"{BASE}/geographicAddress/{row['id']}/geographicSubAddress/{identity}",
            "@type": "GeographicSubAddress",
            "subAddressType": "UNIT",
            "subUnitType": "APT",
            "subUnitNumber": row["sub_unit"],
            "levelType": "FLOOR",
            "levelNumber": "",
            "privateStreetName": "",
            "privateStreetNumber": "",
        }
    ]


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


async def list_units(stack: Stack, request: Request) -> Response:
    """The sub-addresses of an address."""
    found = _units(_row(stack, request))
    return JSONResponse(found, headers={"X-Total-Count": str(len(found)), "X-Result-Count": str(len(found))})


async def show_unit(stack: Stack, request: Request) -> Response:
    """One sub-address."""
    wanted = request.path_params["unit"]
    found = next((unit for unit in _units(_row(stack, request)) if unit["id"] == wanted), None)
    if found is None:
        raise missing("geographicSubAddress", wanted)
    return JSONResponse(found)


def _row(stack: Stack, request: Request) -> RowMapping:
    identity = request.path_params["id"]
    with stack.db.begin() as tx:
        row = ADDRESS.row(tx, identity)
    if row is None:
        raise missing("geographicAddress", identity)
    return row
