"""No secret of a run is found in anything the run leaves or says: searched for by value, in every common encoding."""

from __future__ import annotations

import base64
import html
import io
import json
import subprocess
import threading
import urllib.parse
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.endtoend.conftest import LONGEST_S, Project

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".woff", ".woff2", ".ttf")
SHORT_PIN = "Q7Z4"  # too short to be masked by value, too odd to occur by chance
LONG_PIN = "PINx90417362yz"
RUN = ("ringback", "run", "journeys", "--report-dir", "reports")
PYTEST = ("pytest", "journeys", "--alluredir=reports/allure", "--junitxml=reports/junit.xml", "-rA")
CANARY = "c4n/ry+\"<&>'?=%0123456789-zé"


def ways_to_write(secret: str) -> Mapping[str, bytes]:
    """The secret in plain and as logs, pages and archives encode it, written without the product's help."""
    raw = secret.encode()
    ways = {
        "plain": raw,
        "url": urllib.parse.quote(secret, safe="").encode(),
        "url of a path": urllib.parse.quote(secret).encode(),
        "url of a form": urllib.parse.quote_plus(secret).encode(),
        "hex": raw.hex().encode(),
        "HEX": raw.hex().upper().encode(),
        "json": json.dumps(secret)[1:-1].encode(),
        "json in json": json.dumps(json.dumps(secret)[1:-1])[1:-1].encode(),
        "json with its letters": json.dumps(secret, ensure_ascii=False)[1:-1].encode(),
        "html": html.escape(secret).encode(),
    }
    for offset in range(3):  # the first and last characters of base64 also hold bits of the neighbours
        whole = base64.b64encode(b"\0" * offset + raw).rstrip(b"=")
        ways[f"base64 at {offset}"] = whole[-(-offset * 8 // 6) : (offset + len(raw)) * 8 // 6]
        ways[f"base64 for urls at {offset}"] = ways[f"base64 at {offset}"].replace(b"+", b"-").replace(b"/", b"_")
    return ways


def leaks(secrets: Mapping[str, str], texts: Iterator[tuple[str, bytes]]) -> list[str]:
    """Where which secret was found, and how it was written."""
    wanted = [(name, way, text) for name, value in secrets.items() for way, text in ways_to_write(value).items()]
    return sorted(
        {f"{name} ({way}) in {place}" for place, text in texts for name, way, secret in wanted if secret in text}
    )


def everything(folder: Path, said: str) -> Iterator[tuple[str, bytes]]:
    """What was said, and every file below a folder; archives are opened, archives inside them too."""
    yield "the terminal", said.encode()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix not in PICTURES:
            yield from _inside(str(path.relative_to(folder)), path.read_bytes())


def _inside(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    yield name, content
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.namelist():
                if not member.endswith(PICTURES):
                    yield from _inside(f"{name}/{member}", archive.read(member))


@pytest.fixture
def echo() -> Iterator[str]:
    """A system that gives away what it was told, in every way a careless system does."""

    class Parrot(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
            secret = json.loads(told)["token"]
            ways = {way: text.decode() for way, text in ways_to_write(secret).items()}
            body = json.dumps(
                {"told": told, "ways": ways, "page": f"<p title={html.escape(secret)!r}>", "auth": dict(self.headers)}
            ).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("X-Debug", urllib.parse.quote(secret))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Parrot)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_search_finds_what_it_is_asked_for(tmp_path: Path) -> None:
    """The search itself: each way of writing is found, in files, in archives and in archives inside archives."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("trace.network", base64.b64encode(f"user:{CANARY}!".encode()))
    with zipfile.ZipFile(tmp_path / "trace.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.zip", inner.getvalue())
    (tmp_path / "record.jsonl").write_text(json.dumps({"a": CANARY}))

    found = leaks({"TOKEN": CANARY}, everything(tmp_path, html.escape(CANARY)))

    assert "TOKEN (html) in the terminal" in found
    assert "TOKEN (json) in record.jsonl" in found
    assert "TOKEN (base64 at 2) in trace.zip/inner.zip/trace.network" in found


def test_a_token_is_masked_however_a_system_gives_it_away(project: Project, echo: str) -> None:
    """Plain, URL, hex, base64 at each offset, JSON and HTML: in the record, all reports, the terminal."""
    system = f'{{api: "{echo}", auth: {{basic: {{user: rep, password: {{secret: API_TOKEN}}}}}}}}'
    project.write("fixtures/environments/sit.yaml", f"environment: sit\nclock: real\nsystems:\n  shop: {system}\n")
    project.write("journeys/leak.journey.yaml", LEAK)

    ended = project.call(
        "run",
        "journeys",
        "--env",
        "sit",
        "--report-dir",
        "reports",
        variables={"API_TOKEN": CANARY, "PORT_PIN": SHORT_PIN},
    )

    assert ended.code == 1, ended.text
    assert {path.name for path in (project.path / "reports").iterdir()} == {
        "report.html",
        "junit.xml",
        "allure-results",
    }
    assert "[secret" in ended.text
    assert leaks({"API_TOKEN": CANARY, "PORT_PIN": SHORT_PIN}, _left(project, ended.text)) == []


LEAK = """
journey: leak
summary: A system gives secrets away
owner: qa-triage
inputs:
  token: {secret: API_TOKEN}
  pin: {secret: PORT_PIN}
steps:
  - id: told
    name: It repeats what it was told
    api: shop
    method: POST
    url: /echo
    query: {token: $inputs.token}
    headers: {X-Token: "Bearer {$inputs.token}"}
    body: {token: $inputs.token, pin: $inputs.pin, "note": "PIN: {$inputs.pin}"}
    expect:
      status: 200
      body.told: something else
      body.ways.plain: another
      body.page: {contains: $inputs.token}
      headers.x-debug: $inputs.token
      body.auth.X-Token: none
"""


def test_a_passed_run_with_traces_keeps_every_secret(flagship: Project) -> None:
    """Tokens of the stack, the password of the rep, a short and a long PIN: typed, sent, filed, traced, not found."""
    flagship.variables.update(PORT_PIN=SHORT_PIN, CORRECTED_PORT_PIN=LONG_PIN)

    code, text, secrets = _watched(flagship, *RUN, "-k", "west-mobile-PHX-128-resolve_then_confirm", "--trace")

    assert code == 0, text
    assert {"API_TOKEN", "ADMIN_TOKEN", "REP_PASSWORD", "PARTNERS_TOKEN"} <= set(secrets)
    assert list(flagship.folder.rglob("*.zip"))
    assert leaks({**secrets, "PORT_PIN": SHORT_PIN, "CORRECTED_PORT_PIN": LONG_PIN}, _left(flagship, text)) == []


@pytest.mark.parametrize(("pin", "command"), [(LONG_PIN, RUN), (SHORT_PIN, PYTEST)], ids=["run", "pytest"])
def test_a_failed_run_with_its_trace_keeps_every_secret(flagship: Project, pin: str, command: Sequence[str]) -> None:
    """A failure shows more: page text, screenshot, trace, expected beside actual; also in what pytest itself writes."""
    flagship.variables.update(PORT_PIN=pin)

    code, text, secrets = _watched(flagship, *command, "-k", "north-tel-PHX-128-confirm", "--defect", "D11")

    assert code == 1, text
    assert list(flagship.folder.rglob("*.zip"))
    assert leaks({**secrets, "PORT_PIN": pin}, _left(flagship, text)) == []


def _watched(project: Project, module: str, *arguments: str) -> tuple[int, str, dict[str, str]]:
    """A run, and the secrets that its stack and its partners held while it lasted."""
    scratch = project.path / "scratch"
    scratch.mkdir()
    project.variables["TMPDIR"] = str(scratch)
    process = project.start(*arguments, module=module)
    secrets: dict[str, str] = {}
    looking = threading.Thread(target=_collect, args=(scratch, process, secrets))
    looking.start()
    text = process.communicate(timeout=LONGEST_S)[0]
    looking.join()
    return process.returncode, text, secrets


def _collect(scratch: Path, process: subprocess.Popen[str], secrets: dict[str, str]) -> None:
    """Read the ready files of the run's processes as long as they are there."""
    pause = threading.Event()
    while process.returncode is None:
        try:
            for ready in scratch.glob("ringback-*/*/*.ready.json"):
                told = json.loads(ready.read_text(encoding="utf-8"))
                secrets |= {str(name): str(value) for name, value in told.get("secrets", {}).items()}
                secrets |= {"PARTNERS_TOKEN": str(told["token"])} if "token" in told else {}
        except OSError:  # the run is tidying up
            pass
        pause.wait(0.05)


def _left(project: Project, said: str) -> Iterator[tuple[str, bytes]]:
    """All that a run leaves: records, evidence, reports - not the environment file, which is the carrier's."""
    yield from everything(project.folder, said)
    yield from everything(project.path / "reports", "")
