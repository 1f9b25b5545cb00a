"""The controllers by themselves: what each accepts at once, what it does later, and what it refuses."""

from __future__ import annotations

import itertools
import socket

import httpx

from tests.integration.reference_stack.conftest import RunningStack, until
from tests.integration.reference_stack.network.conftest import Plant

_LABELS = itertools.count(1)
_CONFIG = "/nso/restconf/data/devices/device={}/config/{}"
_QUEUE = "/nso/restconf/data/commit-queue/queue-item"
_NS = "/mano/nslcm/v1/ns_instances"


def _commit(plant: Plant, device: str, entry: str, body: dict[str, object], label: str = "") -> httpx.Response:
    params = {"commit-queue": "async", "label": label or f"TEST-{next(_LABELS)}"}
    return plant.stack.client.put(_CONFIG.format(device, entry), json=body, params=params)


def test_an_accepted_commit_is_only_a_place_in_the_queue(plant: Plant) -> None:
    """201 says queued; the device has it when the queue says completed, and what it refuses is failed."""
    wrong = _commit(plant, "olt", "OLT-TEST-01/1/1", {"state": "up", "colour": "red"})
    right = _commit(plant, "olt", "OLT-TEST-01/1/1", {"state": "up", "down_mbps": 100})

    ends = [_ended(plant, reply) for reply in (wrong, right)]
    assert [reply.status_code for reply in (wrong, right)] == [201, 201]
    assert [end["status"] for end in ends] == ["failed", "completed"]
    assert "colour" in ends[0]["result"]
    assert plant.element("olt", "OLT-TEST-01/1/1")["down_mbps"] == 100


def _ended(plant: Plant, reply: httpx.Response) -> dict[str, str]:
    def look() -> dict[str, str] | None:
        found: dict[str, str] = plant.stack.client.get(reply.headers["location"]).json()
        return found if found["status"] != "waiting" else None

    return until(look, "the end of a commit")


def test_a_commit_given_twice_is_one(plant: Plant) -> None:
    """The label makes it the same; without commit-queue=async nothing is taken in."""
    first = _commit(plant, "olt", "OLT-TEST-01/1/2", {"state": "up"}, label="SAME")
    again = _commit(plant, "olt", "OLT-TEST-01/1/2", {"state": "up"}, label="SAME")
    bare = plant.stack.client.put(_CONFIG.format("olt", "OLT-TEST-01/1/2"), json={"state": "up"})

    assert (first.json()["id"], bare.status_code) == (again.json()["id"], 400)


def test_a_dry_run_says_what_would_change_and_changes_nothing(plant: Plant) -> None:
    """The pre-check compares with the device as it is."""
    port = "OLT-BOS-01/1/20"
    params = {"dry-run": "native"}

    told = plant.stack.client.patch(
        _CONFIG.format("olt", port), json={"down_mbps": 1000, "state": "up"}, params=params
    ).json()

    assert told["dry-run-result"]["native"]["device"] == [{"name": "olt", "data": ["down_mbps: 500 -> 1000"]}]
    assert plant.element("olt", port)["down_mbps"] == 500


def test_an_operation_runs_through_its_states(plant: Plant) -> None:
    """202 and a Location; the occurrence goes to COMPLETED, the instance to INSTANTIATED, twice is a conflict."""
    instance = plant.stack.client.post(_NS, json={"nsdId": "nsd-edge", "nsName": "edge-TEST-1"}).json()
    wish = {"additionalParamsForNs": {"entry": "TEST-1", "values": {"kind": "vBNG", "state": "active"}}}

    reply = plant.stack.client.post(f"{_NS}/{instance['id']}/instantiate", json=wish)

    assert (reply.status_code, instance["nsState"]) == (202, "NOT_INSTANTIATED")
    seen = _states(plant, reply)
    assert seen[-1] == "COMPLETED"
    assert set(seen) <= {"STARTING", "PROCESSING", "COMPLETED"}
    assert plant.stack.client.get(f"{_NS}/{instance['id']}").json()["nsState"] == "INSTANTIATED"
    assert plant.stack.client.post(f"{_NS}/{instance['id']}/instantiate", json=wish).status_code == 409


def test_an_instance_that_cannot_be_built_is_rolled_back(plant: Plant) -> None:
    """The address is taken: the operation fails, is rolled back, and the instance stays a name."""
    instance = plant.stack.client.post(_NS, json={"nsdId": "nsd-edge", "nsName": "edge-TEST-2"}).json()
    values = {"kind": "vBNG", "ip": "100.64.0.30", "state": "active"}
    wish = {"additionalParamsForNs": {"entry": "TEST-2", "values": values}}

    seen = _states(plant, plant.stack.client.post(f"{_NS}/{instance['id']}/instantiate", json=wish))

    assert seen[-1] == "ROLLED_BACK"
    assert plant.stack.client.get(f"{_NS}/{instance['id']}").json()["nsState"] == "NOT_INSTANTIATED"
    assert plant.element("edge", "TEST-2") == {}


def _states(plant: Plant, reply: httpx.Response) -> list[str]:
    """The states in which an operation was seen, to its end."""
    seen: list[str] = []

    def look() -> bool:
        seen.append(plant.stack.client.get(reply.headers["location"]).json()["operationState"])
        return seen[-1] in ("COMPLETED", "FAILED", "ROLLED_BACK")

    until(look, "the end of an operation")
    return seen


class Terminal:
    """Somebody who types at the old exchange."""

    def __init__(self, stack: RunningStack) -> None:
        address = stack.client.get("/network/v1/old-exchange").json()
        self._socket = socket.create_connection((address["host"], address["port"]), timeout=10)
        self._answers = self._socket.makefile()

    def type(self, *commands: str) -> list[str]:
        """Types commands at once, without waiting for answers; the answers."""
        self._socket.sendall("".join(f"{command}\r\n" for command in commands).encode())
        return [self._answers.readline().strip() for _ in commands]

    def close(self) -> None:
        """Hangs up."""
        self._answers.close()
        self._socket.close()


def test_the_old_exchange_does_twice_what_it_is_told_twice(plant: Plant) -> None:
    """Each ADD has its ticket and is a circuit of its own; a syntax error and an unknown line have their numbers."""
    terminal = Terminal(plant.stack)

    said = [terminal.type(command)[0] for command in ("ADD DSL-T/1 DSL-50,8/35", "ADD DSL-T/1 DSL-50,8/35")]
    refused = [terminal.type(command)[0] for command in ("SAY HELLO", "MOD DSL-T/2 DSL-50,8/35", "DEL VM-5550001")]
    terminal.close()

    assert all(answer.startswith("OK ") for answer in said)
    assert said[0] != said[1]
    assert refused == ["ERR 01 SYNTAX", "ERR 14 NO SUCH LINE", "ERR 14 NO SUCH MAILBOX"]
    assert len(plant.stack.client.get("/network/v1/dsl", params={"line": "T/1"}).json()) == 2


def test_the_old_exchange_does_not_listen_while_it_works(plant: Plant) -> None:
    """Half duplex: the second command on the same line is refused, and not carried out."""
    terminal = Terminal(plant.stack)

    answers = terminal.type("ADD DSL-T/3 DSL-50,8/35", "ADD DSL-T/4 DSL-50,8/35")
    terminal.close()

    assert (answers[0][:3], answers[1]) == ("OK ", "ERR 08 ONE AT A TIME")
    assert plant.element("dsl", "T/4") == {}


def test_the_facade_carries_a_request_out_once(plant: Plant) -> None:
    """The exchange would double it; the ticket of the first request answers the second."""
    order = {"requestId": "REQ-1", "action": "add", "device": "dsl", "entry": "T/5"}
    order |= {"values": {"profile": "DSL-50", "pvc": "8/35"}}  # type: ignore[dict-item]  # a document

    first = plant.stack.client.post("/legacy/v1/orders", json=order)
    path = first.headers["location"]
    done = until(lambda: t if (t := plant.stack.client.get(path).json())["state"] == "done" else None, "the ticket")
    again = plant.stack.client.post("/legacy/v1/orders", json=order)

    assert (first.status_code, again.json()["id"], again.json()["state"]) == (202, done["id"], "done")
    assert done["command"] == "ADD DSL-T/5 DSL-50,8/35"
    assert len(plant.stack.client.get("/network/v1/dsl", params={"line": "T/5"}).json()) == 1


def test_elements_of_the_old_exchange_take_no_commands_over_http(plant: Plant) -> None:
    """There is one way to them, so that nobody passes the line by."""
    assert plant.stack.client.put("/network/v1/dsl/T/9", json={"profile": "X"}).status_code == 409
    assert plant.stack.client.put("/network/v1/olt/T/9", json={"state": "up", "vlan": "ten"}).status_code == 400
