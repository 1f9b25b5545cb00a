"""What is done to many alarms at once (TMF642): acknowledge, clear, comment and group all that fit a pattern."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Table, select
from starlette.requests import Request

from ringback.reference_stack import schema as t
from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.errors import invalid
from ringback.reference_stack.kernel.query import Filter, matches
from ringback.reference_stack.kernel.resource import Created, Resource
from ringback.reference_stack.systems.assurance.alarms import ALARM, BASE
from ringback.reference_stack.systems.documents import store_document
from ringback.reference_stack.systems.reading import Document, documents, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_COMMENTED: Document = {"comment": shapes.TEXT, "userId": shapes.TEXT, "systemId": shapes.TEXT, "time": shapes.TIME}


@dataclass(frozen=True, slots=True)
class Deed:
    """One kind of task.

    Args:
        name: of the resource.
        table: where the tasks are kept.
        listed: the attribute that names the alarms it was done to.
        mandatory: what a task must say.
        done: what it changes of an alarm, from the alarm and the task.
    """

    name: str
    table: Table
    listed: str
    mandatory: tuple[str, ...]
    done: Callable[[Document, Document], Document]


def _acked(state: str) -> Callable[[Document, Document], Document]:
    def change(_alarm: Document, task: Document) -> Document:
        return {"ackState": state, "ackUserId": text(task, "ackUserId"), "ackSystemId": text(task, "ackSystemId")}

    return change


def _cleared(_alarm: Document, task: Document) -> Document:
    who = {name: text(task, name) for name in ("clearUserId", "clearSystemId", "alarmClearedTime")}
    return {"state": "cleared", **who}


def _commented(alarm: Document, task: Document) -> Document:
    return {"comment": [*documents(alarm, "comment"), task["comment"]]}


def _grouped(alarm: Document, task: Document) -> Document:
    parent = text(task, "parentAlarm.id")
    if alarm["id"] == parent:
        return {"correlatedAlarm": [_reference(text(one, "id")) for one in documents(task, "correlatedAlarm")]}
    return {"parentAlarm": [_reference(parent)]}


def _ungrouped(alarm: Document, task: Document) -> Document:
    gone = {text(one, "id") for one in documents(task, "correlatedAlarm")}
    left = [one for one in documents(alarm, "correlatedAlarm") if text(one, "id") not in gone]
    return {"correlatedAlarm": left} if alarm["id"] == text(task, "parentAlarm.id") else {"parentAlarm": []}


_ACK = ("ackSystemId", "ackUserId", "alarmPattern")
_GROUP = ("sourceSystemId", "alarmChangedTime", "parentAlarm", "correlatedAlarm")
DEEDS = (
    Deed("ackAlarms", t.ASR_ACK, "ackedAlarm", _ACK, _acked("acknowledged")),
    Deed("unAckAlarms", t.ASR_UNACK, "unAckedAlarm", _ACK, _acked("unacknowledged")),
    Deed(
        "clearAlarms",
        t.ASR_CLEAR,
        "clearedAlarm",
        ("clearSystemId", "clearUserId", "alarmClearedTime", "alarmPattern"),
        _cleared,
    ),
    Deed("commentAlarms", t.ASR_COMMENT, "commentedAlarm", ("comment", "alarmPattern"), _commented),
    Deed("groupAlarms", t.ASR_GROUP, "groupedAlarm", _GROUP, _grouped),
    Deed("unGroupAlarms", t.ASR_UNGROUP, "unGroupedAlarm", _GROUP, _ungrouped),
)


def _task(deed: Deed) -> Resource:
    async def create(stack: Stack, body: Document, _request: Request) -> Created:
        with stack.db.begin() as tx:
            meant = [alarm for alarm in _alarms(tx) if _is_meant(alarm, body)]
            touched = [alarm for alarm in meant if alarm["state"] != "cleared" or deed.name != "clearAlarms"]
            for alarm in touched:
                changes = deed.done(alarm, body) | {"alarmChangedTime": stack.clock.stamp()}
                ALARM.merge_attributes(stack, tx, str(alarm["id"]), changes)
            listed = [_reference(str(alarm["id"])) for alarm in touched]
            return Created(store_document(stack, tx, resource, body | {"state": "done", deed.listed: listed}))

    resource = Resource(
        name=deed.name,
        path=f"{BASE}/{deed.name}",
        table=deed.table,
        prefix="AT",
        tag="Alarm",
        columns={"state": "state"},
        mandatory=deed.mandatory,
        create=create,
        operations="LGP",
        required=(*deed.mandatory, "state", deed.listed),
        properties={
            "state": shapes.TEXT,
            "alarmPattern": shapes.many(shapes.record({})),
            "comment": shapes.record(_COMMENTED),
            "parentAlarm": shapes.record({"id": shapes.TEXT}),
            "correlatedAlarm": shapes.many(shapes.record({"id": shapes.TEXT})),
            deed.listed: shapes.many(shapes.REFERENCE),
        },
    )
    return resource


def _alarms(tx: Connection) -> list[Document]:
    rows = tx.execute(select(t.ASR_ALARM).order_by(t.ASR_ALARM.c.id)).mappings().all()
    return [ALARM.document(tx, row) for row in rows]


def _is_meant(alarm: Document, task: Document) -> bool:
    """Whether a task speaks of an alarm: by its id in a group, or by any pattern that fits it."""
    if "alarmPattern" not in task:
        named = {text(task, "parentAlarm.id")} | {text(one, "id") for one in documents(task, "correlatedAlarm")}
        return alarm["id"] in named
    return any(matches(alarm, _filters(pattern)) for pattern in documents(task, "alarmPattern"))


def _filters(pattern: Document) -> list[Filter]:
    wanted = list(_leaves(pattern, ""))
    if not wanted:
        raise invalid("a pattern is empty", "name at least one attribute that the alarms have")
    return wanted


def _leaves(value: object, path: str) -> Iterator[Filter]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _leaves(part, f"{path}.{name}".strip("."))
    elif value is not None and not isinstance(value, list):
        yield (path, (str(value),))


def _reference(identity: str) -> Document:
    return {"id": identity, "href": f"{ALARM.path}/{identity}"}


ALARM_TASKS = tuple(_task(deed) for deed in DEEDS)
