"""Small systems on loopback, and an environment that names them."""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from ringback.engine.environment import Environment
from ringback.engine.problems import BrokenTest
from ringback.engine.protocols import Layout
from ringback.engine.redaction import Redactor
from ringback.engine.services import Services

CONTRACT = {
    "swagger": "2.0",
    "produces": ["application/json;charset=utf-8"],
    "paths": {
        "/productOrder": {
            "get": {
                "operationId": "listProductOrder",
                "responses": {
                    "200": {"schema": {"type": "array", "items": {"$ref": "#/definitions/ProductOrder"}}},
                    "404": {"schema": {"$ref": "#/definitions/Error"}},
                },
            },
            "post": {
                "operationId": "createProductOrder",
                "responses": {"201": {"schema": {"$ref": "#/definitions/ProductOrder"}}},
            },
        },
        "/productOrder/{id}": {
            "get": {
                "operationId": "retrieveProductOrder",
                "parameters": [{"name": "id", "in": "path", "required": True, "type": "string"}],
                "responses": {
                    "200": {"schema": {"$ref": "#/definitions/ProductOrder"}},
                    "404": {"schema": {"$ref": "#/definitions/Error"}},
                },
            }
        },
    },
    "definitions": {
        "ProductOrder": {
            "type": "object",
            "required": ["id", "state"],
            "properties": {
                "id": {"type": "string"},
                "state": {"type": "string", "enum": ["acknowledged", "completed"]},
                "orderDate": {"type": "string", "format": "date-time"},
            },
        },
        "Error": {"type": "object", "required": ["code", "reason"]},
    },
}


class OrderApi(BaseHTTPRequestHandler):
    """Answers with what the test put under the path, else with an echo of the request."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet per answer: without it each answer waits for a delayed acknowledgement

    def do_GET(self) -> None:
        """Answer any method alike."""
        length = int(self.headers.get("content-length") or 0)
        sent = self.rfile.read(length).decode()
        path = urlsplit(self.path)
        known = self.server.answers.get(path.path)  # type: ignore[attr-defined]  # set by the fixture
        echo = {"method": self.command, "path": path.path, "query": parse_qs(path.query), "body": sent}
        echo["headers"] = {name.lower(): value for name, value in self.headers.items()}
        status, media_type, body = known or (200, "application/json", json.dumps(echo))
        content = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-Correlation-Id", "COR-1")
        self.send_header("Set-Cookie", "visitor=someone")
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET  # noqa: N815  # the base class calls it by this name
    do_PATCH = do_GET  # noqa: N815
    do_DELETE = do_GET  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class named it
        """Say nothing."""


@pytest.fixture
def order_api() -> Iterator[ThreadingHTTPServer]:
    """An HTTP server whose `answers` a test may set: {path: (status, media type, body)}."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), OrderApi)
    server.answers = {}  # type: ignore[attr-defined]  # read by the handler
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def billing_file(tmp_path: Path) -> Path:
    """A SQLite file with three charges, in a folder with a space in its name."""
    folder = tmp_path / "a folder"
    folder.mkdir()
    file = folder / "billing.db"
    with sqlite3.connect(file) as connection:
        connection.executescript(
            "create table bil_charge (order_id text, charge_type text, status text, amount integer);"
            "insert into bil_charge values ('PO-1', 'recurring', 'active', 3600), ('PO-1', 'oneTime', 'active', 2500),"
            " ('PO-2', 'recurring', 'pending', 4500);"
        )
    connection.close()
    return file


def unknown_layout(name: str) -> Layout:
    """A registry without layouts."""
    raise BrokenTest(f"there is no layout {name!r}", "no layout is installed")


@pytest.fixture
def services(tmp_path: Path) -> Services:
    """What drivers share, with the test's folder as the project."""
    (tmp_path / "contract.json").write_text(json.dumps(CONTRACT))
    return Services(Redactor(), "run", tmp_path / "evidence", tmp_path, unknown_layout)


@pytest.fixture
def environment(order_api: ThreadingHTTPServer, billing_file: Path) -> Environment:
    """Two systems that are there and three that are not."""
    url = f"http://127.0.0.1:{order_api.server_port}/orders"
    database = f"sqlite:///{billing_file}"
    return make_environment(
        ordering={"api": url, "contract": "contract.json", "auth": {"bearer": "token-of-the-orders"}},
        stopped={"api": "http://127.0.0.1:9", "db": f"sqlite:///{billing_file}.gone"},
        billing={"db": database, "read_only": True},
        ledger={"db": database, "read_only": False},
    )


def make_environment(**systems: dict[str, object]) -> Environment:
    """An environment with these systems."""
    return Environment("test", "test.yaml", "real", systems)


@pytest.fixture(name="make_environment")
def make_environment_fixture() -> Callable[..., Environment]:
    """The function that makes an environment of systems."""
    return make_environment
