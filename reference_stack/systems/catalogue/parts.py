"""Catalogues, categories, candidates and specifications of products, services and resources (TMF620, 633, 634)."""

from __future__ import annotations

from sqlalchemy import Table

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.resource import Resource
from ringback.reference_stack.kernel.shapes import Schema
from ringback.reference_stack.schema import (
    CAT_CATALOG,
    CAT_CATEGORY,
    CAT_RESOURCE_CANDIDATE,
    CAT_RESOURCE_CATALOG,
    CAT_RESOURCE_CATEGORY,
    CAT_RESOURCE_SPECIFICATION,
    CAT_SERVICE_CANDIDATE,
    CAT_SERVICE_CATALOG,
    CAT_SERVICE_CATEGORY,
    CAT_SERVICE_SPECIFICATION,
    CAT_SPECIFICATION,
)
from ringback.reference_stack.systems.catalogue.words import BASE, LIFE, NEW, SINCE
from ringback.reference_stack.systems.documents import touched

_SERVICES = "/tmf-api/serviceCatalogManagement/v4"
_RESOURCES = "/tmf-api/resourceCatalog/v4"
_TAGS = {BASE: "Product Catalog", _SERVICES: "Service Catalog", _RESOURCES: "Resource Catalog"}
_ALWAYS = ("name", "lifecycleStatus", "lastUpdate")
_COMMON: dict[str, object] = {
    "name": shapes.TEXT,
    "version": shapes.TEXT,
    "lifecycleStatus": LIFE,
    "lastUpdate": shapes.TIME,
    "validFor": shapes.PERIOD,
}
_REFERENCES = shapes.many(shapes.REFERENCE)

SPECIFICATION = Resource(
    name="productSpecification",
    path=f"{BASE}/productSpecification",
    table=CAT_SPECIFICATION,
    prefix="PS",
    tag=_TAGS[BASE],
    columns={"name": "name", "version": "version", "lifecycleStatus": "lifecycle_status"},
    shape=lambda _tx, _row: {"isBundle": False, "lastUpdate": SINCE},
    overridable=("isBundle", "lastUpdate"),
    mandatory=("name",),
    defaults=NEW,
    state="lifecycleStatus",
    before_patch=touched("lastUpdate"),
    required=(*_ALWAYS, "isBundle"),
    properties={**_COMMON, "isBundle": shapes.FLAG},
)


def _part(base: str, name: str, table: Table, prefix: str, *mandatory: str, **properties: Schema) -> Resource:
    """A resource that is kept as it came."""
    defaults = {attribute: value for attribute, value in NEW.items() if attribute in ({*properties} | {*_COMMON})}
    own = tuple(attribute for attribute in properties if attribute in defaults)
    return Resource(
        name=name,
        path=f"{base}/{name}",
        table=table,
        prefix=prefix,
        tag=_TAGS[base],
        columns={"name": "name"},
        mandatory=("name", *mandatory),
        defaults=defaults,
        state="lifecycleStatus",
        before_patch=touched("lastUpdate"),
        required=(*_ALWAYS, *own, *mandatory),
        properties={**_COMMON, **properties},
    )


PARTS = (
    _part(BASE, "catalog", CAT_CATALOG, "CTL", category=_REFERENCES),
    _part(BASE, "category", CAT_CATEGORY, "CTG", isRoot=shapes.FLAG, productOffering=_REFERENCES),
    _part(_SERVICES, "serviceCatalog", CAT_SERVICE_CATALOG, "SCL", category=_REFERENCES),
    _part(_SERVICES, "serviceCategory", CAT_SERVICE_CATEGORY, "SCG", isRoot=shapes.FLAG, serviceCandidate=_REFERENCES),
    _part(
        _SERVICES,
        "serviceCandidate",
        CAT_SERVICE_CANDIDATE,
        "SCD",
        "serviceSpecification",
        serviceSpecification=shapes.REFERENCE,
        category=_REFERENCES,
    ),
    _part(
        _SERVICES,
        "serviceSpecification",
        CAT_SERVICE_SPECIFICATION,
        "SSP",
        isBundle=shapes.FLAG,
        resourceSpecification=_REFERENCES,
    ),
    _part(_RESOURCES, "resourceCatalog", CAT_RESOURCE_CATALOG, "RCL", category=_REFERENCES),
    _part(
        _RESOURCES, "resourceCategory", CAT_RESOURCE_CATEGORY, "RCG", isRoot=shapes.FLAG, resourceCandidate=_REFERENCES
    ),
    _part(
        _RESOURCES,
        "resourceCandidate",
        CAT_RESOURCE_CANDIDATE,
        "RCD",
        resourceSpecification=shapes.REFERENCE,
        category=_REFERENCES,
    ),
    _part(_RESOURCES, "resourceSpecification", CAT_RESOURCE_SPECIFICATION, "RSP", isBundle=shapes.FLAG),
)
