"""What every driver of a run shares: secrets to hide, where evidence goes, how a feed's layout is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ringback.engine.protocols import Layout
from ringback.engine.redaction import Redactor


@dataclass(frozen=True, slots=True)
class Services:
    """Handed to each driver and probe when it is built.

    `project` is the folder that `use:` and environment paths start from; `evidence_dir` belongs to this run.
    `headed` shows the browser's window; `trace` keeps a trace of passed journeys too.
    """

    redactor: Redactor
    run_id: str
    evidence_dir: Path
    project: Path
    layout: Callable[[str], Layout]
    headed: bool = False
    trace: bool = False
