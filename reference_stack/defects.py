"""The release defects that can be switched on: one table, and the question each place of a defect asks."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Defect:
    """One switchable defect: where it lives, the anti-pattern it belongs to (or none), and what goes wrong."""

    id: str
    system: str
    anti_pattern: str
    description: str


ANTI_PATTERNS = {
    "AP1": "No central catalogue, each system hard-codes its own products",
    "AP2": "CRM as the system of record for everything",
    "AP3": "Service ordering bypassed, orders go straight to resources and activation",
    "AP4": "MANO used as the service orchestrator",
    "AP5": "No product inventory, billing becomes the truth",
    "AP6": "No catalogue, no commercial and no service order management",
    "AP7": "A partial stack, legacy products bypass it",
}
"""Named sets of defects: a set is switched by its name."""

DEFECTS = {
    defect.id: defect
    for defect in (
        Defect("D01", "ordering", "", "An order stays inProgress: the roll-up ignores items added by a promotion"),
        Defect(
            "D02",
            "ordering",
            "",
            "A new sub-state inProgress.waitingPartner in the tables is mapped to nothing in API and dashboard",
        ),
        Defect(
            "D04",
            "gateway",
            "",
            "Port responses that delay (D) are dropped without trace; only confirmed (C) is parsed",
        ),
        Defect("D05", "pricing", "", "The bundle promotion is lost when a device on instalments is in the cart"),
        Defect(
            "D07",
            "catalogue",
            "",
            "A catalogue update re-uses a price id with a new amount: open orders change price in flight",
        ),
        Defect(
            "D08",
            "gateway",
            "",
            "An optional field that comes as an empty string is refused with 400: the hub fails without a reason",
        ),
        Defect("D10", "workforce", "", "Equipment-staging flag is set when the 850 is sent, not when the 856 arrives"),
        Defect(
            "D11", "care", "", "The rep's screen trims leading zeros of account number, PIN and ZIP before it submits"
        ),
        Defect(
            "D13",
            "gateway",
            "",
            "Reason codes of port responses are no longer stored: the order waits without saying why",
        ),
        Defect("D14", "ordering", "", "An order submitted again with the same externalId becomes a second order"),
        Defect("D16", "ordering", "", "Order advances to build without waiting for service qualification result"),
        Defect(
            "D17",
            "billing",
            "",
            "Field close-out message carries a new close code that billing does not know; charge stays pending",
        ),
        Defect("D19", "billing", "", "Charge starts at order completion, not at install date, after a release"),
        Defect(
            "D20",
            "service-ordering",
            "",
            "ServiceOrderStateChangeEvent renames the order id of its items; COM ignores it",
        ),
        Defect(
            "D22",
            "resource-inventory",
            "",
            "Nightly sync overwrites newer inventory state with the stale copy (last writer wins)",
        ),
        Defect("D23", "fallout", "", "Fallout cases are auto-closed by age, so a stuck order has no owner"),
        Defect(
            "D25",
            "service-ordering",
            "",
            "Activation starts although a prerequisite item (wholesale access) is only acknowledged",
        ),
        Defect(
            "D26",
            "product-inventory",
            "",
            "Field completion updates service inventory but the product stays pendingActive",
        ),
        Defect("D28", "billing", "AP1", "New offering has no charge code in billing, usage and fees go to suspense"),
        Defect("D29", "ordering", "AP1", "Hard-coded rule rejects the new 24+12 month instalment term"),
        Defect("D31", "ordering", "AP5", "Modify order (plan change) is treated as add: second active plan"),
        Defect(
            "D32",
            "product-inventory",
            "AP5",
            "Modify reads product by MSISDN instead of product id and changes the wrong line after a number swap",
        ),
        Defect("D34", "crm", "AP2", "CRM writes VLAN/IP into its own custom object and activation reads it"),
        Defect(
            "D35", "crm", "AP2", "CRM export file loses customers with non-ASCII names (encoding changed to Latin-1)"
        ),
        Defect(
            "D37",
            "service-inventory",
            "AP3",
            "Service instance not written when all RFS already existed (re-activation)",
        ),
        Defect(
            "D38",
            "assurance",
            "AP3",
            "Impact analysis joins resources to products directly and lists a third of the services",
        ),
        Defect(
            "D40",
            "service-ordering",
            "AP3",
            "Roll-back of a failed order releases the number but leaves the subscriber in the HLR",
        ),
        Defect("D41", "billing", "AP3", "No link service-to-order on usage charges; disputes cannot be answered"),
        Defect(
            "D43",
            "activation",
            "AP4",
            "A change without VNFs is routed through MANO and waits for a lock for 40 minutes",
        ),
        Defect(
            "D44",
            "resource-ordering",
            "AP4",
            "PNF items are skipped because the controller filter only knows VNF types",
        ),
        Defect("D46", "billing", "AP5", "Disconnect ends the product but the charge end date stays empty"),
        Defect("D47", "billing", "AP5", "Cancelled order leaves an active charge (created at acknowledge)"),
        Defect("D49", "ordering", "AP5", "Disconnect of an unknown product is accepted and completed"),
        Defect("D50", "campaign", "AP5", "Upsell target list uses product data before the last MACD"),
        Defect("D52", "ordering", "AP6", "Audit columns (actor, reason) empty for API channel"),
        Defect("D53", "ordering", "AP6", "Feasibility check skipped when address id is given instead of address value"),
        Defect("D55", "legacy", "AP7", "Bundle with one legacy and one fibre component is rejected by COM"),
        Defect("D56", "legacy", "AP7", "Adapter maps action modify to legacy command ADD and doubles the PVC"),
        Defect("D58", "care", "AP7", "Legacy product page opens the old tool; the rep's change never reaches COM"),
        Defect("D59", "fallout", "", "Fallout queue screen shows first 50 cases only, ordered by id"),
        Defect("D61", "billing", "", "Promotion expiry event delivered after the bill run"),
        Defect("D62", "billing", "", "Usage threshold alert fired on rated but not on guided usage, one day late"),
        Defect("D64", "assurance", "", "SLA-breach workflow sends the apology twice and never opens the ticket"),
        Defect("D65", "care", "", "Rate limiter answers 429 and the client treats it as accepted"),
        Defect("D67", "ordering", "", "Roll-back of a release restores code but not the migrated enum values"),
        Defect("D68", "gateway", "", "Re-sent usage file with a new name is rated again"),
        Defect("D70", "billing", "", "Calls across the DST change are rated with negative or 3600 s too long duration"),
        Defect(
            "D71",
            "gateway",
            "",
            "Vendor batch loaded although Quantity differs from the lines; ICCID stored without check digit",
        ),
        Defect("D73", "resource-inventory", "", "Quarantined number is re-assigned before its ageing ends"),
        Defect("D74", "events", "", "Ki/PIN/last-4 appear in the event payload or the log"),
        Defect(
            "D76", "gateway", "", "Return file with addenda 99 is read by position of the old layout: R01 taken as paid"
        ),
        Defect("D77", "events", "", "Hub subscription lost at restart; events are published but nobody receives them"),
    )
}


def members(name: str) -> tuple[str, ...]:
    """The defects that a name stands for: itself, or all of an anti-pattern. UnknownDefect when it is neither."""
    found = tuple(defect.id for defect in DEFECTS.values() if name in (defect.id, defect.anti_pattern))
    if not found:
        raise UnknownDefect(name)
    return found


class UnknownDefect(ValueError):
    """A defect id that is not in the table."""

    def __init__(self, identity: str) -> None:
        super().__init__(
            f"there is no defect {identity!r}; `ringback stack defects` lists the {len(DEFECTS)} and AP1 to AP7"
        )


class DefectSwitches:
    """Which defects are on.

    Args:
        active: names that are on from the start.
    """

    def __init__(self, active: Iterable[str] = ()) -> None:
        self._active: set[str] = set()
        for identity in active:
            self.switch(identity, on=True)

    def on(self, identity: str) -> bool:
        """Whether the defect is on; asked at the one line where the behaviour differs."""
        return identity in self._active

    def switch(self, identity: str, *, on: bool) -> None:
        """Switches a defect, or all of an anti-pattern, on or off; UnknownDefect when the table has no such name."""
        (self._active.update if on else self._active.difference_update)(members(identity))

    @property
    def active(self) -> tuple[str, ...]:
        """The ids that are on, in order."""
        return tuple(sorted(self._active))
