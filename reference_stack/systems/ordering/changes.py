"""What an order does to products that exist: which kind of change each item is, and which products follow."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from ringback.reference_stack.kernel.errors import TmfError, conflict, invalid
from ringback.reference_stack.schema import COM_ORDER_ITEM, COM_PRODUCT_ORDER
from ringback.reference_stack.systems.ordering.cart import Cart, CartItem
from ringback.reference_stack.systems.ordering.progress import OPEN
from ringback.reference_stack.systems.reading import characteristics, documents, party, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

Document = dict[str, object]
_LIVE = ("active", "suspended")
_NEW_SIM = ("simType", "iccid", "swapReason", "eid")

# The first line that applies names the change: what is asked for, seen beside the product as it is.
_KINDS: tuple[tuple[str, Callable[[CartItem, Document], bool]], ...] = (
    ("noChange", lambda item, _: item.action == "noChange"),
    ("port-out", lambda item, _: item.action == "delete" and item.characteristics.get("portOut") == "true"),
    ("disconnect", lambda item, _: item.action == "delete"),
    ("suspend", lambda item, product: item.status == "suspended" and product["status"] == "active"),
    ("resume", lambda item, product: item.status == "active" and product["status"] == "suspended"),
    ("plan", lambda item, product: item.offering not in ("", text(product, "productOffering.id"))),
    ("number-change", lambda item, _: "newNumber" in item.characteristics),
    ("sim-swap", lambda item, _: any(name in item.characteristics for name in _NEW_SIM)),
    ("characteristics", lambda item, _: bool(item.characteristics)),
)
ENDS = ("disconnect", "port-out")


async def resolve(stack: Stack, cart: Cart) -> Cart:
    """The cart with each item's kind of change, and with items for the products that go with a deleted one.

    Raises:
        TmfError: 404 for a product that nobody has, 400 for one of another customer, one that is not live or a change
            that changes nothing, 409 for one that an open order is changing already.
    """
    if all(item.action == "add" and not item.relies_on for item in cart.items):
        return cart
    owned = await _owned(stack, cart.customer)
    found = {item.number: await _product(stack, cart, owned, item) for item in cart.items}
    items = [_seen(item, found[item.number]) for item in cart.items]
    items += await _following(stack, items, owned)
    with stack.db.begin() as tx:
        _refuse_busy(tx, items)
    return replace(cart, items=tuple(items))


async def _owned(stack: Stack, customer: str) -> dict[str, Document]:
    """All products of the customer."""
    query = {"relatedParty.id": customer}
    products = (await stack.http.get("product-inventory", "/product", params=query)).documents()
    return {text(product, "id"): product for product in products}


async def _product(stack: Stack, cart: Cart, owned: Mapping[str, Document], item: CartItem) -> Document:
    """The live product that an item names, of this customer; empty for an item that names none."""
    named = item.product if item.action != "add" else item.relies_on
    if not named:
        return {}
    known = owned.get(named)
    if known is None and item.action == "delete" and stack.defects.on("D49"):
        return {"id": named, "status": "unknown", "productOffering": {"id": "unknown", "version": "0"}}
    if known is None:
        reply = await stack.http.get("product-inventory", f"/product/{named}")
        if reply.status == 404:
            raise TmfError(
                404, "notFound", f"there is no product {named!r}", f"productOrderItem {item.number} names it"
            )
        owner = party(reply.document())
        raise invalid(f"product {named} does not belong to customer {cart.customer}", f"its customer is {owner}")
    if text(known, "status") not in _LIVE:
        live = "only an active or suspended product can be changed"
        raise invalid(f"product {named} is not live: it is {text(known, 'status')}", live)
    return known


def _seen(item: CartItem, product: Document) -> CartItem:
    """An item beside the product that it changes: its kind, and the offering that the product has or shall get."""
    if item.action == "add":
        return item
    kind = next((kind for kind, applies in _KINDS if applies(item, product)), "")
    if not kind:
        wanted = item.status or item.offering or "nothing"
        asked = f"productOrderItem {item.number} changes nothing: product {item.product} is {product['status']}"
        raise invalid(asked, f"it asks for {wanted}; ask for another status, offering or characteristic")
    keeps = kind != "plan"
    return replace(
        item,
        change=kind,
        offering=text(product, "productOffering.id") if keeps else item.offering,
        version=text(product, "productOffering.version") if keeps else "",
        address=item.address or text(product, "place.0.id"),
        relies_on="",
    )


async def _following(stack: Stack, items: list[CartItem], owned: Mapping[str, Document]) -> list[CartItem]:
    """Items for products that end because others change: children of a bundle, a bundle itself, a number that came."""
    named = {item.product for item in items if item.product}
    numbers = _free_numbers(items)
    added: list[CartItem] = []
    for item in [item for item in items if item.change in (*ENDS, "plan", "number-change")]:
        for product, is_bundle in await _ending_with(stack, item, owned, named):
            if text(product, "id") not in named and text(product, "status") in _LIVE:
                named.add(text(product, "id"))
                added.append(_ended(next(numbers), product, item, is_bundle=is_bundle))
    return added


async def _ending_with(
    stack: Stack, item: CartItem, owned: Mapping[str, Document], named: set[str]
) -> list[tuple[Document, bool]]:
    """The further products that end with an item's change; a flag tells the bundle itself from its children."""
    product = owned.get(item.product, {})
    bundle = owned.get(_parent(product), {})
    siblings = [one for one in owned.values() if bundle and _parent(one) == text(bundle, "id")]
    needed = await _needed(stack, text(bundle, "productOffering.id"))
    kept = [one for one in siblings if text(one, "id") not in named and text(one, "productOffering.id") in needed]
    is_missed = text(product, "productOffering.id") in needed and (item.change in ENDS or item.offering not in needed)
    own = [one for one in owned.values() if _parent(one) == item.product]
    children = own if item.change in ENDS else []
    children += siblings if is_missed and item.change in ENDS and not kept else []
    # The number that came along is beside its line in the bundle, or below it when the bundle has ended.
    children += [one for one in (*siblings, *own) if item.change == "number-change" and _brought_a_number(one)]
    return [(child, False) for child in children] + ([(bundle, True)] if is_missed else [])


async def _needed(stack: Stack, bundle: str) -> set[str]:
    """The offerings that a bundle cannot be without."""
    if not bundle:
        return set()
    children = documents(
        (await stack.http.get("catalogue", f"/productOffering/{bundle}")).json, "bundledProductOffering"
    )
    limit = "bundledProductOfferingOption.numberRelOfferLowerLimit"
    return {text(child, "id") for child in children if text(child, limit) not in ("", "0")}


def _parent(product: Document) -> str:
    return text(product, "productRelationship.0.product.id")


def _brought_a_number(product: Document) -> bool:
    """Whether a product is the number that came along; it goes back when its line takes another one."""
    return "portInTn" in characteristics(product, "productCharacteristic")


def _ended(number: str, product: Document, cause: CartItem, *, is_bundle: bool) -> CartItem:
    """The item that ends a product because another one ends."""
    prices = documents(product, "productPrice")
    return CartItem(
        number=number,
        action="delete",
        change=cause.change if cause.change in ENDS else "disconnect",
        offering=text(product, "productOffering.id"),
        version=text(product, "productOffering.version"),
        parent="" if is_bundle else cause.number,
        after=cause.number if is_bundle else "",
        product=text(product, "id"),
        address=text(product, "place.0.id"),
        promotion=next((text(one, "promotionId") for one in prices if one.get("promotionId")), ""),
    )


def _free_numbers(items: list[CartItem]) -> Iterator[str]:
    taken = [int(item.number) for item in items if item.number.isdigit()]
    number = max(taken, default=len(items))
    while True:
        number += 1
        yield str(number)


def _refuse_busy(tx: Connection, items: list[CartItem]) -> None:
    """A product that an open order is changing is not changed by a second one."""
    products = [item.product for item in items if item.product and item.change != "noChange"]
    orders, lines = COM_PRODUCT_ORDER.c, COM_ORDER_ITEM.c
    busy = (
        select(lines.product_id, lines.order_id)
        .join(COM_PRODUCT_ORDER, orders.id == lines.order_id)
        .where(lines.product_id.in_(products), orders.state.in_(OPEN), lines.state.in_(OPEN))
        .order_by(lines.order_id)
    )
    found = tx.execute(busy).first()
    if found is not None:
        raise conflict(
            f"product {found.product_id} is being changed by product order {found.order_id}",
            "wait until that order is complete, or cancel it",
        )
