"""What TM Forum's v4 APIs promise of each resource that the stack keeps, as one table."""

from __future__ import annotations

from dataclasses import dataclass, field


def _states(words: str) -> frozenset[str]:
    return frozenset(words.split())


_ORDER_STATES = _states(
    "acknowledged rejected pending held inProgress cancelled completed failed partial assessingCancellation "
    "pendingCancellation"
)
_TASK_STATES = _states("acknowledged inProgress done terminatedWithError")
_ACCEPTED_STATES = _states("accepted inProgress done terminatedWithError")


@dataclass(frozen=True, slots=True)
class Promise:
    """One resource.

    Attributes:
        api: TM Forum's number.
        path: of its collection.
        always: attributes that every instance has, besides id and href.
        state: its state attribute and the states that TM Forum knows; more would be strange to a client.
        change: a PATCH that must be seen afterwards.
        fixed: attributes that a PATCH must not change.
        deletable: whether an administrator can delete it.
    """

    api: int
    path: str
    always: tuple[str, ...]
    state: tuple[str, frozenset[str]] | None = None
    change: dict[str, object] = field(default_factory=dict)
    fixed: tuple[str, ...] = ()
    deletable: bool = True

    @property
    def name(self) -> str:
        """The resource's own name."""
        return self.path.rpartition("/")[2]

    @property
    def base(self) -> str:
        """The API's path."""
        return self.path.rpartition("/")[0]


_TICKET_STATES = _states("acknowledged rejected pending held inProgress cancelled closed resolved")

PROMISES = (
    Promise(
        621,
        "/tmf-api/troubleTicket/v4/troubleTicket",
        ("description", "severity", "ticketType", "status", "creationDate", "lastUpdate"),
        ("status", _TICKET_STATES),
        {"description": "changed", "severity": "major"},
        ("id", "href", "creationDate", "relatedParty"),
    ),
    Promise(
        642,
        "/tmf-api/alarm/v4/alarm",
        ("alarmType", "perceivedSeverity", "probableCause", "alarmedObject", "sourceSystemId", "alarmRaisedTime"),
        change={"probableCause": "changed", "perceivedSeverity": "minor"},
        fixed=("id", "href", "alarmRaisedTime", "sourceSystemId"),
    ),
    Promise(
        656,
        "/tmf-api/serviceProblemManagement/v4/serviceProblem",
        ("category", "priority", "description", "reason", "originatorParty", "status", "creationDate"),
        ("status", _TICKET_STATES),
        {"description": "changed", "priority": 2},
        ("id", "href", "creationDate"),
    ),
    Promise(
        620,
        "/tmf-api/productCatalogManagement/v4/productOffering",
        ("name", "lifecycleStatus", "lastUpdate", "isBundle"),
        change={"description": "changed", "isBundle": True},
        fixed=("id", "href"),
    ),
    Promise(
        620,
        "/tmf-api/productCatalogManagement/v4/productOfferingPrice",
        ("name", "lifecycleStatus", "lastUpdate", "price"),
        deletable=False,
    ),
    Promise(
        620,
        "/tmf-api/productCatalogManagement/v4/productSpecification",
        ("name", "lifecycleStatus", "lastUpdate"),
        deletable=False,
    ),
    Promise(
        622,
        "/tmf-api/productOrderingManagement/v4/productOrder",
        ("state", "orderDate", "productOrderItem", "relatedParty"),
        ("state", _ORDER_STATES),
        {"description": "changed", "requestedStartDate": "2030-01-01T00:00:00.000Z"},
        ("id", "href", "orderDate", "relatedParty", "orderTotalPrice"),
    ),
    Promise(
        622,
        "/tmf-api/productOrderingManagement/v4/cancelProductOrder",
        ("state", "productOrder"),
        ("state", _TASK_STATES),
        deletable=False,
    ),
    Promise(
        629,
        "/tmf-api/customerManagement/v4/customer",
        ("name", "status", "engagedParty"),
        change={"statusReason": "changed", "contactMedium": [{"mediumType": "phone", "characteristic": {}}]},
        fixed=("id", "href", "engagedParty", "account"),
    ),
    Promise(
        632,
        "/tmf-api/party/v4/individual",
        ("givenName", "familyName", "status"),
        ("status", _states("initialized validated deceased closed")),
        {"familyName": "Changed", "birthDate": "1980-02-03T00:00:00.000Z"},
        ("id", "href"),
    ),
    Promise(
        637,
        "/tmf-api/productInventory/v4/product",
        ("status", "billingAccount", "productCharacteristic", "productOffering", "relatedParty"),
        (
            "status",
            _states("created pendingActive cancelled active pendingTerminate terminated suspended aborted"),
        ),
        {"description": "changed", "status": "suspended"},
        ("id", "href", "productOffering", "relatedParty", "productPrice"),
    ),
    Promise(
        638,
        "/tmf-api/serviceInventory/v4/service",
        ("state", "serviceSpecification", "serviceDate"),
        ("state", _states("feasibilityChecked designed reserved inactive active terminated retired")),
        {"description": "changed", "state": "inactive"},
        ("id", "href", "serviceDate", "serviceSpecification"),
    ),
    Promise(
        639,
        "/tmf-api/resourceInventoryManagement/v4/resource",
        ("name", "resourceStatus", "usageState", "operationalState", "administrativeState"),
        ("resourceStatus", _states("standby alarm available reserved unknown suspended")),
        {"name": "changed", "administrativeState": "locked"},
        ("id", "href", "resourceSpecification"),
    ),
    Promise(
        641,
        "/tmf-api/serviceOrdering/v4/serviceOrder",
        ("state", "orderDate", "serviceOrderItem"),
        ("state", _ORDER_STATES),
        {"description": "changed"},
        ("id", "href", "orderDate", "serviceOrderItem"),
    ),
    Promise(
        641,
        "/tmf-api/serviceOrdering/v4/cancelServiceOrder",
        ("state", "serviceOrder"),
        ("state", _ACCEPTED_STATES),
        deletable=False,
    ),
    Promise(
        645,
        "/tmf-api/serviceQualificationManagement/v4/checkServiceQualification",
        ("state", "checkServiceQualificationDate", "serviceQualificationItem"),
        ("state", _ACCEPTED_STATES),
        {"description": "changed"},
        ("id", "href"),
    ),
    Promise(
        646,
        "/tmf-api/appointment/v4/appointment",
        ("status", "validFor", "creationDate", "lastUpdate"),
        ("status", _states("initialized confirmed cancelled completed failed")),
        {"description": "changed", "category": "changed"},
        ("id", "href", "creationDate", "relatedPlace"),
    ),
    Promise(
        646,
        "/tmf-api/appointment/v4/searchTimeSlot",
        ("status", "searchDate", "searchResult"),
        ("status", _states("inProgress rejected done terminatedWithError")),
        {"description": "changed"},
        ("id", "href"),
    ),
    Promise(
        652,
        "/tmf-api/resourceOrderingManagement/v4/resourceOrder",
        ("state", "orderDate", "orderItem"),
        ("state", _ORDER_STATES),
        {"description": "changed"},
        ("id", "href", "orderDate", "orderItem"),
    ),
    Promise(
        652,
        "/tmf-api/resourceOrderingManagement/v4/cancelResourceOrder",
        ("state", "resourceOrder"),
        ("state", _TASK_STATES),
        deletable=False,
    ),
    Promise(
        666,
        "/tmf-api/accountManagement/v4/billingAccount",
        ("name", "relatedParty", "lastModified"),
        change={"name": "changed", "accountType": "prepaid"},
        fixed=("id", "href", "relatedParty"),
    ),
    Promise(
        678,
        "/tmf-api/customerBillManagement/v4/customerBill",
        ("state", "billDocument", "taxIncludedAmount", "remainingAmount", "billingPeriod"),
        ("state", _states("new onHold validated sent partiallyPaid settled")),
        {"state": "partiallyPaid"},
        ("billNo", "amountDue"),
        deletable=False,
    ),
    Promise(
        678,
        "/tmf-api/customerBillManagement/v4/customerBillOnDemand",
        ("state", "billingAccount"),
        ("state", _states("inProgress rejected done terminatedWithError")),
        deletable=False,
    ),
    Promise(
        678,
        "/tmf-api/customerBillManagement/v4/appliedCustomerBillingRate",
        ("isBilled", "taxExcludedAmount", "taxIncludedAmount", "periodCoverage"),
        deletable=False,
    ),
    Promise(
        683,
        "/tmf-api/partyInteraction/v4/partyInteraction",
        ("interactionDate", "reason", "status", "direction", "channel"),
        change={"description": "changed", "reason": "another"},
        fixed=("id", "href", "interactionDate", "relatedParty"),
    ),
    Promise(
        697,
        "/tmf-api/workOrderManagement/v4/workOrder",
        ("state", "orderDate", "workOrderItem"),
        ("state", _ORDER_STATES),
        {"description": "changed", "priority": "1"},
        ("id", "href", "orderDate", "state", "workOrderItem"),
    ),
    Promise(
        697,
        "/tmf-api/workOrderManagement/v4/cancelWorkOrder",
        ("state", "workOrder"),
        ("state", _ACCEPTED_STATES),
        deletable=False,
    ),
    Promise(
        679,
        "/tmf-api/productOfferingQualification/v4/productOfferingQualification",
        ("state", "productOfferingQualificationDate", "productOfferingQualificationItem"),
        ("state", _TASK_STATES),
        {"description": "changed"},
        ("id", "href"),
    ),
)
BY_NAME = {promise.name: promise for promise in PROMISES}

# What nested objects always have, wherever they stand: attribute of the parent -> attributes of each.
NESTED = {
    "relatedParty": ("id", "@referredType"),
    "productOrderItem": ("id", "action", "state"),
    "serviceOrderItem": ("id", "action", "state", "service"),
    "productCharacteristic": ("name", "value"),
    "serviceCharacteristic": ("name", "value"),
    "resourceCharacteristic": ("name", "value"),
    "itemPrice": ("priceType", "price"),
    "productPrice": ("priceType", "price"),
    "orderTotalPrice": ("priceType", "price"),
    "contactMedium": ("mediumType", "characteristic"),
    "note": ("text",),
    "serviceRelationship": ("relationshipType", "service"),
    "dutyFreeAmount": ("unit", "value"),
    "taxIncludedAmount": ("unit", "value"),
    "taxExcludedAmount": ("unit", "value"),
    "remainingAmount": ("unit", "value"),
    "billingAccount": ("id",),
    "engagedParty": ("id",),
    "productOffering": ("id",),
}
# In an inventory the items of an order are references, with attributes of their own.
ITEM_REFERENCES = {"product": ("productOrderId", "orderItemId"), "service": ("serviceOrderId", "itemId")}
ENVELOPE = _states("eventId eventTime eventType correlationId domain title description priority timeOcurred event")
