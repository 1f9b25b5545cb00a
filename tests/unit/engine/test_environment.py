"""How environment files are read."""

from pathlib import Path

import pytest

from ringback.engine.environment import Environment, load_environment
from ringback.engine.problems import InvalidEnvironment, UsageError

READY = {
    "url": "http://127.0.0.1:8080",
    "database": "sqlite:////tmp/s.db",
    "sftp": {"host": "127.0.0.1", "port": 2222, "host_key": "ssh-ed25519 AAAA"},
    "secrets": {"API_TOKEN": "from-the-stack"},
    "secret_files": {"NP_KEY": "/keys/np"},
}
TEXT = """
environment: sit
clock: shared
systems:
  ordering: {api: "{$stack.url}/order", auth: {bearer: {secret: API_TOKEN}}}
  house: {sftp: "{$stack.sftp}", key: {secret_file: NP_KEY}, host_key: $stack.host_key, port: 22}
facts: {our_spid: 9X01, spids: {north-tel: 8Y02}}
partners: {house: {behaviour: np, options: {donors: {west-mobile: 7Z03}}}}
leases: {number: {from: numbers.csv}}
secrets: {PIN: "0042"}
"""


def environment(root: Path, text: str = TEXT, **variables: str) -> Environment:
    """The environment `sit` with this text."""
    folder = root / "fixtures" / "environments"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sit.yaml").write_text(text)
    return load_environment("sit", root, variables, READY)


def test_addresses_and_secrets_are_filled_in(tmp_path: Path) -> None:
    """The stack's ready file gives addresses and secrets; all values are plain."""
    found = environment(tmp_path)

    assert found.system("ordering") == {"api": "http://127.0.0.1:8080/order", "auth": {"bearer": "from-the-stack"}}
    assert found.system("house") == {
        "sftp": "sftp://127.0.0.1:2222",
        "key": "/keys/np",
        "host_key": "ssh-ed25519 AAAA",
        "port": 22,
    }


@pytest.mark.parametrize("variable", ["API_TOKEN", "RINGBACK_SECRET_API_TOKEN"])
def test_environment_variables_come_first(tmp_path: Path, variable: str) -> None:
    """A secret of the process's environment outranks all files."""
    found = environment(tmp_path, **{variable: "mine"})

    assert found.system("ordering")["auth"] == {"bearer": "mine"}


def test_secrets_that_were_read_are_known(tmp_path: Path) -> None:
    """The redactor can ask for every secret that may travel."""
    found = environment(tmp_path)

    assert found.secret("PIN") == "0042"
    assert dict(found.secret_values) == {"API_TOKEN": "from-the-stack", "PIN": "0042"}


def test_a_missing_system_names_the_nearest(tmp_path: Path) -> None:
    """The message names this file and what was meant."""
    with pytest.raises(
        UsageError, match=r"fixtures/environments/sit\.yaml has no system 'odering' - did you mean 'ordering'"
    ):
        environment(tmp_path).system("odering")


def test_a_missing_secret_says_where_to_set_it(tmp_path: Path) -> None:
    """The message names the environment variables that would be looked at."""
    with pytest.raises(UsageError, match="set the environment variable OTHER or RINGBACK_SECRET_OTHER"):
        environment(tmp_path).secret("OTHER")


def test_env_stands_for_facts_and_spids(tmp_path: Path) -> None:
    """`$env` has the facts, the name, and the SPIDs of facts and partners together."""
    values = environment(tmp_path).as_values()

    assert values["our_spid"] == "9X01"
    assert values["name"] == "sit"
    assert values["spids"] == {"north-tel": "8Y02", "west-mobile": "7Z03"}


def test_all_problems_of_the_file_are_told(tmp_path: Path) -> None:
    """Unknown keys, wrong clocks, missing secrets and strange expressions come together."""
    text = (
        "environment: sit\nclok: real\nclock: fast\nsystems:\n  a: {api: '{$stack.uri}'}\n  b: {token: {secret: }}\n"
        "  c: {auth: {bearer: {secret: NOT_SET}}}\n  d: {api: $inputs.x}\n  e: 5\n"
    )

    with pytest.raises(InvalidEnvironment) as raised:
        environment(tmp_path, text)

    assert [(problem.source.line, problem.what) for problem in raised.value.problems] == [
        (2, "unknown key 'clok'"),
        (3, "`clock` must be one of shared, real, not 'fast'"),
        (5, "the stack has no 'uri'"),
        (6, "`secret` needs the name of a secret"),
        (7, "the secret NOT_SET is not set"),
        (8, "$inputs.x is not known in an environment file"),
        (9, "the entry 'e' of `systems` must be a mapping"),
    ]


def test_without_a_stack_its_address_is_missing_once(tmp_path: Path) -> None:
    """Twenty systems of a stack that does not run are one problem."""
    environment(tmp_path)

    with pytest.raises(InvalidEnvironment) as raised:
        load_environment("sit", tmp_path, {"API_TOKEN": "x", "NP_KEY": "y"})

    assert [problem.what for problem in raised.value.problems] == ["{$stack...} needs a running reference stack"]


def test_lint_needs_neither_stack_nor_secret(tmp_path: Path) -> None:
    """Unresolved, the systems are known by name and the rest stays as written."""
    environment(tmp_path)

    found = load_environment("sit", tmp_path, {}, resolve=False)

    assert found.systems["ordering"]["api"] == "{$stack.url}/order"


def test_an_unknown_environment_lists_the_known_ones(tmp_path: Path) -> None:
    """A misspelt name gets the nearest."""
    environment(tmp_path)

    with pytest.raises(UsageError, match="no environment 'sti' - did you mean 'sit'"):
        load_environment("sti", tmp_path, {})
