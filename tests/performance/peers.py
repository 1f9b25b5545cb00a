"""The tools beside which Ringback is measured, each in an environment of its own under .bench/."""

from __future__ import annotations

import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

from figures import BENCH, Failed

WANTED = {
    # Tavern imports privates of pytest that later versions have renamed: 9.1.1 is the newest that it runs with
    "tavern": ("tavern>=3.7,<3.8", "pytest==9.1.1"),
    "robot": ("robotframework>=7,<8", "robotframework-requests>=0.9,<1"),
}


def peer(name: str, say: Callable[[str], None]) -> Path:
    """The programs' folder of a peer's environment, made when it is not there yet."""
    home = BENCH / name
    packages = WANTED[name]
    mark = home / "installed"
    if not mark.exists() or mark.read_text("utf-8") != "\n".join(packages):
        say(f"  making an environment for {name}: {', '.join(packages)}")
        venv.create(home, with_pip=True, clear=True)
        _run(
            [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
        )
        mark.write_text("\n".join(packages), "utf-8")
    return home / "bin"


def version(programs: Path, package: str) -> str:
    """The version of a package in an environment."""
    code = f"import importlib.metadata as m; print(m.version({package!r}))"
    done = subprocess.run([str(programs / "python"), "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")


OURS = Path(sys.executable).parent
