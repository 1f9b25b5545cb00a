"""The functions of ES2+ (GSMA SGP.22, 5.3) on the profiles of an SM-DP+: what each needs, refuses and changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ringback.synthetic_partners.identifiers import eid_flaw, iccid_flaw

PATH = "/gsma/rsp2/es2plus"
SUCCESS = "Executed-Success"
EID, ICCID, PROFILE_TYPE, MATCHING_ID = "8.1.1", "8.2.1", "8.2.5", "8.2.6"
FUNCTION_REQUESTER = "8.1"
NOT_ALLOWED, INVALID, MISSING, IN_USE, REFUSED, UNKNOWN, EXPIRED = "1.2", "2.1", "2.2", "3.3", "3.8", "3.9", "6.3"
_MATCHING_ID = re.compile(r"[-0-9A-Z]{1,}")
_FINAL = ("Available", "Unavailable")
ORDERED = ("allocated", "linked")
ON_DEVICE = ("downloaded", "installed", "enabled", "disabled", "deleted")


class Failure(Exception):
    """A function that is not carried out: its status, subject and reason code, and a text for people."""

    def __init__(self, subject: str, reason: str, message: str, status: str = "Failed") -> None:
        super().__init__(message)
        self.subject, self.reason, self.message, self.status = subject, reason, message, status


@dataclass(frozen=True, slots=True)
class Profile:
    """One profile: available -> allocated or linked -> confirmed -> released -> downloaded -> installed -> enabled."""

    iccid: str  # as the operator writes it, with its filler
    state: str = "available"
    profile_type: str = ""
    eid: str = ""
    matching_id: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """A function that was carried out: the profile after it, and what is answered beside the header."""

    profile: Profile
    members: Mapping[str, object] = field(default_factory=dict)


Function = Callable[[Profile | None, Mapping[str, Any]], Done]


def download_order(profile: Profile | None, body: Mapping[str, Any]) -> Done:
    """Sets a profile aside, for a device when its EID is given."""
    iccid, eid = str(body.get("iccid") or ""), str(body.get("eid") or "")
    _need_right("iccid", ICCID, iccid, right=iccid_flaw(iccid) is None)
    _need_right("eid", EID, eid, right=not eid or eid_flaw(eid) is None)
    if profile is not None and profile.state not in ("available", "unavailable"):
        raise Failure(ICCID, IN_USE, f"profile {iccid} is {profile.state}")
    if profile is not None and profile.state == "unavailable":
        raise Failure(ICCID, NOT_ALLOWED, f"profile {iccid} was given back as Unavailable")
    kept = Profile(iccid, "linked" if eid else "allocated", str(body.get("profileType") or ""), eid)
    return Done(kept, {"iccid": iccid})


def confirm_order(profile: Profile | None, body: Mapping[str, Any]) -> Done:
    """Confirms an order; with releaseFlag the profile can be downloaded from now on."""
    known = _known(profile, body)
    if known.state not in ORDERED:
        raise Failure(ICCID, NOT_ALLOWED, f"profile {known.iccid} is {known.state}, not ordered")
    if not isinstance(body.get("releaseFlag"), bool):
        raise Failure(FUNCTION_REQUESTER, MISSING, "releaseFlag is missing")
    eid = str(body.get("eid") or known.eid)
    _need_right("eid", EID, eid, right=not eid or eid_flaw(eid) is None)
    if known.eid and eid != known.eid:
        raise Failure(EID, REFUSED, f"profile {known.iccid} is linked to another EID")
    given = str(body.get("matchingId") or "")
    _need_right("matchingId", MATCHING_ID, given, right=not given or bool(_MATCHING_ID.fullmatch(given)))
    matching = given or f"RB-{known.iccid[-8:].removesuffix('F')}-{int(known.iccid.removesuffix('F')) % 9973:04d}"
    state = "released" if body["releaseFlag"] else "confirmed"
    made = replace(known, state=state, eid=eid, matching_id=matching)
    return Done(made, {"matchingId": matching, **({"eid": eid} if eid else {})})


def cancel_order(profile: Profile | None, body: Mapping[str, Any]) -> Done:
    """Takes back a profile that no device has."""
    known = _known(profile, body)
    final = str(body.get("finalProfileStatusIndicator") or "")
    if final not in _FINAL:
        raise Failure(FUNCTION_REQUESTER, INVALID if final else MISSING, f"finalProfileStatusIndicator {final!r}")
    if known.state in ON_DEVICE or known.state == "available":
        raise Failure(ICCID, NOT_ALLOWED, f"profile {known.iccid} is {known.state} and cannot be taken back")
    for name, subject, mine in (("eid", EID, known.eid), ("matchingId", MATCHING_ID, known.matching_id)):
        given = str(body.get(name) or "")
        if given and given != mine:
            raise Failure(subject, REFUSED, f"profile {known.iccid} has another {name}")
    return Done(Profile(known.iccid, final.lower(), known.profile_type))


def release_profile(profile: Profile | None, body: Mapping[str, Any]) -> Done:
    """Lets a confirmed profile be downloaded."""
    known = _known(profile, body)
    if known.state != "confirmed":
        raise Failure(ICCID, NOT_ALLOWED, f"profile {known.iccid} is {known.state}, not confirmed")
    return Done(replace(known, state="released"))


FUNCTIONS: Mapping[str, Function] = {
    "downloadOrder": download_order,
    "confirmOrder": confirm_order,
    "cancelOrder": cancel_order,
    "releaseProfile": release_profile,
}


def _known(profile: Profile | None, body: Mapping[str, Any]) -> Profile:
    if profile is None:
        raise Failure(ICCID, UNKNOWN, f"no profile {body.get('iccid') or 'without an ICCID'} was ever ordered")
    return profile


def _need_right(name: str, subject: str, value: str, *, right: bool) -> None:
    if not right:
        raise Failure(subject, INVALID if value else MISSING, f"{name} {value!r} is not right")


def execution(failure: Failure | None) -> Mapping[str, object]:
    """The member `functionExecutionStatus`."""
    if failure is None:
        return {"status": SUCCESS}
    codes = {"subjectCode": failure.subject, "reasonCode": failure.reason, "message": failure.message}
    return {"status": failure.status, "statusCodeData": codes}
