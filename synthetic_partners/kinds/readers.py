"""Partners that read and acknowledge: the registry of blocked devices, and the data warehouse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from ringback.engine.protocols import FeedFile, FeedProblem
from ringback.synthetic_partners.behaviour import AnswerStep, PartnerSettings, Request, Values
from ringback.synthetic_partners.sequences import PartnerMemory

INSERT, REMOVE = "I", "D"


class ImeiRegistry:
    """The list of devices that no network lets in."""

    receives = "blocked_device"
    takes: Mapping[str, str] = {"IMEI": "imei-list"}
    answers: Mapping[str, frozenset[str]] = {"no_answer": frozenset()}

    def __init__(self, settings: PartnerSettings) -> None:
        self.sender = settings.option("our_id", settings.spid or "IMEIDB")
        self.receiver = settings.option("operator_id", "RINGBACK")

    def requests(self, layout: str, file: FeedFile) -> Sequence[Request]:
        """One request per change of the list."""
        names = ("change", "imei", "reason")
        return [
            Request(
                self.receives,
                f"{file.name} {record['imei']} {record['change']}",
                {name: (record[name],) for name in names},
                (record,),
            )
            for record in file.records
        ]

    def objections(self, layout: str, file: FeedFile, memory: PartnerMemory) -> Sequence[FeedProblem]:
        """Only who put a device on the list takes it off again, and only one that is on it."""
        found = []
        for line, record in enumerate(file.records, 2):
            key, owner = f"blocked {record.get('imei')}", memory.claims.get(f"blocked {record.get('imei')}", "")
            if record.get("change") == INSERT:
                memory.claims[key] = self.receiver
            elif not owner:
                found.append(FeedProblem(line, 1, "R105", "imei", f"{record.get('imei')} is not on the list (0003)"))
            else:
                del memory.claims[key]
        return found

    def plan(
        self, request: Request, name: str, options: Mapping[str, object], memory: PartnerMemory
    ) -> Sequence[AnswerStep]:
        """The acknowledgement says it all."""
        return ()

    def settled(self, request: Request, told: object, memory: PartnerMemory) -> object | None:
        """Nothing waits for an answer."""
        return "no_answer"

    def mixture(self, request: Request) -> object:
        """The acknowledgement says it all."""
        return "no_answer"

    def header(self, layout: str, now: datetime, number: int, records: Sequence[Values]) -> Values:
        """It sends nothing."""
        return {}


class DataWarehouse(ImeiRegistry):
    """The data warehouse: takes the customer file of the day."""

    receives = "customer_export"
    takes: Mapping[str, str] = {"CUSTEXP": "customer-export"}

    def __init__(self, settings: PartnerSettings) -> None:
        super().__init__(settings)
        self.sender = settings.option("our_id", settings.spid or "DWH")

    def requests(self, layout: str, file: FeedFile) -> Sequence[Request]:
        """One request per file."""
        return [Request(self.receives, file.name, {"name": (file.name,)}, ())]

    def objections(self, layout: str, file: FeedFile, memory: PartnerMemory) -> Sequence[FeedProblem]:
        """It loads what its layout allows."""
        return ()
