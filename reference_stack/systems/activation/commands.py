"""The commands of the activation system: what each does to a network element and what must be read back afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


class IncompleteCommand(ValueError):
    """A command that is unknown, or lacks a parameter."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command. Values are texts in which `{name}` stands for a parameter.

    Args:
        element: kind of network element, e.g. ``hlr``.
        verb: ``PUT`` makes or changes an entry, ``PATCH`` changes one that exists, ``DELETE`` removes it, ``GET`` only
            looks whether the network is as it should be, ``ABSENT`` whether there is nothing left.
        key: the entry that is written.
        body: what is written.
        read: the entry that is read back.
        expected: what the entry must then hold; nothing after a removal, when there must be no entry.
    """

    element: str
    verb: str
    key: str
    body: Mapping[str, str]
    read: str
    expected: Mapping[str, str]


def _command(element: str, verb: str, key: str, body: Mapping[str, str], read: str = "") -> Command:
    return Command(element, verb, key, body, read or key, body)


_SPEED = {"down_mbps": "{downMbps}", "up_mbps": "{upMbps}"}
_BEFORE = {"down_mbps": "{currentDownMbps}", "up_mbps": "{currentUpMbps}"}
_CIRCUIT = {"profile": "{profile}", "pvc": "{pvc}"}
COMMANDS: Mapping[str, Command] = {
    "AUC-ADD": _command("hlr", "PUT", "{imsi}", {"iccid": "{iccid}", "state": "provisioned"}),
    "HLR-PROFILE": _command("hlr", "PATCH", "{imsi}", {"profile": "{profile}", "odb": "none"}),
    "HLR-ACTIVATE": _command("hlr", "PATCH", "{imsi}", {"msisdn": "{msisdn}", "state": "active"}),
    "HLR-REMOVE": _command("hlr", "DELETE", "{imsi}", {}),
    "HLR-GONE": _command("hlr", "ABSENT", "{imsi}", {}),
    "HLR-BAR": _command("hlr", "PATCH", "{imsi}", {"odb": "barred"}),
    "HLR-UNBAR": _command("hlr", "PATCH", "{imsi}", {"odb": "none"}),
    "HLR-BAR-OLD": _command("hlr", "PATCH", "{currentImsi}", {"odb": "barred"}),
    "HLR-UNBAR-OLD": _command("hlr", "PATCH", "{currentImsi}", {"odb": "none"}),
    "HLR-REMOVE-OLD": _command("hlr", "DELETE", "{currentImsi}", {}),
    "HLR-CHANGE-PROFILE": _command("hlr", "PATCH", "{imsi}", {"profile": "{profile}"}),
    "HLR-RESTORE-PROFILE": _command("hlr", "PATCH", "{imsi}", {"profile": "{currentProfile}"}),
    "HLR-SWAP-MSISDN": _command("hlr", "PATCH", "{imsi}", {"msisdn": "{newMsisdn}", "state": "active"}),
    "PCRF-ADD": _command("pcrf", "PUT", "{imsi}", {"msisdn": "{msisdn}", "policy": "{policy}", "state": "active"}),
    "PCRF-REMOVE": _command("pcrf", "DELETE", "{imsi}", {}),
    "PCRF-SUSPEND": _command("pcrf", "PATCH", "{imsi}", {"state": "suspended"}),
    "PCRF-RESUME": _command("pcrf", "PATCH", "{imsi}", {"state": "active"}),
    "PCRF-CHANGE": _command("pcrf", "PATCH", "{imsi}", {"policy": "{policy}"}),
    "PCRF-RESTORE": _command("pcrf", "PATCH", "{imsi}", {"policy": "{currentPolicy}"}),
    "PCRF-REMOVE-OLD": _command("pcrf", "DELETE", "{currentImsi}", {}),
    "PCRF-MOVE": _command("pcrf", "PATCH", "{imsi}", {"msisdn": "{newMsisdn}"}),
    "VM-ADD": _command("voicemail", "PUT", "{msisdn}", {"imsi": "{imsi}", "state": "active"}),
    "VM-REMOVE": _command("voicemail", "DELETE", "{msisdn}", {}),
    "VM-MOVE": _command(
        "voicemail", "PATCH", "{msisdn}", {"msisdn": "{newMsisdn}", "imsi": "{imsi}"}, read="{newMsisdn}"
    ),
    "OLT-PORT": _command("olt", "PUT", "{oltPort}", {**_SPEED, "state": "provisioned"}),
    "OLT-VLAN": _command("olt", "PATCH", "{oltPort}", {"vlan": "{vlan}"}),
    "OLT-ONT": _command("olt", "PATCH", "{oltPort}", {"ont_serial": "{ontSerial}", "state": "up"}),
    "OLT-SPEED": _command("olt", "PATCH", "{oltPort}", _SPEED),
    "OLT-RESTORE-SPEED": _command("olt", "PATCH", "{oltPort}", _BEFORE),
    "OLT-BAR": _command("olt", "PATCH", "{oltPort}", {"state": "barred"}),
    "OLT-UNBAR": _command("olt", "PATCH", "{oltPort}", {"state": "up"}),
    "OLT-REMOVE": _command("olt", "DELETE", "{oltPort}", {}),
    "OLT-GONE": _command("olt", "ABSENT", "{oltPort}", {}),
    "ACCESS-ADD": _command("access", "PUT", "{accessPort}", {**_SPEED, "vlan": "{vlan}", "state": "up"}),
    "SITE-ACCESS-ADD": _command("access", "PUT", "{accessPort}", {**_SPEED, "state": "up"}),
    "ACCESS-RESTORE-SPEED": _command("access", "PATCH", "{accessPort}", _BEFORE),
    "ACCESS-SPEED": _command("access", "PATCH", "{accessPort}", _SPEED),
    "ACCESS-BAR": _command("access", "PATCH", "{accessPort}", {"state": "barred"}),
    "ACCESS-UNBAR": _command("access", "PATCH", "{accessPort}", {"state": "up"}),
    "ACCESS-REMOVE": _command("access", "DELETE", "{accessPort}", {}),
    "EDGE-ADD": _command("edge", "PUT", "{edge}", {**_SPEED, "kind": "vBNG", "ip": "{ip}", "state": "active"}),
    "SITE-EDGE-ADD": _command("edge", "PUT", "{edge}", {**_SPEED, "kind": "vCPE", "state": "active"}),
    "EDGE-RESTORE-SPEED": _command("edge", "PATCH", "{edge}", _BEFORE),
    "EDGE-SPEED": _command("edge", "PATCH", "{edge}", _SPEED),
    "EDGE-REMOVE": _command("edge", "DELETE", "{edge}", {}),
    "IMS-ADD": _command("ims", "PUT", "{tn}", {"profile": "{profile}", "node": "IMS-BOS-1", "state": "registered"}),
    "IMS-BAR": _command("ims", "PATCH", "{tn}", {"state": "barred"}),
    "IMS-UNBAR": _command("ims", "PATCH", "{tn}", {"state": "registered"}),
    "IMS-REMOVE": _command("ims", "DELETE", "{tn}", {}),
    "E911-CHECK": _command("e911", "GET", "{tn}", {"status": "posted"}),
    "IPTV-ADD": _command("iptv", "PUT", "{subscription}", {"package": "{package}", "state": "active"}),
    "IPTV-PACKAGE": _command("iptv", "PATCH", "{subscription}", {"package": "{package}"}),
    "IPTV-RESTORE-PACKAGE": _command("iptv", "PATCH", "{subscription}", {"package": "{currentPackage}"}),
    "IPTV-BAR": _command("iptv", "PATCH", "{subscription}", {"state": "suspended"}),
    "IPTV-UNBAR": _command("iptv", "PATCH", "{subscription}", {"state": "active"}),
    "IPTV-REMOVE": _command("iptv", "DELETE", "{subscription}", {}),
    "DSL-ADD": _command("dsl", "PUT", "{dslamPort}", _CIRCUIT),
    "DSL-CHANGE": _command("dsl", "PATCH", "{dslamPort}", _CIRCUIT),
    "DSL-BAR": _command("dsl", "PATCH", "{dslamPort}", {"profile": "BARRED", "pvc": "{pvc}"}),
    "DSL-UNBAR": _command("dsl", "PATCH", "{dslamPort}", _CIRCUIT),
    "DSL-RESTORE": _command("dsl", "PATCH", "{dslamPort}", {"profile": "{currentProfile}", "pvc": "{pvc}"}),
    "DSL-GONE": _command("dsl", "ABSENT", "{dslamPort}", {}),
    "DSL-REMOVE": _command("dsl", "DELETE", "{dslamPort}", {}),
    "DSL-CHECK": _command("dsl", "GET", "{dslamPort}", {"state": "active"}),
    "ROAM-ADD": _command(
        "roaming",
        "PUT",
        "{passMsisdn}",
        {"policy": "{roamPolicy}", "starts_at": "{passStart}", "ends_at": "{passEnd}", "state": "active"},
    ),
    "ROAM-REMOVE": _command("roaming", "DELETE", "{passMsisdn}", {}),
}


def work_of(name: str, parameters: Mapping[str, str]) -> Command:
    """A command with its parameters filled in, ready to be sent.

    Raises:
        IncompleteCommand: the command is unknown or a parameter is missing.
    """
    command = COMMANDS.get(name)
    if command is None:
        raise IncompleteCommand(f"there is no command {name!r}; known are {', '.join(COMMANDS)}")
    try:
        return Command(
            command.element,
            command.verb,
            command.key.format_map(parameters),
            {field: value.format_map(parameters) for field, value in command.body.items()},
            command.read.format_map(parameters),
            {field: value.format_map(parameters) for field, value in command.expected.items()},
        )
    except KeyError as error:
        raise IncompleteCommand(f"command {name} needs the parameter {error.args[0]}") from error


def differences(expected: Mapping[str, str], entry: Mapping[str, object]) -> tuple[str, ...]:
    """What the network holds otherwise than it was told, as "field: expected X, found Y"."""
    return tuple(
        f"{field}: expected {value}, found {entry.get(field)}"
        for field, value in expected.items()
        if str(entry.get(field)) != value
    )
