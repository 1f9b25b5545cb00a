"""Every built-in feed in a journey step: read from an SFTP server through `feed:`, a record found, the file judged."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from ringback.assertions.feed import FeedCheck
from ringback.drivers.conformance import Workbench
from ringback.drivers.sftp import SftpDriver
from ringback.engine.environment import Environment
from ringback.engine.redaction import Redactor
from ringback.engine.services import Services
from ringback.synthetic_partners.generate import GeneratedFile, generate_file
from ringback.synthetic_partners.layouts import built_in_layouts

LAYOUTS = built_in_layouts()


class Server(Protocol):
    """What the fixture gives."""

    root: Path
    entry: dict[str, object]


@pytest.fixture
def bench(embedded_sftp: Server, tmp_path: Path) -> Iterator[Workbench]:
    """A bench with the driver on it, which knows the built-in layouts."""
    environment = Environment("test", "test.yaml", "real", {"partner": embedded_sftp.entry})
    services = Services(Redactor(), "run", tmp_path / "evidence", tmp_path, LAYOUTS.__getitem__)
    driver = SftpDriver(environment, services)
    yield Workbench(driver, environment, tmp_path)
    driver.close()


def put(server: Server, name: str) -> tuple[GeneratedFile, str]:
    """A file of a layout in /from_us, and the key of its last record."""
    layout = LAYOUTS[name]
    made = generate_file(layout, rows=3, seed=11)
    (server.root / "from_us" / made.name).write_bytes(made.content)
    return made, layout.decode(made.content, made.name).records[-1][layout.key]


def test_a_step_finds_its_record_in_every_feed(bench: Workbench, embedded_sftp: Server) -> None:
    """`where` means the record by its key, the record's fields are text, and the file is valid by its layout."""
    seen = {}
    for name, layout in LAYOUTS.items():
        made, key = put(embedded_sftp, name)
        step = f"{{sftp: partner, get: /from_us/{made.name}, feed: {name}, where: {{{layout.key}: '{key}'}}}}"
        evidence = bench.perform(step)
        action, problems = bench.read(step, probes=(f"record.{layout.key}", f"records.0.{layout.key}"))
        (judged,) = FeedCheck().judge(evidence, bench.call(action))
        record = evidence.values["record"]
        assert isinstance(record, dict)
        seen[name] = (problems, evidence.values["valid"], judged.passed, record[layout.key] == key)

    assert seen == dict.fromkeys(LAYOUTS, ((), True, True, True))


def test_a_member_is_named_by_its_path(bench: Workbench, embedded_sftp: Server) -> None:
    """A step looks at `record.entity.status`; a path that no message has is told before anything is read."""
    made, key = put(embedded_sftp, "kci")
    step = f"{{sftp: partner, get: /from_us/{made.name}, feed: kci, where: {{id: '{key}'}}}}"

    _, good = bench.read(step, probes=("record.entity.status", "record.information.type"))
    _, bad = bench.read(step, probes=("record.entity.state",))

    assert good == ()
    assert "no field 'entity.state'" in str(bad[0])


def test_a_damaged_file_is_told_by_the_feed_check(bench: Workbench, embedded_sftp: Server) -> None:
    """The address registry miscounts: the step that reads its file says where and why."""
    made, key = put(embedded_sftp, "avrsp")
    path = embedded_sftp.root / "from_us" / made.name
    path.write_bytes(made.content.replace(b"#TRAILER,3", b"#TRAILER,4"))
    step = f"{{sftp: partner, get: /from_us/{made.name}, feed: avrsp, where: {{request_id: '{key}'}}}}"
    action, _ = bench.read(step)

    outcomes = FeedCheck().judge(bench.perform(step), bench.call(action))

    assert [(one.passed, one.path, one.actual) for one in outcomes] == [(False, f"{made.name}:5:10", "G004 count")]
