"""The sftp driver against the embedded server and against OpenSSH."""

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import pytest

from ringback.assertions.feed import FeedCheck
from ringback.drivers.conformance import CHECKS, DriverCase, Workbench
from ringback.drivers.sftp import SftpDriver
from ringback.engine.environment import Environment
from ringback.engine.evidence import ABSENT
from ringback.engine.problems import BrokenTest, Unavailable, UsageError
from ringback.engine.protocols import FeedFile, FeedProblem, Layout
from ringback.engine.redaction import Redactor
from ringback.engine.services import Services


class Server(Protocol):
    """What the fixture gives."""

    root: Path
    entry: dict[str, object]


class PairsLayout:
    """A small layout: `H|name`, lines `tn|account`, `T|count`; it counts how often it decodes."""

    name = "pairs"

    def __init__(self) -> None:
        self.decoded: list[str] = []

    def decode(self, content: bytes, file_name: str) -> FeedFile:
        """Decode, and hold the trailer's count against the records."""
        self.decoded.append(file_name)
        header, *lines, trailer = content.decode().splitlines()
        records = tuple(dict(zip(("tn", "account_no"), line.split("|"), strict=True)) for line in lines)
        count = trailer.removeprefix("T|")
        wrong = FeedProblem(len(lines) + 2, 3, "G004", "count", f"the trailer counts {count}, there are {len(lines)}")
        problems = () if count == str(len(lines)) else (wrong,)
        return FeedFile(self.name, file_name, {"name": header}, {"count": count}, records, problems)


@pytest.fixture
def layout() -> PairsLayout:
    """The layout of the test's feed."""
    return PairsLayout()


@pytest.fixture
def services(tmp_path: Path, layout: PairsLayout) -> Services:
    """What drivers share; there is one layout."""

    def find(name: str) -> Layout:
        if name != "pairs":
            raise BrokenTest(f"there is no layout {name!r}", "did you mean pairs?")
        return layout

    return Services(Redactor(), "run", tmp_path / "evidence", tmp_path, find)


@pytest.fixture
def bench(sftp_server: Server, services: Services, tmp_path: Path) -> Iterator[Workbench]:
    """A bench with the driver on it and the server's account in its environment."""
    driver = SftpDriver(environment_of(sftp_server), services)
    yield Workbench(driver, environment_of(sftp_server), tmp_path)
    driver.close()


def environment_of(server: Server, **changes: object) -> Environment:
    """An environment with the server's account, and one where nobody listens."""
    entry = {key: value for key, value in {**server.entry, **changes}.items() if value is not None}
    systems = {"clearing-house": entry, "stopped": {**server.entry, "sftp": "sftp://127.0.0.1:9"}}
    return Environment("test", "test.yaml", "real", systems)


def write(server: Server, name: str, *records: str, count: int | None = None) -> Path:
    """Put a file of the test's layout into /from_us."""
    file = server.root / "from_us" / name
    file.write_text("\n".join([f"H|{name}", *records, f"T|{len(records) if count is None else count}"]) + "\n")
    return file


def names_in(server: Server) -> list[str]:
    """What lies in /from_us."""
    return sorted(file.name for file in (server.root / "from_us").iterdir())


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_driver_keeps_the_contract(
    check: Callable[[DriverCase], None], sftp_server: Server, services: Services, tmp_path: Path
) -> None:
    """On both servers the driver does what the engine expects of all drivers."""
    write(sftp_server, "NPORT_1.txt", "6175550123|0012345")
    environment = environment_of(sftp_server)
    driver = SftpDriver(environment, services)
    check(
        DriverCase(
            driver=driver,
            environment=environment,
            good="{sftp: clearing-house, get: /from_us/NPORT_*.txt, feed: pairs}",
            unreachable="{sftp: stopped, list: /from_us/*}",
            mistakes={
                "{sftp: clearing-house}": "one of list, get, put, remove",
                "{sftp: clearing-house, get: /a, put: /b}": "one of list, get, put, remove",
                "{sftp: clearing-house, get: /a, where: {tn: 1}}": "feed",
                "{sftp: clearing-house, get: /a, feed: pears}": "did you mean pairs",
                "{sftp: clearing-house, put: /a}": "content",
                "{sftp: clearing-house, list: /a, feed: pairs}": "feed goes with get",
                "{sftp: clearing-hose, list: /a}": "clearing-house",
            },
            project=tmp_path,
        )
    )
    driver.close()


def test_records_are_found_over_all_files(bench: Workbench, sftp_server: Server) -> None:
    """`where` means the journey's own record, whichever file it is in; header and trailer are of that file."""
    write(sftp_server, "NPORT_1.txt", "6175550100|0000001")
    write(sftp_server, "NPORT_2.txt", "6175550122|0000002", "6175550123|0012345")

    evidence = bench.perform(
        "{sftp: clearing-house, get: /from_us/NPORT_*.txt, feed: pairs, where: {tn: '6175550123'}}"
    )

    values = evidence.values
    assert values["count"] == 1
    assert values["record"] == {"tn": "6175550123", "account_no": "0012345"}
    assert values["header"] == {"name": "H|NPORT_2.txt"}
    assert values["name"] == "NPORT_2.txt"
    assert values["valid"] is True
    assert evidence.summary.endswith("/NPORT_*.txt -> 2 files, 3 records, 1 with tn 6175550123")


def test_nothing_found_is_said(bench: Workbench, sftp_server: Server) -> None:
    """Where no record is meant, nothing is valid either: no expectation can pass by chance."""
    write(sftp_server, "NPORT_1.txt", "6175550100|0000001")

    evidence = bench.perform("{sftp: clearing-house, get: /from_us/NPORT_*, feed: pairs, where: {tn: '1'}}")

    assert evidence.values["count"] == 0
    assert evidence.values["record"] is ABSENT
    assert evidence.values["valid"] is ABSENT
    assert evidence.summary.endswith("1 file, 1 record, none with tn 1")


def test_a_misspelt_field_is_a_broken_test(bench: Workbench, sftp_server: Server) -> None:
    """A `where` that can never match is told as soon as a record is seen."""
    write(sftp_server, "NPORT_1.txt", "6175550100|0000001")

    with pytest.raises(BrokenTest, match="did you mean account_no"):
        bench.perform("{sftp: clearing-house, get: /from_us/NPORT_*, feed: pairs, where: {acount_no: x}}")


def test_the_feed_check_judges_only_the_files_that_are_meant(bench: Workbench, sftp_server: Server) -> None:
    """A neighbour's broken file is the neighbour's; one's own is told with code, line and column."""
    write(sftp_server, "NPORT_1.txt", "6175550100|0000001", count=9)
    write(sftp_server, "NPORT_2.txt", "6175550123|0012345")
    step = "{sftp: clearing-house, get: /from_us/NPORT_*, feed: pairs, where: {tn: '%s'}}"
    action, _ = bench.read(step % "6175550123")

    mine = FeedCheck().judge(bench.perform(step % "6175550123"), bench.call(action))
    neighbours = FeedCheck().judge(bench.perform(step % "6175550100"), bench.call(action))

    assert [outcome.passed for outcome in mine] == [True]
    assert [(outcome.passed, outcome.path, outcome.actual) for outcome in neighbours] == [
        (False, "NPORT_1.txt:3:3", "G004 count")
    ]


def test_a_file_is_read_and_decoded_once_while_it_stays_the_same(
    bench: Workbench, sftp_server: Server, layout: PairsLayout
) -> None:
    """A waiting step reads what is new, not everything again; a changed file is new."""
    first = write(sftp_server, "NPORT_1.txt", "6175550100|0000001")
    step = "{sftp: clearing-house, get: /from_us/NPORT_*, feed: pairs}"

    bench.perform(step)
    write(sftp_server, "NPORT_2.txt", "6175550123|0012345")
    bench.perform(step)
    first.write_text("H|NPORT_1.txt\n6175550100|0000001\n6175550101|0000002\nT|2\n")
    values = bench.perform(step).values

    assert layout.decoded == ["NPORT_1.txt", "NPORT_2.txt", "NPORT_1.txt"]
    assert values["count"] == 3


def test_a_part_is_never_seen(bench: Workbench, sftp_server: Server) -> None:
    """A file on its way is no file."""
    (sftp_server.root / "from_us" / "NPORT_1.txt.part").write_text("half a li")

    assert bench.perform("{sftp: clearing-house, list: '/from_us/*'}").values["count"] == 0
    assert bench.perform("{sftp: clearing-house, get: /from_us/NPORT_1.txt.part}").values["count"] == 0


def test_put_leaves_a_whole_file_and_no_part(bench: Workbench, sftp_server: Server) -> None:
    """What is put arrives byte by byte, larger than one request, under its final name only."""
    content = "".join(f"{number:09d}\n" for number in range(100_000))
    action, _ = bench.read("{sftp: clearing-house, put: /from_us/BDD_1.csv, content: x}")
    call = bench.call(action)
    call = replace(call, arguments={**call.arguments, "content": content})

    evidence = bench.driver.perform(action, call)

    assert (sftp_server.root / "from_us" / "BDD_1.csv").read_text() == content
    assert names_in(sftp_server) == ["BDD_1.csv"]
    assert evidence.values["size"] == 1_000_000
    assert not action.repeatable
    assert bench.perform("{sftp: clearing-house, get: /from_us/BDD_1.csv}").values["text"] == content


def test_put_writes_a_file_beside_the_journey(bench: Workbench, sftp_server: Server, tmp_path: Path) -> None:
    """`file` counts from the journey's folder."""
    (tmp_path / "response.txt").write_text("A|B\n")

    bench.perform("{sftp: clearing-house, put: /from_us/R.txt, file: response.txt}")

    assert (sftp_server.root / "from_us" / "R.txt").read_text() == "A|B\n"


def test_put_never_writes_over_a_file(bench: Workbench, sftp_server: Server) -> None:
    """A partner's file names are used once."""
    write(sftp_server, "NPORT_1.txt", "6175550100|0000001")

    with pytest.raises(BrokenTest, match="there already"):
        bench.perform("{sftp: clearing-house, put: /from_us/NPORT_1.txt, content: other}")

    assert names_in(sftp_server) == ["NPORT_1.txt"]


def test_remove_removes_what_matches(bench: Workbench, sftp_server: Server) -> None:
    """What was removed is told; the rest stays."""
    write(sftp_server, "NPORT_1.txt")
    write(sftp_server, "CRDQ_1.txt")

    evidence = bench.perform("{sftp: clearing-house, remove: '/from_us/NPORT_*'}")

    assert evidence.values["names"] == ["NPORT_1.txt"]
    assert names_in(sftp_server) == ["CRDQ_1.txt"]


def test_wildcards_stand_for_folders_too(bench: Workbench, sftp_server: Server) -> None:
    """`/ack/*/NAME.ack` looks into each folder."""
    for folder in ("to_partner", "from_partner"):
        (sftp_server.root / "ack" / folder).mkdir(parents=True)
        (sftp_server.root / "ack" / folder / f"{folder}.ack").write_text("OK")

    values = bench.perform("{sftp: clearing-house, list: '/ack/*/*.ack'}").values

    assert values["names"] == ["from_partner.ack", "to_partner.ack"]


def test_newest_is_the_one_written_last(bench: Workbench, sftp_server: Server) -> None:
    """`newest: true` takes one file, by time and not by name."""
    for name, moment in (("A.txt", 2_000), ("B.txt", 1_000)):
        os.utime(write(sftp_server, name), (moment, moment))

    values = bench.perform("{sftp: clearing-house, get: '/from_us/*', newest: true}").values

    assert values["names"] == ["A.txt"]


def test_a_folder_that_is_not_there_is_told_with_its_neighbours(bench: Workbench) -> None:
    """A misspelt folder would otherwise be an empty one for ever."""
    with pytest.raises(BrokenTest, match="from_us"):
        bench.perform("{sftp: clearing-house, list: '/form_us/*'}")


def test_a_wrong_host_key_is_unavailable_with_both_fingerprints(
    sftp_server: Server, services: Services, tmp_path: Path, keys: object
) -> None:
    """Nothing is sent to a server that cannot prove who it is."""
    wrong = Path(f"{keys.other}.pub").read_text().strip()  # type: ignore[attr-defined]  # the fixture's type is local
    environment = environment_of(sftp_server, host_key=wrong)
    bench = Workbench(SftpDriver(environment, services), environment, tmp_path)

    with pytest.raises(Unavailable, match=r"expected SHA256:\S+, actual SHA256:\S+") as raised:
        bench.perform("{sftp: clearing-house, list: '/from_us/*'}")

    assert raised.value.system == "clearing-house"


def test_known_hosts_and_first_use(sftp_server: Server, services: Services, tmp_path: Path, keys: object) -> None:
    """A known_hosts file proves the server; without one the first key is remembered only if the environment says so."""
    port = str(sftp_server.entry["sftp"]).removeprefix("sftp://127.0.0.1:").partition("/")[0]
    public = Path(f"{keys.host}.pub").read_text().strip()  # type: ignore[attr-defined]  # the fixture's type is local
    (tmp_path / "known_hosts").write_text(f"[127.0.0.1]:{port} {public}\n")
    step = "{sftp: clearing-house, list: '/from_us/*'}"

    for changes in ({"known_hosts": "known_hosts"}, {"trust": "first_use"}):
        environment = environment_of(sftp_server, host_key=None, **changes)
        driver = SftpDriver(environment, services)
        assert Workbench(driver, environment, tmp_path).perform(step).values["count"] == 0
        driver.close()

    remembered = (tmp_path / ".ringback" / "known_hosts").read_text()
    assert remembered.startswith(f"[127.0.0.1]:{port} ssh-ed25519 ")
    nothing = environment_of(sftp_server, host_key=None)
    with pytest.raises(UsageError, match="proves who it is"):
        Workbench(SftpDriver(nothing, services), nothing, tmp_path).perform(step)


def test_a_refused_login_is_unavailable(sftp_server: Server, services: Services, tmp_path: Path, keys: object) -> None:
    """The wrong key is the environment's fault, and said as such."""
    other = str(keys.other)  # type: ignore[attr-defined]  # the fixture's type is local
    environment = environment_of(sftp_server, key=other)

    with pytest.raises(Unavailable, match=r"refuses .* with the key other"):
        Workbench(SftpDriver(environment, services), environment, tmp_path).perform("{sftp: clearing-house, list: /x}")


def test_a_password_opens_an_account(embedded_sftp: Server, services: Services, tmp_path: Path) -> None:
    """Password login works, and a wrong one is told without repeating it."""
    right = environment_of(embedded_sftp, key=None, password="right-password")
    wrong = environment_of(embedded_sftp, key=None, password="wrong-password")
    driver = SftpDriver(right, services)

    values = Workbench(driver, right, tmp_path).perform("{sftp: clearing-house, list: '/from_us/*'}").values

    driver.close()
    assert values["count"] == 0
    with pytest.raises(Unavailable, match="with the password") as raised:
        Workbench(SftpDriver(wrong, services), wrong, tmp_path).perform("{sftp: clearing-house, list: '/from_us/*'}")
    assert "wrong-password" not in str(raised.value)


def test_the_driver_connects_again_after_the_connection_broke(bench: Workbench, sftp_server: Server) -> None:
    """A server that was restarted is reached by the next attempt."""
    write(sftp_server, "NPORT_1.txt", "6175550100|0000001")
    step = "{sftp: clearing-house, list: '/from_us/*'}"
    bench.perform(step)

    bench.driver.close()

    assert bench.perform(step).values["count"] == 1


def test_many_threads_write_and_read_at_once(bench: Workbench, sftp_server: Server) -> None:
    """One connection serves many journeys; each gets its own file back."""

    def there_and_back(number: int) -> Mapping[str, object]:
        name = f"/from_us/F{number}.txt"
        bench.perform(f"{{sftp: clearing-house, put: {name}, content: 'content {number}'}}", timeout_s=60.0)
        return bench.perform(f"{{sftp: clearing-house, get: {name}}}", timeout_s=60.0).values

    with ThreadPoolExecutor(20) as pool:
        seen = list(pool.map(there_and_back, range(40)))

    assert [values["text"] for values in seen] == [f"content {number}" for number in range(40)]
    assert len(names_in(sftp_server)) == 40
