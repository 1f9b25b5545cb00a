"""Finds drivers, checks, partners, layouts, reports and functions by name; loads each only when it is named."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from typing import TYPE_CHECKING, Any, cast

from ringback.engine.excerpt import advice
from ringback.engine.problems import RingbackError, Unavailable, UsageError

if TYPE_CHECKING:
    from ringback.engine.environment import Environment
    from ringback.engine.protocols import Check, Driver, Layout, Probe, Vocabulary

DRIVERS = "ringback.drivers"
CHECKS = "ringback.checks"
PARTNERS = "ringback.partners"
ANOMALIES = "ringback.anomalies"
LAYOUTS = "ringback.layouts"
REPORTS = "ringback.reports"
FUNCTIONS = "ringback.functions"
VOCABULARY = "expect"


@cache
def installed(group: str) -> Mapping[str, EntryPoint]:
    """The entry points of a group by name; nothing is imported."""
    return {point.name: point for point in _all_entry_points().select(group=group)}


@cache
def _all_entry_points() -> EntryPoints:
    """Those of every installed package, looked up once: each look reads a file of each package."""
    return cast("EntryPoints", entry_points())  # Python 3.11 calls them SelectableGroups


def load(group: str, name: str) -> Any:  # a plugin may be any object
    """The object registered under `name`.

    UsageError when there is none; Unavailable when it cannot be imported.
    """
    known = installed(group)
    kind = group.removeprefix("ringback.").removesuffix("s")
    if name not in known:
        raise UsageError(
            f"no {kind} is called {name!r}", advice(name, known, f"install one with an entry point in {group!r}")
        )
    try:
        return known[name].load()
    except Exception as error:  # the plugin boundary: whatever a plugin raises while it is imported
        said = f"{type(error).__name__}: {error}"
        raise Unavailable(
            name, f"the {kind} cannot be loaded: {said}", f"it is {known[name].value}; is its package complete?"
        ) from error


def construct(made: Any, name: str, environment: Environment | None, services: object) -> Any:  # see `load`
    """An instance of a registered class; a class without parameters is called without."""
    try:
        parameters = inspect.signature(made).parameters
        return made(environment, services) if parameters else made()
    except RingbackError:
        raise
    except Exception as error:  # the plugin boundary
        raise Unavailable(name, f"cannot be set up: {type(error).__name__}: {error}") from error


class DriverSet:
    """The drivers, probes and checks of one run, each built once and only when it is asked for.

    Without environment and services (as for `ringback lint`) they can only parse. Thread-safe.
    `extra` registers objects without installing them: {"drivers": {"fake": FakeDriver}, "checks": {..}, ...}.
    """

    def __init__(
        self,
        environment: Environment | None = None,
        services: object = None,
        *,
        extra: Mapping[str, Mapping[str, object]] | None = None,
    ) -> None:
        self.environment = environment
        self.services = services
        self._extra = {f"ringback.{group}": dict(members) for group, members in (extra or {}).items()}
        self._built: dict[tuple[str, str], Any] = {}
        self._lock = threading.RLock()

    def names(self, group: str) -> tuple[str, ...]:
        """The names of a group."""
        return tuple(dict.fromkeys((*self._extra.get(group, {}), *installed(group))))

    def driver_names(self) -> tuple[str, ...]:
        """The names of all drivers."""
        return self.names(DRIVERS)

    def check_names(self) -> tuple[str, ...]:
        """The names of all checks and probes."""
        return tuple(name for name in self.names(CHECKS) if name != VOCABULARY)

    def registered(self, group: str, name: str) -> Any:  # a plugin may be any object
        """The registered class or function itself, not built."""
        extra = self._extra.get(group, {})
        return extra[name] if name in extra else load(group, name)

    def driver(self, name: str) -> Driver:
        """The driver called `name`."""
        return cast("Driver", self._build(DRIVERS, name))

    def probe(self, name: str) -> Probe:
        """The probe called `name`: a check that is a step of its own."""
        return cast("Probe", self._build(CHECKS, name))

    def check(self, name: str) -> Check:
        """The implicit check called `name`."""
        return cast("Check", self._build(CHECKS, name))

    def is_probe(self, name: str) -> bool:
        """Whether the check called `name` is a step of its own."""
        return name in self.check_names() and hasattr(self.registered(CHECKS, name), "parse")

    def vocabulary(self) -> Vocabulary:
        """Who reads the right-hand sides of `expect`."""
        return cast("Vocabulary", self._build(CHECKS, VOCABULARY))

    def function(self, name: str) -> Callable[..., object]:
        """The function called `name`, for {call: name}."""
        return cast("Callable[..., object]", self.registered(FUNCTIONS, name))

    def layout(self, name: str) -> Layout:
        """The feed layout called `name`; each entry point of the group answers a mapping of layouts by name."""
        layouts = self.layouts()
        if name not in layouts:
            raise UsageError(f"no feed layout is called {name!r}", advice(name, layouts))
        return layouts[name]

    def layouts(self) -> Mapping[str, Layout]:
        """All layouts by name."""
        with self._lock:
            key = (LAYOUTS, "")
            if key not in self._built:
                found: dict[str, Layout] = {}
                for name in self.names(LAYOUTS):
                    found.update(self.registered(LAYOUTS, name)())
                self._built[key] = found
            return cast("Mapping[str, Layout]", self._built[key])

    def built_drivers(self) -> tuple[Driver, ...]:
        """The drivers that were asked for so far."""
        with self._lock:
            return tuple(cast("Driver", made) for (group, _), made in self._built.items() if group == DRIVERS)

    def close(self) -> None:
        """Close every driver that was built."""
        for driver in self.built_drivers():
            driver.close()

    def _build(self, group: str, name: str) -> Any:  # see `load`
        made = self._built.get((group, name))
        if made is not None:
            return made
        with self._lock:
            if (group, name) not in self._built:
                registered = self.registered(group, name)
                self._built[group, name] = construct(registered, name, self.environment, self.services)
            return self._built[group, name]
