"""Numbers that leave: another provider asks for one of ours through the clearing house, and takes it over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from ringback.engine.protocols import FeedFile
from ringback.synthetic_partners.behaviour import AnswerStep, Moment, Request, Values, digits_of, stamp
from ringback.synthetic_partners.sequences import PartnerMemory

RECEIVES = "port_answer"  # our NPRESP: nobody has to be told what to do with it
TAKEN_OVER, LEFT_ALONE = "take_over", "leave"
OPTIONS = frozenset(
    {"to", "account", "pin", "zip", "first_name", "last_name", "business", "version", "req_no", "due_in_h", "take_over"}
)
WISHED_H = 3  # a wireless port is due within hours


class PortOut:
    """Writes one request for a number of ours, as the clearing house hands it on."""

    def __init__(self, sender: str, receiver: str, new_provider: str, seed: int) -> None:
        self._sender = sender
        self._receiver = receiver
        self._new_provider = new_provider
        self._seed = seed

    def steps(self, request: Request, options: Mapping[str, object], memory: PartnerMemory) -> Sequence[AnswerStep]:
        """The NPORT; what it asks for is remembered until our answer comes."""
        number = str(options.get("req_no") or self._sender + digits_of(12, self._seed, "port out", request.key))
        wants = str(options.get("take_over", True)).lower() not in ("false", "no")
        memory.claims[f"port out {number}"] = TAKEN_OVER if wants else LEFT_ALONE
        return (AnswerStep("nport", 0.0, lambda moment: [self._record(moment, number, options)]),)

    def _record(self, moment: Moment, number: str, options: Mapping[str, object]) -> Values:
        def said(name: str, usual: str = "") -> str:
            return str(options.get(name, usual))

        due = moment.now + timedelta(hours=float(said("due_in_h", str(WISHED_H))))
        return {
            "req_no": number,
            "version": said("version", "01").zfill(2),
            "action": "N",
            "d_tsent": stamp(moment.now),
            "ddd_t": stamp(due),
            "npdi": "A",
            "nnsp": self._new_provider,
            "onsp": self._receiver,
            "tn": moment.request.facts["tn"][0],
            "npqty": "00001",
            "account_no": said("account", "0000000"),
            "pin": said("pin"),
            "first_name": said("first_name"),
            "last_name": said("last_name", "" if options.get("business") else "Nobody"),
            "bus_name": said("business"),
            "street_nr": "1",
            "street": "Main St",
            "city": "Boston",
            "state": "MA",
            "zip": said("zip", "02139"),
            "remarks": "",
        }


def answers(file: FeedFile) -> list[Request]:
    """What we said to requests of other providers, one request of its own each."""
    return [
        Request(
            RECEIVES,
            f"answer {record['req_no']}/{record['version']}",
            {name: (record[name],) for name in ("tn", "req_no", "version", "response_type")},
            (record,),
        )
        for record in file.records
    ]


def settled(request: Request, memory: PartnerMemory) -> str | None:
    """A number that we confirmed is taken over, unless the request was made to be left alone; None when unknown."""
    wanted = memory.claims.get(f"port out {request.records[0]['req_no']}")
    if wanted is None:
        return None
    return wanted if request.records[0]["response_type"] == "C" else LEFT_ALONE
