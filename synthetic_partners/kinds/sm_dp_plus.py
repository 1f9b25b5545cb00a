"""The SM-DP+: profiles are ordered from it over ES2+ (HTTPS), and it tells how far each download is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from threading import RLock
from typing import Any

from ringback.engine.protocols import Behaviour, FeedFile, FeedProblem
from ringback.synthetic_partners.behaviour import (
    CallStep,
    FrontDesk,
    Moment,
    PartnerSettings,
    Request,
    Step,
    Values,
    chance,
    digits_of,
    named_answers,
)
from ringback.synthetic_partners.check_digits import luhn_digit
from ringback.synthetic_partners.kinds.esim_functions import (
    EID,
    EXPIRED,
    FUNCTIONS,
    ICCID,
    IN_USE,
    ON_DEVICE,
    PATH,
    PROFILE_TYPE,
    REFUSED,
    SUCCESS,
    UNKNOWN,
    Done,
    Failure,
    Profile,
    execution,
)
from ringback.synthetic_partners.sequences import PartnerMemory
from ringback.synthetic_partners.web.manners import GOOD, OPTION, Etiquette, Manners, manners_of
from ringback.synthetic_partners.web.messages import WebCall, WebReply, WebRequest

PROTOCOL = {"X-Admin-Protocol": "gsma/rsp/v2.2.0"}
ELIGIBILITY, CONFIRMATION, DOWNLOAD, INSTALLATION, ENABLE = 1, 2, 3, 4, 101
STATE_AFTER: Mapping[int, str] = {DOWNLOAD: "downloaded", INSTALLATION: "installed", ENABLE: "enabled"}
FAILED_POINT = {"status": "Failed", "statusCodeData": {"subjectCode": EID, "reasonCode": REFUSED}}

# What each answer tells of a download: notification point, and whether it went well.
PLAYS: Mapping[str, tuple[tuple[int, bool], ...]] = {
    "download_and_install": ((ELIGIBILITY, True), (DOWNLOAD, True), (INSTALLATION, True)),
    "download_install_enable": ((ELIGIBILITY, True), (DOWNLOAD, True), (INSTALLATION, True), (ENABLE, True)),
    "download_only": ((ELIGIBILITY, True), (DOWNLOAD, True)),
    "customer_refuses": ((ELIGIBILITY, True), (CONFIRMATION, False)),
    "install_fails": ((ELIGIBILITY, True), (DOWNLOAD, True), (INSTALLATION, False)),
    "wrong_device": ((ELIGIBILITY, True), (DOWNLOAD, True)),
    "never_downloaded": (),
}
# What each answer says to a function instead of carrying it out.
REFUSALS: Mapping[str, tuple[str, Failure]] = {
    "refuse_eid": ("downloadOrder", Failure(EID, REFUSED, "the device is not eligible")),
    "profile_in_use": ("downloadOrder", Failure(ICCID, IN_USE, "the profile is in use")),
    "unknown_type": ("downloadOrder", Failure(PROFILE_TYPE, UNKNOWN, "the profile type is unknown")),
    "expired": ("confirmOrder", Failure(ICCID, EXPIRED, "the order has expired", "Expired")),
}
OTHER_EID = "89049032000000000000000000000163"
LATE_S = 3.0
MIXTURE = ("download_and_install",) * 90 + ("never_downloaded",) * 6 + ("customer_refuses",) * 2 + ("refuse_eid",) * 2


class SmDpPlus:
    """A subscription manager; `call_back` is where it tells of downloads, `token` what it shows there."""

    receives = "download_order"
    takes: Mapping[str, str] = {}
    answers: Mapping[str, frozenset[str]] = {
        **{name: frozenset({"after", OPTION}) for name in PLAYS},
        **{name: frozenset({OPTION}) for name in REFUSALS},
        "confirm_late": frozenset({"after", OPTION}),
    }

    def __init__(self, settings: PartnerSettings) -> None:
        self._seed = settings.seed
        self.sender = settings.spid or "SMDP01"
        self.receiver = settings.option("operator_id", "RINGBACK")
        self._call_back = settings.option("call_back", "").rstrip("/")
        self._token = settings.option("token", "")
        self._address = settings.option("address", "")
        self._etiquette = Etiquette()
        self._lock = RLock()

    def heard(self, request: WebRequest, desk: FrontDesk) -> WebReply:
        """HTTP 200 for every function that is understood, also when it fails; 400 for what is no ES2+ at all."""
        function = request.path.removeprefix(f"{PATH}/")
        if request.method != "POST" or function not in FUNCTIONS:
            return WebReply(404, {"message": f"{request.method} {request.path} is no function of ES2+"}, PROTOCOL)
        body = self._named(function, _document(request.body))
        header = body.get("header")
        if not isinstance(header, Mapping) or not header.get("functionCallIdentifier"):
            return WebReply(400, {"message": "header.functionCallIdentifier is missing"}, PROTOCOL)
        asked = _order(self._profile(desk.memory, body), body)
        behaviour = desk.told(asked)
        manners = _manners(behaviour)
        put_off = self._etiquette.put_off(manners, f"{asked.key}/{function}")
        if put_off is not None:
            return put_off
        late_s = manners.late_s + (_late_s(behaviour) if function == "confirmOrder" else 0.0)
        answer = self._carry_out(function, body, behaviour, desk)
        if function == "confirmOrder" and "matchingId" in answer:
            answer = {**answer, "smdpAddress": self._address or request.headers.get("host", "")}
        return WebReply(200, answer, PROTOCOL, late_s)

    def _named(self, function: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """An order that leaves the choice of the profile to us gets one of its type."""
        if function != "downloadOrder" or body.get("iccid") or not body.get("profileType"):
            return body
        parts = (str(body["profileType"]), json.dumps(body.get("header"), sort_keys=True))
        payload = "8901" + digits_of(14, self._seed, *parts)
        return {**body, "iccid": f"{payload}{luhn_digit(payload)}F"}

    def _carry_out(
        self, function: str, body: Mapping[str, Any], behaviour: Behaviour | None, desk: FrontDesk
    ) -> Mapping[str, object]:
        """The answer of a function; a call that comes again with its identifier is answered as the first time."""
        call = f"esim-call/{function}/{body['header']['functionCallIdentifier']}/{body.get('iccid')}"
        with self._lock:
            if call in desk.memory.claims:
                again: Mapping[str, object] = json.loads(desk.memory.claims[call])
                return again
            try:
                done = self._function(function, body, behaviour, desk.memory)
            except Failure as failure:
                return {"header": {"functionExecutionStatus": execution(failure)}}
            self._keep(desk.memory, done.profile)
            answer = {"header": {"functionExecutionStatus": execution(None)}, **done.members}
            desk.memory.claims[call] = json.dumps(answer)
        if done.profile.state == "released":
            desk.take(_order(done.profile, body))
        return answer

    def _function(
        self, function: str, body: Mapping[str, Any], behaviour: Behaviour | None, memory: PartnerMemory
    ) -> Done:
        for name in _names(behaviour):
            refused_at, failure = REFUSALS.get(name, ("", None))
            if failure is not None and refused_at == function:
                raise failure
        return FUNCTIONS[function](self._profile(memory, body), body)

    def requests(self, layout: str, file: FeedFile) -> Sequence[Request]:
        """None: nobody sends it files."""
        return ()

    def objections(self, layout: str, file: FeedFile, memory: PartnerMemory) -> Sequence[FeedProblem]:
        """None: nobody sends it files."""
        return ()

    def plan(self, request: Request, name: str, options: Mapping[str, object], memory: PartnerMemory) -> Sequence[Step]:
        """The notification points of a download, `after` seconds later."""
        manners, after_s = manners_of(options), float(str(options.get("after", 0.2)))
        if name == "confirm_late":
            return ()
        return [
            CallStep(after_s if place == 0 else 0.1, self._point(point, name, manners, memory, went_well=went_well))
            for place, (point, went_well) in enumerate(PLAYS.get(name, ()))
        ]

    def _point(self, point: int, name: str, manners: Manners, memory: PartnerMemory, *, went_well: bool) -> Any:
        def write(moment: Moment) -> Sequence[WebCall]:
            with self._lock:
                profile = self._profile(memory, moment.request.records[0])
                if profile is None or profile.state not in ("released", *ON_DEVICE):
                    return ()  # taken back meanwhile: nobody downloads it any more
                if went_well and point in STATE_AFTER:
                    self._keep(memory, replace(profile, state=STATE_AFTER[point]))
            shown = replace(profile, eid=OTHER_EID) if name == "wrong_device" else profile
            call = self._notification(shown, point, moment, went_well=went_well)
            return self._etiquette.calls(
                manners, call, identity="header.functionCallIdentifier", optional=("resultData",)
            )

        return write

    def _notification(self, profile: Profile, point: int, moment: Moment, *, went_well: bool) -> WebCall:
        header = {
            "functionRequesterIdentifier": self.sender,
            "functionCallIdentifier": f"{profile.iccid}-{point}-{chance(self._seed, moment.request.key) % 10**6:06d}",
        }
        body: dict[str, object] = {
            "header": header,
            "eid": profile.eid,
            "iccid": profile.iccid,
            "profileType": profile.profile_type or "unknown",
            "timestamp": _instant(moment.now),
            "notificationPointId": point,
            "notificationPointStatus": {"status": SUCCESS} if went_well else FAILED_POINT,
        }
        headers = {**PROTOCOL, **({"Authorization": f"Bearer {self._token}"} if self._token else {})}
        kept = {name: value for name, value in body.items() if value != ""}
        return WebCall(f"{self._call_back}/handleDownloadProgressInfo", kept, profile.iccid, headers)

    def mixture(self, request: Request) -> object:
        """Mostly installed; some never scanned, some refused."""
        return MIXTURE[chance(self._seed, "mixture", request.key) % len(MIXTURE)]

    def header(self, layout: str, now: datetime, number: int, records: Sequence[Values]) -> Values:
        """Nothing: it sends no files."""
        return {}

    def _profile(self, memory: PartnerMemory, body: Mapping[str, Any]) -> Profile | None:
        kept = memory.claims.get(f"esim/{body.get('iccid')}")
        return Profile(**json.loads(kept)) if kept else None

    def _keep(self, memory: PartnerMemory, profile: Profile) -> None:
        memory.claims[f"esim/{profile.iccid}"] = json.dumps(asdict(profile))


def _document(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _order(profile: Profile | None, body: Mapping[str, Any]) -> Request:
    """The order as journeys may name it; an ICCID with and without its filler, the EID that it was ordered for."""
    iccid = str(body.get("iccid") or "")
    eid = str(body.get("eid") or "") or (profile.eid if profile else "")
    facts = {
        "iccid": (iccid, iccid.removesuffix("F")),
        "eid": (eid,),
        "matching_id": (profile.matching_id,) if profile and profile.matching_id else (),
        "profile_type": (str(body.get("profileType") or (profile.profile_type if profile else "")),),
    }
    return Request(SmDpPlus.receives, f"{iccid}/{eid}", facts, ({"iccid": iccid},))


def _names(behaviour: Behaviour | None) -> tuple[str, ...]:
    return tuple(name for name, _ in named_answers(behaviour.do)) if behaviour else ()


def _manners(behaviour: Behaviour | None) -> Manners:
    """Those of the first answer that has any."""
    for _, options in named_answers(behaviour.do) if behaviour else ():
        if OPTION in options:
            return manners_of(options)
    return manners_of(behaviour.options) if behaviour else GOOD


def _late_s(behaviour: Behaviour | None) -> float:
    """How long the answer to confirmOrder is held back."""
    for name, options in named_answers(behaviour.do) if behaviour else ():
        if name == "confirm_late":
            return float(str(options.get("after", LATE_S)))
    return 0.0


def _instant(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
