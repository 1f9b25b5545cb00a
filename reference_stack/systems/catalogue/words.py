"""What all parts of the catalogue share: their base, their states and what a new part begins with."""

from __future__ import annotations

from sqlalchemy import RowMapping

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.errors import invalid
from ringback.reference_stack.systems.reading import at

BASE = "/tmf-api/productCatalogManagement/v4"
SINCE = "2024-01-01T00:00:00.000Z"  # what the seed planted has not been touched since
LIFE = shapes.one_of("In study", "In design", "In test", "Active", "Launched", "Retired", "Obsolete")
NEW: dict[str, object] = {
    "lifecycleStatus": "In study",
    "version": "1.0",
    "isBundle": False,
    "lastUpdate": lambda stack: stack.clock.stamp(),
}
_MOST = 10**12


def valid_for(row: RowMapping) -> dict[str, object]:
    """From when to when something is on sale."""
    times = {"startDateTime": row["valid_from"], "endDateTime": row["valid_to"]}
    return {name: value for name, value in times.items() if value}


def cents_of(document: object, path: str) -> int | None:
    """The cents of an amount of money in a document, None where there is none; TmfError 400 for what is no amount."""
    value = at(document, f"{path}.value")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _MOST:
        raise invalid(f"{path}.value is {value!r}", 'write {"unit": "USD", "value": 12.50}')
    return round(value * 100)
