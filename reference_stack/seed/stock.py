"""SIM cards of an accepted vendor batch and the own numbers that may be given away."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ringback.reference_stack.schema import NUM_TN, PGW_FILE, PGW_RECORD, RINV_CHAR, RINV_RESOURCE
from ringback.reference_stack.seed.planting import Rows

SIMS, PROFILES, NUMBERS = 300, 100, 500
OUR_SPID = "9X01"
BATCH = "FILE-SIM-00001"
PROFILE_BATCH = "FILE-SIM-00002"
_RECEIVED = "2025-02-20T03:00:00.000Z"


def check_digit(digits: str) -> str:
    """The Luhn digit (ISO/IEC 7812-1) that completes a number."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def card(number: int) -> tuple[str, str]:
    """ICCID and IMSI of the SIM card with this number."""
    body = f"8901999{number:011d}"
    return body + check_digit(body), f"00101{number:010d}"


def stock(rows: Rows, given: Mapping[str, str]) -> None:
    """Adds the batch files, their SIMs and eSIM profiles with their IMSIs, and the numbers.

    Args:
        rows: where to.
        given: what customers have already: the service of each number, and under the id of a SIM its own.
    """
    _batch(rows, BATCH, "SIMBATCH_20250220_00001.txt", 1, SIMS)
    for number in range(1, SIMS + 1):
        _sim(rows, "SIM", number, *card(number), in_use=f"SIM-{number:05d}" in given)
    _batch(rows, PROFILE_BATCH, "SIMBATCH_20250220_00002.txt", 2, PROFILES)
    for number in range(SIMS + 1, SIMS + PROFILES + 1):
        body = f"8901998{number:011d}"
        _sim(rows, "ESIM_PROFILE", number, body + check_digit(body), f"00101{number:010d}")
    for number in range(NUMBERS):
        _number(rows, f"512555{100 + number:04d}", "mobile", given)


# Ports, VLANs, addresses and circuits that wait for lines: kind, how many, the value of the n-th.
_PLANT: tuple[tuple[str, int, Callable[[int], str]], ...] = (
    ("OLT_PORT", 512, lambda n: f"OLT-BOS-{n // 64 + 5:02d}/1/{n % 64}"),
    ("VLAN", 512, lambda n: f"OLT-BOS-{n // 64 + 5:02d}/{2001 + n}"),
    ("IP", 500, lambda n: f"100.64.{n // 250 + 8}.{n % 250 + 1}"),
    ("HANDOVER_VLAN", 200, lambda n: f"NNI-BOS-01/{3001 + n}"),
    ("DSLAM_PORT", 96, lambda n: f"DSLAM-BOS-02/{n // 48 + 1}/{n % 48}"),
    ("ACCESS", 96, lambda n: f"AGG-BOS-01/{n // 48 + 1}/{n % 48}"),
)
LANDLINES = 200


def wires(rows: Rows, given: Mapping[str, str]) -> None:
    """Adds what fixed lines are built from, and the block of landline numbers."""
    for kind, count, value in _PLANT:
        for number in range(count):
            rows.add(
                RINV_RESOURCE,
                id=f"{kind}-{number:05d}",
                kind=kind,
                spec_id=kind,
                value=value(number),
                resource_status="available",
                usage_state="idle",
            )
    for number in range(LANDLINES):
        _number(rows, f"617444{1000 + number:04d}", "fixed", given)


def _number(rows: Rows, number: str, line_type: str, given: Mapping[str, str]) -> None:
    rows.add(
        NUM_TN,
        tn=number,
        status="assigned" if number in given else "available",
        line_type=line_type,
        native_spid=OUR_SPID,
        current_spid=OUR_SPID,
        service_id=given.get(number),
        changed_at=_RECEIVED,
    )


def _batch(rows: Rows, identity: str, name: str, sequence: int, quantity: int) -> None:
    rows.add(
        PGW_FILE,
        id=identity,
        partner="sim-vendor",
        feed="SIMBATCH",
        direction="in",
        file_name=name,
        seq_no=sequence,
        business_date="2025-02-20",
        sha256=f"5f1d6f0a1c7c0c1b6e0a4f4a7f0d6f6e7a0b3c1d2e4f5a6978b8c9d0e1f2a3b{sequence}",
        size_bytes=quantity * 64,
        status="archived",
        declared_count=quantity,
        actual_count=quantity,
        accepted_count=quantity,
        rejected_count=0,
        declared_total=0,
        actual_total=0,
        received_at=_RECEIVED,
        ack_file_name=f"{name}.ack",
    )


def _sim(rows: Rows, kind_of_card: str, number: int, iccid: str, imsi: str, *, in_use: bool = False) -> None:
    batch = BATCH if kind_of_card == "SIM" else PROFILE_BATCH
    for kind, value in ((kind_of_card, iccid), ("IMSI", imsi)):
        rows.add(
            RINV_RESOURCE,
            id=f"{kind}-{number:05d}",
            kind=kind,
            spec_id=kind,
            value=value,
            resource_status="standby" if in_use else "available",
            usage_state="active" if in_use else "idle",
            batch_file_id=batch,
        )
    rows.add(RINV_CHAR, resource_id=f"{kind_of_card}-{number:05d}", name="imsi", value=imsi)
    rows.add(
        PGW_RECORD,
        file_id=batch,
        line_no=number + 1,
        record_key=iccid,
        status="accepted",
        entity_type="resource",
        entity_id=f"{kind_of_card}-{number:05d}",
    )
