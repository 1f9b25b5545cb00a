"""Hands an accepted record to the system that owns it, over HTTP, and learns what it changed there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ringback.reference_stack.gateway.content import Entry

if TYPE_CHECKING:
    from ringback.reference_stack.kernel.http import Reply
    from ringback.reference_stack.stack import Stack

_OWNERS: Mapping[str, tuple[str, str]] = {
    "NPORT": ("portability", "/portability/v1/port-requests"),
    "NPRESP": ("portability", "/portability/v1/responses"),
    "NPSV": ("portability", "/portability/v1/subscription-versions"),
    "BDD": ("portability", "/portability/v1/subscription-versions"),
    "ACHRET": ("billing", "/billing/v1/ach-returns"),
    "AVRSP": ("location", "/location/v1/validations"),
    "CRDR": ("credit", "/credit/v1/decisions"),
    "WFMCLOSE": ("workforce", "/workforce/v1/close-outs"),
    "855": ("logistics", "/logistics/v1/order-answers"),
    "856": ("logistics", "/logistics/v1/ship-notices"),
    "214": ("logistics", "/logistics/v1/delivery-statuses"),
}
_CODE_OF_STATUS = {404: "R105", 409: "R110"}


@dataclass(frozen=True, slots=True)
class Effect:
    """What became of a record: the entity it changed, or the code and text of its refusal."""

    code: str = ""
    text: str = ""
    entity_type: str = ""
    entity_id: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the owner took the record."""
        return not self.code


async def hand_over(stack: Stack, feed: str, entry: Entry, correlation: str, origin: Mapping[str, str]) -> Effect:
    """Give a record to its owner; SystemDown when the owner does not answer (the caller tries again).

    Args:
        stack: whose systems are called.
        feed: decides who the owner is.
        entry: the record.
        correlation: the journey it belongs to, as far as known.
        origin: file_id and file_name.
    """
    system, path = _OWNERS[feed]
    body = {**entry.body, **origin, "feed": feed}
    return _effect(await stack.http.post(system, path, json=body, correlation=correlation))


def _effect(reply: Reply) -> Effect:
    answer = reply.json if isinstance(reply.json, dict) else {}
    if reply.ok:
        return Effect(entity_type=str(answer.get("entityType", "")), entity_id=str(answer.get("entityId", "")))
    reply_code = str(answer.get("code", ""))
    code = reply_code if reply_code.startswith("R1") else _CODE_OF_STATUS.get(reply.status, "R102")
    text = str(answer.get("text") or answer.get("reason") or f"the owner answered {reply.status}")
    return Effect(code, text)
