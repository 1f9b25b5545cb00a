"""Files that a partner sends, over real SFTP: taken, held, copied, rejected, and answered to the line."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest


def test_a_good_file_is_applied_acknowledged_and_archived(
    small: Any, clearing_house: Any, port_requests: Any, port_file: Any
) -> None:
    """Each record goes to its owner with the journey's correlation; the partner gets ACCEPTED with the counts."""
    port_requests(1, 2)
    file = port_file(1, (1, "C"), (2, "D"))

    clearing_house.upload(file.name, file.data)

    ack = clearing_house.ack(file.name)
    row = small.file(file.name)
    records = small.rows("select * from pgw_record where file_id = ? order by line_no", row["id"])
    assert ack[0].split("|")[:9] == ["ACK", "1", file.name, "1", "ACCEPTED", "2", "2", "2", "0"]
    assert ack[0].split("|")[10] == hashlib.sha256(file.data).hexdigest()
    assert ack[1:] == ["END|0"]
    assert (row["status"], row["accepted_count"], row["ack_file_name"]) == ("accepted", 2, f"{file.name}.ack")
    assert [(one["status"], one["entity_type"], one["correlation_id"]) for one in records] == [
        ("accepted", "portability_entity", "CORR-1"),
        ("accepted", "portability_entity", "CORR-2"),
    ]
    assert [one["response_type"] for one in small.owners.taken] == ["C", "D"]
    clearing_house.holds("/to_us")
    clearing_house.holds(f"/archive/{str(row['business_date']).replace('-', '')}", file.name)


def test_an_unfinished_upload_is_never_read(
    small: Any, clearing_house: Any, port_requests: Any, port_file: Any
) -> None:
    """A `.part` file and a file that is still open for writing stay where they are until they are complete."""
    port_requests(1)
    first, second = port_file(1, (1, "D")), port_file(2, (1, "C"))
    with clearing_house.client.open(f"/to_us/{first.name}", "w") as open_file:
        open_file.write(first.data[:40])
        with clearing_house.client.open("/to_us/other.txt.part", "w") as part:
            part.write(b"half")
        clearing_house.upload("strange.txt", b"x\n")
        small.file("strange.txt")  # the gateway has looked at the folder since

        assert small.rows("select id from pgw_file where file_name = ?", first.name) == []

        open_file.write(first.data[40:])
    clearing_house.upload(second.name, second.data)

    assert small.file(second.name)["status"] == "accepted"
    assert small.file(first.name)["status"] == "accepted"
    assert clearing_house.names("/to_us") == ["other.txt.part"]


@pytest.mark.parametrize("renamed", [False, True])
def test_a_copy_changes_nothing_and_is_answered_as_a_duplicate(
    small: Any, clearing_house: Any, port_requests: Any, port_file: Any, renamed: Any
) -> None:
    """The same content is a copy under its own and under a new name; its records are not applied again."""
    port_requests(1)
    file = port_file(1, (1, "C"))
    clearing_house.upload(file.name, file.data)
    clearing_house.ack(file.name)
    name = file.name.replace("_00001", "_00002") if renamed else file.name
    if not renamed:
        small.file(file.name)

    clearing_house.upload(name, file.data)

    duplicate = "select * from pgw_file where file_name = ? and status = 'duplicate'"
    from_database = small.row(duplicate, name)
    assert clearing_house.ack(name)[0].split("|")[4] == "DUPLICATE"
    assert clearing_house.ack(name)[1].startswith("ERR|0||G006|W|copy of ")
    assert len(small.owners.taken) == 1
    assert from_database["accepted_count"] == 1


def test_a_file_before_its_turn_is_held_until_the_gap_is_closed(
    small: Any, clearing_house: Any, port_requests: Any, port_file: Any
) -> None:
    """Number 3 and 2 wait for number 1, then all are applied in order; the late ones carry a warning."""
    port_requests(1)
    first, second, third = port_file(1, (1, "D")), port_file(2, (1, "D")), port_file(3, (1, "C"))
    clearing_house.upload(third.name, third.data)
    assert small.file(third.name)["status"] == "held"
    clearing_house.upload(second.name, second.data)
    assert small.file(second.name)["status"] == "held"
    assert small.owners.taken == []

    clearing_house.upload(first.name, first.data)

    assert clearing_house.ack(third.name)[1] == "ERR|0||G008|W|held until the number before it arrived"
    assert [one["file_name"] for one in small.owners.taken] == [first.name, second.name, third.name]
    assert [small.file(file.name)["status"] for file in (first, second, third)] == ["accepted"] * 3
    assert not any((small.home / "held").iterdir())


def test_the_number_after_99999_is_1(small: Any, clearing_house: Any, port_requests: Any, port_file: Any) -> None:
    """The sequence wraps without a gap."""
    port_requests(1)
    small.last_sequence("NPRESP", 99998)
    last, first = port_file(99999, (1, "D")), port_file(1, (1, "C"))

    clearing_house.upload(last.name, last.data)
    clearing_house.upload(first.name, first.data)

    assert [small.file(file.name)["status"] for file in (last, first)] == ["accepted", "accepted"]


def test_a_number_used_for_other_content_is_rejected(
    small: Any, clearing_house: Any, port_requests: Any, port_file: Any
) -> None:
    """The same number with other content is G007 and changes nothing."""
    port_requests(1, 2)
    original, other = port_file(1, (1, "C")), port_file(1, (2, "C"))
    clearing_house.upload(original.name, original.data)
    clearing_house.ack(original.name)
    clearing_house.upload(other.name, other.data)

    rejected = small.row("select * from pgw_file where status = 'rejected'")
    assert rejected["accepted_count"] == 0
    assert len(small.owners.taken) == 1


DAMAGES = {
    "cut off": (lambda data: data[: data.index(b"T|")], "G003"),
    "count wrong": (lambda data: data.replace(b"T|000001", b"T|000002"), "G004"),
    "total wrong": (lambda data: data[:-2] + b"9\n", "G005"),
    "empty": (lambda _: b"", "G016"),
    "another receiver": (lambda data: data.replace(b"|9X01|20", b"|7Z03|20", 1), "G009"),
    "test mode": (lambda data: data.replace(b"|00001|P", b"|00001|T"), "G018"),
    "other number in the header": (lambda data: data.replace(b"|00001|P", b"|00009|P"), "G002"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_file_goes_to_quarantine_and_its_number_stays_free(
    small: Any, clearing_house: Any, port_requests: Any, port_file: Any, name: Any
) -> None:
    """REJECTED with the code, nothing applied; the repaired file under the same number is taken."""
    damage, code = DAMAGES[name]
    port_requests(1)
    file = port_file(1, (1, "C"))
    clearing_house.upload(file.name, damage(file.data))

    ack = clearing_house.ack(file.name)

    assert ack[0].split("|")[4] == "REJECTED"
    assert code in [line.split("|")[3] for line in ack[1:-1]]
    assert small.file(file.name)["status"] == "rejected"
    clearing_house.holds("/quarantine", file.name)
    clearing_house.upload(file.name, file.data)
    assert small.row("select * from pgw_file where status = 'accepted'")["seq_no"] == 1


NAMES = {
    "no convention": ("hello.txt", "G001"),
    "a file that we send": ("NPORT_9X01_CH01_20261101120000_00001.txt", "G009"),
    "a file of another partner": ("CRDR_BUREAU01_RINGBACK_20261101120000_00001.dat", "G009"),
    "an unknown sender": ("NPRESP_ZZ99_9X01_20261101120000_00001.txt", "G009"),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_does_not_belong_here_is_rejected_by_its_name(small: Any, clearing_house: Any, name: Any) -> None:
    """Wrong names and wrong owners are rejected without a look inside."""
    file_name, code = NAMES[name]

    clearing_house.upload(file_name, b"whatever\n")

    assert clearing_house.ack(file_name)[1].split("|")[3] == code


def test_a_wrong_checksum_beside_the_file_rejects_it(
    small: Any, clearing_house: Any, port_requests: Any, port_file: Any
) -> None:
    """A side-car that does not fit is G017; both files go to quarantine."""
    port_requests(1)
    file = port_file(1, (1, "C"))
    clearing_house.upload(f"{file.name}.sha256", b"0" * 64 + b"\n")

    clearing_house.upload(file.name, file.data)

    assert clearing_house.ack(file.name)[1].split("|")[3] == "G017"
    clearing_house.holds("/quarantine", file.name, f"{file.name}.sha256")


def test_an_answer_to_a_request_that_was_never_sent_is_refused_alone(
    small: Any, clearing_house: Any, port_requests: Any, port_file: Any
) -> None:
    """R105 for the unknown request, the other record is applied: PARTIAL."""
    port_requests(1)
    file = port_file(1, (1, "C"), (999, "C"))

    clearing_house.upload(file.name, file.data)

    ack = clearing_house.ack(file.name)
    assert ack[0].split("|")[4:9] == ["PARTIAL", "2", "2", "1", "1"]
    assert ack[1] == "ERR|3|CH01000000000101|R105|R|request 9X01000000000999 was never sent"
    rejected = small.rows("select * from pgw_record where status = 'rejected'")
    assert [(one["error_code"], one["entity_id"]) for one in rejected] == [("R105", None)]


def test_the_owner_of_a_record_may_refuse_it(
    small: Any, clearing_house: Any, port_requests: Any, port_file: Any
) -> None:
    """The code with which an owner refuses a record is the code in the acknowledgement."""
    port_requests(1)
    small.owners.refusals["CH01000000000100"] = (422, {"code": "R110", "text": "the port is confirmed already"})
    file = port_file(1, (1, "D"))

    clearing_house.upload(file.name, file.data)

    assert clearing_house.ack(file.name)[1] == "ERR|2|CH01000000000100|R110|R|the port is confirmed already"


def test_a_record_of_an_earlier_file_is_refused(
    small: Any, clearing_house: Any, port_requests: Any, port_file: Any
) -> None:
    """The same response under a new file number is R107."""
    port_requests(1, 2)
    first, second = port_file(1, (1, "C")), port_file(2, (1, "C"), (2, "C"))
    repeated = second.data.replace(b"CH01000000000200", b"CH01000000000100")
    clearing_house.upload(first.name, first.data)

    clearing_house.upload(second.name, repeated)

    assert clearing_house.ack(second.name)[1].split("|")[2:4] == ["CH01000000000100", "R107"]


def test_while_an_owner_is_down_its_records_wait(
    small: Any, clearing_house: Any, port_requests: Any, port_file: Any
) -> None:
    """A file is answered when all its records are decided: later, when the owner answers again."""
    port_requests(1)
    file = port_file(1, (1, "C"))
    small.stack.stopped.add("portability")
    clearing_house.upload(file.name, file.data)
    small.row("select * from pgw_file where file_name = ? and status = 'received'", file.name)

    small.stack.stopped.discard("portability")

    assert small.file(file.name)["status"] == "accepted"
    assert len(small.owners.taken) == 1


def test_with_d04_a_delay_vanishes_without_trace(
    small: Any, clearing_house: Any, port_requests: Any, port_file: Any
) -> None:
    """The defect: the file is ACCEPTED as if all were well, but the delay has no record and reaches nobody."""
    small.stack.defects.switch("D04", on=True)
    port_requests(1, 2)
    file = port_file(1, (1, "D"), (2, "C"))

    clearing_house.upload(file.name, file.data)

    assert clearing_house.ack(file.name)[0].split("|")[4:9] == ["ACCEPTED", "2", "2", "2", "0"]
    assert [one["response_type"] for one in small.owners.taken] == ["C"]
    records = small.rows("select line_no from pgw_record where file_id = ?", small.file(file.name)["id"])
    assert [one["line_no"] for one in records] == [3]
