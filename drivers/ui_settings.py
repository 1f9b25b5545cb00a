"""What the environment file says about a system with a browser interface, parsed once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ringback.drivers.steps import nearest
from ringback.engine.problems import UsageError


@dataclass(frozen=True, slots=True)
class Login:
    """The page where a role signs in, by the words that stand on it; `done` is a text that says it worked."""

    open: str = "/login"
    user: str = "User name"
    password: str = "Password"  # noqa: S105  # the label of the field
    click: str = "Sign in"
    done: str = ""


@dataclass(frozen=True, slots=True)
class Role:
    """A user of the system."""

    name: str
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class UiSettings:
    """Where a system's pages are, and who may sign in."""

    system: str
    url: str
    roles: Mapping[str, Role] = field(default_factory=dict)
    login: Login = Login()
    browser: str | None = None
    verify: bool = True
    locale: str = "en-US"
    time_zone: str | None = None

    def page(self, place: str) -> str:
        """The address of a page below the system's own; a whole address stays as it is."""
        if place.startswith(("http://", "https://")):
            return place
        return f"{self.url}/{place.lstrip('/')}" if place.strip("/") else self.url

    def role(self, name: str) -> Role:
        """The role called `name`; UsageError names the nearest one."""
        if name not in self.roles:
            known = ", ".join(self.roles) or "none"
            hint = nearest(name, self.roles) or f"the environment has: {known}"
            raise UsageError(f"the environment's system {self.system!r} has no role {name!r}", hint)
        return self.roles[name]


def ui_settings(system: str, entry: Mapping[str, object]) -> UiSettings:
    """Read a system's entry; UsageError says what is missing or wrong."""
    url = str(entry.get("ui") or "")
    if urlsplit(url).scheme not in ("http", "https"):
        raise UsageError(f"ui of system {system!r} is no http(s) address: {url!r}", "write it as https://host/path")
    browser, time_zone = entry.get("browser"), entry.get("time_zone")
    return UiSettings(
        system=system,
        url=url.rstrip("/"),
        roles=_roles(system, entry.get("roles")),
        login=_login(system, entry.get("login")),
        browser=str(browser) if browser else None,
        verify=entry.get("verify", True) is not False,
        locale=str(entry.get("locale") or "en-US"),
        time_zone=str(time_zone) if time_zone else None,
    )


def _roles(system: str, roles: object) -> dict[str, Role]:
    if roles is None:
        return {}
    if not isinstance(roles, Mapping):
        raise UsageError(
            f"roles of system {system!r} is no mapping", "write `roles: {rep: {user: ..., password: ...}}`"
        )
    return {str(name): _role(system, str(name), entry) for name, entry in roles.items()}


def _role(system: str, name: str, entry: object) -> Role:
    if not isinstance(entry, Mapping) or not entry.get("user") or entry.get("password") is None:
        what = f"role {name!r} of system {system!r} needs a user and a password"
        raise UsageError(what, f"write `{name}: {{user: ..., password: {{secret: NAME}}}}`")
    return Role(name, str(entry["user"]), str(entry["password"]))


def _login(system: str, login: object) -> Login:
    if login is None:
        return Login()
    known = ("open", "user", "password", "click", "done")
    if not isinstance(login, Mapping):
        raise UsageError(f"login of system {system!r} is no mapping", f"its keys are {', '.join(known)}")
    for key in login:
        if key not in known:
            hint = nearest(str(key), known) or f"its keys are {', '.join(known)}"
            raise UsageError(f"login of system {system!r} has an unknown key {key!r}", hint)
    return Login(**{str(key): str(value) for key, value in login.items()})
