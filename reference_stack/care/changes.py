"""Changes of a product that a customer has: which are offered, what they ask for, and the one order that each makes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace

from ringback.reference_stack.care.assortment import Catalogue
from ringback.reference_stack.care.check_digits import digits
from ringback.reference_stack.care.customer_view import ProductRow
from ringback.reference_stack.care.drafts import READABLE
from ringback.reference_stack.care.forms import Problems, Rule, sim_rules
from ringback.reference_stack.care.moments import midnight

Json = dict[str, object]
ORDER_NUMBER = re.compile(rf"WEB-[{READABLE}]{{10}}")
ROAMING_OFFERING = "ROAM-PASS-7"
REASONS = {"loss": "Lost", "theft": "Stolen", "damage": "Damaged", "esim": "Change to eSIM"}
_MOBILE = frozenset({"PS-MOBILE"})
_PLANS = frozenset({"PS-MOBILE", "PS-FIBRE", "PS-FIBRE-W", "PS-DSL"})
_SERVICES = _PLANS | {"PS-VOICE", "PS-TV", "PS-SDWAN"}
_ACTIVE = frozenset({"active"})


@dataclass(frozen=True, slots=True)
class Action:
    """One kind of change.

    Args:
        id: its word in the console's addresses.
        label: what its button says.
        told: what it does, in the words of a rep.
        verb: the action of the order item.
        specifications: the products that it is for.
        states: the states that a product may be in.
        is_grave: whether the customer loses something.
    """

    id: str
    label: str
    told: str
    verb: str
    specifications: frozenset[str]
    states: frozenset[str] = _ACTIVE
    is_grave: bool = False


ACTIONS = (
    Action("plan", "Change plan", "Another plan for the same line; the number stays.", "modify", _PLANS),
    Action("suspend", "Suspend", "The service rests until it is resumed; emergency calls go on.", "modify", _SERVICES),
    Action("resume", "Resume", "The suspended service works again.", "modify", _SERVICES, frozenset({"suspended"})),
    Action("sim", "Swap SIM", "Another SIM for the same line and number; the old one ends.", "modify", _MOBILE),
    Action("number", "Change number", "Another number; the old one rests for 90 days.", "modify", _MOBILE),
    Action("pass", "Roaming pass", "Seven days of roaming for this line, paid once.", "add", _MOBILE),
    Action(
        "disconnect",
        "Disconnect",
        "The service ends; what belongs to it ends with it.",
        "delete",
        _SERVICES,
        frozenset({"active", "suspended"}),
        is_grave=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody typed for a change; the order number was minted with the form, so that it is ordered once."""

    order_number: str = ""
    plan: str = ""
    starts: str = ""
    reason: str = ""
    sim: str = ""
    iccid: str = ""
    eid: str = ""
    own_imei: str = ""
    number: str = ""


def read_change(typed: Mapping[str, str]) -> Change:
    """The change of a posted form."""
    change = Change(**{field.name: typed.get(field.name, "") for field in fields(Change)})
    return replace(change, iccid=digits(change.iccid), eid=digits(change.eid))


def offered(product: ProductRow, sold: Catalogue) -> tuple[Action, ...]:
    """The changes that a product may have now."""
    fitting = (
        action
        for action in ACTIONS
        if product.specification in action.specifications and product.status.state in action.states
    )
    return tuple(action for action in fitting if action.id != "plan" or sold.successors(product.offering))


def problems(action: Action, change: Change, *, plans: Sequence[str], numbers: Sequence[str], today: str) -> Problems:
    """What is wrong with a change, by field."""
    rules: dict[str, Rule] = {"order_number": (ORDER_NUMBER.fullmatch, "Open the form again.")}
    if action.id == "plan":
        rules["plan"] = (plans.__contains__, "Choose the new plan.")
        rules["starts"] = (_not_before(today), "Enter today or a later day as YYYY-MM-DD, or leave it empty.")
    if action.id == "sim":
        rules |= sim_rules(change.sim)
        rules["reason"] = (REASONS.__contains__, "Choose why the SIM is swapped.")
    if action.id == "number":
        rules["number"] = (lambda value: not value or value in numbers, "Choose a number of the list.")
    return {name: message for name, (holds, message) in rules.items() if not holds(getattr(change, name))}


def product_order(
    product: ProductRow,
    action: Action,
    change: Change,
    *,
    customer_id: str,
    account_id: str,
    channel: Mapping[str, object],
) -> Json:
    """The TMF622 order of one change: one item, for this product."""
    item: Json = {"id": "1", "action": action.verb, "quantity": 1, "product": _product(product, action, change)}
    offering = {"plan": change.plan, "pass": ROAMING_OFFERING}.get(action.id, "")
    if offering:
        item["productOffering"] = {"id": offering}
    order: Json = {
        "externalId": change.order_number,
        "category": "consumer",
        "channel": [channel],
        "relatedParty": [{"id": customer_id, "role": "customer", "@referredType": "Customer"}],
        "billingAccount": {"id": account_id},
        "productOrderItem": [item],
    }
    return order | ({"requestedStartDate": midnight(change.starts)} if change.starts else {})


def _product(product: ProductRow, action: Action, change: Change) -> Json:
    if action.id == "pass":
        return {"productRelationship": [{"relationshipType": "reliesOn", "product": {"id": product.id}}]}
    wanted: Json = {"id": product.id}
    status = {"suspend": "suspended", "resume": "active"}.get(action.id)
    if status:
        wanted["status"] = status
    values = {name: value for name, value in _CHARACTERISTICS.get(action.id, _none)(change).items() if value}
    if values:
        wanted["productCharacteristic"] = [
            {"name": name, "valueType": "string", "value": value} for name, value in values.items()
        ]
    return wanted


def _none(_change: Change) -> dict[str, str]:
    return {}


def _sim(change: Change) -> dict[str, str]:
    kind = {"simType": change.sim or "sim", "swapReason": change.reason}
    return kind | {"wishedIccid": change.iccid, "eid": change.eid}


_CHARACTERISTICS: Mapping[str, Callable[[Change], dict[str, str]]] = {
    "sim": _sim,
    "number": lambda change: {"newNumber": change.number or "any"},
}


def _not_before(today: str) -> Callable[[str], bool]:
    return lambda value: not value or (bool(re.fullmatch(r"\d{4}-\d\d-\d\d", value)) and value >= today)
