"""What must hold of a box before its serial numbers are believed."""

from __future__ import annotations

from dataclasses import dataclass

from ringback.reference_stack.gateway.codecs.digits import is_iccid, is_imei

# The type allocation codes (first 8 digits of the IMEI) of the devices that we sell.
TYPE_ALLOCATION = {"PHX-128": "35490100", "PHX-256": "35490200"}


@dataclass(frozen=True, slots=True)
class Box:
    """One item of a ship notice."""

    po: str
    sku: str
    quantity: int
    imeis: tuple[str, ...]
    iccids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ordered:
    """What we know of the purchase order that a box belongs to."""

    sku: str
    quantity: int
    status: str
    asn_known: bool
    imei_elsewhere: str  # the other purchase order that has one of these IMEIs already


def box_fault(box: Box, ordered: Ordered, *, replaces: bool) -> tuple[str, str] | None:
    """The record code and text of the first thing that is wrong with a box, or None."""
    tac = TYPE_ALLOCATION.get(box.sku, "")
    iccids_wrong = [iccid for iccid in box.iccids if not is_iccid(iccid)]
    imeis_wrong = [imei for imei in box.imeis if not is_imei(imei)]
    # Each check with its code and, if it does not hold, what is wrong.
    checks = (
        (ordered.asn_known and not replaces, "R107", "this ship notice was taken already"),
        (
            ordered.status not in _MAY_SHIP and not replaces,
            "R110",
            f"{box.po} is {ordered.status}: it cannot be shipped",
        ),
        (box.sku != ordered.sku, "R102", f"{box.sku} is in the box, {ordered.sku} was ordered"),
        (box.quantity > ordered.quantity, "R102", f"{box.quantity} pieces, {ordered.quantity} were ordered"),
        (len(box.imeis) != box.quantity, "R102", f"{len(box.imeis)} IMEIs for {box.quantity} pieces"),
        (not box.imeis, "R101", "there is no piece in the box"),
        (bool(imeis_wrong), "R103", f"the check digit of IMEI {', '.join(imeis_wrong)} is wrong"),
        (bool(iccids_wrong), "R103", f"the check digit of ICCID {', '.join(iccids_wrong)} is wrong"),
        (any(not imei.startswith(tac) for imei in box.imeis), "R102", f"the IMEI is no {box.sku} (TAC {tac})"),
        (bool(ordered.imei_elsewhere), "R107", f"the IMEI is in the box of {ordered.imei_elsewhere} already"),
    )
    return next(((code, text) for wrong, code, text in checks if wrong), None)


_MAY_SHIP = frozenset({"ordered", "acknowledged"})
