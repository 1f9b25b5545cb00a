"""Alarms (TMF642): what the network says is wrong, by the severities of X.733."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from starlette.requests import Request

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.machines import ALARM as LIFE
from ringback.reference_stack.kernel.resource import Created, Resource
from ringback.reference_stack.schema import ASR_ALARM
from ringback.reference_stack.systems.reading import Document, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

BASE = "/tmf-api/alarm/v4"
SEVERITIES = ("critical", "major", "minor", "warning", "indeterminate", "cleared")


async def _create(stack: Stack, body: Document, _request: Request) -> Created:
    """Raises an alarm; the same one of the same source again is the one that stands."""
    severity, external = text(body, "perceivedSeverity").lower(), text(body, "externalAlarmId")
    with stack.db.begin() as tx:
        for standing in tx.execute(select(ASR_ALARM).where(ASR_ALARM.c.state != "cleared")).mappings().all():
            document = ALARM.document(tx, standing)
            same = [text(document, name) == text(body, name) for name in ("sourceSystemId", "externalAlarmId")]
            if external and all(same):
                return Created(standing["id"], 200)
        identity = stack.ids.new(ALARM.prefix)
        ALARM.extend(tx, identity, {name: value for name, value in body.items() if name not in ALARM.columns})
        values = {
            "id": identity, "resource_id": text(body, "alarmedObject.id") or None, "state": "raised",
            "perceived_severity": severity if severity in SEVERITIES else "indeterminate",
            "raised_at": text(body, "alarmRaisedTime"), "ack_state": "unacknowledged",
        }  # fmt: skip
        ALARM.insert(stack, tx, values)
    return Created(identity)


async def _before_patch(stack: Stack, before: Document, changes: Document) -> None:
    """An alarm whose severity is cleared is cleared, and says when."""
    if text(changes, "perceivedSeverity") == "cleared":
        changes["state"] = "cleared"
    if text(changes, "state") == "cleared" and text(before, "state") != "cleared":
        changes.setdefault("alarmClearedTime", stack.clock.stamp())
    changes["alarmChangedTime"] = stack.clock.stamp()


_OBJECT = shapes.record({"id": shapes.TEXT, "href": shapes.TEXT})
_REFERENCES = shapes.many(shapes.record({"id": shapes.TEXT, "href": shapes.TEXT}, "id"))
ALARM = Resource(
    name="alarm",
    path=f"{BASE}/alarm",
    table=ASR_ALARM,
    prefix="AL",
    tag="Alarm",
    columns={
        "state": "state", "perceivedSeverity": "perceived_severity", "alarmRaisedTime": "raised_at",
        "alarmClearedTime": "cleared_at", "ackState": "ack_state",
    },
    filters={"alarmedObject.id": "resource_id", "serviceProblem.id": "problem_id"},
    mandatory=(
        "alarmType", "perceivedSeverity", "probableCause", "alarmedObject", "sourceSystemId", "state",
        "alarmRaisedTime",
    ),
    defaults={"alarmReportingTime": lambda stack: stack.clock.stamp()},
    not_patchable=("id", "href", "alarmRaisedTime", "sourceSystemId", "alarmedObject"),
    machine=LIFE,
    create=_create,
    before_patch=_before_patch,
    required=(
        "alarmType", "perceivedSeverity", "probableCause", "alarmedObject", "sourceSystemId", "state",
        "alarmRaisedTime",
    ),
    properties={
        "alarmType": shapes.TEXT,
        "perceivedSeverity": shapes.TEXT,
        "probableCause": shapes.TEXT,
        "specificProblem": shapes.TEXT,
        "sourceSystemId": shapes.TEXT,
        "externalAlarmId": shapes.TEXT,
        "state": shapes.TEXT,
        "ackState": shapes.TEXT,
        "alarmedObject": _OBJECT,
        "alarmRaisedTime": shapes.TIME,
        "alarmChangedTime": shapes.TIME,
        "alarmClearedTime": shapes.TIME,
        "alarmReportingTime": shapes.TIME,
        "parentAlarm": _REFERENCES,
        "correlatedAlarm": _REFERENCES,
        "comment": shapes.many(shapes.record({"comment": shapes.TEXT, "userId": shapes.TEXT})),
    },
)  # fmt: skip
