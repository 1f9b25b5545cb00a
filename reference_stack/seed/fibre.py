"""The fibre lines that customers already have, with their ends in the network."""

from __future__ import annotations

from ringback.reference_stack import schema as t
from ringback.reference_stack.seed.lines import LIVE, Line, plant_line
from ringback.reference_stack.seed.offers import FIBRE
from ringback.reference_stack.seed.people import Person
from ringback.reference_stack.seed.planting import Rows

_MBPS = 500
_SPEED = {"downMbps": str(_MBPS), "upMbps": str(_MBPS)}


def fibre(rows: Rows, person: Person) -> None:
    """Adds one customer's active FIBRE-500 line."""
    number = person.number
    olt, vlan = f"OLT-BOS-{number // 64 + 1:02d}", 1000 + number
    values = {
        "OLT_PORT": f"{olt}/1/{number % 64}",
        "VLAN": f"{olt}/{vlan}",
        "IP": f"100.64.{number // 250}.{number % 250 + 1}",
        "ONT": f"HWTC{number:08X}",
    }
    edge = f"VBNG-{values['IP']}"
    access = {"oltPort": values["OLT_PORT"], "ontSerial": values["ONT"], "vlan": str(vlan)}
    shown = {"RFS-GPON-ACCESS": access | _SPEED, "RFS-INTERNET-EDGE": {"ip": values["IP"], "edge": edge} | _SPEED}
    line = Line(person, FIBRE, values, shown)
    plant_line(rows, line)
    speed = {"down_mbps": _MBPS, "up_mbps": _MBPS}
    rows.add(t.NE_OLT, port=values["OLT_PORT"], ont_serial=values["ONT"], vlan=vlan, state="up", **speed)
    rows.add(t.NE_EDGE, name=edge, kind="vBNG", ip=values["IP"], state="active", **speed)
    rows.add(
        t.MANO_NS_INSTANCE,
        id=f"NS-{line.key}",
        ns_name=f"edge-{edge}",
        nsd_id="nsd-edge",
        state="INSTANTIATED",
        created_at=LIVE,
    )
