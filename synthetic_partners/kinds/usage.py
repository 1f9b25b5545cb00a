"""Usage records of mobile lines: what one use looks like in a file of mediation or of a roaming partner."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ringback.synthetic_partners.behaviour import Values, chance, digits_of
from ringback.synthetic_partners.kinds.mixtures import drawn

# What a line does in a day, in uses of each kind out of a hundred.
SHARES: Mapping[str, float] = {"GPRS": 62, "MOC": 12, "MTC": 10, "VOLTE": 4, "SMO": 6, "SMT": 6}
CALLS = ("MOC", "MTC", "VOLTE")
TOLD = (*CALLS, "SMO", "SMT")
OPTIONS = frozenset(
    {
        "type", "records", "started_at", "minutes_ago", "zone", "seconds", "bytes_up", "bytes_down", "other_party",
        "network", "charge", "tax", "imei", "apn", "cell", "after",
    }
)  # fmt: skip
LONGEST_CALL_S, MOST_BYTES = 1800, 400_000_000


def use(line: Values, place: int, now: datetime, seed: int, options: Mapping[str, object]) -> Values:
    """One use of a line, the `place`-th of an instruction or of an hour.

    Args:
        line: imsi and msisdn; further fields of the record as they are to stand there.
        place: makes the record differ from its neighbours.
        now: when the file is written.
        seed: draws what nobody says.
        options: what is said, by the names of OPTIONS; quantities are of each record.
    """
    key = f"{line['imsi']}/{place}/{now.isoformat()}"

    def said(name: str, usual: object) -> str:
        return str(options.get(name, usual))

    kind = said("type", drawn(SHARES, seed, key))
    local = _begin(now, place, options).astimezone(ZoneInfo(said("zone", "UTC")))
    is_data, is_call = kind == "GPRS", kind in CALLS
    seconds = said("seconds", 1 + chance(seed, "seconds", key) % LONGEST_CALL_S)
    up, down = (
        said(way, chance(seed, way, key) % MOST_BYTES) if is_data else "0" for way in ("bytes_up", "bytes_down")
    )
    return {
        "record_id": digits_of(10, seed, "record", key),
        "record_type": kind,
        "imsi": line["imsi"],
        "msisdn": line["msisdn"],
        "imei": said("imei", ""),
        "event_start": local.strftime("%Y%m%d%H%M%S"),
        "utc_offset": local.strftime("%z"),
        "duration_s": seconds if is_call else "",
        "other_party": said("other_party", "16175550199") if kind in TOLD else "",
        "apn": said("apn", "internet") if is_data else "",
        "bytes_up": up,
        "bytes_down": down,
        "serving_network": said("network", "USARB"),
        "cell": said("cell", f"C{chance(seed, 'cell', key) % 10_000:04d}"),
        "charge": said("charge", 0),
        "tax": said("tax", 0),
        "charging_id": digits_of(10, seed, "charging", key) if is_data else "",
        "partial_seq": "",
        "close_cause": "16",
    }


def _begin(now: datetime, place: int, options: Mapping[str, object]) -> datetime:
    """When a use began: an ISO time and then each second, or some minutes ago and each minute before."""
    if options.get("started_at"):
        return datetime.fromisoformat(str(options["started_at"])) + timedelta(seconds=place)
    return now - timedelta(minutes=float(str(options.get("minutes_ago", 5))) + place)
