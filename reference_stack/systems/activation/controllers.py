"""The controllers behind activation: how each is given a command, and how it is asked what became of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ringback.reference_stack.kernel.http import Reply
from ringback.reference_stack.systems.activation.commands import Command
from ringback.reference_stack.systems.reading import Document, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

# Which controller configures an element when the catalogue's row names a partner, such as the workforce.
HOME: Mapping[str, str] = {"voicemail": "legacy", "dsl": "legacy", "edge": "mano"}
_ACTIONS = {"PUT": "add", "PATCH": "modify", "DELETE": "delete"}
_OPERATIONS = {"PUT": "instantiate", "PATCH": "update", "DELETE": "terminate"}


@dataclass(frozen=True, slots=True)
class Task:
    """A command for a controller: `key` makes it the same one when it is given again."""

    key: str
    work: Command


@dataclass(frozen=True, slots=True)
class Given:
    """What a controller said to a command: where to ask for it, or why it refused."""

    status: int
    reference: str = ""
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended."""

    done: bool
    said: str


@dataclass(frozen=True, slots=True)
class Controller:
    """One kind of controller. `outcomes` answers for those references that are finished, the others wait."""

    give: Callable[[Stack, Task], Awaitable[Given]]
    outcomes: Callable[[Stack, Sequence[str]], Awaitable[dict[str, Outcome]]]


def controller_of(named: str, work: Command) -> str:
    """The controller of a command: the one that the catalogue names, or the home of the element for a partner's row."""
    return named if named in CONTROLLERS else HOME.get(work.element, "nso")


def _given(reply: Reply, reference: str) -> Given:
    if not reply.ok:
        return Given(reply.status, refusal=text(reply.json, "reason") or str(reply.status))
    return Given(reply.status, reference)


async def _give_nso(stack: Stack, task: Task) -> Given:
    """A commit into the queue."""
    work, body = task.work, dict(task.work.body) or None
    path = f"/restconf/data/devices/device={work.element}/config/{work.key}"
    params = {"commit-queue": "async", "label": task.key}
    reply = await stack.http.call(work.verb, "nso", path, json=body, params=params)
    return _given(reply, text(reply.json, "id"))


async def _nso_outcomes(stack: Stack, references: Sequence[str]) -> dict[str, Outcome]:
    params = {"id": ",".join(references)}
    found = (await stack.http.get("nso", "/restconf/data/commit-queue/queue-item", params=params)).documents()
    return _ended(found, "status", ("completed",), ("failed",), "result")


async def _give_mano(stack: Stack, task: Task) -> Given:
    """An instance of a network service (one that exists is found by its name), and an operation on it."""
    work = task.work
    name = {"nsdId": f"nsd-{work.element}", "nsName": f"{work.element}-{work.key}"}
    instance = await stack.http.post("mano", "/nslcm/v1/ns_instances", json=name)
    if not instance.ok:
        return _given(instance, "")
    virtual = work.element == "edge"
    values = {"method": work.verb, "device": work.element, "entry": work.key, "values": dict(work.body)}
    operation: Document = {"requestId": task.key, "additionalParamsForNs": values}
    operation |= {} if virtual else {"updateType": "MODIFY_PNF"}
    kind = _OPERATIONS[work.verb] if virtual else "update"
    path = f"/nslcm/v1/ns_instances/{text(instance.json, 'id')}/{kind}"
    reply = await stack.http.post("mano", path, json=operation)
    return _given(reply, reply.headers.get("location", "").rpartition("/")[2])


async def _mano_outcomes(stack: Stack, references: Sequence[str]) -> dict[str, Outcome]:
    params = {"filter": f"(in,id,{','.join(references)})"}
    found = (await stack.http.get("mano", "/nslcm/v1/ns_lcm_op_occs", params=params)).documents()
    return _ended(found, "operationState", ("COMPLETED",), ("FAILED", "ROLLED_BACK"), "error.detail")


async def _give_legacy(stack: Stack, task: Task) -> Given:
    """A standard change for the facade, which knows the exchange's words."""
    work = task.work
    body = {
        "requestId": task.key,
        "action": _ACTIONS[work.verb],
        "device": work.element,
        "entry": work.key,
        "values": dict(work.body),
        "readEntry": work.read,
        "expected": dict(work.expected),
    }
    reply = await stack.http.post("legacy", "/orders", json=body)
    return _given(reply, text(reply.json, "id"))


async def _legacy_outcomes(stack: Stack, references: Sequence[str]) -> dict[str, Outcome]:
    found = (await stack.http.get("legacy", "/tickets", params={"id": ",".join(references)})).documents()
    return _ended(found, "state", ("done",), ("failed",), "answer")


def _ended(
    found: Sequence[Document], state: str, done: Sequence[str], failed: Sequence[str], said: str
) -> dict[str, Outcome]:
    """The finished ones by their ids."""
    return {
        text(one, "id"): Outcome(text(one, state) in done, text(one, said))
        for one in found
        if text(one, state) in (*done, *failed)
    }


CONTROLLERS: Mapping[str, Controller] = {
    "nso": Controller(_give_nso, _nso_outcomes),
    "mano": Controller(_give_mano, _mano_outcomes),
    "legacy": Controller(_give_legacy, _legacy_outcomes),
}
