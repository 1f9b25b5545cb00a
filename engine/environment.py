"""Environment files: which systems there are, where they are, and which secrets open them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal, cast

from ringback.engine.excerpt import advice
from ringback.engine.forms import as_plain
from ringback.engine.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ringback.engine.problems import InvalidEnvironment, Problem, UsageError
from ringback.engine.project import project_file
from ringback.engine.schema import ENVIRONMENT
from ringback.engine.shapes import check_keys, text_of_key
from ringback.engine.source import Source
from ringback.engine.yaml_reader import read_bytes

FOLDER = "fixtures/environments"
STACK = re.compile(r"\{\$stack\.([a-z_]+)\}|\A\$stack\.([a-z_]+)\Z")
EXPRESSION = re.compile(r"\{\$[^}]*\}|\A\$[A-Za-z]\S*")
VARIABLE_PREFIX = "RINGBACK_SECRET_"

Settings = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Environment:
    """Where a journey runs; all values are plain and resolved.

    `secret_values` holds the secrets that were read so far, by name: the redactor has to know them.
    """

    name: str
    file: str
    clock: Literal["shared", "real"]
    systems: Mapping[str, Settings]
    partners: Mapping[str, Settings] = field(default_factory=dict)
    leases: Mapping[str, Settings] = field(default_factory=dict)
    facts: Settings = field(default_factory=dict)
    ledgers: Mapping[str, Settings] = field(default_factory=dict)
    vault: Vault = field(default_factory=lambda: Vault({}, {}, {}), repr=False)

    def system(self, name: str) -> Settings:
        """The entry of a system; UsageError names this file and the nearest system."""
        if name not in self.systems:
            raise UsageError(
                f"{self.file} has no system {name!r}", advice(name, self.systems, f"add `{name}:` below `systems:`")
            )
        return self.systems[name]

    def secret(self, name: str) -> str:
        """The secret called `name`; UsageError says where it may be given."""
        return self.vault.secret(name)

    @property
    def secret_values(self) -> Mapping[str, str]:
        """The secrets read so far, by name."""
        return MappingProxyType(self.vault.read)

    def as_values(self) -> Mapping[str, object]:
        """What `$env` stands for: the facts, the environment's name and clock, and `spids`."""
        spids = self.facts.get("spids")
        donors: dict[str, object] = {}
        for partner in self.partners.values():
            options = partner.get("options")
            listed = options.get("donors") if isinstance(options, Mapping) else None
            donors.update(listed if isinstance(listed, Mapping) else {})
        known = {**donors, **(spids if isinstance(spids, Mapping) else {})}
        return {**self.facts, "name": self.name, "clock": self.clock, "spids": known}


@dataclass(frozen=True, slots=True)
class Vault:
    """Where secrets come from: environment variables, the stack's ready file, the file of a throw-away environment."""

    variables: Mapping[str, str]
    ready: Mapping[str, object]
    written: Mapping[str, str]
    read: dict[str, str] = field(default_factory=dict)

    def secret(self, name: str, source: Source | None = None) -> str:
        """The value of a secret."""
        value = self._find(name, "secrets")
        if value is None:
            raise _missing_secret(name, source)
        self.read[name] = value
        return value

    def secret_file(self, name: str, source: Source | None = None) -> str:
        """The path of a file that holds a secret."""
        value = self._find(name, "secret_files")
        if value is None:
            raise _missing_secret(name, source)
        return value

    def _find(self, name: str, kind: str) -> str | None:
        for variable in (name, VARIABLE_PREFIX + name):
            if variable in self.variables:
                return self.variables[variable]
        ready = self.ready.get(kind)
        if isinstance(ready, Mapping) and name in ready:
            return str(ready[name])
        return self.written.get(name)


def _missing_secret(name: str, source: Source | None) -> UsageError:
    hint = f"set the environment variable {name} or {VARIABLE_PREFIX}{name}"
    return UsageError(f"the secret {name} is not set", hint, source or Source("", 0, 0))


def environment_file(name: str, project: Path) -> Path:
    """The file of an environment: a path, or a name in fixtures/environments; UsageError lists what there is."""
    given = Path(name)
    if given.suffix in (".yaml", ".yml"):
        path = given if given.is_absolute() else project / given
        if path.is_file():
            return path
        raise UsageError(f"there is no environment file {name}", f"environments are kept in {FOLDER}/")
    path = project_file(project, f"{FOLDER}/{name}.yaml")
    if path.is_file():
        return path
    known = [found.stem for found in (project / FOLDER).glob("*.yaml")]
    raise UsageError(f"there is no environment {name!r}", advice(name, known, f"write {FOLDER}/{name}.yaml"))


def load_environment(
    name: str,
    project: Path,
    variables: Mapping[str, str],
    ready: Mapping[str, object] | None = None,
    *,
    resolve: bool = True,
) -> Environment:
    """Read an environment file.

    `variables` are the process's environment variables, `ready` the content of the stack's ready file where a stack
    was started. Without `resolve` (for lint) addresses and secrets stay as they are written.
    InvalidEnvironment carries every problem of the file.
    """
    path = environment_file(name, project)
    shown = path.relative_to(project).as_posix() if path.is_relative_to(project) else str(path)
    node, problems = read_bytes(path.read_bytes(), shown)
    found = list(problems)
    if isinstance(node, MappingNode):
        environment = _Reader(shown, variables, ready, resolve=resolve, problems=found).read(node)
        if not found:
            return environment
    elif not found:
        found.append(Problem(Source(shown, 1, 1), "an environment file is a mapping", "begin with `environment: name`"))
    raise InvalidEnvironment(tuple(sorted(found, key=lambda problem: (problem.source.line, problem.source.column))))


class _Reader:
    """Reads the parts of one environment file."""

    def __init__(
        self,
        file: str,
        variables: Mapping[str, str],
        ready: Mapping[str, object] | None,
        *,
        resolve: bool,
        problems: list[Problem],
    ) -> None:
        self.file = file
        self.ready = ready
        self.resolve = resolve
        self.problems = problems
        self.vault = Vault(variables, ready or {}, {})

    def report(self, source: Source, what: str, hint: str = "") -> None:
        if not any(problem.what == what for problem in self.problems):
            self.problems.append(Problem(source, what, hint))

    def read(self, node: MappingNode) -> Environment:
        good = check_keys(node, ENVIRONMENT, self.report, place="the environment file")
        written = node.get("secrets") if "secrets" in good else None
        if isinstance(written, MappingNode):
            texts = {key.text: value.text for key, value in written.entries if isinstance(value, ScalarNode)}
            self.vault = Vault(self.vault.variables, self.vault.ready, texts)
        parts = {key: self.entries(node, key) for key in ("systems", "partners", "leases", "ledgers") if key in good}
        facts = node.get("facts") if "facts" in good else None
        clock = text_of_key(node, "clock", good) or "real"
        return Environment(
            name=text_of_key(node, "environment", good),
            file=self.file,
            clock=cast('Literal["shared", "real"]', clock),
            facts=cast("Settings", self.value(facts)) if facts is not None else {},
            vault=self.vault,
            systems=parts.get("systems", {}),
            partners=parts.get("partners", {}),
            leases=parts.get("leases", {}),
            ledgers=parts.get("ledgers", {}),
        )

    def entries(self, node: MappingNode, key: str) -> Mapping[str, Settings]:
        """The named entries of a part; each is a mapping."""
        part = node.get(key)
        entries: dict[str, Settings] = {}
        for name, entry in part.entries if isinstance(part, MappingNode) else ():
            if isinstance(entry, MappingNode):
                entries[name.text] = MappingProxyType({key.text: self.value(value) for key, value in entry.entries})
            else:
                self.report(
                    entry.source,
                    f"the entry {name.text!r} of `{key}` must be a mapping",
                    f"write `{name.text}: {{..}}`",
                )
        return MappingProxyType(entries)

    def value(self, node: Node) -> object:
        """A node as plain data, with secrets and the stack's facts in their places."""
        if isinstance(node, SequenceNode):
            return [self.value(item) for item in node.items]
        if isinstance(node, ScalarNode):
            return self.text(node) if isinstance(node.value, str) and "$" in node.value else node.value
        for key, find in (("secret", self.vault.secret), ("secret_file", self.vault.secret_file)):
            if tuple(node.keys()) == (key,):
                return self.secret(node, key, find)
        return {name.text: self.value(value) for name, value in node.entries}

    def secret(self, node: MappingNode, key: str, find: Callable[[str, Source | None], str]) -> object:
        named = node.get(key)
        if not isinstance(named, ScalarNode) or not isinstance(named.value, str):
            self.report(node.source, f"`{key}` needs the name of a secret", f"write {{{key}: NAME}}")
            return None
        if not self.resolve:
            return as_plain(node)
        try:
            return find(named.text, named.source)
        except UsageError as error:
            self.report(named.source, error.problem.what, error.problem.hint)
            return None

    def text(self, node: ScalarNode) -> str:
        """A text with {$stack.url} and the like replaced by what the ready file says."""
        if not self.resolve:
            return node.text
        text = STACK.sub(lambda found: self.stack(found[1] or found[2], node.source), node.text)
        strange = EXPRESSION.search(text)
        if strange is not None:
            self.report(
                node.source,
                f"{strange[0]} is not known in an environment file",
                "only {$stack.url}, .database, .sftp, .host_key, .smdp are",
            )
        return text

    def stack(self, name: str, source: Source) -> str:
        if self.ready is None:
            hint = "start it with `ringback stack up`, or write the address of your own system"
            self.report(source, "{$stack...} needs a running reference stack", hint)
            return ""
        facts = stack_facts(self.ready)
        if name not in facts:
            self.report(source, f"the stack has no {name!r}", advice(name, facts))
            return ""
        return facts[name]


def stack_facts(ready: Mapping[str, object]) -> dict[str, str]:
    """What `$stack` stands for, out of the stack's ready file."""
    sftp = ready.get("sftp")
    facts = {key: str(ready[key]) for key in ("url", "database", "smdp") if key in ready}
    if isinstance(sftp, Mapping):
        facts["sftp"] = f"sftp://{sftp.get('host', '127.0.0.1')}:{sftp.get('port')}"
        facts["host_key"] = str(sftp.get("host_key", ""))
    return facts
