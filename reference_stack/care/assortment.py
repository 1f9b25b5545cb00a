"""What may be sold: bundles and single offerings with their plans, devices and port-in option, and a draft's cart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ringback.reference_stack.care.documents import Document, records, ref_id, text
from ringback.reference_stack.care.forms import OfferPage

DEVICE_SPECIFICATION = "PS-DEVICE"
PORT_IN_SPECIFICATION = "PS-PORTIN"
MOBILE_SPECIFICATION = "PS-MOBILE"
VOICE_SPECIFICATION = "PS-VOICE"
# What is sold only together with something else: on a line that exists, or inside a cart.
NOT_ALONE = frozenset({"", DEVICE_SPECIFICATION, PORT_IN_SPECIFICATION, "PS-PASS"})
ON_SALE = frozenset({"active", "launched"})


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a list: the id that travels and the name that is read."""

    id: str
    name: str
    specification: str = field(default="", compare=False)
    payment: str = field(default="", compare=False)
    article: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a rep chooses as the offer: a bundle with its children sorted by what they are, or one offering alone."""

    id: str
    name: str
    plans: tuple[Choice, ...]
    devices: tuple[Choice, ...]
    port_in: Choice | None
    specification: str = ""

    @property
    def is_bundle(self) -> bool:
        """Whether the offer itself has nothing to be built."""
        return not self.specification

    @property
    def specifications(self) -> frozenset[str]:
        """What has to be built for it."""
        return frozenset({self.specification, *(plan.specification for plan in self.plans)} - {""})


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What is on sale, and the names of all offerings by id."""

    bundles: tuple[Bundle, ...]
    names: Mapping[str, str]
    offerings: tuple[Choice, ...] = ()

    @property
    def devices(self) -> tuple[Choice, ...]:
        """Every device of any bundle, once."""
        return tuple(dict.fromkeys(device for bundle in self.bundles for device in bundle.devices))

    def bundle(self, offering_id: str) -> Bundle | None:
        """The bundle with an id."""
        return next((bundle for bundle in self.bundles if bundle.id == offering_id), None)

    def offering(self, offering_id: str) -> Choice | None:
        """The offering with an id, also one that is sold no more."""
        return next((offering for offering in self.offerings if offering.id == offering_id), None)

    def successors(self, offering_id: str) -> tuple[Choice, ...]:
        """The plans that a product of an offering may change to: the same service, paid in the same way."""
        present = self.offering(offering_id)
        if present is None or present.specification in NOT_ALONE:
            return ()
        kind = (present.specification, present.payment)
        sold = {bundle.id for bundle in self.bundles}
        return tuple(
            one for one in self.offerings if one.id in sold - {present.id} and (one.specification, one.payment) == kind
        )


@dataclass(frozen=True, slots=True)
class CartItem:
    """One item of the order to be; `kind` is bundle, plan, device or port."""

    no: str
    offering: Choice
    kind: str
    parent_no: str = ""


def catalogue(offerings: Iterable[Document]) -> Catalogue:
    """The catalogue of TMF620 offerings: what is on sale now, bundles first, in the catalogue's order."""
    by_id = {text(offering.get("id")): offering for offering in offerings}
    choices = {identity: _choice(identity, offering) for identity, offering in by_id.items()}
    on_sale = [one for one in by_id.values() if text(one.get("lifecycleStatus")).lower() in ON_SALE]
    bundles = [_bundle(offering, choices) for offering in on_sale if offering.get("isBundle")]
    alone = [choices[text(one.get("id"))] for one in on_sale if not one.get("isBundle")]
    devices = tuple(one for one in alone if one.specification == DEVICE_SPECIFICATION)
    port_in = next((one for one in alone if one.specification == PORT_IN_SPECIFICATION), None)
    bundles += [_single(one, devices, port_in) for one in alone if one.specification not in NOT_ALONE]
    names = {identity: text(offering.get("name")) for identity, offering in by_id.items()}
    return Catalogue(tuple(bundles), names, tuple(choices.values()))


def cart(bundle: Bundle, page: OfferPage) -> tuple[CartItem, ...]:
    """The items that the offer page asks for: the offer first, then its plans, the device, the port."""
    children = [(plan, "plan") for plan in bundle.plans]
    children += [(device, "device") for device in bundle.devices if device.id == page.device]
    if page.ports_in and bundle.port_in is not None:
        children.append((bundle.port_in, "port"))
    parent = "1" if bundle.is_bundle else ""
    items = [CartItem(str(no), offering, kind, parent) for no, (offering, kind) in enumerate(children, start=2)]
    offer = Choice(bundle.id, bundle.name, bundle.specification)
    return (CartItem("1", offer, "bundle" if bundle.is_bundle else "plan"), *items)


def _single(offering: Choice, devices: tuple[Choice, ...], port_in: Choice | None) -> Bundle:
    """An offering that is sold alone; a mobile plan may bring a device and a number along."""
    is_mobile = offering.specification == MOBILE_SPECIFICATION
    extras = devices if is_mobile and offering.payment != "prepaid" else ()
    port = port_in if is_mobile else None
    return Bundle(offering.id, offering.name, (), extras, port, offering.specification)


def _choice(identity: str, offering: Document) -> Choice:
    fixed = {
        text(use.get("name")): text(value.get("value"))
        for use in records(offering.get("prodSpecCharValueUse"))
        for value in records(use.get("productSpecCharacteristicValue"))
    }
    specification = ref_id(offering, "productSpecification")
    article = fixed.get("deviceSku", identity)
    return Choice(identity, text(offering.get("name")), specification, fixed.get("paymentType", ""), article)


def _bundle(offering: Document, choices: Mapping[str, Choice]) -> Bundle:
    children = [(text(child.get("id")), child) for child in records(offering.get("bundledProductOffering"))]
    known = [
        choices.get(identity, Choice(identity, text(child.get("name")) or identity)) for identity, child in children
    ]
    apart = {DEVICE_SPECIFICATION, PORT_IN_SPECIFICATION}
    return Bundle(
        text(offering.get("id")),
        text(offering.get("name")),
        plans=tuple(one for one in known if one.specification not in apart),
        devices=tuple(one for one in known if one.specification == DEVICE_SPECIFICATION),
        port_in=next((one for one in known if one.specification == PORT_IN_SPECIFICATION), None),
    )
