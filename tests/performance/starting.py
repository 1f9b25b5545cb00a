"""What starting costs: the stack, the command line, the linter, and the plugin in a pytest run without journeys."""

from __future__ import annotations

import json
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from figures import BENCH, PYTHON, ROOT, Failed, Table, Timing, in_turn, share, timed

JOURNEY = "journeys/activate-postpaid-port-in.journey.yaml"
IMPORTED = 8  # packages shown of the plugin's imports
PATIENCE_S = 60.0


def starting(rounds: int, say: Callable[[str], None]) -> tuple[Table, Table]:
    """A table of commands, and one of what importing the plugin costs beyond pytest."""
    with tempfile.TemporaryDirectory(prefix="ringback-bench-") as room:
        home = Path(room)
        variants: dict[str, Callable[[], Timing]] = {
            "python -c pass": partial(timed, [PYTHON, "-c", "pass"], home),
            "import pytest": partial(timed, [PYTHON, "-c", "import pytest"], home),
            "import pytest and the plugin": partial(
                timed, [PYTHON, "-c", "import pytest, ringback.fixtures.plugin"], home
            ),
            "import ringback": partial(timed, [PYTHON, "-c", "import ringback"], home),
            "ringback --help": partial(timed, [PYTHON, "-m", "ringback", "--help"], home),
            "ringback lint (the flagship journey)": partial(_lint, home),
            "stack up, until it is ready": partial(_stack_up, home),
        }
        measured = in_turn(variants, rounds, say)
        imports = _imports(home, rounds)
    bare = measured["python -c pass"]
    rows = [
        (name, f"{took.wall_s * 1000:.0f}", f"{took.cpu_s * 1000:.0f}", share(took.wall_s, bare.wall_s))
        for name, took in measured.items()
    ]
    commands = Table(
        name="startup",
        title="Starting",
        columns=("what", "ms", "ms of processor", "of a bare python"),
        rows=tuple(rows),
        figures={name: {"wall_s": took.wall_s, "cpu_s": took.cpu_s} for name, took in measured.items()},
    )
    return commands, imports


def _lint(home: Path) -> Timing:
    command = [PYTHON, "-m", "ringback", "lint", str(ROOT / JOURNEY), "--env", "embedded"]
    return timed(command, home if (home / "fixtures").exists() else _linked(home))


def _linked(home: Path) -> Path:
    """The project's environments beside the place where the commands run."""
    (home / "fixtures").symlink_to(ROOT / "fixtures")
    return home


def _stack_up(home: Path) -> Timing:
    """Start a stack of its own and end it again as soon as it is ready."""
    ready = home / "ready.json"
    ready.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(dir=home) as stack:
        command = [PYTHON, "-m", "ringback.reference_stack", "up", "--foreground", "--home", stack]
        began = time.perf_counter()
        with subprocess.Popen([*command, "--ready-file", str(ready)], stderr=subprocess.DEVNULL) as process:
            try:
                _until_ready(ready, process)
                took = time.perf_counter() - began
                used = _processor_s(int(json.loads(ready.read_text("utf-8"))["pid"]))
            finally:
                process.terminate()
    return Timing(took, used)


def _until_ready(ready: Path, process: subprocess.Popen[bytes]) -> None:
    pause = threading.Event()
    ends = time.monotonic() + PATIENCE_S
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > ends:
            raise Failed("the stack did not become ready; start it with `ringback stack up --foreground` to see why")
        pause.wait(0.01)


def _processor_s(pid: int) -> float:
    """What a living process has used so far: fields 14 and 15 of its stat, in hundredths of a second."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def _imports(home: Path, rounds: int) -> Table:
    """The least time of each module's own code, summed over packages, without what pytest imports anyway."""
    plain = _modules(home, "import pytest", rounds)
    mine = {
        module: took
        for module, took in _modules(home, "import pytest, ringback.fixtures.plugin", rounds).items()
        if module not in plain
    }
    packages: dict[str, float] = {}
    for module, took in mine.items():
        parts = module.split(".")
        package = ".".join(parts[:2]) if parts[0] == "ringback" else parts[0]
        packages[package] = packages.get(package, 0.0) + took
    ordered = sorted(packages.items(), key=lambda pair: -pair[1])
    rows = [(name, f"{took:.1f}", f"{took / sum(packages.values()):.0%}") for name, took in ordered[:IMPORTED]]
    return Table(
        name="imports",
        title=f"What the plugin imports beyond pytest: {sum(packages.values()):.0f} ms in {len(mine)} modules",
        columns=("package", "ms", "share"),
        rows=tuple(rows),
        remarks=("by python -X importtime, which itself slows imports down",),
        figures=dict(ordered),
    )


def _modules(home: Path, code: str, rounds: int) -> dict[str, float]:
    """Milliseconds of each module's own code."""
    known: dict[str, float] = {}
    for _ in range(rounds + 1):
        done = subprocess.run(
            [PYTHON, "-X", "importtime", "-c", code],
            cwd=home,
            env={"PYTHONPYCACHEPREFIX": str(BENCH / "pycache")},
            capture_output=True,
            text=True,
            check=True,
        )
        for line in done.stderr.splitlines():
            parts = line.removeprefix("import time:").split("|")
            if len(parts) == 3 and parts[0].strip().isdigit():
                module, took = parts[2].strip(), int(parts[0]) / 1000
                known[module] = min(known.get(module, took), took)
    return known
