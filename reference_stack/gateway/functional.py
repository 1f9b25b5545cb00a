"""The 997 both ways: ours for what we received, the partner's for what we sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from ringback.reference_stack.gateway.codecs.documents import FunctionalAnswer
from ringback.reference_stack.gateway.codecs.x12 import GROUP_OF_SET
from ringback.reference_stack.gateway.codecs.x12_answers import answer_to
from ringback.reference_stack.gateway.content import Content, Entry
from ringback.reference_stack.gateway.handover import Effect
from ringback.reference_stack.gateway.ledger import update_file
from ringback.reference_stack.gateway.names import file_name
from ringback.reference_stack.gateway.partners import Partner
from ringback.reference_stack.schema import PGW_FILE

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_FEED_OF_GROUP = {group: feed for feed, group in GROUP_OF_SET.items()}


def note_functional(stack: Stack, partner: Partner, entry: Entry) -> Effect:
    """Note on the file that we sent what the partner says of it; its group control number is its ISA13."""
    group, control, code = (entry.field(name) for name in ("functional_id", "group_control", "code"))
    feed = _FEED_OF_GROUP.get(group, "")
    name = file_name(feed, partner.us, partner.name, "", int(control)) if feed and control.isdigit() else ""
    ours = select(PGW_FILE.c.id).where(
        PGW_FILE.c.partner == partner.id, PGW_FILE.c.direction == "out", PGW_FILE.c.file_name == name
    )
    with stack.db.begin() as tx:
        file_id = tx.execute(ours).scalar()
        if file_id is not None:
            update_file(tx, str(file_id), status="rejected" if code == "R" else "acked")
    if file_id is None:
        return Effect("R105", f"we sent no group {group} with control number {control}")
    return Effect(entity_type="pgw_file", entity_id=str(file_id))


def answers_to(content: Content, *, file_rejected: bool) -> tuple[FunctionalAnswer, ...]:
    """What a 997 says of each group of a file; a 997 itself is never answered."""
    places = {entry.line_no: entry.set_fault for entry in content.entries if entry.set_fault}
    answered: list[FunctionalAnswer] = []
    for group in content.groups:
        if group.functional_id == GROUP_OF_SET["997"]:
            continue
        faults = {one.control: (places[one.line_no],) for one in group.sets if one.line_no in places}
        answered.append(answer_to(group, faults, file_rejected=file_rejected))
    return tuple(answered)
