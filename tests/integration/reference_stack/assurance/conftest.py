"""The network's eyes and a service desk, as tests play them: alarms come, problems and tickets are looked at."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pytest
from sqlalchemy import create_engine

from tests.integration.reference_stack.conftest import RunningStack, started, until
from tests.integration.reference_stack.mixed.rule_books import BOOK, rows

ALARM = "/tmf-api/alarm/v4/alarm"
PROBLEM = "/tmf-api/serviceProblemManagement/v4/serviceProblem"
TICKET = "/tmf-api/troubleTicket/v4/troubleTicket"
CUSTOMERS = "/tmf-api/customerManagement/v4/customer"
RAISED = "2026-03-02T08:00:00.000Z"
Document = dict[str, object]
_NUMBERS = itertools.count(1)

# Services that depend on a resource, asked independently: what a problem with it must list.
DEPENDENTS = """
    select distinct r.service_id from rinv_resource v join sinv_resource sr on sr.resource_id = v.id
    join sinv_rel r on r.related_service_id = sr.service_id where v.id = ? or v.value = ? or v.value like ?
    order by r.service_id
"""


@dataclass(frozen=True)
class Watch:
    """The desk that watches the network."""

    stack: RunningStack

    def alarm(self, resource: str, severity: str = "critical", **more: object) -> Document:
        """An alarm of a resource."""
        body = {
            "alarmType": "equipmentAlarm", "perceivedSeverity": severity, "probableCause": "lossOfSignal",
            "alarmedObject": {"id": resource}, "sourceSystemId": "EMS-1", "state": "raised",
            "alarmRaisedTime": RAISED, "externalAlarmId": f"X-{next(_NUMBERS)}",
        }  # fmt: skip
        reply = self.stack.client.post(ALARM, json=body | more)
        assert reply.status_code == 201, reply.text
        found: Document = reply.json()
        return found

    def clear(self, *alarms: Document) -> None:
        """The network says that it is repaired."""
        body = {
            "clearSystemId": "EMS-1", "clearUserId": "noc", "alarmClearedTime": RAISED,
            "alarmPattern": [{"id": alarm["id"]} for alarm in alarms],
        }  # fmt: skip
        self.stack.client.post("/tmf-api/alarm/v4/clearAlarms", json=body).raise_for_status()

    def problems(self, resource: str) -> list[Document]:
        """The problems that a resource is the cause of."""
        found: list[Document] = self.stack.client.get(PROBLEM, params={"rootCauseResource.id": resource}).json()
        return found

    def problem(self, resource: str, status: str) -> Document:
        """The one problem of a resource, once it has a state."""

        def look() -> Document | None:
            return next((one for one in self.problems(resource) if one["status"] == status), None)

        found = until(look, f"a problem of {resource} that is {status}")
        assert found is not None
        return found

    def told(self, problem: Document) -> list[dict[str, object]]:
        """Whom a problem hit, once everybody was told, in the order in which they were."""
        query = "select * from asr_impact where problem_id = ? order by weight desc, customer_id"

        def look() -> list[dict[str, object]]:
            rows = self.stack.rows(query, problem["id"])
            return rows if all(row["message_id"] for row in rows) else []

        return until(look, f"messages for all of problem {problem['id']}")

    def dependents(self, resource: str) -> list[str]:
        """What depends on a resource."""
        return [str(row["service_id"]) for row in self.stack.rows(DEPENDENTS, resource, resource, f"{resource}/%")]

    def segment(self, customer: str, segment: str) -> None:
        """Makes a customer more or less important."""
        self.stack.client.patch(f"{CUSTOMERS}/{customer}", json={"segment": segment}).raise_for_status()

    def ticket(self, customer: str, service: str, severity: str = "minor", **more: object) -> Document:
        """A ticket that a customer asked for."""
        body = {
            "description": "no internet", "severity": severity, "ticketType": "complaint",
            "relatedEntity": [{"id": service, "role": "affectedService", "@referredType": "Service"}],
            "relatedParty": [{"id": customer, "role": "customer", "@referredType": "Customer"}],
        }  # fmt: skip
        reply = self.stack.client.post(TICKET, json=body | more)
        assert reply.status_code == 201, reply.text
        found: Document = reply.json()
        return found

    def spoken(self, rule: str) -> list[dict[str, object]]:
        """The rows of which a rule of reconciliation speaks at the time of the stack."""
        (mine,) = (one for one in BOOK.rules if one.id == rule)
        now = datetime.fromisoformat(self.stack.client.get("/clock").json()["now"])
        engine = create_engine(self.stack.ready["database"])
        try:
            with engine.connect() as connection:
                return rows(connection, mine, now=now)
        finally:
            engine.dispose()


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A stack whose clock and customers these tests may change."""
    with started(tmp_path_factory.mktemp("assurance")) as running:
        yield running


@pytest.fixture
def watch(stack: RunningStack) -> Watch:
    """The desk of the area's stack."""
    return Watch(stack)
