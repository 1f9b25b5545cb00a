"""Reads the acknowledgements that partners put into /ack/from_partner and notes them on the files that we sent."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from ringback.reference_stack.gateway.codecs.acks import Ack, BadAck, read_ack
from ringback.reference_stack.gateway.folders import ACK
from ringback.reference_stack.gateway.ledger import update_file
from ringback.reference_stack.gateway.outbound import folders_of
from ringback.reference_stack.gateway.partners import Partner
from ringback.reference_stack.schema import PGW_FILE

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_STATUS = {"ACCEPTED": "acked", "PARTIAL": "acked", "DUPLICATE": "acked", "REJECTED": "rejected"}


def read_partner_acks(stack: Stack, partner: Partner, seen: set[str]) -> bool:
    """Note every new acknowledgement; whether all were read, and none is still being written.

    They stay where they are, `seen` remembers which were read.
    """
    new = [path for path in folders_of(stack, partner.id).acks_from_partner.glob(f"*{ACK}") if path.name not in seen]
    written = [path for path in new if stack.sftp is None or not stack.sftp.is_being_written(path)]
    for path in written:
        seen.add(path.name)
        _note(stack, partner, path)
    return len(written) == len(new)


def _note(stack: Stack, partner: Partner, path: Path) -> None:
    try:
        ack = read_ack(path.read_bytes())
    except BadAck as bad:
        stack.log.warning("acknowledgement %s from %s: %s", path.name, partner.id, bad)
        return
    ours = select(PGW_FILE.c.id).where(
        PGW_FILE.c.partner == partner.id, PGW_FILE.c.direction == "out", PGW_FILE.c.file_name == ack.file_name
    )
    with stack.db.begin() as tx:
        file_id = tx.execute(ours).scalar()
        if file_id is not None:
            update_file(tx, str(file_id), ack_file_name=path.name, **_columns(ack))
    if file_id is None:
        stack.log.warning("acknowledgement %s from %s is for a file that we never sent", path.name, partner.id)


def _columns(ack: Ack) -> dict[str, object]:
    return {
        "status": _STATUS[ack.decision],
        "accepted_count": ack.accepted,
        "rejected_count": ack.rejected,
    }
