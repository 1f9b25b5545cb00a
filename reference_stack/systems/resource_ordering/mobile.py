"""The programs of a mobile line: its card or eSIM profile, its subscriber, its number, its policy, mailbox and device.

The tables are the dependency rules of the network: the SIM in the box is bound before the subscriber exists, the
subscriber rings on a temporary number before the ported number replaces it, a port is active before the swap, a lost
card is barred before its successor is activated, and nothing is given away while the network still knows it.
"""

from __future__ import annotations

from ringback.reference_stack.systems.resource_ordering.stage import Programs, Stage

_ADD: Programs = {
    ("add", "SIM"): (
        Stage("reserve", "now"),
        Stage("bind", "now", after=("DEVICE.register",)),
        Stage("AUC-ADD", "activation", after=("IMSI.reserve",)),
        Stage("use", "now"),
    ),
    ("add", "ESIM_PROFILE"): (
        Stage("profile", "partner", milestone="eSIM profile ready to download"),
        Stage("reserve", "now"),
        Stage("AUC-ADD", "activation", after=("IMSI.reserve",)),
        Stage("downloaded", "event", no_return=True),
        Stage("installed", "event", milestone="eSIM installed"),
        Stage("use", "now"),
    ),
    ("add", "IMSI"): (
        Stage("reserve", "now", after=("SIM.reserve", "ESIM_PROFILE.reserve")),
        Stage("HLR-PROFILE", "activation", after=("SIM.AUC-ADD", "ESIM_PROFILE.AUC-ADD")),
        Stage("use", "now"),
    ),
    ("add", "MSISDN"): (
        Stage("reserve", "now"),
        Stage(
            "HLR-ACTIVATE", "activation", after=("IMSI.HLR-PROFILE", "ESIM_PROFILE.installed"), milestone="line active"
        ),
        Stage("use", "now"),
    ),
    ("add", "PCRF_PROFILE"): (
        Stage("PCRF-ADD", "activation", after=("MSISDN.HLR-ACTIVATE",)),
        Stage("use", "now"),
    ),
    ("add", "VOICEMAIL_BOX"): (
        Stage("VM-ADD", "activation", after=("MSISDN.HLR-ACTIVATE",)),
        Stage("use", "now"),
    ),
    ("add", "DEVICE"): (
        Stage("order", "now", after=("SIM.reserve",)),
        Stage("shipped", "event", no_return=True, milestone="device shipped"),
        Stage("register", "now"),
        Stage("delivered", "event", milestone="device delivered"),
        Stage("use", "now"),
    ),
    ("add", "TN"): (
        Stage("port", "partner", no_return=True, milestone="number ported"),
        Stage("HLR-SWAP-MSISDN", "activation", after=("MSISDN.use",)),
        Stage("PCRF-MOVE", "activation", after=("PCRF_PROFILE.PCRF-ADD",)),
        Stage("VM-MOVE", "activation", after=("VOICEMAIL_BOX.VM-ADD",)),
        Stage("number", "now"),
    ),
}
_SUSPEND: Programs = {
    ("suspend", "IMSI"): (Stage("HLR-BAR", "activation"),),
    ("suspend", "PCRF_PROFILE"): (Stage("PCRF-SUSPEND", "activation"),),
    ("resume", "IMSI"): (Stage("HLR-UNBAR", "activation"),),
    ("resume", "PCRF_PROFILE"): (Stage("PCRF-RESUME", "activation"),),
}
_PLAN: Programs = {
    ("plan", "IMSI"): (Stage("HLR-CHANGE-PROFILE", "activation"),),
    ("plan", "PCRF_PROFILE"): (Stage("PCRF-CHANGE", "activation", after=("IMSI.HLR-CHANGE-PROFILE",)),),
}
# An item of a swap brings its old resource along, takes the new one in its place and gives the old one up at the end.
_SIM_SWAP: Programs = {
    ("sim-swap", "SIM"): (
        Stage("HLR-BAR-OLD", "activation", milestone="old card barred"),
        Stage("reserve", "now"),
        Stage("AUC-ADD", "activation", after=("IMSI.reserve",)),
        Stage("HLR-REMOVE-OLD", "activation", after=("IMSI.HLR-PROFILE",), no_return=True),
        Stage("use", "now", after=("IMSI.HLR-ACTIVATE",)),
        Stage("retire", "now"),
    ),
    ("sim-swap", "ESIM_PROFILE"): (
        Stage("HLR-BAR-OLD", "activation", milestone="old card barred"),
        Stage("profile", "partner", milestone="eSIM profile ready to download"),
        Stage("reserve", "now"),
        Stage("AUC-ADD", "activation", after=("IMSI.reserve",)),
        Stage("downloaded", "event", no_return=True),
        Stage("installed", "event", milestone="eSIM installed"),
        Stage("HLR-REMOVE-OLD", "activation", after=("IMSI.HLR-PROFILE",), no_return=True),
        Stage("use", "now", after=("IMSI.HLR-ACTIVATE",)),
        Stage("retire", "now"),
    ),
    ("sim-swap", "IMSI"): (
        Stage("reserve", "now", after=("SIM.reserve", "ESIM_PROFILE.reserve")),
        Stage("HLR-PROFILE", "activation", after=("SIM.AUC-ADD", "ESIM_PROFILE.AUC-ADD")),
        Stage(
            "HLR-ACTIVATE",
            "activation",
            after=("SIM.HLR-REMOVE-OLD", "ESIM_PROFILE.HLR-REMOVE-OLD"),
            milestone="line active",
        ),
        Stage("use", "now"),
        Stage("retire", "now"),
    ),
    ("sim-swap", "PCRF_PROFILE"): (
        Stage("PCRF-ADD", "activation", after=("IMSI.HLR-ACTIVATE",)),
        Stage("PCRF-REMOVE-OLD", "activation"),
        Stage("use", "now"),
        Stage("retire", "now"),
    ),
    ("sim-swap", "VOICEMAIL_BOX"): (
        Stage("VM-REMOVE", "activation", after=("IMSI.HLR-ACTIVATE",)),
        Stage("VM-ADD", "activation"),
        Stage("use", "now"),
        Stage("retire", "now"),
    ),
}
_NUMBER_CHANGE: Programs = {
    ("number-change", "MSISDN"): (
        Stage("reserve", "now"),
        Stage("HLR-SWAP-MSISDN", "activation", no_return=True, milestone="number changed"),
        Stage("use", "now", after=("PCRF_PROFILE.PCRF-MOVE", "VOICEMAIL_BOX.VM-MOVE")),
        Stage("retire", "now"),
    ),
    ("number-change", "PCRF_PROFILE"): (Stage("PCRF-MOVE", "activation", after=("MSISDN.HLR-SWAP-MSISDN",)),),
    ("number-change", "VOICEMAIL_BOX"): (Stage("VM-MOVE", "activation", after=("MSISDN.HLR-SWAP-MSISDN",)),),
}
_GONE = ("SIM.HLR-REMOVE", "ESIM_PROFILE.HLR-REMOVE")
_FORGOTTEN = Stage("HLR-GONE", "activation", after=_GONE)  # read back: the network does not know it any more
_DISCONNECT: Programs = {
    ("disconnect", "SIM"): (Stage("HLR-REMOVE", "activation", no_return=True), Stage("retire", "now")),
    ("disconnect", "ESIM_PROFILE"): (Stage("HLR-REMOVE", "activation", no_return=True), Stage("retire", "now")),
    ("disconnect", "IMSI"): (_FORGOTTEN, Stage("retire", "now")),
    ("disconnect", "MSISDN"): (_FORGOTTEN, Stage("retire", "now", after=("VOICEMAIL_BOX.VM-REMOVE",))),
    ("disconnect", "PCRF_PROFILE"): (Stage("PCRF-REMOVE", "activation", after=_GONE), Stage("retire", "now")),
    ("disconnect", "VOICEMAIL_BOX"): (Stage("VM-REMOVE", "activation", after=_GONE), Stage("retire", "now")),
    ("disconnect", "DEVICE"): (Stage("retire", "now"),),
    ("disconnect", "TN"): (Stage("return", "now", after=("MSISDN.retire",)), Stage("retire", "now")),
}
_PORT_OUT: Programs = {("port-out", spec): stages for (_, spec), stages in _DISCONNECT.items()} | {
    ("port-out", "MSISDN"): (_FORGOTTEN, Stage("give-away", "now", after=("VOICEMAIL_BOX.VM-REMOVE",))),
}
# Taken back from the network inwards.
_CANCEL: Programs = {
    ("cancel", "DEVICE"): (Stage("take-back", "now", undoes="order"),),
    ("cancel", "SIM"): (
        Stage("HLR-REMOVE", "activation", undoes="AUC-ADD"),
        Stage("HLR-UNBAR-OLD", "activation", undoes="HLR-BAR-OLD"),
        Stage("release", "now", undoes="reserve"),
    ),
    ("cancel", "ESIM_PROFILE"): (
        Stage("HLR-REMOVE", "activation", undoes="AUC-ADD"),
        Stage("HLR-UNBAR-OLD", "activation", undoes="HLR-BAR-OLD"),
        Stage("return-profile", "now", undoes="profile"),
        Stage("release", "now", undoes="reserve"),
    ),
    ("cancel", "IMSI"): (
        Stage("HLR-UNBAR", "activation", undoes="HLR-BAR"),
        Stage("HLR-BAR", "activation", undoes="HLR-UNBAR"),
        Stage("HLR-RESTORE-PROFILE", "activation", undoes="HLR-CHANGE-PROFILE"),
        Stage("release", "now", after=_GONE, undoes="reserve"),
    ),
    ("cancel", "MSISDN"): (Stage("release", "now", after=(*_GONE, "VOICEMAIL_BOX.VM-REMOVE"), undoes="reserve"),),
    ("cancel", "PCRF_PROFILE"): (
        Stage("PCRF-RESUME", "activation", undoes="PCRF-SUSPEND"),
        Stage("PCRF-SUSPEND", "activation", undoes="PCRF-RESUME"),
        Stage("PCRF-RESTORE", "activation", undoes="PCRF-CHANGE"),
        Stage("PCRF-REMOVE", "activation", undoes="PCRF-ADD"),
        Stage("release", "now", undoes="use"),
    ),
    ("cancel", "VOICEMAIL_BOX"): (
        Stage("VM-REMOVE", "activation", undoes="VM-ADD"),
        Stage("release", "now", undoes="use"),
    ),
    ("cancel", "TN"): (Stage("withdraw", "now", undoes="port"),),
}

MOBILE: Programs = {
    **_ADD, **_SUSPEND, **_PLAN, **_SIM_SWAP, **_NUMBER_CHANGE, **_DISCONNECT, **_PORT_OUT, **_CANCEL,
}  # fmt: skip
