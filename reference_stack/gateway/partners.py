"""Who we exchange files with: accounts, identities in file names, and which feeds go which way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

OUR_SPID = "9X01"
OUR_NAME = "RINGBACK"  # towards the credit bureau and in X12
NPAC = "NPAC"
OUR_TADIG = "USARB"  # in usage and roaming files


@dataclass(frozen=True, slots=True)
class Partner:
    """A trading partner with an SFTP account of its own.

    Args:
        id: account and folder name.
        name: its identity in file names and headers.
        us: our identity towards it.
        inbound: feeds it sends, each with the sender that must stand in the file.
        outbound: feeds we send.
    """

    id: str
    name: str
    us: str
    inbound: Mapping[str, str]
    outbound: tuple[str, ...]


CLEARING_HOUSE = Partner(
    "clearing-house",
    "CH01",
    OUR_SPID,
    {"NPORT": "CH01", "NPRESP": "CH01", "NPSV": NPAC, "BDD": NPAC},
    ("NPORT", "NPRESP"),
)
CREDIT_BUREAU = Partner("credit-bureau", "BUREAU01", OUR_NAME, {"CRDR": "BUREAU01"}, outbound=("CRDQ",))
DEVICE_LOGISTICS = Partner(
    "device-logistics", "DEVLOG", OUR_NAME, dict.fromkeys(("855", "856", "214", "997"), "DEVLOG"), ("850", "860", "997")
)

WHOLESALE_ACCESS = Partner(
    "wholesale-access", "ACCESSCO", OUR_NAME, {"KCI": "ACCESSCO"}, outbound=("WSORDER", "KCIRSP")
)

BANK = Partner("bank", "FIRSTNAT", OUR_NAME, {"ACHRET": "FIRSTNAT"}, outbound=("ACH",))
MEDIATION = Partner("mediation", OUR_TADIG, OUR_TADIG, {"UDR": OUR_TADIG}, outbound=())
ROAMING_HUB = Partner("roaming-hub", "GBRNT", OUR_TADIG, {"TAP": "GBRNT"}, outbound=("RC",))
IMEI_REGISTRY = Partner("imei-registry", "IMEIDB", OUR_NAME, {}, outbound=("IMEI",))
DATA_WAREHOUSE = Partner("data-warehouse", "DWH", OUR_NAME, {}, outbound=("CUSTEXP",))

# TMF697 knows no partner: jobs and close-outs are files of our own design.
FIELD_FORCE = Partner("field-force", "FIELD01", OUR_NAME, {"WFMCLOSE": "FIELD01"}, outbound=("DISPATCH",))

ADDRESS_REGISTRY = Partner(
    "address-registry", "ADDRREG", OUR_NAME, {"AVRSP": "ADDRREG", "MSAG": "MA01"}, outbound=("AVREQ",)
)
E911_REGISTRY = Partner("e911-registry", "ALIDB", OUR_SPID, {"E911RET": OUR_SPID}, outbound=("E911SOI",))
SIM_VENDOR = Partner("sim-vendor", "SIMCO", OUR_NAME, {"SIMBATCH": OUR_NAME}, outbound=())


def _spare(partner: Partner, number: int, name: str) -> Partner:
    """A further account of a trading partner, with an identity and numbers of its own: a second site, a test bench."""
    inbound = {feed: name if sender == partner.name else sender for feed, sender in partner.inbound.items()}
    return replace(partner, id=f"{partner.id}-{number}", name=name, inbound=inbound, outbound=())


_SPARES = (
    *(_spare(CLEARING_HOUSE, number, f"CH1{number}") for number in (1, 2, 3)),
    *(_spare(CREDIT_BUREAU, number, f"BUREAU1{number}") for number in (1, 2)),
    *(_spare(DEVICE_LOGISTICS, number, f"DEVLOG{number}") for number in (1, 2)),
)
_SECOND = (BANK, MEDIATION, ROAMING_HUB, IMEI_REGISTRY, DATA_WAREHOUSE)
_ALL = (CLEARING_HOUSE, CREDIT_BUREAU, DEVICE_LOGISTICS, WHOLESALE_ACCESS, ADDRESS_REGISTRY, E911_REGISTRY, SIM_VENDOR)
PARTNERS: Mapping[str, Partner] = {partner.id: partner for partner in (*_ALL, *_SECOND, FIELD_FORCE, *_SPARES)}
X12_FEEDS = frozenset({"850", "860", "855", "856", "214", "997"})
NDJSON_FEEDS = frozenset({"KCI", "WSORDER", "KCIRSP"})  # without a trailer: a side-car with the hash is mandatory
