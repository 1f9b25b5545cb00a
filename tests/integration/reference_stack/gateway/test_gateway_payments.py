"""Debits to the bank and what comes back, over real SFTP: every total right, every return told to billing once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from ringback.reference_stack.gateway.codecs.nacha import Batch, write_ach
from ringback.reference_stack.gateway.codecs.nacha_layouts import (
    CHANGE_ADDENDA,
    ENTRY,
    FILE_CONTROL,
    RETURN_ADDENDA,
    cut,
    written,
)
from ringback.reference_stack.gateway.names import FILES_A_DAY

DEBIT = {"account_id": "BA-1", "amount": 10_205, "name": "Zoë Finch", "routing": "231380104", "account_no": "00123"}


@pytest.fixture
def bank(login: Any) -> Any:
    """The bank, logged in with its own key."""
    account = login("bank")
    yield account
    account.close()


def debit(small: Any, payment: str, **changes: object) -> dict[str, Any]:
    """Hands one debit to the gateway; answers what the gateway says."""
    body = {"partner": "bank", "feed": "ACH", "record": {**DEBIT, "payment_id": payment, **changes}}
    reply = small.post("/gateway/v1/outbound", {**body, "correlation": f"CORR-{payment}"})
    assert reply.status_code == 202, reply.text
    answer: dict[str, Any] = reply.json()
    return answer


@contextmanager
def full_day(small: Any) -> Iterator[None]:
    """A day on which the bank takes no further file: what is put in meanwhile waits, and leaves together afterwards."""
    today = small.stack.clock.stamp()[:10]
    columns = "id, partner, feed, direction, file_name, business_date, status, received_at"
    for number in range(FILES_A_DAY):
        values = (f"FULL-{number}", "bank", "ACH", "out", f"FULL-{number}", today, "sent", today)
        small.write(f"insert into pgw_file ({columns}) values (?,?,?,?,?,?,?,?)", *values)
    yield
    small.write("delete from pgw_file where id like 'FULL-%'")


def sent(small: Any, bank: Any) -> list[str]:
    """The lines of the file that left."""
    file = small.row("select * from pgw_file where feed = 'ACH'")
    lines: list[str] = bank.read(f"/from_us/{file['file_name']}").decode("ascii").splitlines()
    return lines


def returned(trace: str, number: int, *, code: str = "R01", amount: int = 10_205, corrected: str = "") -> list[str]:
    """One returned entry and its addenda."""
    own = f"23138010{number:07d}"
    entry = {"transaction_code": "26", "rdfi_identification": "09140060", "check_digit": "6"}
    entry |= {"dfi_account_number": "00123", "amount": str(amount), "identification_number": "BA-1"}
    entry |= {"individual_name": "ZOE FINCH", "addenda_indicator": "1", "trace_number": own}
    addenda = {"original_trace": trace, "original_rdfi": "23138010", "trace_number": own}
    if corrected:
        return [*_pair(entry), written(CHANGE_ADDENDA, addenda | {"change_code": code, "corrected_data": corrected})]
    return [*_pair(entry), written(RETURN_ADDENDA, addenda | {"return_reason": code})]


def _pair(entry: dict[str, str]) -> list[str]:
    return [written(ENTRY, entry)]


def return_file(pairs: Sequence[Sequence[str]], modifier: str = "A") -> tuple[str, bytes]:
    """The name and the bytes of a file of returns."""
    now = datetime.now(UTC)
    header = {"immediate_destination": " 091400606", "immediate_origin": " 231380104", "file_id_modifier": modifier}
    header |= {"file_creation_date": f"{now:%y%m%d}", "file_creation_time": f"{now:%H%M}"}
    batch = {"service_class_code": "225", "company_name": "RINGBACK", "company_identification": "1123456789"}
    batch |= {"standard_entry_class": "PPD", "company_entry_description": "RETURN", "odfi_identification": "23138010"}
    batch |= {"effective_entry_date": f"{now:%y%m%d}"}
    entries = [cut(ENTRY, pair[0]) for pair in pairs]
    data = write_ach(header, [Batch(batch, entries, [pair[1] for pair in pairs])])
    return f"ACHRET_FIRSTNAT_RINGBACK_{now:%Y%m%d}_{modifier}.ach", data


def test_debits_leave_in_one_balanced_file(small: Any, bank: Any) -> None:
    """Records of 94 characters in blocks of ten; hash, totals and traces are right to the digit."""
    with full_day(small):
        first = debit(small, "PAY-1")
        second = debit(small, "PAY-2", amount=99, routing="091400606", account_type="savings")

    lines = sent(small, bank)

    entries = [cut(ENTRY, line) for line in lines if line.startswith("6")]
    control = cut(FILE_CONTROL, next(line for line in lines if line.startswith("9000")))
    assert {len(line) for line in lines} == {94}
    assert (len(lines) % 10, control["block_count"], control["batch_count"]) == (0, "000001", "000001")
    assert control["entry_hash"] == f"{23138010 + 9140060:010d}"
    assert (control["total_debit"], control["total_credit"]) == ("000000010304", "000000000000")
    assert [entry["trace_number"] for entry in entries] == [first["trace_number"], second["trace_number"]]
    assert [(entry["transaction_code"], entry["amount"]) for entry in entries] == [
        ("27", "0000010205"),
        ("37", "0000000099"),
    ]
    assert [(entry["individual_name"], entry["dfi_account_number"]) for entry in entries] == [
        ("ZOE FINCH", "00123")
    ] * 2
    assert debit(small, "PAY-1") == first


def test_a_debit_that_no_bank_would_take_is_refused(small: Any) -> None:
    """A wrong check digit of the routing number and an amount of nothing are named together."""
    body = {
        "partner": "bank",
        "feed": "ACH",
        "record": {**DEBIT, "payment_id": "P", "routing": "231380105", "amount": 0},
    }

    reply = small.post("/gateway/v1/outbound", body)

    assert reply.status_code == 400
    assert all(word in reply.json()["reason"] for word in ("231380105", "amount '0'"))


def test_returns_and_notices_reach_billing_with_their_payment(small: Any, bank: Any) -> None:
    """A return says its reason, a notice of change its correction; both name payment, account and trace."""
    with full_day(small):
        traces = [debit(small, payment)["trace_number"] for payment in ("PAY-1", "PAY-2")]
    sent(small, bank)
    name, data = return_file([returned(traces[0], 1), returned(traces[1], 2, code="C01", corrected="00456")])

    bank.upload(name, data)

    assert bank.ack(name)[0].split("|")[4:9] == ["ACCEPTED", "2", "2", "2", "0"]
    told = [(one["kind"], one["payment_id"], one["return_reason"], one["change_code"]) for one in small.owners.taken]
    assert told == [("return", "PAY-1", "R01", ""), ("change", "PAY-2", "", "C01")]
    assert small.owners.taken[1]["corrected_data"] == "00456"
    records = small.rows("select correlation_id from pgw_record where status = 'accepted' order by line_no")
    assert [record["correlation_id"] for record in records] == ["CORR-PAY-1", "CORR-PAY-2"]


@pytest.mark.parametrize(
    ("change", "code"),
    [({"trace": "091400609999999"}, "R105"), ({"amount": 10_206}, "R102"), ({"code": "R99"}, "R104")],
)
def test_a_return_that_answers_no_debit_of_ours_is_refused(small: Any, bank: Any, change: Any, code: Any) -> None:
    """Unknown trace, another amount and an unknown reason reject the record; billing hears nothing."""
    trace = debit(small, "PAY-1")["trace_number"]
    sent(small, bank)
    name, data = return_file([returned(change.pop("trace", trace), 1, **change)])

    bank.upload(name, data)

    assert bank.ack(name)[1].split("|")[3] == code
    assert small.owners.taken == []


def test_a_return_counts_once(small: Any, bank: Any) -> None:
    """The same entry in a second file is R107; the same name with other content is G007."""
    trace = debit(small, "PAY-1")["trace_number"]
    sent(small, bank)
    first, second, other = (
        return_file([returned(trace, number)], modifier) for number, modifier in ((1, "A"), (1, "B"), (2, "A"))
    )

    bank.upload(*first)
    bank.ack(first[0])
    bank.upload(*second)
    second_ack = bank.ack(second[0])
    bank.upload(*other)

    small.row("select id from pgw_file where file_name = ? and status = 'rejected'", other[0])
    assert second_ack[1].split("|")[3] == "R107"
    assert bank.ack(other[0])[1].split("|")[3] == "G007"
    assert len(small.owners.taken) == 1


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda data: data[: data.index(b"\n9") + 1], "G003"),
        (lambda data: data.replace(b"\n9000001", b"\n9000002"), "G004"),
        (lambda data: data.replace(b"000000010205", b"000000010206"), "G005"),
        (lambda data: data[: -95 * 2], "G004"),
        (lambda data: data.replace(b"\n6", b"\n6 "), "G011"),
    ],
)
def test_a_file_that_does_not_add_up_is_rejected_as_a_whole(small: Any, bank: Any, spoil: Any, code: Any) -> None:
    """Cut off, wrong counts, wrong totals, broken blocks and wrong lengths go to quarantine; nothing is applied."""
    trace = debit(small, "PAY-1")["trace_number"]
    sent(small, bank)
    name, data = return_file([returned(trace, 1)])

    bank.upload(name, spoil(data))

    ack = bank.ack(name)
    assert (ack[0].split("|")[4], ack[1].split("|")[3]) == ("REJECTED", code)
    bank.holds("/quarantine", name)
    assert small.owners.taken == []
