"""The configuration of the partners' process: CONFIG.json, parsed once into frozen settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ringback.engine.problems import UsageError
from ringback.synthetic_partners.anomalies import Asked, asked
from ringback.synthetic_partners.link import Account
from ringback.synthetic_partners.web.listener import place_of
from ringback.synthetic_partners.web.reception import NO_WEB, WebSettings

MODES = ("instructed", "mixture")


@dataclass(frozen=True, slots=True)
class PartnerConfiguration:
    """One partner; without an account it is spoken to over HTTP alone."""

    name: str
    behaviour: str
    account: Account | None
    spid: str = ""
    options: Mapping[str, object] = field(default_factory=dict)
    web: WebSettings = NO_WEB
    anomaly: Asked | None = None  # in everything it sends
    spares: tuple[PartnerConfiguration, ...] = ()  # instances that journeys lease, each with an account of its own


@dataclass(frozen=True, slots=True)
class Configuration:
    """All partners of a process."""

    partners: tuple[PartnerConfiguration, ...]
    clock: str | None = None
    mode: str = "instructed"
    pace: float = 1.0
    state: Path | None = None
    log_file: Path | None = None


def read_configuration(path: Path) -> Configuration:
    """Read CONFIG.json; UsageError names what is wrong with it."""
    try:
        given = json.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise UsageError(f"{path}: {error}", "give the partners' configuration as JSON") from error
    if not isinstance(given, dict) or not isinstance(given.get("partners"), dict):
        raise UsageError(f"{path}: `partners` is missing", '{"partners": {"clearing-house": {...}}, "clock": URL}')
    mode = given.get("mode", "instructed")
    if mode not in MODES:
        raise UsageError(f"{path}: mode {mode!r} is neither {' nor '.join(MODES)}")
    partners = tuple(_partner(path, name, entry) for name, entry in given["partners"].items())
    state, log_file = given.get("state"), given.get("log_file")
    return Configuration(
        partners=partners,
        clock=given.get("clock"),
        mode=mode,
        pace=_pace(path, given.get("pace", 1.0)),
        state=Path(state) if state else None,
        log_file=Path(log_file) if log_file else None,
    )


def _pace(path: Path, given: object) -> float:
    if isinstance(given, int | float) and not isinstance(given, bool) and given > 0:
        return float(given)
    raise UsageError(f"{path}: pace {given!r} is no number above 0", "1.0 is the usual pace, 0.5 twice as fast")


ANY_PORT = "127.0.0.1:0"  # of a partner that shall listen where nobody speaks to it, such as a stack without an SM-DP+
_LOGIN = ("host", "port", "user", "key_file", "host_key")


def _partner(path: Path, name: str, entry: Any) -> PartnerConfiguration:
    listens = isinstance(entry, dict) and "listen" in entry
    logs_in = not listens or any(entry.get(key) not in (None, "") for key in _LOGIN)
    wanted = ("behaviour", *(_LOGIN if logs_in else ()))
    missing = [key for key in wanted if not isinstance(entry, dict) or entry.get(key) in (None, "")]
    if missing:
        raise UsageError(f"{path}: partner {name} lacks {', '.join(missing)}", "each partner has its own login and key")
    account = Account(**{key: entry[key] for key in _LOGIN} | {"port": int(entry["port"])}) if logs_in else None
    spid, options = str(entry.get("spid") or ""), entry.get("options") or {}
    anomaly = asked(entry["anomaly"]) if entry.get("anomaly") else None
    spares = tuple(
        _partner(path, str(spare.get("user") or name), {**_shared(entry), **spare})
        for spare in entry.get("spares") or ()
    )
    return PartnerConfiguration(
        name, entry["behaviour"], account, spid, options, _web(path, name, entry), anomaly, spares
    )


def _shared(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What a spare instance has in common with its partner."""
    return {key: value for key, value in entry.items() if key not in ("anomaly", "spares", "listen")}


def _web(path: Path, name: str, entry: Mapping[str, Any]) -> WebSettings:
    listen, ca_file = str(entry["listen"] or ANY_PORT) if "listen" in entry else "", entry.get("ca_file")
    try:
        if listen:
            place_of(listen)
    except ValueError as error:
        raise UsageError(f"{path}: partner {name}: {error}", 'listen: "127.0.0.1:8443"') from error
    return WebSettings(
        listen=listen,
        tls=bool(entry.get("tls", False)),
        certificate=str(entry.get("certificate") or ""),
        key=str(entry.get("key") or ""),
        ca_file=str(ca_file) if ca_file else None,
    )
