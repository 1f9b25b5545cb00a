"""The same stack on PostgreSQL: the tables are portable, the order moves the same way."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy

from tests.integration.reference_stack.conftest import flagship, started, until

ORDERS = "/tmf-api/productOrderingManagement/v4/productOrder"


def _own_database(server: str) -> str:
    """A database of the test's own on the server, and its URL."""
    engine = sqlalchemy.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text("create database stack"))
    engine.dispose()
    return server.rpartition("/")[0] + "/stack"


def test_an_order_is_taken_decided_and_handed_down_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    """From capture over credit to the service order, with gapless events, on the other database."""
    database = _own_database(postgres_url)
    with started(tmp_path, "--database", database) as stack:
        reply = stack.client.post(ORDERS, json=flagship("POSTGRES"))
        order, journey = reply.json()["id"], reply.headers["x-correlation-id"]
        engine = sqlalchemy.create_engine(database)

        def asked() -> str:
            sql = sqlalchemy.text("select id from crd_inquiry where order_id = :order and state = 'sent'")
            with engine.connect() as connection:
                return str(connection.execute(sql, {"order": order}).scalar() or "")

        inquiry = until(asked, "a sent credit inquiry")
        answer = {"request_id": inquiry, "customer_id": "CUST-00007", "decision": "A", "device_limit": "00100000"}
        stack.client.post("/credit/v1/decisions", json=answer)
        until(lambda: any(event["eventType"] == "ResourceOrderCreateEvent" for event in stack.log(journey)), "a build")
        seqs = [event["seq"] for event in stack.log(journey) if event["resourceId"] == order]
        engine.dispose()

    assert (reply.status_code, stack.ready["database"]) == (201, database)
    assert seqs == list(range(1, len(seqs) + 1))
