"""In which time zone a place lies: by its state, and by its ZIP where a state has two."""

from __future__ import annotations

from collections.abc import Mapping

EASTERN, CENTRAL, MOUNTAIN, PACIFIC = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"
_STATES: Mapping[str, str] = {
    EASTERN: "CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC VA VT WV",
    CENTRAL: "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI",
    MOUNTAIN: "CO ID MT NM UT WY",
    PACIFIC: "CA NV OR WA",
    "America/Phoenix": "AZ",
    "America/Anchorage": "AK",
    "Pacific/Honolulu": "HI",
    "America/Puerto_Rico": "PR VI",
}
_ZONE_OF = {state: zone for zone, states in _STATES.items() for state in states.split()}
# Parts of a state with another zone than most of it, by the first three digits of the ZIP.
_PARTS: Mapping[str, str] = {
    **dict.fromkeys(("324", "325"), CENTRAL),  # the Florida panhandle
    **dict.fromkeys(("376", "377", "378", "379"), EASTERN),  # the east of Tennessee
    **dict.fromkeys(("420", "421", "422", "423", "424"), CENTRAL),  # the west of Kentucky
    **dict.fromkeys(("463", "464", "476", "477"), CENTRAL),  # the corners of Indiana
    **dict.fromkeys(("798", "799"), MOUNTAIN),  # El Paso
    **dict.fromkeys(("835", "838"), PACIFIC),  # the north of Idaho
}
AREA_DIGITS = 3


def zone_of(state: str, postcode: str) -> str:
    """The IANA zone of a place; the market's own for a state that is none of the United States."""
    return _PARTS.get(area_of(postcode)) or _ZONE_OF.get(state.upper(), EASTERN)


def area_of(postcode: str) -> str:
    """The area whose crews go there: the first three digits of the ZIP."""
    return postcode[:AREA_DIGITS]
