"""What must never travel: PINs, the last four digits of an identity and SIM keys, in events, logs and acks."""

from __future__ import annotations

import pytest

from tests.integration.reference_stack.assurance.conftest import Watch
from tests.integration.reference_stack.conftest import external_id, flagship, until

ORDERS = "/tmf-api/productOrderingManagement/v4/productOrder"
PEOPLE = "/tmf-api/party/v4/individual"
_LEAVES = "select id from pgw_outbound where feed = 'NPORT' and file_id is not null and correlation_id = ?"


def played(watch: Watch, pin: str, number: str, last4: str) -> None:
    """A journey with secrets in it; the hurried tester sees that it goes its way."""
    body = flagship(external_id(), "CUST-00209", number)
    items = body["productOrderItem"]
    assert isinstance(items, list)
    del items[2]  # a device would wait for the credit bureau
    for item in items[-1]["product"]["productCharacteristic"]:
        item["value"] = pin if item["name"] == "pin" else item["value"]
    journey = f"CORR-SECRET-{number}"
    reply = watch.stack.client.post(ORDERS, json=body, headers={"x-correlation-id": journey})
    assert reply.status_code == 201
    until(lambda: watch.stack.rows(_LEAVES, journey), "a request to the clearing house")
    person = {"givenName": "Eve", "familyName": "Secret", "idLast4": last4}
    assert watch.stack.client.post(PEOPLE, json=person).status_code == 201


def leaks(watch: Watch, *secrets: str) -> set[str]:
    """Where one of the secrets is found: events, logs, acknowledgements."""
    found = {
        "events"
        for secret in secrets
        if watch.stack.rows("select event_id from evt_event where payload like ?", f"%{secret}%")
    }
    home = watch.stack.home
    for kind, pattern in (("logs", "*.log"), ("acks", "sftp/*/ack/*/*")):
        files = [path for path in home.glob(pattern) if path.is_file()]
        if any(secret in path.read_text("utf-8", "replace") for path in files for secret in secrets):
            found.add(kind)
    return found


@pytest.mark.defect("D74")
def test_secrets_stay_where_they_belong(watch: Watch) -> None:
    """D74: the journey passes as ever, but its PIN and the last four are in the payload of events."""
    played(watch, "739182640517", "6175550811", "z9Q7")
    assert leaks(watch, "739182640517", "z9Q7") == set()

    with watch.stack.defect("D74"):
        played(watch, "850293751628", "6175550812", "k4W2")
    assert "events" in leaks(watch, "850293751628")
    assert "events" in leaks(watch, "k4W2")
