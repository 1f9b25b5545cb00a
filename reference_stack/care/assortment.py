"""What may be sold: the bundles with their plans, devices and port-in option, and the cart of a draft."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ringback.reference_stack.care.documents import Document, records, ref_id, text
from ringback.reference_stack.care.forms import OfferPage

DEVICE_SPECIFICATION = "PS-DEVICE"
PORT_IN_SPECIFICATION = "PS-PORTIN"
ON_SALE = frozenset({"active", "launched"})


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a list: the id that travels and the name that is read."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle on sale, its children sorted by what they are."""

    id: str
    name: str
    plans: tuple[Choice, ...]
    devices: tuple[Choice, ...]
    port_in: Choice | None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What is on sale, and the names of all offerings by id."""

    bundles: tuple[Bundle, ...]
    names: Mapping[str, str]

    @property
    def devices(self) -> tuple[Choice, ...]:
        """Every device of any bundle, once."""
        return tuple(dict.fromkeys(device for bundle in self.bundles for device in bundle.devices))

    def bundle(self, offering_id: str) -> Bundle | None:
        """The bundle with an id."""
        return next((bundle for bundle in self.bundles if bundle.id == offering_id), None)


@dataclass(frozen=True, slots=True)
class CartItem:
    """One item of the order to be; `kind` is bundle, plan, device or port."""

    no: str
    offering: Choice
    kind: str
    parent_no: str = ""


def catalogue(offerings: Iterable[Document]) -> Catalogue:
    """The catalogue of TMF620 offerings: bundles on sale now, in the catalogue's order."""
    by_id = {text(offering.get("id")): offering for offering in offerings}
    on_sale = tuple(
        _bundle(offering, by_id)
        for offering in by_id.values()
        if offering.get("isBundle") and text(offering.get("lifecycleStatus")).lower() in ON_SALE
    )
    return Catalogue(on_sale, {identity: text(offering.get("name")) for identity, offering in by_id.items()})


def cart(bundle: Bundle, page: OfferPage) -> tuple[CartItem, ...]:
    """The items that the offer page asks for: the bundle first, then its plans, the device, the port."""
    children = [(plan, "plan") for plan in bundle.plans]
    children += [(device, "device") for device in bundle.devices if device.id == page.device]
    if page.ports_in and bundle.port_in is not None:
        children.append((bundle.port_in, "port"))
    items = [CartItem(str(no), offering, kind, "1") for no, (offering, kind) in enumerate(children, start=2)]
    return (CartItem("1", Choice(bundle.id, bundle.name), "bundle"), *items)


def _bundle(offering: Document, by_id: dict[str, Document]) -> Bundle:
    plans: list[Choice] = []
    devices: list[Choice] = []
    port_in: Choice | None = None
    for child in records(offering.get("bundledProductOffering")):
        child_id = text(child.get("id"))
        whole = by_id.get(child_id, child)
        choice = Choice(child_id, text(whole.get("name") or child.get("name") or child_id))
        specification = ref_id(whole, "productSpecification")
        if specification == DEVICE_SPECIFICATION:
            devices.append(choice)
        elif specification == PORT_IN_SPECIFICATION:
            port_in = choice
        else:
            plans.append(choice)
    return Bundle(text(offering.get("id")), text(offering.get("name")), tuple(plans), tuple(devices), port_in)
