"""A small run record of two executions: one passed, one failed at its second step."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ringback.reports.record import RunRecord, merge_records, read_run

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TABLE = "application/vnd.ringback.table+json"


def line(moment_s: float, event: str, worker: str = "main", /, **fields: object) -> str:
    """One line of a record."""
    at = (START + timedelta(seconds=moment_s)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"v": 1, "at": at, "event": event, "run": "run-1", "worker": worker, **fields})


def execution(session: str, variant: str, worker: str, *, fails: bool) -> list[str]:
    """A journey of two steps; the second waits twice and then holds or not."""
    where = {"session": session, "worker": worker}
    head = {"journey": "activate", "variant": variant, "name": "Activate a line", "file": "a.journey.yaml", "line": 1}
    rows = json.dumps({"columns": ["tn", "account_no"], "rows": [["6175550142", "0012345"], [None, "<b>"]]})
    status = "failed" if fails else "passed"
    check = {
        "check": "expect",
        "path": "text(Monthly total)",
        "passed": not fails,
        "expected": "36.00 USD",
        "actual": "45.00 USD" if fails else "36.00 USD",
        "message": "9.00 more" if fails else "",
        "line": 12,
    }
    failure = {
        **{name: check[name] for name in ("check", "path", "expected", "actual", "line")},
        "step": "price",
        "name": "The price is right",
        "kind": "ui",
        "system": "discount-engine",
        "owner": "",
        "operation": "read",
        "message": "",
        "hint": "",
        "file": "a.journey.yaml",
    }
    step = {"file": "a.journey.yaml", "line": 10, "handoff": "interest-to-order", "owner": "", "phase": "steps"}
    done = {"fault": "none", "message": "", "hint": "", "outputs": {}, "exhibits": []}
    return [
        line(
            0.1, "journey.started", **where, **head, owner="orders", rank=1, gate="blocking", parameters={"donor": "n"}
        ),
        line(0.1, "step.started", **where, **step, step="feed", name="A feed", kind="sftp", system="bureau", parent=""),
        line(
            0.2,
            "attempt",
            **where,
            step="feed",
            number=1,
            at_s=0,
            duration_s=0.1,
            summary="one file",
            exhibits=[{"name": "records", "media_type": TABLE, "text": rows}],
            checks=[],
        ),
        line(0.3, "step.finished", **where, **done, step="feed", status="passed", duration_s=0.2, system="bureau"),
        line(
            0.3,
            "step.started",
            **where,
            **step,
            step="price",
            name="The price is right",
            kind="ui",
            system="discount-engine",
            parent="",
        ),
        line(0.4, "attempt", **where, step="price", number=1, at_s=0, duration_s=0.1, summary="page", checks=[check]),
        line(0.6, "attempt", **where, step="price", number=2, at_s=0.2, duration_s=0.1, summary="page", checks=[check]),
        line(
            0.7, "step.finished", **where, **done, step="price", status=status, duration_s=0.4, system="discount-engine"
        ),
        line(
            0.8,
            "journey.finished",
            **where,
            status=status,
            fault="product" if fails else "none",
            duration_s=0.7,
            failure=failure if fails else None,
            known_values=["6175550142"],
            interfaces={"ui": 1, "sftp": 1},
        ),
    ]


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    """A run of two workers, not yet merged."""
    begin = line(0, "run.started", tool_version="0.1.0", environment="embedded", release="2026.11.1", defects=["D05"])
    end = line(1, "run.finished", status="failed", duration_s=1.0, exit_code=1)
    main = [begin, *execution("s1", "north", "main", fails=False), end]
    (tmp_path / "record-main.jsonl").write_text("\n".join(main) + "\n")
    other = execution("s2", "west", "gw1", fails=True)
    (tmp_path / "record-gw1.jsonl").write_text("\n".join(other) + "\n")
    return tmp_path


@pytest.fixture
def run(run_folder: Path) -> RunRecord:
    """The merged run."""
    merge_records(run_folder)
    return read_run(run_folder)


@pytest.fixture
def cut_off(run_folder: Path) -> Callable[[int], RunRecord]:
    """The run as it is when the process died after so many lines of the main worker."""

    def cut(lines: int) -> RunRecord:
        path = run_folder / "record-main.jsonl"
        kept = path.read_text().splitlines()[:lines]
        path.write_text("\n".join(kept) + '\n{"v":1,"at":"2026')
        return read_run(run_folder)

    return cut
