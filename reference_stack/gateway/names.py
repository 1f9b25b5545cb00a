"""The names of partner files: what each says of feed, sender, receiver, time and sequence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from ringback.reference_stack.gateway.codecs.stamps import ts14
from ringback.reference_stack.gateway.partners import NPAC, OUR_TADIG, X12_FEEDS

_PIPE = re.compile(
    r"(?P<feed>NPORT|NPRESP|NPSV)_(?P<sender>[0-9A-Z]{4})_(?P<receiver>[0-9A-Z]{4})_"
    r"(?P<created>\d{14})_(?P<sequence>\d{5})\.txt"
)
_CREDIT = re.compile(
    r"(?P<feed>CRDQ|CRDR)_(?P<sender>[0-9A-Z]{1,10})_(?P<receiver>[0-9A-Z]{1,10})_"
    r"(?P<created>\d{14})_(?P<sequence>\d{5})\.dat"
)
_X12 = re.compile(r"(?P<feed>\d{3})_(?P<sender>[0-9A-Z]{1,15})_(?P<receiver>[0-9A-Z]{1,15})_(?P<sequence>\d{9})\.x12")
_ACH = re.compile(
    r"(?P<feed>ACH|ACHRET)_(?P<sender>[0-9A-Z]{1,10})_(?P<receiver>[0-9A-Z]{1,10})_"
    r"(?P<created>\d{8})_(?P<mark>[A-Z0-9])\.ach"
)
_USAGE = r"(?P<mark>CD|TD)(?P<sender>{sender})(?P<receiver>[A-Z]{{3}}[0-9A-Z]{{2}})(?P<sequence>\d{{5}})"
_UDR = re.compile(_USAGE.format(sender=OUR_TADIG))
_TAP = re.compile(_USAGE.format(sender="[A-Z]{3}[0-9A-Z]{2}"))
_PARTY = r"[0-9A-Z]{1,10}"
_FIELD = re.compile(
    rf"(?P<feed>DISPATCH|WFMCLOSE)_(?P<sender>{_PARTY})_(?P<receiver>{_PARTY})_"
    r"(?P<created>\d{14})_(?P<sequence>\d{5})\.txt"
)
_KCI = re.compile(
    rf"(?P<feed>KCI)_(?P<sender>{_PARTY})_(?P<receiver>{_PARTY})_(?P<created>\d{{14}})_(?P<sequence>\d{{5}})\.ndjson"
)
_AVRSP = re.compile(
    rf"(?P<feed>AVRSP)_(?P<sender>{_PARTY})_(?P<day>\d{{8}})_(?P<time>\d{{6}})_(?P<sequence>\d{{5}})\.csv"
)
_MSAG = re.compile(rf"(?P<feed>MSAG)_(?P<sender>{_PARTY})_(?P<day>\d{{8}})_(?P<sequence>\d{{6}})\.dat")
_E911_RETURN = re.compile(rf"E911SOI_(?P<sender>{_PARTY})_(?P<day>\d{{8}})_(?P<sequence>\d{{6}})(?:\.dat)?\.err")
_SIM_BATCH = re.compile(r"(?P<sender>[0-9A-Z]{1,20})_(?P<low>[0-9A-Z-]{1,20})_(?P<high>\d{10})\.out")
# Feed, or nothing when the name's first word says it, and the convention of its names.
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("", _PIPE),
    ("", _CREDIT),
    ("", _X12),
    ("", _ACH),
    ("UDR", _UDR),
    ("TAP", _TAP),
    ("", _FIELD),
    ("", _KCI),
    ("", _AVRSP),
    ("", _MSAG),
    ("E911RET", _E911_RETURN),
    ("SIMBATCH", _SIM_BATCH),
)
_BDD_STAMP = r"\d{2}-\d{2}-\d{10}"
_BDD = re.compile(
    rf"(?P<low>\d{{6}})-(?P<high>\d{{6}})\.(?P<created>{_BDD_STAMP})\.(?P<start>{_BDD_STAMP})\.(?P<end>{_BDD_STAMP})"
)


@dataclass(frozen=True, slots=True)
class FileName:
    """What a file's name says; BDD files name neither sender nor receiver, X12 files no time."""

    feed: str
    sender: str
    receiver: str
    sequence: int | None
    created: str = ""  # ts14
    low: str = ""  # BDD: the first NPA-NXX; SIM batch: the type of the profile
    high: str = ""  # BDD: the last NPA-NXX; SIM batch: the number of the batch
    mark: str = ""  # ACH: the modifier of the day's file; usage: CD chargeable, TD test


def read_name(name: str) -> FileName | None:
    """What a name says, or None when it follows no convention."""
    for feed, pattern in _PATTERNS:
        found = pattern.fullmatch(name)
        if found:
            return _said(feed, found.groupdict())
    found = _BDD.fullmatch(name)
    created = _bdd_moment(found["created"]) if found else None
    if found is None or created is None:
        return None
    return FileName("BDD", NPAC, "", None, ts14(created), found["low"], found["high"])


def _said(feed: str, said: Mapping[str, str | None]) -> FileName:
    """What a name says; a part that its convention does not have is empty."""
    sequence = said.get("sequence")
    return FileName(
        feed or said.get("feed") or "",
        said.get("sender") or "",
        said.get("receiver") or "",
        int(sequence) if sequence else None,
        said.get("created") or f"{said.get('day') or ''}{said.get('time') or ''}",
        said.get("low") or "",
        said.get("high") or "",
        said.get("mark") or "",
    )


def _bdd_moment(stamp: str) -> datetime | None:
    """DD-MM-YYYYhhmmss as an aware UTC moment."""
    try:
        return datetime.strptime(stamp, "%d-%m-%Y%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


_MODIFIERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
FILES_A_DAY = len(_MODIFIERS)  # of ACH to one bank: each modifier is used once a day


def modifier_of(sequence: int) -> str:
    """What tells the ACH files of a day apart."""
    return _MODIFIERS[(sequence - 1) % FILES_A_DAY]


_NAMES: Mapping[str, str] = {
    "ACH": "{feed}_{sender}_{receiver}_{day}_{modifier}.ach",
    "RC": "{feed}{sender}{receiver}{sequence:05d}",
    **dict.fromkeys(("WSORDER", "KCIRSP"), "{feed}_{sender}_{receiver}_{created}_{sequence:05d}.ndjson"),
    "AVREQ": "{feed}_{receiver}_{day}_{time}_{sequence:05d}.csv",
    "E911SOI": "{feed}_{sender}_{day}_{sequence:06d}.dat",
    "CUSTEXP": "{feed}_{sender}_{receiver}_{created}_{sequence:05d}.csv",
}


def file_name(feed: str, sender: str, receiver: str, created: str, sequence: int) -> str:
    """The name of a file of ours; `sequence` is ISA13 for X12."""
    if feed in X12_FEEDS:
        return f"{feed}_{sender}_{receiver}_{sequence:09d}.x12"
    if feed in _NAMES:
        parts = {"day": created[:8], "time": created[8:], "modifier": modifier_of(sequence)}
        said = {"feed": feed, "sender": sender, "receiver": receiver, "created": created, "sequence": sequence}
        return _NAMES[feed].format(**parts, **said)
    ending = "dat" if feed.startswith("CRD") else "txt"
    return f"{feed}_{sender}_{receiver}_{created}_{sequence:05d}.{ending}"
