"""Two-call API journeys: make an order, read it back; the whole process from its start to its end."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from answering import answering
from figures import PYTHON, Table, Timing, in_turn, share, timed
from peers import peer, version

STEPS = 2
PER_FILE = 50  # of the peers' tests, which may stand several in a file; a journey of Ringback is a file

# What comes with a bare pytest, and what comes with `pip install ringback`: each pays for its own plugins.
BARE = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
WITH_RINGBACK = ("-p", "ringback.fixtures.plugin", "-p", "allure_pytest", "-p", "anyio", "-p", "faker")


@dataclass(frozen=True, slots=True)
class Measured:
    """One number of journeys, measured with every tool."""

    journeys: int
    timings: Mapping[str, Timing]

    def above_ms(self, name: str) -> float:
        """Milliseconds per step above the hand-written tests."""
        over = self.timings[name].wall_s - self.timings["hand-written"].wall_s
        return over / (self.journeys * STEPS) * 1000


def api_journeys(sizes: tuple[int, ...], rounds: int, say: Callable[[str], None], *, peers: bool = True) -> Table:
    """Measure all tools for each number of journeys."""
    with answering() as url:
        measured = [Measured(size, _measure(size, url, rounds, say, peers=peers)) for size in sizes]
    names = list(measured[0].timings)
    columns = ["tool", *(f"{each.journeys}: {what}" for each in measured for what in ("s", "ratio", "ms/step above"))]
    rows = [
        (name, *(cell for each in measured for cell in _cells(each, name)), *_slope(measured, name)) for name in names
    ]
    if len(measured) > 1:
        columns += ["start-up apart: ms/step above", "of processor"]
    return Table(
        name="api_journeys",
        title="Two-call API journeys: whole process, beside hand-written pytest + requests",
        columns=tuple(columns),
        rows=tuple(rows),
        remarks=("least of the rounds; Ringback writes its record and its HTML report in this time",),
        figures={
            str(each.journeys): {
                name: {"wall_s": took.wall_s, "cpu_s": took.cpu_s, "ms_per_step_above": each.above_ms(name)}
                for name, took in each.timings.items()
            }
            for each in measured
        },
    )


def _cells(measured: Measured, name: str) -> Iterator[str]:
    took = measured.timings[name].wall_s
    yield f"{took:.2f}"
    yield share(took, measured.timings["hand-written"].wall_s)
    yield f"{measured.above_ms(name):.2f}"


def _slope(measured: list[Measured], name: str) -> tuple[str, ...]:
    """What a step costs above hand-written once everything runs: from the smallest to the largest number."""
    if len(measured) < 2:
        return ()
    small, large = measured[0], measured[-1]
    steps = (large.journeys - small.journeys) * STEPS

    def above(seconds: Callable[[Timing], float]) -> float:
        def per_step(tool: str) -> float:
            return (seconds(large.timings[tool]) - seconds(small.timings[tool])) / steps

        return (per_step(name) - per_step("hand-written")) * 1000

    return f"{above(lambda took: took.wall_s):.2f}", f"{above(lambda took: took.cpu_s):.2f}"


def _measure(size: int, url: str, rounds: int, say: Callable[[str], None], *, peers: bool) -> dict[str, Timing]:
    say(f"{size} journeys")
    with tempfile.TemporaryDirectory(prefix="ringback-bench-") as room:
        home = Path(room)
        variants: dict[str, Callable[[], Timing]] = {
            "hand-written": partial(_run_pytest, _hand_written(home / "hand", size, url)),
            "hand-written, a file each": partial(_run_pytest, _hand_written(home / "each", size, url, per_file=1)),
            "ringback": partial(_run_ringback, _ringback(home / "ringback", size, url)),
            "ringback, contract judged": partial(_run_ringback, _ringback(home / "judged", size, url, judged=True)),
        }
        if peers:
            robot, tavern = peer("robot", say), peer("tavern", say)
            variants[f"Robot Framework {version(robot, 'robotframework')}"] = partial(
                _run_robot, robot, _robot(home / "robot", size, url)
            )
            variants[f"Tavern {version(tavern, 'tavern')}"] = partial(
                _run_tavern, tavern, _tavern(home / "tavern", size, url)
            )
        return in_turn(variants, rounds, say)


def _run_pytest(folder: Path) -> Timing:
    return timed([PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider"], folder, BARE)


def _run_ringback(folder: Path) -> Timing:
    shutil.rmtree(folder / ".ringback", ignore_errors=True)
    command = [PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", *WITH_RINGBACK, "--env", "bench"]
    return timed(command, folder, BARE)


def _run_robot(programs: Path, folder: Path) -> Timing:
    return timed([str(programs / "robot"), "--outputdir", "out", "--console", "quiet", "."], folder)


def _run_tavern(programs: Path, folder: Path) -> Timing:
    return timed([str(programs / "python"), "-m", "pytest", "-q", "-p", "no:cacheprovider"], folder)


def _groups(size: int, per_file: int = PER_FILE) -> Iterator[tuple[int, range]]:
    for number, first in enumerate(range(0, size, per_file)):
        yield number, range(first, min(first + per_file, size))


def _write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


HAND_CONFTEST = """
import pytest, requests

@pytest.fixture(scope="session")
def session():
    with requests.Session() as kept:
        yield kept
"""
HAND_TEST = """
def test_order_{number}(session):
    made = session.post(URL + "/orders", json={{"externalId": "WEB-{number}", "offering": "MOBILE-GOLD"}}, timeout=30)
    assert made.status_code == 201
    order = made.json()
    assert order["state"] == "acknowledged"
    assert order["externalId"] == "WEB-{number}"
    read = session.get(URL + "/orders/" + order["id"], timeout=30)
    assert read.status_code == 200
    body = read.json()
    assert body["id"] == order["id"]
    assert body["productOrderItem"][0]["action"] == "add"
    assert body["productOrderItem"][0]["productOffering"]["id"] == "MOBILE-GOLD"
"""


def _hand_written(folder: Path, size: int, url: str, per_file: int = PER_FILE) -> Path:
    _write(folder, "pytest.ini", "[pytest]\n")
    _write(folder, "conftest.py", HAND_CONFTEST)
    for number, group in _groups(size, per_file):
        tests = "".join(HAND_TEST.format(number=each) for each in group)
        _write(folder, f"test_orders_{number}.py", f"URL = {url!r}\n{tests}")
    return folder


JOURNEY = """
journey: order-{number}
summary: Order {number} is made and can be read back
owner: order-management
inputs: {{number: WEB-{number}}}
steps:
  - id: made
    name: The order is acknowledged
    api: ordering{made}
    body: {{externalId: $inputs.number, offering: MOBILE-GOLD}}
    expect:
      status: 201
      body.state: acknowledged
      body.externalId: $inputs.number
    outputs: {{id: body.id}}
  - id: read
    name: The order can be read back
    api: ordering{read}
    expect:
      status: 200
      body.id: $made.id
      body.productOrderItem.0.action: add
      body.productOrderItem.0.productOffering.id: MOBILE-GOLD
"""
PLAIN = {"made": "\n    method: POST\n    url: /orders", "read": '\n    url: "/orders/{$made.id}"'}
JUDGED = {"made": ".createOrder", "read": ".retrieveOrder\n    path: {id: $made.id}"}
CONTRACT = """{"openapi": "3.1.0", "info": {"title": "Orders", "version": "1"},
 "paths": {
  "/orders": {"post": {"operationId": "createOrder", "responses": {"201": {"description": "made", "content":
   {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}}}}},
  "/orders/{id}": {"get": {"operationId": "retrieveOrder",
   "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
   "responses": {"200": {"description": "found", "content":
    {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}}}}}},
 "components": {"schemas": {
  "Item": {"type": "object", "required": ["id", "action", "state"], "properties": {"id": {"type": "string"},
   "action": {"enum": ["add", "modify", "delete"]}, "state": {"type": "string"},
   "productOffering": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}}},
  "Order": {"type": "object", "required": ["id", "state", "externalId", "productOrderItem"], "properties": {
   "id": {"type": "string"}, "externalId": {"type": "string"},
   "state": {"enum": ["acknowledged", "inProgress", "completed"]},
   "productOrderItem": {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/Item"}}}}}}}
"""


def _ringback(folder: Path, size: int, url: str, *, judged: bool = False) -> Path:
    contract = "\n    contract: contract.json" if judged else ""
    _write(folder, "pytest.ini", "[pytest]\n")
    _write(folder, "contract.json", CONTRACT)
    _write(
        folder,
        "fixtures/environments/bench.yaml",
        f"environment: bench\nclock: real\nsystems:\n  ordering:\n    api: {url}{contract}\n",
    )
    for number in range(size):
        text = JOURNEY.format(number=number, **(JUDGED if judged else PLAIN))
        _write(folder, f"journeys/order-{number}.journey.yaml", text.lstrip())
    return folder


ROBOT_HEAD = """
*** Settings ***
Library    RequestsLibrary
Library    Collections
Suite Setup    Create Session    orders    {url}

*** Test Cases ***
"""
ROBOT_TEST = """Order {number}
    &{{asked}}=    Create Dictionary    externalId=WEB-{number}    offering=MOBILE-GOLD
    ${{made}}=    POST On Session    orders    /orders    json=${{asked}}    expected_status=201
    ${{order}}=    Set Variable    ${{made.json()}}
    Should Be Equal    ${{order}}[state]    acknowledged
    Should Be Equal    ${{order}}[externalId]    WEB-{number}
    ${{read}}=    GET On Session    orders    /orders/${{order}}[id]    expected_status=200
    ${{body}}=    Set Variable    ${{read.json()}}
    Should Be Equal    ${{body}}[id]    ${{order}}[id]
    Should Be Equal    ${{body}}[productOrderItem][0][action]    add
    Should Be Equal    ${{body}}[productOrderItem][0][productOffering][id]    MOBILE-GOLD
"""


def _robot(folder: Path, size: int, url: str) -> Path:
    for number, group in _groups(size):
        tests = "".join(ROBOT_TEST.format(number=each) for each in group)
        _write(folder, f"orders_{number}.robot", ROBOT_HEAD.format(url=url).lstrip() + tests)
    return folder


TAVERN_TEST = """---
test_name: order {number}
stages:
  - name: The order is acknowledged
    request:
      url: {url}/orders
      method: POST
      json: {{externalId: WEB-{number}, offering: MOBILE-GOLD}}
    response:
      status_code: 201
      json: {{state: acknowledged, externalId: WEB-{number}}}
      strict: ["json:off"]
      save:
        json: {{order: id}}
  - name: The order can be read back
    request:
      url: "{url}/orders/{{order}}"
      method: GET
    response:
      status_code: 200
      strict: ["json:off"]
      json:
        id: "{{order}}"
        productOrderItem: [{{action: add, productOffering: {{id: MOBILE-GOLD}}}}]
"""


def _tavern(folder: Path, size: int, url: str) -> Path:
    _write(folder, "pytest.ini", "[pytest]\n")
    for number, group in _groups(size):
        tests = "".join(TAVERN_TEST.format(number=each, url=url) for each in group)
        _write(folder, f"test_orders_{number}.tavern.yaml", tests)
    return folder
