"""Usage files of our own mediation and of a roaming partner: rated once, in whole files, with the right durations."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ringback.reference_stack.gateway.codecs.model import FeedHeader
from ringback.reference_stack.gateway.codecs.udr import UsageHeader, write_udr

CALL = {
    "record_type": "MOC",
    "imsi": "310150000000017",
    "msisdn": "15125550100",
    "utc_offset": "-0400",
    "duration_s": "61",
    "other_party": "16175550123",
    "bytes_up": "0",
    "bytes_down": "0",
    "serving_network": "USARB",
    "charge": "120",
    "tax": "10",
}
DATA = CALL | {
    "record_type": "GPRS",
    "apn": "internet",
    "bytes_up": "1000",
    "bytes_down": "5000000",
    "charging_id": "C9",
}


def at(hours_ago: float) -> str:
    """A local start, so many hours ago."""
    return f"{datetime.now(UTC) - timedelta(hours=hours_ago + 4):%Y%m%d%H%M%S}"


def usage(sequence: int, *records: dict[str, str], sender: str = "USARB", rap: int = 0) -> tuple[str, bytes]:
    """The name and the bytes of a file of records."""
    created = f"{datetime.now(UTC):%Y%m%d%H%M%S}"
    header = FeedHeader("UDR", "0312", sender, "USARB", created, sequence, "P")
    numbered = [{"record_id": f"{place:010d}", **record} for place, record in enumerate(records, start=1)]
    return f"CD{sender}USARB{sequence:05d}", write_udr(header, UsageHeader("USD", 2, rap, ""), numbered)


@pytest.fixture
def mediation(login: Any) -> Any:
    """Our own mediation, logged in."""
    account = login("mediation")
    yield account
    account.close()


@pytest.fixture
def hub(login: Any) -> Any:
    """The roaming hub, logged in."""
    account = login("roaming-hub")
    yield account
    account.close()


def rated(small: Any) -> list[dict[str, Any]]:
    """The records that billing was given."""
    return [record for batch in small.owners.taken for record in batch["records"]]


def test_a_file_is_handed_over_in_one_call_and_every_record_has_its_result(small: Any, mediation: Any) -> None:
    """What billing refuses is rejected with its code, the rest has an entity: received is rated and rejected."""
    small.owners.refusals["3"] = (200, {"code": "R105"})
    other = CALL | {"event_start": at(2), "imsi": "310150000000025"}
    name, data = usage(1, CALL | {"event_start": at(1)}, other, DATA | {"event_start": at(3)})

    mediation.upload(name, data)

    ack = mediation.ack(name)
    file = small.file(name)
    records = small.rows(
        "select status, error_code, entity_id from pgw_record where file_id = ? order by line_no", file["id"]
    )
    assert ack[0].split("|")[4:9] == ["PARTIAL", "3", "3", "2", "1"]
    assert ack[1].split("|")[3:5] == ["R105", "R"]
    assert len(small.owners.taken) == 1
    assert [tuple(record.values()) for record in records] == [
        ("accepted", None, "E-2"),
        ("rejected", "R105", None),
        ("accepted", None, "E-4"),
    ]
    assert [(one["usage_type"], one["quantity"], one["unit"]) for one in rated(small)] == [
        ("voice", 61, "s"),
        ("voice", 61, "s"),
        ("data", 5_001_000, "B"),
    ]


def test_the_same_content_under_a_new_name_is_a_duplicate(small: Any, mediation: Any) -> None:
    """The commonest cause of double rating: nothing of the copy is handed over."""
    name, data = usage(1, CALL | {"event_start": at(1)})
    mediation.upload(name, data)
    mediation.ack(name)

    mediation.upload("CDUSARBUSARB00002", data)

    assert mediation.ack("CDUSARBUSARB00002")[0].split("|")[4] == "DUPLICATE"
    assert len(rated(small)) == 1


def test_a_record_of_an_earlier_file_is_refused(small: Any, mediation: Any) -> None:
    """A node that writes a call twice, into two files, is found by the identity of the call."""
    call = CALL | {"event_start": at(1)}
    for sequence, records in ((1, [call]), (2, [call, DATA | {"event_start": at(2)}])):
        name, data = usage(sequence, *records)
        mediation.upload(name, data)
        ack = mediation.ack(name)

    assert ack[0].split("|")[4] == "PARTIAL"
    assert ack[1].split("|")[3] == "R107"
    assert [one["usage_type"] for one in rated(small)] == ["voice", "data"]


def test_a_file_before_its_turn_waits(small: Any, mediation: Any) -> None:
    """Number 2 is held, unrated, until number 1 has come."""
    first, second = usage(1, CALL | {"event_start": at(2)}), usage(2, CALL | {"event_start": at(1)})
    mediation.upload(*second)
    assert small.file(second[0])["status"] == "held"
    assert small.owners.taken == []

    mediation.upload(*first)

    assert mediation.ack(second[0])[0].split("|")[4] == "ACCEPTED"
    assert [batch["file_name"] for batch in small.owners.taken] == [first[0], second[0]]


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda data: data[: data.rindex(b"T|")], "G003"),
        (lambda data: data.replace(b"T|1|", b"T|2|"), "G004"),
        (lambda data: data.replace(b"|120|10|0\n", b"|121|10|0\n"), "G005"),
        (lambda data: data.replace(b"|C|", b"|T|"), "G018"),
        (lambda data: data.replace(b"|00001|00000|", b"|00007|00000|"), "G002"),
    ],
)
def test_a_file_that_does_not_add_up_is_not_rated(small: Any, mediation: Any, spoil: Any, code: Any) -> None:
    """Cut off, wrong count, wrong total, a test file, another number inside: rejected as a whole."""
    name, data = usage(1, CALL | {"event_start": at(1)})

    mediation.upload(name, spoil(data))

    ack = mediation.ack(name)
    assert (ack[0].split("|")[4], ack[1].split("|")[3]) == ("REJECTED", code)
    assert small.owners.taken == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"utc_offset": ""}, "R101"),
        ({"utc_offset": "EST"}, "R102"),
        ({"event_start": "20260230120000"}, "R109"),
        ({"event_start": at(31 * 24)}, "R109"),
        ({"record_type": "FAX"}, "R104"),
    ],
)
def test_a_record_without_a_sure_time_or_kind_is_refused(small: Any, mediation: Any, change: Any, code: Any) -> None:
    """The offset is mandatory, the time must exist and not be older than 30 days; the rest of the file is rated."""
    good = CALL | {"event_start": at(1)}
    name, data = usage(1, good, good | {"other_party": "911"})
    fields = data.splitlines()[2].decode().split("|")
    places = {"record_type": 3, "event_start": 7, "utc_offset": 8}
    for name_of_field, value in change.items():
        fields[places[name_of_field]] = value
    lines = data.decode().splitlines()
    lines[2] = "|".join(fields)

    mediation.upload(name, ("\n".join(lines) + "\n").encode())

    assert mediation.ack(name)[1].split("|")[3] == code
    assert len(rated(small)) == 1


def test_two_calls_of_the_repeated_hour_are_two_calls(small: Any, mediation: Any) -> None:
    """When the clocks go back, 01:30 comes twice: the offset tells the calls apart, and the durations stay."""
    hour = f"{datetime.now(UTC) - timedelta(days=2):%Y%m%d}013000"
    name, data = usage(1, CALL | {"event_start": hour}, CALL | {"event_start": hour, "utc_offset": "-0500"})

    mediation.upload(name, data)

    assert mediation.ack(name)[0].split("|")[4] == "ACCEPTED"
    first, second = rated(small)
    begin, later = (datetime.fromisoformat(one["started_at"]) for one in (first, second))
    assert (later - begin, first["duration_s"], second["duration_s"]) == (timedelta(hours=1), 61, 61)


def rap(small: Any, hub: Any) -> list[str]:
    """The lines of the RAP file that went back."""
    name = small.row("select file_name from pgw_file where feed = 'RC'")["file_name"]
    lines: list[str] = hub.read(f"/from_us/{name}").decode("ascii").splitlines()
    return lines


def test_a_roaming_file_with_a_wrong_total_comes_back_and_is_resubmitted_once(small: Any, hub: Any) -> None:
    """Fatal 100 in a RAP file, nothing rated; the answer to the RAP file is taken once, and never for another one."""
    call = CALL | {"serving_network": "GBRNT", "event_start": at(5)}
    name, data = usage(1, call, sender="GBRNT")
    hub.upload(name, data.replace(b"|120|10|0\n", b"|999|10|0\n"))

    lines = rap(small, hub)

    assert lines[0].split("|")[:7] == ["H", "RAP", "0105", "USARB", "GBRNT", "C", "00001"]
    assert lines[0].split("|")[-1] == name
    assert lines[1].split("|")[2:4] == ["F", "100"]
    assert small.owners.taken == []

    hub.upload(name, usage(1, call, sender="GBRNT", rap=1)[1])
    small.row("select id from pgw_file where file_name = ? and status = 'accepted'", name)
    again, never = (usage(2, call | {"duration_s": "62"}, sender="GBRNT", rap=number) for number in (1, 7))
    for resubmitted in (again, never):
        hub.upload(*resubmitted)
        small.until(lambda: hub.names("/to_us") == [])

    assert len(rated(small)) == 1
    rejected = small.rows("select status from pgw_file where file_name = ?", again[0])
    assert [row["status"] for row in rejected] == ["rejected", "rejected"]


def test_a_roaming_record_that_is_refused_goes_back_by_its_key(small: Any, hub: Any) -> None:
    """The partner learns which record was severe; the others are rated."""
    call = CALL | {"serving_network": "GBRNT", "event_start": at(5)}
    small.owners.refusals["2"] = (200, {"code": "R105"})
    name, data = usage(1, call, call | {"other_party": "447700900123"}, sender="GBRNT")

    hub.upload(name, data)

    lines = rap(small, hub)
    assert hub.ack(name)[0].split("|")[4] == "PARTIAL"
    assert (lines[1].split("|")[2:5], lines[-1]) == (["S", "R105", "2"], "T|1")
