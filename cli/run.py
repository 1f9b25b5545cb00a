"""`ringback run`: journeys under pytest, with the exit codes that a pipeline can act on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
import pytest

from ringback.engine.exit_codes import ExitCode
from ringback.engine.project import project_of
from ringback.fixtures.ending import RunEnd
from ringback.fixtures.keys import END
from ringback.reports.record import RunRecord

INTERRUPTED = 130  # as a shell says it of a program ended by Ctrl-C
QUIET = ("--import-mode=importlib", "-p", "no:cacheprovider", "-v", "--no-header", "--no-summary", "--tb=no")
ALREADY = "ignore:Module already imported:pytest.PytestAssertRewriteWarning"  # this command imports ringback first


@click.command(context_settings={"ignore_unknown_options": False})
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--env", metavar="NAME", help="Environment file: fixtures/environments/NAME.yaml.")
@click.option(
    "--defect", "defects", metavar="IDS", multiple=True, help="Switch a defect of the embedded stack on: D05."
)
@click.option("--release", metavar="VERSION", help="The release candidate that this run judges.")
@click.option("-k", "expression", metavar="EXPR", help="Only variants whose id matches, as in pytest.")
@click.option("-m", "marks", metavar="EXPR", help="Only journeys with these tags, as in pytest.")
@click.option("-n", "workers", metavar="N", help="Worker processes (needs pytest-xdist).")
@click.option("--at-once", metavar="N", type=int, help="Journeys at the same time in each process.")
@click.option("-x", "stop_early", is_flag=True, help="Stop at the first journey that does not pass.")
@click.option("--headed", is_flag=True, help="Show the browser's window.")
@click.option("--trace", is_flag=True, help="Keep the browser's trace of passed journeys too.")
@click.option("--seed", metavar="N", type=int, help="Seed of everything made up.")
@click.option("--report-dir", metavar="DIR", help="Write HTML, JUnit and Allure results there.")
@click.option("--ringback-dir", metavar="DIR", help="Folder for records, evidence and leases.")
def run(files: tuple[Path, ...], **given: object) -> None:
    """Run the journeys of FILES (files or folders; default: journeys/).

    Exit codes: 0 passed, 1 the product failed, 2 usage, 3 a journey is broken, 4 a system, partner or tool cannot be
    used, 5 nothing ran.
    """
    judge = Judge()
    project = project_of(files, Path.cwd())
    targets = files or (project / "journeys",)
    code = pytest.main(pytest_arguments(targets, project, given), plugins=[judge])
    judge.tell()
    raise click.exceptions.Exit(judge.exit_code(int(code)))


class Judge:
    """Listens to pytest and translates its end."""

    def __init__(self) -> None:
        """Nothing has been heard yet."""
        self._end: RunEnd | None = None
        self._unread: list[str] = []

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A journey file that cannot even be listed."""
        if report.failed:
            self._unread.append(str(report.longrepr))

    def pytest_ringback_run_finished(self, config: pytest.Config, run: RunRecord) -> None:
        """The record is complete."""
        del run
        self._end = config.stash[END]

    def tell(self) -> None:
        """Problems of files that were not run; the plugin has told about those that were."""
        for text in self._unread:
            click.echo(text, err=True)

    def exit_code(self, code: int) -> int:
        """What `ringback run` answers when pytest answered `code`."""
        if self._end is not None and self._end.exit_code is ExitCode.PRODUCT:
            return ExitCode.PRODUCT
        if self._unread:
            return ExitCode.TEST
        if code in _OF_PYTEST:
            return _OF_PYTEST[code]
        if self._end is not None and self._end.exit_code is not ExitCode.PASSED:
            return self._end.exit_code
        return ExitCode.PASSED if code == pytest.ExitCode.OK else ExitCode.PRODUCT


_OF_PYTEST = {
    int(pytest.ExitCode.USAGE_ERROR): int(ExitCode.USAGE),
    int(pytest.ExitCode.INTERNAL_ERROR): int(ExitCode.ENVIRONMENT),
    int(pytest.ExitCode.NO_TESTS_COLLECTED): int(ExitCode.NOTHING),
    int(pytest.ExitCode.INTERRUPTED): INTERRUPTED,
}

_VALUES = {
    "env": "--env",
    "release": "--release",
    "expression": "-k",
    "marks": "-m",
    "workers": "-n",
    "at_once": "--journeys-at-once",
    "seed": "--seed",
    "report_dir": "--report-dir",
    "ringback_dir": "--ringback-dir",
}
_FLAGS = {"stop_early": "-x", "headed": "--headed", "trace": "--keep-trace"}


def pytest_arguments(targets: Sequence[Path], project: Path, given: dict[str, object]) -> list[str]:
    """The command line for pytest."""
    arguments = [*QUIET, "-W", ALREADY, f"--rootdir={project}"]
    arguments += [
        f"{_VALUES[name]}={value}" if _VALUES[name].startswith("--") else f"{_VALUES[name]}{value}"
        for name, value in given.items()
        if name in _VALUES and value is not None
    ]
    arguments += [flag for name, flag in _FLAGS.items() if given.get(name)]
    defects = given.get("defects")
    if isinstance(defects, tuple) and defects:
        arguments.append(f"--defect={','.join(defects)}")
    return [*arguments, *map(str, targets)]
