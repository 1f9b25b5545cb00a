"""Where the supplier of access lines has fibre of its own: by postcode, with the highest speed that it sells."""

from __future__ import annotations

from ringback.reference_stack.schema import LOC_FOOTPRINT
from ringback.reference_stack.seed.planting import Rows

SUPPLIER = "ACCESSCO"
_SPEED = 300
_POSTCODES = ("02115", "02138", "02139", "02143", "02903", "06103", "07102")


def footprint(rows: Rows) -> None:
    """Adds the postcodes that the supplier covers."""
    for postcode in _POSTCODES:
        rows.add(LOC_FOOTPRINT, supplier=SUPPLIER, postcode=postcode, max_down_mbps=_SPEED)
