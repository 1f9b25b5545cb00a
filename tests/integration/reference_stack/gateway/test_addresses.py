"""The address registry end to end: questions out, answers in, and the street guide that says which ESN answers."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from ringback.reference_stack.gateway.codecs.address import RESPONSE_COLUMNS
from ringback.reference_stack.gateway.codecs.nena import dates, join
from ringback.reference_stack.gateway.codecs.nena_layouts import STREET_GUIDE
from tests.integration.reference_stack.conftest import until

_ANSWERS, _GUIDES, _HOUSES = itertools.count(1), itertools.count(1), itertools.count(4000)
_ADDRESS = "/tmf-api/geographicAddressManagement/v4/geographicAddress"
_VALIDATION = "/tmf-api/geographicAddressManagement/v4/geographicAddressValidation"


class Registry:
    """The address registry with its account."""

    def __init__(self, running: Any, account: Any) -> None:
        self.running = running
        self.account = account

    def question(self, **more: object) -> tuple[str, dict[str, str]]:
        """Asks about a house nobody knows; answers the request id and the record as it stands in our file."""
        submitted = {"streetNr": str(next(_HOUSES)), "streetName": "Peña", "streetType": "St", "city": "Cambridge"}
        submitted |= {"stateOrProvince": "MA", "postcode": "02139"}
        body = {"submittedGeographicAddress": submitted} | more
        reply = self.running.client.post("/location/v1/validation-requests", json=body)
        assert reply.status_code == 202, reply.text
        request = reply.json()["requestId"]
        sql = "select f.file_name from pgw_file f join pgw_outbound o on o.file_id = f.id where o.reference = ?"
        name = str(until(lambda: self.running.rows(sql, request), "the file of the question")[0]["file_name"])
        text = until(lambda: name in self.account.names("/from_us") and self.account.read(f"/from_us/{name}"), name)
        assert text.decode().splitlines()[-1].startswith("#TRAILER,")
        rows = csv.DictReader(io.StringIO(text.decode("utf-8")))
        return request, next(row for row in rows if row["request_id"] == request)

    def answer(self, *answers: Mapping[str, str], count: int | None = None, drop: str = "") -> list[list[str]]:
        """Uploads a file of answers; gives the lines of its acknowledgement."""
        spoiled = 98_000 if drop else 99_000 if count is not None else 0
        number = spoiled or next(_ANSWERS)
        name = f"AVRSP_ADDRREG_{datetime.now(UTC):%Y%m%d_%H%M%S}_{number:05d}.csv"
        out = io.StringIO(newline="")
        columns = [column for column in RESPONSE_COLUMNS if column != drop]
        writer = csv.DictWriter(out, [*columns, "new_column"], lineterminator="\r\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(answers)
        out.write(f"#TRAILER,{len(answers) if count is None else count}\r\n")
        self.account.upload(name, out.getvalue().encode())
        return [line.split("|") for line in self.account.ack(name)]

    def found(self, request: str, state: str = "done") -> dict[str, Any]:
        """A validation once it is in a state."""
        path = f"{_VALIDATION}/{request}"
        return until(
            lambda: (now := self.running.client.get(path).json())["state"] == state and now, f"{request} {state}"
        )

    def guide(self, *rows: Mapping[str, str]) -> list[list[str]]:
        """Uploads rows of the street guide; gives the lines of the acknowledgement."""
        now = datetime.now(UTC)
        lines = [join(STREET_GUIDE, {"state": "MA", "county_id": "MA01", **dates(now), **row}) for row in rows]
        name = f"MSAG_MA01_{now:%Y%m%d}_{next(_GUIDES):06d}.dat"
        self.account.upload(name, "".join(f"{line}\r\n" for line in lines).encode())
        return [line.split("|") for line in self.account.ack(name)]


@pytest.fixture
def registry(running: Any, account: Any) -> Registry:
    """The registry, logged in."""
    return Registry(running, account("address-registry"))


def _good(question: Mapping[str, str], **more: str) -> dict[str, str]:
    """A complete answer: the house is a delivery point that fibre passes."""
    number, street, suffix = question["in_line1"].split()
    answer = dict(question) | {"match_code": "E", "out_street_nr": number, "out_street_name": street.upper()}
    answer |= {"out_street_suffix": suffix.upper(), "out_city": "CAMBRIDGE", "out_state": "MA", "zip5": "02139"}
    answer |= {"zip4": "6789", "delivery_point": "01", "dpbc_check": "4", "dpv_code": "Y", "dpv_footnotes": "AABB"}
    answer |= {"cmra": "N", "vacant": "N", "msag_valid": "Y", "msag_community": "CAMBRIDGE", "esn": "00123"}
    answer |= {"latitude": "42.3736", "longitude": "-71.1097", "access_tech": "FTTP", "max_down_mbps": "1000"}
    digits = sum(map(int, "02139678901"))
    answer |= {"dpbc_check": str(-digits % 10), "drop_status": "PASSED", "validated_at": "2026-11-21T12:00:00-05:00"}
    return answer | more


def test_an_answer_makes_an_address(running: Any, registry: Registry) -> None:
    """The question keeps its accents; community, ESN and access come with the answer; then the address validates."""
    request, question = registry.question()
    assert registry.found(request, "inProgress")["validationResult"] == "partial"

    ack = registry.answer(_good(question))

    address = registry.found(request)["validGeographicAddress"]
    typed = {"streetNr": address["streetNr"], "streetName": "peña st", "city": "cambridge"}
    typed |= {"stateOrProvince": "MA", "postcode": "02139"}
    again = running.client.post(_VALIDATION, json={"submittedGeographicAddress": typed, "provideAlternative": True})
    assert question["in_line1"].endswith(" Peña St")
    assert ack[0][4:9] == ["ACCEPTED", "1", "1", "1", "0"]
    assert (address["esn"], address["msagCommunity"], address["dpvCode"]) == ("00123", "CAMBRIDGE", "Y")
    assert (address["accessTechnology"], address["maxDownMbps"], address["dropStatus"]) == ("FIBRE", 1000, "PASSED")
    assert address["externalId"] == "02139678901"
    assert again.json()["validationResult"] == "success"
    assert again.json()["validGeographicAddress"]["id"] == address["id"]


@pytest.mark.parametrize(
    ("more", "result"),
    [
        ({"dpv_code": "D", "dpv_footnotes": "AAN1", "match_code": "D"}, "partial"),
        ({"dpv_code": "S", "dpv_footnotes": "AACC"}, "partial"),
        ({"dpv_code": "N", "dpv_footnotes": "AAM3", "match_code": "N"}, "fails"),
        ({"dpv_code": "", "dpv_footnotes": "A1", "match_code": "N"}, "fails"),
    ],
)
def test_an_address_that_is_not_confirmed_is_none(registry: Registry, more: dict[str, str], result: str) -> None:
    """Unit missing or wrong is partial, no delivery point fails; no address comes of either."""
    request, question = registry.question()

    registry.answer(_good(question, **more))

    found = registry.found(request)
    assert (found["validationResult"], "validGeographicAddress" in found) == (result, False)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"zip5": "2139"}, "R102"),
        ({"esn": "123"}, "R102"),
        ({"dpv_footnotes": "AAN1"}, "R102"),
        ({"dpbc_check": "9"}, "R103"),
        ({"access_tech": "TACHYON"}, "R104"),
        ({"validated_at": "2026-02-30T00:00:00Z"}, "R109"),
        ({"out_street_name": ""}, "R101"),
        ({"in_zip": "02138"}, "R102"),
        ({"request_id": "GAV-NEVER"}, "R105"),
    ],
)
def test_a_wrong_record_is_refused_and_the_rest_applied(registry: Registry, more: dict[str, str], code: str) -> None:
    """Lost zeros, check digits, codes, echoes: each has its code; the good record beside it counts."""
    (request, question), (good_request, good_question) = registry.question(), registry.question()

    ack = registry.answer(_good(question, **more), _good(good_question))

    assert (ack[0][4], ack[1][3]) == ("PARTIAL", code)
    assert registry.found(good_request)["validationResult"] == "success"
    assert registry.found(request, "inProgress")


def test_a_file_that_does_not_add_up_is_rejected(registry: Registry) -> None:
    """The trailer counts the records, the header names the columns."""
    _, question = registry.question()

    assert registry.answer(_good(question), count=2)[1][3] == "G004"


def test_a_missing_column_is_rejected(registry: Registry) -> None:
    """A file without one of the columns is G012; a further column is left alone (the others have one)."""
    _, question = registry.question()

    assert registry.answer(_good(question), drop="esn")[1][3] == "G012"


def test_the_street_guide_gives_addresses_their_emergency_number(running: Any, registry: Registry) -> None:
    """Range and parity decide; a before and after image changes the number, a delete takes it away."""
    number = next(_HOUSES)
    street = f"G{number}"
    house = {"streetNr": str(number), "streetName": street, "streetType": "St", "city": "Cambridge"}
    house |= {"stateOrProvince": "MA", "postcode": "02139"}
    request, question = registry.question(submittedGeographicAddress=house)
    registry.answer(_good(question))
    address = registry.found(request)["validGeographicAddress"]
    parity, other = ("O", "E") if number % 2 else ("E", "O")
    row = {"street_name": street, "street_suffix": "ST", "community": "CAMBRIDGE"}
    row |= {"low_range": "1", "high_range": "9999", "esn": "00200"}

    def esn() -> object:
        return running.client.get(f"{_ADDRESS}/{address['id']}").json().get("esn")

    ack = registry.guide(row | {"odd_even": other, "function_of_change": "I"})
    assert (ack[0][4], esn()) == ("ACCEPTED", None)  # the guide now has the street, but not this side of it
    registry.guide(row | {"odd_even": parity, "function_of_change": "I"})
    assert esn() == "00200"
    registry.guide(
        row | {"odd_even": parity, "function_of_change": "B"},
        row | {"odd_even": parity, "function_of_change": "A", "esn": "00300"},
    )
    assert esn() == "00300"
    shown = running.client.get("/location/v1/msag", params={"addressId": address["id"]}).json()
    assert (shown["found"], shown["row"]["odd_even"]) == (True, parity)
    ack = registry.guide(
        row | {"odd_even": parity, "function_of_change": "D"},
        row | {"odd_even": "B", "function_of_change": "D"},
        row | {"odd_even": "B", "function_of_change": "I", "low_range": "9", "high_range": "1"},
        row | {"odd_even": "X", "function_of_change": "I"},
    )
    assert (ack[0][4], [line[3] for line in ack[1:-1]], esn()) == ("PARTIAL", ["R105", "R102", "R104"], None)
