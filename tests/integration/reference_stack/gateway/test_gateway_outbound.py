"""Records that systems hand in: batched, numbered, written to the byte, and what the partner says of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ringback.reference_stack.gateway.codecs.acks import Ack, write_ack
from ringback.reference_stack.gateway.codecs.fixed import read_fixed, write_fixed
from ringback.reference_stack.gateway.codecs.model import FeedHeader, file_problem
from ringback.reference_stack.gateway.codecs.pipe import read_pipe
from ringback.reference_stack.gateway.codecs.stamps import moment

INQUIRY = {
    "request_id": "CRQ-1",
    "customer_id": "CUST-00001",
    "product_order_id": "PO-1",
    "first_name": "Zoë",
    "last_name": "O'Brien",
    "birth_date": "1980-02-29",
    "id_last4": "0042",
    "house_number": "12",
    "street": "Elm Street",
    "postcode": "02139",
    "requested_lines": 1,
    "device_amount": 72000,
    "consent_ts": "2026-11-01T12:00:00.000Z",
}
DECISION = {
    "request_id": "CRQ-1",
    "customer_id": "CUST-00001",
    "decision": "A",
    "score": "720",
    "credit_class": "A1",
    "max_lines": "5",
    "device_limit": "100000",
    "deposit": "0",
    "bureau_ref": "BR-1",
    "id_last4": "0042",
    "last_name": "O'BRIEN",
}


def test_records_of_one_feed_leave_together_in_a_numbered_file(
    small: Any, clearing_house: Any, port_requests: Any
) -> None:
    """The partner finds a file of 25-field records under the agreed name, valid to the last total."""
    port_requests(1, 2)

    names = clearing_house.names("/from_us")
    read = [read_pipe("NPORT", clearing_house.read(f"/from_us/{name}")) for name in names]
    records = [record for file in read for record in file.records]
    assert [(name[:16], name[-9:]) for name in names] == [
        ("NPORT_9X01_CH01_", f"{number:05d}.txt") for number in range(1, len(names) + 1)
    ]
    assert [file.problems for file in read] == [()] * len(read)
    assert [(one.fields["account_no"], one.fields["pin"], one.fields["zip"]) for one in records] == [
        ("0012345", "0042", "02139"),
        ("0012345", "0042", "02139"),
    ]


def test_the_same_record_is_sent_once(small: Any, clearing_house: Any, port_requests: Any) -> None:
    """A system that hands in a record twice (events come at least once) causes one line in one file."""
    port_requests(1)
    port_requests(1)

    assert len(small.rows("select * from pgw_outbound")) == 1
    assert len(clearing_house.names("/from_us")) == 1


def test_a_record_that_cannot_be_sent_is_refused_with_all_its_faults(small: Any) -> None:
    """400 names every field that is wrong; nothing is queued."""
    body = {
        "partner": "clearing-house",
        "feed": "NPORT",
        "key": "x",
        "record": {"req_no": "1", "tn": "911", "zip": "2139"},
    }

    reply = small.post("/gateway/v1/outbound", body)

    assert reply.status_code == 400
    assert all(word in reply.json()["reason"] for word in ("req_no '1'", "tn '911'", "zip '2139'", "onsp is empty"))
    assert small.rows("select * from pgw_outbound") == []


@pytest.mark.parametrize("change", [{"partner": "nobody"}, {"feed": "CRDQ"}, {"feed": "997"}, {"record": None}])
def test_what_no_partner_takes_is_refused(small: Any, change: Any) -> None:
    """An unknown partner, a feed that does not go there and a missing record are 400."""
    body = {"partner": "clearing-house", "feed": "NPORT", "key": "x", "record": {}}

    assert small.post("/gateway/v1/outbound", body | change).status_code == 400


def test_an_acknowledgement_of_the_partner_is_noted_on_our_file(
    small: Any, clearing_house: Any, port_requests: Any
) -> None:
    """ACCEPTED makes the file acked, REJECTED makes it rejected; the acknowledgement stays where it is."""
    port_requests(1)
    name = clearing_house.names("/from_us")[0]
    ack = Ack(name, 1, "REJECTED", 1, 1, 0, 1, "2026-11-01T12:00:00.000Z", "", (file_problem("G003", "cut"),))

    with clearing_house.client.open(f"/ack/from_partner/{name}.ack", "w") as file:
        file.write(write_ack(ack))

    row = small.row("select * from pgw_file where file_name = ? and status <> 'sent'", name)
    assert (row["status"], row["ack_file_name"]) == ("rejected", f"{name}.ack")
    assert clearing_house.names("/ack/from_partner") == [f"{name}.ack"]


def test_credit_goes_out_in_plain_capitals_and_comes_back_by_its_echo(small: Any, login: Any) -> None:
    """The inquiry is upper-case ASCII; the decision with the same echo is handed to credit, another is refused."""
    bureau = login("credit-bureau")
    body = {"partner": "credit-bureau", "feed": "CRDQ", "key": "CRQ-1", "record": INQUIRY, "correlation": "CORR-9"}
    assert small.post("/gateway/v1/outbound", body).status_code == 202
    sent = small.row("select * from pgw_file where feed = 'CRDQ'")
    inquiry = read_fixed("CRDQ", bureau.read(f"/from_us/{sent['file_name']}"))
    created = inquiry.header.created
    answers = [
        DECISION | {"decided_ts": created, "valid_until": _thirty_days_after(created), "id_last4": last4}
        for last4 in ("0042", "4200")
    ]
    for number, answer in enumerate(reversed(answers), start=1):
        header = FeedHeader("CRDR", "0100", "BUREAU01", "RINGBACK", created, number, "P")
        bureau.upload(f"CRDR_BUREAU01_RINGBACK_{created}_{number:05d}.dat", write_fixed(header, [answer]))

    refused = bureau.ack(f"CRDR_BUREAU01_RINGBACK_{created}_00001.dat")
    taken = bureau.ack(f"CRDR_BUREAU01_RINGBACK_{created}_00002.dat")

    assert (inquiry.problems, inquiry.records[0].fields["first_name"]) == ((), "ZOE")
    assert refused[1] == "ERR|2|CRQ-1|R102|R|id_last4 '4200' is not the echo of the request"
    assert taken[0].split("|")[4] == "ACCEPTED"
    assert [(one["decision"], one["score"], one["feed"]) for one in small.owners.taken] == [("A", "720", "CRDR")]
    assert small.row("select * from pgw_record where status = 'accepted'")["correlation_id"] == "CORR-9"
    bureau.close()


def _thirty_days_after(created: str) -> str:
    return (moment(created) + timedelta(days=30)).strftime("%Y%m%d")


def test_files_can_be_listed_and_read_over_http(
    small: Any, clearing_house: Any, port_requests: Any, port_file: Any
) -> None:
    """The API shows files by partner, feed and direction, one with its records, and its bytes."""
    port_requests(1)
    file = port_file(1, (1, "C"))
    clearing_house.upload(file.name, file.data)
    clearing_house.ack(file.name)
    small.file(file.name)

    listed = small.get("/gateway/v1/files?partner=clearing-house&feed=NPRESP&direction=in").json()
    shown = small.get(f"/gateway/v1/files/{listed[0]['id']}").json()
    content = small.get(f"/gateway/v1/files/{listed[0]['id']}/content").content

    assert [one["file_name"] for one in listed] == [file.name]
    assert [one["status"] for one in shown["records"]] == ["accepted"]
    assert content == file.data
    assert small.get("/gateway/v1/files/none").status_code == 404
