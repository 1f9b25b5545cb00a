"""A tiny HTTP server for benchmarks: orders that are made and read back, and things that change at a known moment.

Run as a program it prints its port and serves until it is terminated.
"""

from __future__ import annotations

import math
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

_numbers = count(1)
_orders: dict[str, dict[str, object]] = {}
_changes: dict[str, float] = {}
_looks: dict[str, int] = {}


async def make_order(request: Request) -> JSONResponse:
    """An order that is acknowledged."""
    asked = await request.json()
    number = f"PO-{next(_numbers):06d}"
    item = {"id": "1", "action": "add", "state": "acknowledged", "productOffering": {"id": asked["offering"]}}
    _orders[number] = {
        "id": number,
        "state": "acknowledged",
        "externalId": asked["externalId"],
        "productOrderItem": [item],
    }
    return JSONResponse(_orders[number], 201, {"x-correlation-id": number})


async def show_order(request: Request) -> JSONResponse:
    """The order as it was made."""
    order = _orders.get(request.path_params["number"])
    return JSONResponse(order or {"code": "404", "reason": "no such order"}, 200 if order else 404)


async def plan_change(request: Request) -> JSONResponse:
    """From `after_s` seconds from now on a thing is `done`; answers the moment on the machine's monotonic clock."""
    asked = await request.json()
    _changes[request.path_params["name"]] = time.monotonic() + float(asked["after_s"])
    return JSONResponse({"at": _changes[request.path_params["name"]]}, 201)


async def show_change(request: Request) -> JSONResponse:
    """Whether it has changed."""
    name = request.path_params["name"]
    _looks[name] = _looks.get(name, 0) + 1
    return JSONResponse({"state": "done" if time.monotonic() >= _changes.get(name, math.inf) else "waiting"})


async def count_looks(request: Request) -> JSONResponse:
    """How often somebody has looked at a thing."""
    return JSONResponse({"looks": _looks.get(request.path_params["name"], 0)})


APP = Starlette(
    routes=[
        Route("/orders", make_order, methods=["POST"]),
        Route("/orders/{number}", show_order),
        Route("/changes/{name}", plan_change, methods=["POST"]),
        Route("/changes/{name}", show_change),
        Route("/changes/{name}/looks", count_looks),
    ]
)


@contextmanager
def answering() -> Iterator[str]:
    """A server in a process of its own; answers its address."""
    with subprocess.Popen([sys.executable, str(Path(__file__))], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.terminate()


def main() -> None:
    """Serve on a free port."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=512)
    sys.stdout.write(f"{listening.getsockname()[1]}\n")
    sys.stdout.flush()
    config = uvicorn.Config(APP, log_level="warning", loop="uvloop", http="httptools", timeout_keep_alive=30)
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
