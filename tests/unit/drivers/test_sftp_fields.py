"""The fields that an sftp step names are held against its layout before anything is read."""

from dataclasses import replace
from pathlib import Path

import pytest

from ringback.drivers.conformance import Workbench
from ringback.drivers.sftp import SftpDriver
from ringback.engine.environment import Environment
from ringback.engine.protocols import FeedFile
from ringback.engine.services import Services


class Pairs:
    """A layout that tells its fields."""

    name = "pairs"
    record_names = frozenset({"tn", "account_no", "entity.status"})

    def decode(self, content: bytes, file_name: str) -> FeedFile:
        """Nothing is ever read here."""
        raise AssertionError(f"{file_name} was read: {content!r}")


@pytest.fixture
def bench(environment: Environment, services: Services, tmp_path: Path) -> Workbench:
    """A bench with the driver and the one layout."""
    return Workbench(SftpDriver(environment, replace(services, layout=lambda _name: Pairs())), environment, tmp_path)


STEP = """
sftp: clearing-house
get: /from_us/*.txt
feed: pairs
where: {%s: x}
expect: {%s: y}
"""


@pytest.mark.parametrize(
    ("where", "path", "told"),
    [
        ("tnn", "record.tn", ["test.journey.yaml:5:9: a record of pairs has no field 'tnn' - did you mean 'tn'?"]),
        ("tn", "record.acount_no", ["test.journey.yaml:6:10: a record of pairs has no field 'acount_no' "]),
        ("tn", "records.*.acount", ["test.journey.yaml:6:10: a record of pairs has no field 'acount' "]),
        ("entity.status", "record.entity.state", ["test.journey.yaml:6:10: a record of pairs has no field 'entity.st"]),
        ("entity.status", "records.0.entity.status", []),
        ("tn", "records.0.tn", []),
        ("tn", "records.length", []),
        ("tn", "header.sequence", []),
    ],
)
def test_a_field_that_no_record_has_is_a_problem(bench: Workbench, where: str, path: str, told: list[str]) -> None:
    """Else the step would look in vain until its deadline, and the product would be blamed."""
    _, problems = bench.read(STEP % (where, path), probes=(path,))

    about_fields = [str(problem) for problem in problems if "no field" in problem.what]
    assert len(about_fields) == len(told)
    assert all(text.startswith(start) for text, start in zip(about_fields, told, strict=True))
