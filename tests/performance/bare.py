"""The bare framework with the same database and the same JSON: what the stack's kernel is measured against."""

from __future__ import annotations

import json
import sys

import uvicorn
from sqlalchemy import Column, MetaData, StaticPool, Table, Text, bindparam, create_engine, event, insert, select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

THING = Table("thing", MetaData(), Column("id", Text, primary_key=True), Column("document", Text, nullable=False))
_FOUND = select(THING.c.document).where(THING.c.id == bindparam("id"))


def application(database: str) -> Starlette:
    """Stores and reads documents; no rules, no events, no errors."""
    arguments = {"check_same_thread": False} if database.startswith("sqlite") else {}
    engine = create_engine(database, poolclass=StaticPool, connect_args=arguments)
    if database.startswith("sqlite"):
        event.listen(engine, "connect", lambda connection, _record: _tune(connection))
    THING.metadata.create_all(engine)

    async def create(request: Request) -> Response:
        document = await request.json()
        identity = str(document["id"])
        with engine.begin() as tx:
            tx.execute(insert(THING), {"id": identity, "document": json.dumps(document)})
        return JSONResponse(document, 201, {"Location": f"/thing/{identity}"})

    async def read(request: Request) -> Response:
        with engine.begin() as tx:
            found = tx.execute(_FOUND, {"id": request.path_params["id"]}).scalar()
        return JSONResponse(json.loads(found)) if found else JSONResponse({"code": "notFound"}, 404)

    return Starlette(routes=[Route("/thing", create, methods=["POST"]), Route("/thing/{id}", read)])


def _tune(connection: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]  # a DBAPI connection has no common type
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


if __name__ == "__main__":
    uvicorn.run(
        application(sys.argv[1]), port=int(sys.argv[2]), loop="uvloop", http="httptools", log_level="warning",
        access_log=False,
    )  # fmt: skip
