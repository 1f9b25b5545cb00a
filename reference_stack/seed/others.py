"""Customers with lines of other kinds: DSL in the old exchange, a telephone, mobile lines with a bill and prepaid."""

from __future__ import annotations

from collections.abc import Sequence

from ringback.reference_stack import schema as t
from ringback.reference_stack.seed.lines import LIVE, Line, plant_line
from ringback.reference_stack.seed.offers import CHARACTERISTICS
from ringback.reference_stack.seed.people import Person, emergency_place
from ringback.reference_stack.seed.planting import Rows
from ringback.reference_stack.seed.stock import NUMBERS, OUR_SPID, SIMS, card

_LAST_NUMBER = 5125550100 + NUMBERS - 1
_LANDLINE = "6174441199"
_CIRCUIT = "8/35"


def others(rows: Rows, people: Sequence[Person]) -> dict[str, str]:
    """Adds one line per person; answers what of the stock they have: numbers and cards with their services."""
    fast, slow, caller, talker, saver, twin = people
    _dsl(rows, fast, "DSL-100", 1)
    _dsl(rows, slow, "DSL-50", 2)
    _dsl(rows, twin, "DSL-50", 3)
    return (
        _voice(rows, caller)
        | _mobile(rows, talker, "MOBILE-SILVER", SIMS, str(_LAST_NUMBER))
        | _mobile(rows, saver, "PREPAID-START", SIMS - 1, str(_LAST_NUMBER - 1))
    )


def _dsl(rows: Rows, person: Person, offering: str, number: int) -> None:
    port = f"DSLAM-BOS-01/1/{number}"
    values = {"DSLAM_PORT": port, "PVC": f"{port}:{_CIRCUIT}"}
    shown = CHARACTERISTICS[offering] | {"dslamPort": port, "pvc": _CIRCUIT}
    plant_line(rows, Line(person, offering, values, {"RFS-DSL": shown}, network="DSLAM-BOS", prefix="D"))
    rows.add(t.NE_LEGACY_LINE, line=port, pvc=_CIRCUIT, profile=offering, state="active")


def _voice(rows: Rows, person: Person) -> dict[str, str]:
    values = {"VOICE_TN": _LANDLINE, "E911_RECORD": f"E911-{_LANDLINE}"}
    line = Line(person, "VOICE-HOME", values, {"RFS-IMS-SUB": {"tn": _LANDLINE}}, network="IMS-BOS-1", prefix="V")
    plant_line(rows, line)
    rows.add(t.NE_IMS, tn=_LANDLINE, state="registered", node="IMS-BOS-1", profile="VOICE-HOME")
    place = emergency_place(person)
    rows.add(t.NE_E911, tn=_LANDLINE, company_id=OUR_SPID, status="posted", last_function="I", **place)
    return {_LANDLINE: f"RFS-IMS-SUB-{line.key}"}


def _mobile(rows: Rows, person: Person, offering: str, number: int, msisdn: str) -> dict[str, str]:
    iccid, imsi = card(number)
    sold = CHARACTERISTICS[offering]
    subscriber = {"iccid": iccid, "imsi": imsi, "msisdn": msisdn, "profile": sold["profile"]}
    stocked = {"SIM": f"SIM-{number:05d}", "IMSI": f"IMSI-{number:05d}"}
    values = {
        "SIM": iccid,
        "IMSI": imsi,
        "MSISDN": msisdn,
        "PCRF_PROFILE": f"PCRF-{imsi}",
        "VOICEMAIL_BOX": f"VM-{imsi}",
    }
    shown = {"RFS-HLR-SUB": subscriber, "RFS-PCRF-POLICY": {"policy": sold["policy"]}}
    told = {"msisdn": msisdn, "paymentType": sold["paymentType"]}
    line = Line(person, offering, values, shown, stocked, network="HLR-BOS", prefix="M", characteristics=told)
    plant_line(rows, line)
    rows.add(t.NE_HLR, **subscriber, odb="none", state="active")
    rows.add(t.NE_PCRF, imsi=imsi, msisdn=msisdn, policy=sold["policy"], state="active")
    rows.add(t.NE_VOICEMAIL, msisdn=msisdn, imsi=imsi, state="active")
    service = f"RFS-HLR-SUB-{line.key}"
    _known_to_billing(rows, line, service, {"msisdn": msisdn, "imsi": imsi})
    return {msisdn: service, stocked["SIM"]: service}


def _known_to_billing(rows: Rows, line: Line, service: str, identities: dict[str, str]) -> None:
    """Billing knows whose usage it is; a prepaid balance that nobody has topped up since is empty and over."""
    person = line.person
    for kind, value in identities.items():
        rows.add(
            t.BIL_IDENTITY,
            id=f"LID-{line.key}-{kind}",
            service_id=service,
            kind=kind,
            value=value,
            customer_id=person.customer,
            valid_from=LIVE,
        )
    if line.characteristics["paymentType"] == "prepaid":
        rows.add(
            t.BIL_BUCKET,
            id=f"BKT-{line.key}",
            product_id=f"PROD-{line.key}",
            account_id=person.account,
            customer_id=person.customer,
            usage_type="monetary",
            unit="USD",
            remaining=0,
            status="expired",
            valid_from=LIVE,
            valid_to="2025-04-09T15:30:00.000Z",
            correlation_id=line.journey,
        )
