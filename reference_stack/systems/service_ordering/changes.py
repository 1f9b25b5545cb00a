"""What a change of a product means for its services: what follows for their state, and which resources it changes.

A change of an existing product names its service. The services below it and their resources are read from the
inventories, so that what is changed is what the customer really has, not what is sold today.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ADD = "add"
_KINDS = {"add": ADD, "modify": "characteristics", "delete": "disconnect", "noChange": "noChange"}
# The state of a service when the change is built; of kinds that are not here it stays as it is.
STATE_AFTER: Mapping[str, str] = {
    ADD: "active",
    "resume": "active",
    "suspend": "inactive",
    "disconnect": "terminated",
    "port-out": "terminated",
}
ENDINGS = ("disconnect", "port-out")
# In which states a service may be changed so.
ALLOWED: Mapping[str, tuple[str, ...]] = {
    "suspend": ("active",),
    "resume": ("inactive",),
    "disconnect": ("active", "inactive"),
    "port-out": ("active", "inactive"),
}
LIVE = ("active",)
# Where a fixed line is barred, and where its speed or package is set.
_BARRED = frozenset({"OLT_PORT", "HANDOVER_VLAN", "VOICE_TN", "IPTV_ENTITLEMENT", "PVC", "ACCESS"})
_SPEED = frozenset({"OLT_PORT", "IP", "HANDOVER_VLAN", "IPTV_ENTITLEMENT", "PVC", "ACCESS", "EDGE"})
# Which kinds of resource a change concerns; an ending concerns all of them.
CONCERNS: Mapping[str, frozenset[str]] = {
    "suspend": frozenset({"IMSI", "PCRF_PROFILE"}) | _BARRED,
    "resume": frozenset({"IMSI", "PCRF_PROFILE"}) | _BARRED,
    "plan": frozenset({"IMSI", "PCRF_PROFILE"}) | _SPEED,
    "sim-swap": frozenset({"SIM", "ESIM_PROFILE", "IMSI", "PCRF_PROFILE", "VOICEMAIL_BOX"}),
    "number-change": frozenset({"MSISDN", "PCRF_PROFILE", "VOICEMAIL_BOX"}),
}
# Which characteristics of the ordered product a service shows, and takes over when the plan changes.
SHOWN: Mapping[str, tuple[str, ...]] = {
    "RFS-HLR-SUB": ("profile",),
    "RFS-PCRF-POLICY": ("policy",),
    "RFS-GPON-ACCESS": ("downMbps", "upMbps"),
    "RFS-WHOLESALE-ACCESS": ("downMbps", "upMbps"),
    "RFS-INTERNET-EDGE": ("downMbps", "upMbps"),
    "RFS-IPTV-ENT": ("package",),
    "RFS-DSL": ("profile", "downMbps", "upMbps"),
    "RFS-ACCESS": ("downMbps", "upMbps"),
    "RFS-EDGE": ("downMbps", "upMbps"),
}
_CARDS = {"sim": "SIM", "esim": "ESIM_PROFILE"}


@dataclass(frozen=True, slots=True)
class Held:
    """A resource that a service holds."""

    id: str
    spec: str


def kind_of(action: str, named: str) -> str:
    """The kind of change of an item: as it says itself, or what its action alone means."""
    return named or _KINDS.get(action, ADD)


def concerned(kind: str, held: tuple[Held, ...], values: Mapping[str, str]) -> tuple[Held, ...]:
    """The resources that a change concerns, each under the kind of resource that takes its place."""
    wanted = CONCERNS.get(kind, frozenset())
    chosen = held if kind in ENDINGS else tuple(one for one in held if one.spec in wanted)
    if kind != "sim-swap":
        return chosen
    card = _CARDS.get(values.get("simType", "").lower())
    return tuple(Held(one.id, card if card and one.spec in _CARDS.values() else one.spec) for one in chosen)


def now_named(values: Mapping[str, str]) -> dict[str, str]:
    """What a service shows today, named so: ``currentProfile`` beside the ``profile`` that is ordered."""
    return {f"current{name[:1].upper()}{name[1:]}": value for name, value in values.items() if value}
