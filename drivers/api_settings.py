"""What the environment file says about a system with an HTTP API, parsed once."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from ringback.drivers.steps import nearest, seconds
from ringback.engine.problems import UsageError
from ringback.engine.project import project_file

KNOWN = ("api", "contract", "auth", "verify", "ca", "proxy", "timeout", "headers")


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """Where an API is and how to speak to it; `verify` is what requests expects: True, False or a CA file."""

    system: str
    url: str
    contract: Path | None = None
    authorization: str | None = None
    verify: bool | str = True
    proxies: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> tuple[str, str]:
        """Scheme and host with port: credentials travel there and nowhere else."""
        parts = urlsplit(self.url)
        return parts.scheme, parts.netloc


def api_settings(system: str, entry: Mapping[str, object], project: Path) -> ApiSettings:
    """Read a system's entry; UsageError says what is missing or wrong."""
    url = str(entry.get("api") or "")
    if not url:
        raise UsageError(f"the environment's system {system!r} has no API", "add `api: https://...` to its entry")
    if urlsplit(url).scheme not in ("http", "https"):
        raise UsageError(f"the API of {system!r} is no http(s) address: {url!r}", "write it as https://host/path")
    contract, proxy, timeout = entry.get("contract"), entry.get("proxy"), entry.get("timeout")
    return ApiSettings(
        system=system,
        url=url.rstrip("/"),
        contract=project_file(project, str(contract)) if contract else None,
        authorization=authorization(entry.get("auth"), f"auth of system {system!r}"),
        verify=_verify(system, entry, project),
        proxies={"http": str(proxy), "https": str(proxy)} if proxy else {},
        timeout_s=seconds(timeout, f"timeout of system {system!r}") if timeout else None,
        headers=_headers(entry.get("headers")),
    )


def authorization(auth: object, place: str) -> str | None:
    """The Authorization header that `auth` stands for: none, {bearer: token} or {basic: {user, password}}."""
    match auth:
        case None | "none" | False:
            return None
        case {"bearer": str(token)}:
            return f"Bearer {token}"
        case {"basic": {"user": user, "password": password}}:
            pair = f"{user}:{password}".encode()
            return f"Basic {base64.b64encode(pair).decode()}"
    given = ", ".join(map(str, auth)) if isinstance(auth, Mapping) else type(auth).__name__
    hint = "write none, {bearer: ...} or {basic: {user: ..., password: ...}}"
    raise UsageError(f"{place} is not understood: {given}", nearest(given, ("none", "bearer", "basic")) or hint)


def _verify(system: str, entry: Mapping[str, object], project: Path) -> bool | str:
    verify, ca = entry.get("verify", True), entry.get("ca")
    if not isinstance(verify, bool):
        raise UsageError(f"verify of system {system!r} is true or false", "name a CA file with `ca:`")
    if not ca:
        return verify
    file = project / str(ca)
    if not file.exists():
        raise UsageError(f"the CA file of system {system!r} is not there: {file}", "correct `ca:`")
    return str(file)


def _headers(headers: object) -> dict[str, str]:
    return {str(name): str(value) for name, value in headers.items()} if isinstance(headers, Mapping) else {}
