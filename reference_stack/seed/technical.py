"""The catalogues themselves, and those of services and resources: what the decomposition names, as documents."""

from __future__ import annotations

import json

from sqlalchemy import Table

from ringback.reference_stack import schema as t
from ringback.reference_stack.seed.decomposition import DECOMPOSITION, SPECIFICATIONS
from ringback.reference_stack.seed.offers import OFFERINGS
from ringback.reference_stack.seed.planting import Rows

_SINCE = "2024-01-01T00:00:00.000Z"
_LIFE = {"lifecycleStatus": "Active", "version": "1.0", "lastUpdate": _SINCE}
_PRODUCTS, _SERVICES = "/tmf-api/productCatalogManagement/v4", "/tmf-api/serviceCatalogManagement/v4"
_RESOURCES = "/tmf-api/resourceCatalog/v4"
_CATEGORIES = (  # id, name, specifications of the offerings in it
    ("CTG-MOBILE", "Mobile", ("PS-MOBILE", "PS-PORTIN", "PS-PASS")),
    ("CTG-DEVICES", "Devices", ("PS-DEVICE",)),
    ("CTG-INTERNET", "Internet", ("PS-FIBRE", "PS-FIBRE-W", "PS-DSL", "PS-SDWAN")),
    ("CTG-HOME", "Telephone and television", ("PS-VOICE", "PS-TV")),
)


def technical(rows: Rows) -> None:
    """Adds catalogues, categories, candidates and specifications."""
    _products(rows)
    _services(rows)
    _resources(rows)


def _products(rows: Rows) -> None:
    names = {identity: name for identity, name, _ in _CATEGORIES}
    _add(rows, t.CAT_CATALOG, "CTL-RETAIL", "Retail", category=_references(f"{_PRODUCTS}/category", names))
    for identity, name, specifications in _CATEGORIES:
        offered = {offer: title for offer, title, _, made_of in OFFERINGS if made_of in specifications}
        found = _references(f"{_PRODUCTS}/productOffering", offered)
        _add(rows, t.CAT_CATEGORY, identity, name, isRoot=True, productOffering=found)


def _services(rows: Rows) -> None:
    facing = {identity: name for identity, name, kind in SPECIFICATIONS if kind == "CFS"}
    below = {rfs: f"{rfs} below {cfs or product}" for product, cfs, rfs, *_ in DECOMPOSITION}
    for identity, name in {**facing, **below}.items():
        needed = {resource: resource for _, _, rfs, resource, *_ in DECOMPOSITION if rfs == identity}
        found = _references(f"{_RESOURCES}/resourceSpecification", needed)
        _add(rows, t.CAT_SERVICE_SPECIFICATION, identity, name, isBundle=False, resourceSpecification=found)
    category = {"SCG-CUSTOMER": "Services that customers see"}
    for identity, name in facing.items():
        (made_of,) = _references(f"{_SERVICES}/serviceSpecification", {identity: name})
        candidate = {"serviceSpecification": made_of, "category": _references(f"{_SERVICES}/serviceCategory", category)}
        _add(rows, t.CAT_SERVICE_CANDIDATE, f"SCD-{identity}", name, **candidate)
    candidates = {f"SCD-{identity}": name for identity, name in facing.items()}
    found = _references(f"{_SERVICES}/serviceCandidate", candidates)
    _add(rows, t.CAT_SERVICE_CATEGORY, "SCG-CUSTOMER", category["SCG-CUSTOMER"], isRoot=True, serviceCandidate=found)
    found = _references(f"{_SERVICES}/serviceCategory", category)
    _add(rows, t.CAT_SERVICE_CATALOG, "SCL-SERVICES", "Services", category=found)


def _resources(rows: Rows) -> None:
    names = {resource: resource.replace("_", " ").capitalize() for _, _, _, resource, *_ in DECOMPOSITION}
    controllers = {resource: controller for _, _, _, resource, controller, _ in DECOMPOSITION}
    for identity, name in names.items():
        _add(rows, t.CAT_RESOURCE_SPECIFICATION, identity, name, isBundle=False)
        (made_of,) = _references(f"{_RESOURCES}/resourceSpecification", {identity: name})
        category = {f"RCG-{controllers[identity].upper()}": controllers[identity]}
        candidate = {
            "resourceSpecification": made_of,
            "category": _references(f"{_RESOURCES}/resourceCategory", category),
        }
        _add(rows, t.CAT_RESOURCE_CANDIDATE, f"RCD-{identity}", name, **candidate)
    categories = {f"RCG-{controller.upper()}": f"Provided by {controller}" for controller in controllers.values()}
    for identity, name in categories.items():
        mine = {f"RCD-{one}": names[one] for one in names if f"RCG-{controllers[one].upper()}" == identity}
        found = _references(f"{_RESOURCES}/resourceCandidate", mine)
        _add(rows, t.CAT_RESOURCE_CATEGORY, identity, name, isRoot=True, resourceCandidate=found)
    found = _references(f"{_RESOURCES}/resourceCategory", categories)
    _add(rows, t.CAT_RESOURCE_CATALOG, "RCL-RESOURCES", "Resources", category=found)


def _add(rows: Rows, table: Table, identity: str, name: str, **attributes: object) -> None:
    rows.add(table, id=identity, name=name, document=json.dumps(_LIFE | attributes), created_at=_SINCE)


def _references(path: str, names: dict[str, str]) -> list[dict[str, str]]:
    return [{"id": identity, "href": f"{path}/{identity}", "name": name} for identity, name in names.items()]
