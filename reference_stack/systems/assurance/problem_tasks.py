"""What people do to problems besides solving them (TMF656): acknowledge them, and put several under one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy import Connection
from starlette.requests import Request

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.errors import missing
from ringback.reference_stack.kernel.resource import Created, Resource
from ringback.reference_stack.schema import ASR_PROBLEM_TASK
from ringback.reference_stack.systems.assurance.problems import BASE, PROBLEM
from ringback.reference_stack.systems.reading import Document, documents, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

Change = Callable[["Stack", Connection, Document], None]
_PARTS = ("parentProblem", "childProblem")


def _acknowledged(said: str) -> Change:
    def change(stack: Stack, tx: Connection, task: Document) -> None:
        record = {"description": said, "time": stack.clock.stamp(), "user": text(task, "trackingRecord.user")}
        for problem in documents(task, "problem"):
            before = PROBLEM.find(tx, text(problem, "id")) or {}
            records = [*documents(before, "trackingRecord"), record]
            PROBLEM.merge_attributes(stack, tx, text(problem, "id"), {"trackingRecord": records})

    return change


def _group(stack: Stack, tx: Connection, task: Document) -> None:
    parent = text(task, "parentProblem.id")
    children = [_named(text(one, "id")) for one in documents(task, "childProblem")]
    PROBLEM.merge_attributes(stack, tx, parent, {"underlyingProblem": children})
    for child in children:
        PROBLEM.merge_attributes(stack, tx, str(child["id"]), {"parentProblem": [_named(parent)]})


def _ungroup(stack: Stack, tx: Connection, task: Document) -> None:
    parent = text(task, "parentProblem.id")
    gone = {text(one, "id") for one in documents(task, "childProblem")}
    below = documents(PROBLEM.find(tx, parent) or {}, "underlyingProblem")
    left = [one for one in below if text(one, "id") not in gone]
    PROBLEM.merge_attributes(stack, tx, parent, {"underlyingProblem": left})
    for child in sorted(gone):
        PROBLEM.merge_attributes(stack, tx, child, {"parentProblem": []})


def _named(identity: str) -> Document:
    return {"id": identity, "href": f"{PROBLEM.path}/{identity}"}


def _task(name: str, mandatory: tuple[str, ...], change: Change) -> Resource:
    async def create(stack: Stack, body: Document, _request: Request) -> Created:
        with stack.db.begin() as tx:
            for problem in _problems(body):
                if PROBLEM.row(tx, problem) is None:
                    raise missing("serviceProblem", problem)
            change(stack, tx, body)
            values = {"kind": name, "document": json.dumps(body), "created_at": stack.clock.stamp()}
            return Created(resource.insert(stack, tx, values))

    resource = Resource(
        name=name,
        path=f"{BASE}/{name}",
        table=ASR_PROBLEM_TASK,
        prefix="SPT",
        tag="Service Problem",
        mandatory=mandatory,
        create=create,
        operations="P",
        required=mandatory,
        properties={
            "problem": shapes.many(shapes.REFERENCE),
            "parentProblem": shapes.REFERENCE,
            "childProblem": shapes.many(shapes.REFERENCE),
            "trackingRecord": shapes.record({"user": shapes.TEXT, "description": shapes.TEXT}),
        },
    )
    return resource


def _problems(body: Document) -> list[str]:
    parent = [text(body, "parentProblem.id")] if "parentProblem" in body else []
    return parent + [text(one, "id") for one in (*documents(body, "problem"), *documents(body, "childProblem"))]


PROBLEM_TASKS = (
    _task("problemAcknowledgement", ("problem",), _acknowledged("acknowledged")),
    _task("problemUnacknowledgement", ("problem",), _acknowledged("acknowledgement taken back")),
    _task("problemGroup", _PARTS, _group),
    _task("problemUngroup", _PARTS, _ungroup),
)
