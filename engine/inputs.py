"""Gives a journey its inputs: plain values, leased rows, secrets, times, made-up data, files."""

from __future__ import annotations

import csv
import json
import threading
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from ringback.engine.context import Context
from ringback.engine.excerpt import nearest
from ringback.engine.leases import LeaseStore, rows_by_item
from ringback.engine.model import Input
from ringback.engine.paths import find
from ringback.engine.problems import BrokenTest, UsageError
from ringback.engine.project import project_file
from ringback.engine.protocols import Template
from ringback.engine.redaction import SHORTEST_BY_VALUE, Redactor
from ringback.engine.source import Source
from ringback.engine.waiting import Watch

Ask = Callable[[str, str, Mapping[str, object]], object]  # (driver, system, arguments) -> evidence values


@dataclass(frozen=True, slots=True)
class Inputs:
    """The input source of a run. `pools` are the environment's `leases`; `ask` reads a pool that is an API's list."""

    environment: str
    project: Path
    pools: Mapping[str, Mapping[str, object]]
    secret: Callable[[str], str]
    leases: LeaseStore
    redactor: Redactor
    watch: Watch
    ask: Ask
    seed: int = 0
    _rows: dict[str, list[tuple[str, object]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def resolve(self, inputs: tuple[Input, ...], context: Context, session: str) -> Mapping[str, object]:
        """The values by name, in the order of the file; an input may use the ones before it.

        Raises BrokenTest, UsageError (a pool or secret that the environment lacks) or Unavailable (nothing left to
        lease).
        """
        values: dict[str, object] = {}
        for entry in inputs:
            scope = context.with_names(inputs=dict(values))
            values[entry.name] = self._value(entry, scope, session)
        return values

    def give_back(self, session: str) -> None:
        """Return what the session leased."""
        self.leases.give_back(session)

    def _value(self, entry: Input, scope: Context, session: str) -> object:
        if entry.kind == "lease":
            return self._leased(entry, scope, session)
        if entry.kind == "secret":
            return self._secret(entry)
        if entry.kind == "fake":
            return self._made_up(entry, scope)
        if entry.value is None:
            raise BrokenTest(f"the input {entry.name!r} ({entry.kind}) has no value", source=entry.source)
        return entry.value.resolve(scope)

    def _secret(self, entry: Input) -> str:
        """A secret enters the context only after the redactor knows it."""
        name = str(entry.spec.get("name", entry.name))
        value = self.secret(name)
        if len(value) < SHORTEST_BY_VALUE:
            self.redactor.add_field(entry.name)
            self.redactor.add_field(name)
        self.redactor.add(value, name)
        return value

    def _leased(self, entry: Input, scope: Context, session: str) -> object:
        pool = str(entry.spec.get("pool", entry.name))
        rows = self._pool(pool, entry.source)
        asked = cast("Template | None", entry.spec.get("where"))
        where = asked.resolve(scope) if asked is not None else None
        if isinstance(where, Mapping):
            rows = [(item, row) for item, row in rows if _matches(row, where)]
        if not rows:
            raise BrokenTest(f"the pool {pool!r} has no row that fits {where}", "look at its source", entry.source)
        return self.leases.take(self.environment, pool, rows, session=session, watch=self.watch)

    def _pool(self, pool: str, source: Source) -> list[tuple[str, object]]:
        """The rows of a pool; read once for a run."""
        if pool not in self.pools:
            known = ", ".join(self.pools) or "none"
            raise UsageError(
                f"the environment {self.environment!r} has no lease {pool!r}",
                f"add it under `leases:` (there: {known})",
                source,
            )
        with self._lock:
            if pool not in self._rows:
                self._rows[pool] = self._read_pool(pool, self.pools[pool], source)
            return self._rows[pool]

    def _read_pool(self, pool: str, spec: Mapping[str, object], source: Source) -> list[tuple[str, object]]:
        key = str(spec["key"]) if "key" in spec else None
        if "from" in spec:
            rows = read_rows(project_file(self.project, str(spec["from"])), source)
        elif "values" in spec:
            listed = spec["values"]
            rows = [_as_row(value) for value in listed] if isinstance(listed, list) else []
        elif "api" in spec:
            rows = self._listed(spec)
        else:
            raise UsageError(f"the lease {pool!r} has no source", "give it `from:`, `values:` or `api:`", source)
        if not rows:
            raise UsageError(f"the lease {pool!r} has no rows", "look at its source in the environment file", source)
        return rows_by_item(rows, key)

    def _listed(self, spec: Mapping[str, object]) -> list[Mapping[str, object]]:
        """The rows that an API lists: {api: crm.listCustomer, where: {segment: consumer}}."""
        system, _, operation = str(spec["api"]).partition(".")
        answer = self.ask("api", system, {"operation": operation, "query": spec.get("where", {})})
        body = find(answer, str(spec.get("items", "body")))
        return [_as_row(row) for row in body] if isinstance(body, Sequence) and not isinstance(body, str) else []

    def _made_up(self, entry: Input, scope: Context) -> object:
        """Made-up data: the same for the same seed, journey and variant."""
        from faker import Faker  # a third of a second that only journeys with made-up data pay

        provider = str(entry.spec.get("fake", entry.name))
        options = {key: value for key, value in entry.spec.items() if key not in {"fake", "locale", "unique"}}
        locale = str(entry.spec.get("locale", "en_US"))
        try:
            faker = Faker(locale, use_weighting=False)
        except AttributeError:
            hint = "write it as en_US, de_DE, ..."
            raise BrokenTest(f"nothing is made up for the locale {locale!r}", hint, entry.source) from None
        faker.seed_instance(
            zlib.crc32(f"{self.seed}/{entry.source.file}/{scope.lookup('matrix')}/{entry.name}".encode())
        )
        make = getattr(faker, provider, None)
        if not callable(make):
            known = [name for name in dir(faker.factories[0]) if not name.startswith(("_", "add_", "get_", "set_"))]
            close = nearest(provider, known)
            hint = f"did you mean {close!r}?" if close else "name a provider of Faker: name, email, street_address, ..."
            raise BrokenTest(f"nothing made up is called {provider!r}", hint, entry.source)
        try:
            made = make(**options)
        except (TypeError, ValueError) as wrong:
            what = f"{provider} cannot be made up with {', '.join(options) or 'nothing beside it'}: {wrong}"
            raise BrokenTest(what, "its arguments are those of Faker", entry.source) from wrong
        return made if isinstance(made, str | int | float | bool | list | dict) else str(made)


def read_rows(path: Path, source: Source) -> list[Mapping[str, object]]:
    """The rows of a CSV file (all values are text, leading zeros kept) or of a JSON list."""
    if not path.is_file():
        raise UsageError(f"there is no data file {path.name}", f"it should be at {path}", source)
    if path.suffix == ".json":
        loaded = json.loads(path.read_text(encoding="utf-8"))
        return [_as_row(row) for row in loaded] if isinstance(loaded, list) else []
    with path.open(newline="", encoding="utf-8") as lines:
        return [dict(row) for row in csv.DictReader(line for line in lines if not line.startswith("#"))]


def _as_row(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {"value": value}


def _matches(row: object, where: Mapping[str, object]) -> bool:
    return isinstance(row, Mapping) and all(str(row.get(key)) == str(wanted) for key, wanted in where.items())
