"""Equipment that does not come in the van: ordered from device logistics, to the address of the work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import RowMapping

from ringback.reference_stack.systems.workforce.customers import customer_name
from ringback.reference_stack.systems.workforce.places import Place
from ringback.reference_stack.systems.workforce.work_orders import WORK_ORDER

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_PARTNER, _FEED = "device-logistics", "850"
_SKU, _PRICE = "GATEWAY-XGS", "99.00"  # the home gateway; it has a mobile fallback, hence an IMEI
SHIPPED = "shipment"


def is_wanted(order: RowMapping) -> bool:
    """Whether equipment has to be ordered for this work and has not been."""
    return order["equipment"] == SHIPPED and not order["equipment_po"]


async def order_equipment(stack: Stack, order: RowMapping, place: Place) -> None:
    """Orders it once: the gateway knows a purchase order that it has been given before."""
    number = order["id"].replace("WO-", "EQ-")
    ship_to = {
        "name": await customer_name(stack, order["order_id"]) or "OCCUPANT",
        "street": f"{place.street_nr} {place.street}",
        "city": place.city,
        "state": place.state,
        "zip": place.postcode,
    }
    record = {
        "po": number, "order_id": order["order_id"] or order["id"], "sku": _SKU, "qty": 1, "price": _PRICE,
        "order_item_id": order["product_order_item_id"] or order["id"], "ship_to": ship_to,
    }  # fmt: skip
    body = {"partner": _PARTNER, "feed": _FEED, "key": number, "record": record}
    body["correlation"] = order["correlation_id"] or ""
    (await stack.http.post("gateway", "/gateway/v1/outbound", json=body)).need()
    with stack.db.begin() as tx:
        WORK_ORDER.update(stack, tx, order["id"], {"equipment_po": number})
