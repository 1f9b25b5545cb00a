"""The extensions that docs/architecture.md shows are real: the driver keeps the contract, the layouts are read."""

from __future__ import annotations

import importlib.util
import re
import socketserver
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ringback.drivers.conformance import CHECKS, DriverCase
from ringback.engine.environment import Environment

ROOT = Path(__file__).parents[3]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def block(page: str, language: str, holds: str) -> str:
    """The fenced block of a page that holds a text."""
    found: list[tuple[str, str]] = FENCE.findall((ROOT / "docs" / page).read_text("utf-8"))
    return next(text for kind, text in found if kind == language and holds in text)


def module(folder: Path, name: str, text: str) -> Any:
    """A block as an imported module."""
    path = folder / f"{name}.py"
    path.write_text(text, "utf-8")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


class Element(socketserver.StreamRequestHandler):
    """A network element that knows every subscriber."""

    def handle(self) -> None:
        command = self.rfile.readline().decode().strip().rstrip(";")
        self.wfile.write(f"OK,MSISDN={command.partition('=')[2]},STATE=ACTIVE\n".encode())


@pytest.fixture
def element() -> Iterator[str]:
    """The address of a running element."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Element) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join(5)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_driver_of_the_page_keeps_the_contract(
    check: Callable[[DriverCase], None], element: str, tmp_path: Path
) -> None:
    """Thirty lines are a whole driver: problems at load time, evidence, threads, an unreachable system."""
    shown = module(tmp_path, "mml", block("architecture.md", "python", "class MmlDriver"))
    systems = {"hlr": {"mml": element}, "gone": {"mml": "127.0.0.1:1"}}
    environment = Environment("lab", "lab.yaml", "real", systems)

    check(
        DriverCase(
            driver=shown.MmlDriver(environment, None),
            environment=environment,
            good="{mml: hlr, command: 'LST SUB:MSISDN=6175550123', expect: {fields.STATE: ACTIVE}}",
            unreachable="{mml: gone, command: 'LST SUB:MSISDN=6175550123', expect: {fields.STATE: ACTIVE}}",
            mistakes={
                "{mml: hlr, expect: {answer: OK}}": "add `command: ...`",
                "{mml: hrl, command: X, expect: {answer: OK}}": "did you mean 'hlr'?",
            },
        )
    )


def test_the_layouts_of_the_page_are_found(tmp_path: Path) -> None:
    """The function beside a *.layout.yaml answers it by its name."""
    (tmp_path / "stock.layout.yaml").write_text(block("partner-feeds.md", "yaml", "layout: stock"), "utf-8")
    shown = module(tmp_path, "acme_layouts", block("architecture.md", "python", "load_layouts"))

    file = shown.layouts()["stock"].decode(b"PHX-128;12;\nPHX-256;0;\n", "STOCK_20261120.csv")

    assert file.records[0] == {"sku": "PHX-128", "quantity": "12", "reason": ""}
    assert [(problem.line, problem.code, problem.field) for problem in file.problems] == [(2, "R101", "reason")]
