"""What partners that answer questions share: a request for each record, and a question is asked once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ringback.engine.protocols import FeedFile, FeedProblem
from ringback.synthetic_partners.behaviour import Request
from ringback.synthetic_partners.sequences import PartnerMemory

KEY = "request_id"


def inquiries(receives: str, file: FeedFile, facts: Mapping[str, str]) -> Sequence[Request]:
    """One request per record; `facts` are what `where` may name, each with its field."""
    return [
        Request(receives, record[KEY], {fact: (record[name],) for fact, name in facts.items()}, (record,))
        for record in file.records
    ]


def asked_before(file: FeedFile, memory: PartnerMemory, column: int) -> Sequence[FeedProblem]:
    """R107 for each question that was answered already; `column` is where its id stands in a line."""
    return [
        FeedProblem(line, column, "R107", KEY, f"{record[KEY]} was asked before")
        for line, record in enumerate(file.records, 2)
        if record.get(KEY) in memory.answered
    ]
