"""Mobile lines with a number and an IMSI, and the usage files that mediation would bring of them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.integration.reference_stack.billing.conftest import GOLD, Biller
from tests.integration.reference_stack.conftest import until

SERVICES = "/tmf-api/serviceInventory/v4/service"
_NUMBERS = itertools.count(1)


@dataclass
class Line:
    """A live line of an account."""

    biller: Biller
    account: str
    product: str
    service: str
    number: str
    imsi: str

    def record(self, key: str, kind: str, quantity: int, **beside: object) -> dict[str, object]:
        """One record as the gateway hands it over."""
        unit = {"data": "B", "sms": "msg"}.get(kind, "s")
        usual = {"record_key": key, "usage_type": kind, "msisdn": f"1{self.number}", "imsi": self.imsi, "unit": unit}
        times = {"started_at": self.biller.now(), "utc_offset": "-0500", "serving_network": "USARB"}
        return {**usual, **times, "quantity": quantity, **beside}

    def usage(self, key: str) -> list[dict[str, object]]:
        """What became of a record."""
        return self.biller.stack.rows("select * from bil_usage where record_key = ? order by id", key)

    def rated(self, key: str) -> dict[str, object]:
        """A record once it has a price."""
        sql = "select * from bil_usage where record_key = ? and rated_at is not null"
        return until(lambda: self.biller.stack.rows(sql, key), f"a rated record {key}")[0]

    def known_as(self, name: str, value: str) -> None:
        """The service inventory tells another number or IMSI of the line."""
        body = {"serviceCharacteristic": [{"name": name, "value": value}]}
        self.biller.stack.admin.patch(f"{SERVICES}/{self.service}", json=body).raise_for_status()
        sql = "select * from bil_identity where service_id = ? and value = ?"
        until(lambda: self.biller.stack.rows(sql, self.service, value), f"billing knows {value}")


def line(biller: Biller, offering: str = "MOBILE-GOLD", **beside: object) -> Line:
    """A line that has been live for some milliseconds."""
    number = next(_NUMBERS)
    account, tn, imsi = biller.account(), f"512556{number:04d}", f"31041000000{number:04d}"
    prices = (GOLD,) if offering == "MOBILE-GOLD" else ()
    product = biller.product(account, offering, *prices, **beside)
    party = [biller.owner(account)]
    rfs = _service(biller, party, "RFS-HLR-SUB", "RFS", {"imsi": imsi, "msisdn": tn})
    cfs = _service(biller, party, "CFS-MOBILE", "CFS", {}, relies_on=rfs)
    biller.change(product, realizingService=[{"id": cfs}])
    sql = "select * from bil_identity where service_id = ?"
    until(lambda: len(biller.stack.rows(sql, rfs)) == 2, "number and IMSI of the line")
    return Line(biller, account, product, rfs, tn, imsi)


def _service(
    biller: Biller,
    party: list[dict[str, str]],
    spec: str,
    kind: str,
    values: dict[str, str],
    relies_on: str = "",
) -> str:
    relations = [{"relationshipType": "reliesOn", "service": {"id": relies_on}}] if relies_on else []
    body = {
        "state": "inactive",
        "category": kind,
        "serviceSpecification": {"id": spec},
        "relatedParty": party,
        "serviceCharacteristic": [{"name": name, "value": value} for name, value in values.items()],
        "serviceRelationship": relations,
    }
    made = biller.stack.admin.post(SERVICES, json=body)
    assert made.status_code == 201, made.text
    identity = str(made.json()["id"])
    biller.stack.admin.patch(f"{SERVICES}/{identity}", json={"state": "active"}).raise_for_status()
    return identity


def hand_over(biller: Biller, *records: dict[str, object], file: str = "") -> list[dict[str, object]]:
    """One file of usage; the answer for each of its lines."""
    numbered = [{"line_no": number, **record} for number, record in enumerate(records, 2)]
    body = {"file_id": file or f"FILE-{next(_NUMBERS)}", "feed": "UDR", "records": numbered}
    reply = biller.stack.client.post("/billing/v1/usage-batches", json=body)
    assert reply.status_code == 200, reply.text
    results: list[dict[str, object]] = reply.json()["results"]
    return results


def shifted(stamp: str, hours: float) -> str:
    """A moment some hours later or earlier."""
    return (datetime.fromisoformat(stamp) + timedelta(hours=hours)).isoformat()
