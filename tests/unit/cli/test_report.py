"""Where `ringback report` finds a run and puts a report."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from ringback.cli.report import report
from ringback.engine.problems import UsageError
from ringback.reports.writer import RecordWriter


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one run; the caller stands in a folder below it."""
    (tmp_path / "pytest.ini").write_text("")
    folder = tmp_path / ".ringback" / "runs" / "r1"
    with RecordWriter(folder, run="r1", worker="main") as record:
        record.record("run.started", {"environment": "embedded", "argv": [], "seed": 1, "defects": []})
    (tmp_path / "journeys").mkdir()
    monkeypatch.chdir(tmp_path / "journeys")
    return tmp_path


@pytest.mark.parametrize(("output", "file"), [("weekly", "weekly/report.html"), ("weekly.html", "weekly.html")])
def test_the_output_is_a_folder_or_the_file_itself(project: Path, output: str, file: str) -> None:
    """A name with the report's ending means that file."""
    result = CliRunner().invoke(report, ["html", "-o", output], catch_exceptions=False)

    assert result.output == f"{file}\n"
    assert (project / "journeys" / file).is_file()


@pytest.mark.usefixtures("project")
def test_a_run_that_is_not_there_is_told_with_the_newest() -> None:
    """Whoever mistyped a run's id sees one that exists."""
    with pytest.raises(UsageError, match=r"there is no run r2 below .* the newest is r1"):
        CliRunner().invoke(report, ["html", "--run", "r2"], catch_exceptions=False)
