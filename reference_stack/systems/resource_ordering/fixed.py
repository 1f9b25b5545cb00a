"""The programs of fixed lines: fibre of our own and of a partner, telephone, television, DSL, site networks, passes.

The tables are the dependency rules: a technician is sent when the port is there, a line is up when the terminal that he
installed is bound to it, a partner's line comes before our edge, nobody can call before the emergency record is posted,
and an old line is taken away only when the new one of the same order works (make before break).
"""

from __future__ import annotations

from ringback.reference_stack.systems.resource_ordering.stage import Programs, Stage

_ADD: Programs = {
    ("add", "OLT_PORT"): (
        Stage("reserve", "now"),
        Stage("OLT-PORT", "activation"),
        Stage("OLT-ONT", "activation", after=("ONT.work", "VLAN.OLT-VLAN"), milestone="line up"),
        Stage("describe", "now"),
        Stage("use", "now"),
    ),
    ("add", "VLAN"): (
        Stage("reserve", "now"),
        Stage("OLT-VLAN", "activation", after=("OLT_PORT.OLT-PORT",)),
        Stage("use", "now"),
    ),
    ("add", "ONT"): (
        Stage("visit", "partner", after=("OLT_PORT.OLT-PORT", "ACCESS_LINE.wholesale"), no_return=True),
        Stage("work", "event", milestone="installed"),
        Stage("configure", "now", after=("OLT_PORT.OLT-ONT",)),
    ),
    ("add", "IP"): (
        Stage("reserve", "now"),
        Stage("EDGE-ADD", "activation", after=("OLT_PORT.OLT-PORT", "ACCESS_LINE.wholesale")),
        Stage("describe", "now"),
        Stage("use", "now"),
    ),
    ("add", "ACCESS_LINE"): (
        Stage("acknowledged", "partner"),
        Stage("committed", "event", no_return=True, milestone="partner line promised"),
        Stage("wholesale", "event", milestone="partner line ready"),
        Stage("configure", "now"),
    ),
    ("add", "HANDOVER_VLAN"): (
        Stage("reserve", "now"),
        Stage("ACCESS-ADD", "activation", after=("ACCESS_LINE.wholesale",)),
        Stage("describe", "now"),
        Stage("use", "now"),
    ),
    ("add", "VOICE_TN"): (
        Stage("reserve", "now"),
        Stage("IMS-ADD", "activation"),
        Stage("describe", "now", after=("E911_RECORD.E911-CHECK",)),
        Stage("use", "now"),
    ),
    ("add", "E911_RECORD"): (
        Stage("e911", "partner", after=("VOICE_TN.IMS-ADD",), milestone="emergency record posted"),
        Stage("E911-CHECK", "activation"),
        Stage("configure", "now"),
    ),
    ("add", "IPTV_ENTITLEMENT"): (
        Stage("IPTV-ADD", "activation"),
        Stage("describe", "now"),
        Stage("configure", "now"),
    ),
    ("add", "DSLAM_PORT"): (
        Stage("reserve", "now"),
        Stage("DSL-CHECK", "activation", after=("PVC.DSL-ADD",)),
        Stage("describe", "now"),
        Stage("use", "now"),
    ),
    ("add", "PVC"): (
        Stage("DSL-ADD", "activation", after=("DSLAM_PORT.reserve",)),
        Stage("configure", "now"),
    ),
    ("add", "ACCESS"): (
        Stage("reserve", "now"),
        Stage("SITE-ACCESS-ADD", "activation"),
        Stage("describe", "now"),
        Stage("use", "now"),
    ),
    ("add", "EDGE"): (
        Stage("SITE-EDGE-ADD", "activation", after=("ACCESS.SITE-ACCESS-ADD",)),
        Stage("describe", "now"),
        Stage("configure", "now"),
    ),
    ("add", "ROAM_POLICY"): (
        Stage("begin-pass", "now", after=("MSISDN.HLR-ACTIVATE",)),
        Stage("ROAM-ADD", "activation"),
        Stage("describe", "now"),
        Stage("configure", "now"),
    ),
}
# The lines that a change of speed or package concerns: (resource, command, what restores it).
_CHANGES = (
    ("OLT_PORT", "OLT-SPEED", "OLT-RESTORE-SPEED"),
    ("IP", "EDGE-SPEED", "EDGE-RESTORE-SPEED"),
    ("HANDOVER_VLAN", "ACCESS-SPEED", "ACCESS-RESTORE-SPEED"),
    ("IPTV_ENTITLEMENT", "IPTV-PACKAGE", "IPTV-RESTORE-PACKAGE"),
    ("PVC", "DSL-CHANGE", "DSL-RESTORE"),
    ("ACCESS", "ACCESS-SPEED", "ACCESS-RESTORE-SPEED"),
    ("EDGE", "EDGE-SPEED", "EDGE-RESTORE-SPEED"),
)
_PLAN: Programs = {("plan", spec): (Stage(command, "activation"),) for spec, command, _ in _CHANGES}
_BARS = (  # where a line is barred, and the commands that bar it and let it go
    ("OLT_PORT", "OLT-BAR", "OLT-UNBAR"),
    ("HANDOVER_VLAN", "ACCESS-BAR", "ACCESS-UNBAR"),
    ("VOICE_TN", "IMS-BAR", "IMS-UNBAR"),
    ("IPTV_ENTITLEMENT", "IPTV-BAR", "IPTV-UNBAR"),
    ("PVC", "DSL-BAR", "DSL-UNBAR"),
    ("ACCESS", "ACCESS-BAR", "ACCESS-UNBAR"),
)
_SUSPEND: Programs = {("suspend", spec): (Stage(bar, "activation"),) for spec, bar, _ in _BARS}
_RESUME: Programs = {("resume", spec): (Stage(unbar, "activation"),) for spec, _, unbar in _BARS}

# What must work before the old line goes, where one order brings a new one: stages that only a new line has.
_NEW_LINE = ("OLT_PORT.use", "IP.use", "ONT.configure", "HANDOVER_VLAN.use", "ACCESS.use", "EDGE.configure")
_REMOVALS = (  # resources that the network knows, the command that removes each, what made it
    ("OLT_PORT", "OLT-REMOVE", "OLT-PORT"),
    ("IP", "EDGE-REMOVE", "EDGE-ADD"),
    ("HANDOVER_VLAN", "ACCESS-REMOVE", "ACCESS-ADD"),
    ("VOICE_TN", "IMS-REMOVE", "IMS-ADD"),
    ("IPTV_ENTITLEMENT", "IPTV-REMOVE", "IPTV-ADD"),
    ("PVC", "DSL-REMOVE", "DSL-ADD"),
    ("ACCESS", "ACCESS-REMOVE", "SITE-ACCESS-ADD"),
    ("EDGE", "EDGE-REMOVE", "SITE-EDGE-ADD"),
    ("ROAM_POLICY", "ROAM-REMOVE", "ROAM-ADD"),
)
_DISCONNECT: Programs = {
    ("disconnect", spec): (
        Stage(command, "activation", after=_NEW_LINE, no_return=True),
        Stage("retire", "now"),
    )
    for spec, command, _ in _REMOVALS
} | {
    ("disconnect", "VLAN"): (
        Stage("OLT-GONE", "activation", after=("OLT_PORT.OLT-REMOVE",)),
        Stage("retire", "now"),
    ),
    ("disconnect", "ONT"): (Stage("retire", "now", after=("OLT_PORT.OLT-REMOVE",)),),
    ("disconnect", "ACCESS_LINE"): (
        Stage("cease", "now", after=(*_NEW_LINE, "HANDOVER_VLAN.ACCESS-REMOVE"), no_return=True),
        Stage("wholesale", "event", milestone="partner line ceased"),
        Stage("retire", "now"),
    ),
    ("disconnect", "E911_RECORD"): (
        Stage("e911-removed", "partner", after=("VOICE_TN.IMS-REMOVE",)),
        Stage("retire", "now"),
    ),
    ("disconnect", "DSLAM_PORT"): (
        Stage("DSL-GONE", "activation", after=("PVC.DSL-REMOVE",)),
        Stage("retire", "now"),
    ),
}
_RESERVED = ("OLT_PORT", "VLAN", "IP", "HANDOVER_VLAN", "VOICE_TN", "DSLAM_PORT", "ACCESS")
# A reservation ends when the network no longer knows what was built on it.
_FREE_AFTER = {"VLAN": ("OLT_PORT.OLT-REMOVE",), "DSLAM_PORT": ("PVC.DSL-REMOVE",)}


def _cancellation(spec: str) -> tuple[Stage, ...]:
    """What takes a resource back, from the network inwards."""
    removed = [Stage(command, "activation", undoes=made) for kind, command, made in _REMOVALS if kind == spec]
    restored = [Stage(back, "activation", undoes=command) for kind, command, back in _CHANGES if kind == spec]
    barred = [
        stage
        for kind, bar, unbar in _BARS
        if kind == spec
        for stage in (Stage(unbar, "activation", undoes=bar), Stage(bar, "activation", undoes=unbar))
    ]
    told = [Stage(name, how, undoes=undone) for kind, name, how, undone in _RECALLS if kind == spec]
    held = "reserve" if spec in _RESERVED else "configure"
    freed = Stage("release", "now", after=_FREE_AFTER.get(spec, ()), undoes=held)
    return (*told, *removed, *restored, *barred, freed)


_RECALLS = (  # what a partner was asked for, and how it is called off; the supplier has to agree
    ("ONT", "dismiss", "now", "visit"),
    ("ACCESS_LINE", "withdraw-line", "now", "acknowledged"),
    ("ACCESS_LINE", "withdrawn", "event", "acknowledged"),
    ("E911_RECORD", "withdraw-e911", "now", "e911"),
)
_CANCEL: Programs = {("cancel", spec): _cancellation(spec) for kind, spec in _ADD if kind == "add"}

FIXED: Programs = {**_ADD, **_PLAN, **_SUSPEND, **_RESUME, **_DISCONNECT, **_CANCEL}
