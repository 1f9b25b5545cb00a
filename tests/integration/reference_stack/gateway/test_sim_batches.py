"""A SIM vendor's output file over SFTP: the whole batch goes into the inventory, or none of it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from ringback.reference_stack.gateway.codecs.digits import luhn_sum
from tests.integration.reference_stack.conftest import until

_BATCHES = itertools.count(1)


def _iccid(number: int) -> str:
    body = f"8901555{number:011d}"
    return body + str(-luhn_sum(f"{body}0") % 10)


@dataclass
class Batch:
    """A batch of cards as the vendor writes it down; tests spoil one part of it."""

    number: int
    cards: int = 3
    quantity: int | None = None
    profile: str = "CONSUMER-4FF"
    line: Callable[[int, str], str] = field(default=lambda _place, line: line)
    columns: str = "ICCID/IMSI/PIN1/PUK1/PIN2/PUK2/ADM1/EKI/OPC/ACC"

    @property
    def name(self) -> str:
        """The file's name."""
        return f"RINGBACK_{self.profile}_{2026110000 + self.number}.out"

    @property
    def iccids(self) -> list[str]:
        """The cards' ICCIDs."""
        return [_iccid(self.number * 1000 + place) for place in range(self.cards)]

    @property
    def imsis(self) -> list[str]:
        """The cards' IMSIs."""
        return [f"00102{self.number * 1000 + place:010d}" for place in range(self.cards)]

    def data(self) -> bytes:
        """The bytes of the file."""
        head = ("Customer : RINGBACK", f"ProfileType : {self.profile}", "Order Date : 20261101")
        head = (*head, f"Batch No : {2026110000 + self.number}", "Transport Key : 01")
        quantity = self.cards if self.quantity is None else self.quantity
        inputs = (f"ICCID : {self.iccids[0]}F", f"IMSI : {self.imsis[0]}")
        lines = ["*" * 40, "*HEADER DESCRIPTION", "*" * 40, *head, f"Quantity : {quantity}"]
        lines += ["*INPUT VARIABLES DESCRIPTION", "var_In:", *inputs, "*OUTPUT VARIABLES", f"var_out:{self.columns}"]
        for place, (iccid, imsi) in enumerate(zip(self.iccids, self.imsis, strict=True)):
            keys = ("0000", "12345678", "1111", "87654321", "11112222", "0A" * 16, "0B" * 16)
            acc = f"{1 << int(imsi[-1]):04X}"
            lines.append(self.line(place, " ".join((f"{iccid}F", imsi, *keys, acc))))
        return "".join(f"{line}\n" for line in lines).encode()


class Vendor:
    """The SIM vendor with its account, and what the stack made of its files."""

    def __init__(self, running: Any, account: Any) -> None:
        self.running = running
        self.account = account

    def deliver(self, batch: Batch) -> list[list[str]]:
        """Uploads a batch; answers the lines of the acknowledgement."""
        self.account.upload(batch.name, batch.data())
        return [line.split("|") for line in self.account.ack(batch.name)]

    def loaded(self, batch: Batch) -> list[str]:
        """The ICCIDs of the batch that the inventory holds."""
        sql = "select r.value from rinv_resource r join pgw_file f on f.id = r.batch_file_id"
        rows = self.running.rows(f"{sql} where f.file_name = ? and r.kind <> ? order by r.value", batch.name, "IMSI")
        return [str(row["value"]) for row in rows]


@pytest.fixture
def vendor(running: Any, account: Any) -> Vendor:
    """The vendor, logged in."""
    return Vendor(running, account("sim-vendor"))


@pytest.fixture
def batch() -> Batch:
    """A fresh batch."""
    return Batch(next(_BATCHES))


def test_a_good_batch_is_in_the_inventory_with_its_imsis(vendor: Vendor, batch: Batch) -> None:
    """Each card is available with its check digit and its IMSI; no key leaves the file."""
    ack = vendor.deliver(batch)

    sql = (
        "select c.value from rinv_resource r join rinv_char c on c.resource_id = r.id where r.value = ? and c.name = ?"
    )
    assert ack[0][4:9] == ["ACCEPTED", "3", "3", "3", "0"]
    assert vendor.loaded(batch) == batch.iccids
    assert [vendor.running.rows(sql, iccid, "imsi")[0]["value"] for iccid in batch.iccids] == batch.imsis
    secrets = "select count(*) n from evt_event where payload like ?"
    assert vendor.running.rows(secrets, f"%{'0A' * 16}%")[0]["n"] == 0


def test_an_esim_batch_becomes_profiles(vendor: Vendor, batch: Batch) -> None:
    """The profile type says whether a line is a card or a profile in the SM-DP+."""
    batch.profile = "ESIM-CONSUMER"
    vendor.deliver(batch)

    kinds = vendor.running.rows("select distinct kind from rinv_resource where value = ?", batch.iccids[0])
    assert kinds == [{"kind": "ESIM_PROFILE"}]


def _swap_digit(place: int, line: str) -> str:
    return line if place != 1 else f"{line[:18]}{(int(line[18]) + 1) % 10}{line[19:]}"


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        ({"quantity": 4}, "G004"),
        ({"line": _swap_digit}, "R103"),
        ({"line": lambda place, line: line if place else line.replace(" 0000 ", " 000 ")}, "R102"),
        ({"line": lambda _place, line: line.rsplit(" ", 1)[0]}, "G012"),
        ({"line": lambda _place, line: line[:-4] + "0000"}, "R102"),
        ({"columns": "ICCID/IMSI/PIN1/PUK1/PIN2/PUK2/ADM1/KI/OPC/ACC"}, "G012"),
        ({"profile": "consumer"}, "G001"),
    ],
)
def test_a_spoiled_batch_is_rejected_as_a_whole(vendor: Vendor, batch: Batch, spoil: dict[str, Any], code: str) -> None:
    """Quantity, check digit, forms, columns: one wrong card and no card is loaded."""
    for name, value in spoil.items():
        setattr(batch, name, value)

    ack = vendor.deliver(batch)

    assert (ack[0][4], ack[1][3], ack[1][4]) == ("REJECTED", code, "F")
    assert vendor.loaded(batch) == []


def test_a_card_that_is_known_rejects_its_batch(vendor: Vendor, batch: Batch) -> None:
    """A range that overlaps an older batch is R107 for each of its cards; a batch number is used once."""
    vendor.deliver(batch)
    longer = Batch(batch.number, cards=4)
    overlapping = Batch(batch.number, cards=4, profile="OTHER-4FF")

    refused = vendor.deliver(overlapping)
    vendor.account.upload(longer.name, longer.data())

    sql = "select status from pgw_file where file_name = ? order by received_at"
    until(lambda: len(vendor.running.rows(sql, longer.name)) > 1, "the second file of the number")
    until(lambda: vendor.running.rows(sql, longer.name)[1]["status"] == "rejected", "its rejection")
    assert (refused[0][4], {line[3] for line in refused[1:-1]}) == ("REJECTED", {"R107"})
    assert vendor.loaded(batch) == batch.iccids
