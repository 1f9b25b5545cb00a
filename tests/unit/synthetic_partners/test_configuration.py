"""The configuration of the partners' process, and the command that reads it."""

import json
from pathlib import Path

import pytest

from ringback.engine.problems import UsageError
from ringback.synthetic_partners.__main__ import main
from ringback.synthetic_partners.clock import EnvironmentClock
from ringback.synthetic_partners.configuration import read_configuration
from ringback.synthetic_partners.host import make_host

ENTRY = {
    "behaviour": "credit-bureau", "host": "127.0.0.1", "port": 1, "user": "u", "key_file": "/k", "host_key": "ssh-x A",
}  # fmt: skip


def written(folder: Path, document: object) -> Path:
    """The document as a configuration file."""
    path = folder / "partners.json"
    path.write_text(json.dumps(document))
    return path


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "`partners` is missing"),
        ({"partners": {"bureau": {}}}, "bureau lacks behaviour, host"),
        ({"partners": {"bureau": ENTRY}, "mode": "chaos"}, "mode 'chaos'"),
        ({"partners": {"bureau": ENTRY}, "pace": 0}, "pace 0"),
        ({"partners": {"bureau": {**ENTRY, "host_key": None}}}, "bureau lacks host_key"),
        ({"partners": {"bureau": {**ENTRY, "anomaly": "A99"}}}, "no anomaly is called 'A99'"),
        ({"partners": {"bureau": {**ENTRY, "spares": [{"user": "bureau-1", "port": ""}]}}}, "bureau-1 lacks port"),
    ],
)
def test_a_wrong_configuration_says_what_is_wrong_and_exits_with_2(
    tmp_path: Path, document: object, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each mistake is one message with the file's name; the command ends with exit code 2."""
    path = written(tmp_path, document)

    code = main(["up", "--config", str(path), "--ready-file", str(tmp_path / "ready.json")])

    assert code == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "ready.json").exists()


def test_an_unknown_behaviour_names_the_known_ones(tmp_path: Path) -> None:
    """A misspelt kind of partner is told before anything starts."""
    configuration = read_configuration(written(tmp_path, {"partners": {"b": {**ENTRY, "behaviour": "credit-buro"}}}))

    with pytest.raises(UsageError, match="credit-bureau"):
        make_host(configuration, seed=1)


def test_a_spare_instance_is_the_partner_with_another_account_and_identity(tmp_path: Path) -> None:
    """What it does not say itself it has from the partner, but for the partner's own anomaly."""
    spare = {"user": "bureau-1", "key_file": "/k1", "spid": "BUREAU11"}
    entry = {**ENTRY, "options": {"our_id": "RINGBACK"}, "anomaly": {"A09": {"n": 2}}, "spares": [spare]}

    (partner,) = read_configuration(written(tmp_path, {"partners": {"bureau": entry}})).partners

    (one,) = partner.spares
    assert partner.anomaly is not None
    assert (partner.anomaly.id, partner.anomaly.values) == ("A09", {"n": 2})
    assert one.account is not None
    assert (one.name, one.account.user, one.account.key_file, one.spid) == ("bureau-1", "bureau-1", "/k1", "BUREAU11")
    assert (one.behaviour, one.options, one.anomaly, one.spares) == ("credit-bureau", {"our_id": "RINGBACK"}, None, ())


def test_a_partner_that_never_logged_in_ails(tmp_path: Path) -> None:
    """Before its first login, and for a name that is no partner, there is a reason."""
    host = make_host(read_configuration(written(tmp_path, {"partners": {"bureau": ENTRY}})), seed=1)

    ailments = host.ailments(["bureau", "stranger"])

    assert "logged in" in ailments["bureau"]
    assert "not among" in ailments["stranger"]


def test_a_clock_that_does_not_answer_leaves_the_time_as_it_was() -> None:
    """Without an answer the machine's own time goes on; two looks never go backwards."""
    clock = EnvironmentClock("http://127.0.0.1:9/clock")

    first, second = clock.now(), clock.now()

    assert first <= second
    assert first.utcoffset() is not None
