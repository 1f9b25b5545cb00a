"""The run record: appended at once, merged in the order of time, long exhibits beside it."""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from ringback.engine.evidence import ABSENT, Exhibit
from ringback.reports.writer import RecordWriter


def test_an_event_is_in_the_file_when_record_returns(tmp_path: Path) -> None:
    """A process that dies next leaves the event behind, with the head that every line has."""
    now = datetime(2026, 11, 21, 0, 5, 12, 345678, tzinfo=UTC)
    writer = RecordWriter(tmp_path, run="r1", worker="gw0", clock=lambda: now)

    writer.record("step.started", {"step": "order", "amount": Decimal("36.00"), "gone": ABSENT})

    (line,) = (tmp_path / "record-gw0.jsonl").read_text().splitlines()
    assert json.loads(line) == {
        "v": 1,
        "at": "2026-11-21T00:05:12.345Z",
        "event": "step.started",
        "run": "r1",
        "worker": "gw0",
        "step": "order",
        "amount": "36.00",
        "gone": "absent",
    }
    writer.close()


def test_a_short_text_stays_inline_and_anything_else_is_a_file(tmp_path: Path) -> None:
    """The record stays readable; screenshots and long pages lie beside it."""
    with RecordWriter(tmp_path, run="r1") as writer:
        short = writer.keep(Exhibit("request", "text/plain", "GET /"))
        long = writer.keep(Exhibit("page/text", "text/plain", "x" * 9000))
        picture = writer.keep(Exhibit("screen.png", "image/png", b"\x89PNG"))

    assert short == {"name": "request", "media_type": "text/plain", "text": "GET /"}
    assert (tmp_path / str(long["file"])).read_text() == "x" * 9000
    assert picture["file"] == "evidence/main-00002-screen.png"


def test_threads_never_mix_their_lines_and_an_event_is_cheap(tmp_path: Path) -> None:
    """Two hundred events from each of eight threads: whole lines, and far less than 50 us each on average."""
    fields = {"step": "order", "values": {"body": [{"id": "PO-1", "state": "acknowledged"}] * 5}}
    with RecordWriter(tmp_path, run="r1") as writer:

        def many() -> None:
            for _ in range(200):
                writer.record("attempt", fields)

        threads = [threading.Thread(target=many) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        began = time.perf_counter()
        for _ in range(500):
            writer.record("attempt", fields)
        each_us = (time.perf_counter() - began) / 500 * 1e6

    lines = writer.path.read_text().splitlines()
    assert len(lines) == 2100
    assert all(json.loads(line)["event"] == "attempt" for line in lines)
    assert each_us < 200  # measured 12 us on an idle machine; this bound only catches a change of kind
