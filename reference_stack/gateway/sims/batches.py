"""A vendor's batch of SIMs goes into the inventory as a whole, or not at all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ringback.reference_stack.gateway.arrival import Arrival
from ringback.reference_stack.gateway.codecs.model import FeedProblem, Severity
from ringback.reference_stack.gateway.content import Content, Entry
from ringback.reference_stack.gateway.ledger import add_record, recorded_lines
from ringback.reference_stack.systems.reading import documents, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack


def careless(content: Content) -> Content:
    """A batch as a loader takes it that neither counts nor knows check digits."""
    cut = tuple(replace(entry, body={**entry.body, "iccid": entry.field("iccid")[:-1]}) for entry in content.entries)
    return replace(content, entries=cut, fatal=tuple(one for one in content.fatal if one.code != "G004"))


async def take(stack: Stack, arrival: Arrival, content: Content) -> tuple[FeedProblem, ...]:
    """Hands a batch over; what the inventory refuses rejects the file."""
    kind = "ESIM_PROFILE" if arrival.said and arrival.said.low.startswith("ESIM") else "SIM"
    sims = [{"iccid": entry.field("iccid"), "imsi": entry.field("imsi")} for entry in content.entries]
    body = {"fileId": arrival.file_id, "fileName": arrival.name, "kind": kind, "sims": sims}
    reply = await stack.http.post("resource-inventory", "/resource-inventory/v1/sim-batches", json=body)
    if not reply.ok:
        return _refused(content, reply.json, f"the inventory answered {reply.status}")
    loaded = {text(sim, "iccid"): text(sim, "id") for sim in documents(reply.json, "sims")}
    with stack.db.begin() as tx:
        known = recorded_lines(tx, arrival.file_id)
        for entry in content.entries:
            if entry.line_no not in known:
                values = {"status": "accepted", "entity_type": "resource", "entity_id": loaded[entry.field("iccid")]}
                add_record(tx, arrival.file_id, entry.line_no, entry.key, **values)
    return ()


def _refused(content: Content, answer: object, otherwise: str) -> tuple[FeedProblem, ...]:
    places: dict[str, Entry] = {entry.field("iccid"): entry for entry in content.entries}
    problems = tuple(
        FeedProblem(text(one, "code"), Severity.FILE, places[iccid].line_no, text(one, "text"), iccid)
        for one in documents(answer, "problems")
        if (iccid := text(one, "iccid")) in places
    )
    return problems or (FeedProblem("R110", Severity.FILE, 0, text(answer, "reason") or otherwise),)
