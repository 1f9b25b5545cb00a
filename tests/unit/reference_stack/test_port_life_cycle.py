"""What a partner's answer does to a port request."""

import pytest

from ringback.reference_stack.systems.portability.life_cycle import Port, Refusal, activation_proven, answer_of

OPEN = Port(tn="6175550123", version=1, status="requested")


def _record(**fields: str) -> dict[str, str]:
    return {"version": "01", "tn": "6175550123", "response_type": "C", "due": "20261121143000"} | fields


def test_a_confirmation_confirms() -> None:
    """C makes the port confirmed, with the partner's due time."""
    answer = answer_of(OPEN, _record())

    assert (answer.status, answer.due) == ("confirmed", "20261121143000")


def test_a_refusal_carries_its_reason() -> None:
    """R keeps the code and says it in words."""
    answer = answer_of(OPEN, _record(response_type="R", reason_code="PIN", due=""))

    assert (answer.status, answer.reason_code) == ("resolutionRequired", "PIN")
    assert "PIN" in answer.reason


@pytest.mark.parametrize(
    ("port", "record", "code"),
    [
        (OPEN, _record(response_type="X"), "R104"),
        (OPEN, _record(response_type="R"), "R101"),
        (OPEN, _record(response_type="R", reason_code="ZZZ"), "R104"),
        (OPEN, _record(due=""), "R101"),
        (OPEN, _record(tn="6175550999"), "R102"),
        (Port("6175550123", 2, "requested"), _record(), "R108"),
        (Port("6175550123", 1, "activated"), _record(), "R110"),
    ],
    ids=["unknown type", "no reason", "unknown reason", "no due", "other number", "older version", "too late"],
)
def test_an_answer_that_cannot_be_applied_is_refused_with_its_code(
    port: Port, record: dict[str, str], code: str
) -> None:
    """Each fault of a response has its record error code."""
    with pytest.raises(Refusal) as refusal:
        answer_of(port, record)

    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("change", "proven"),
    [({}, True), ({"in_download": False}, False), ({"sv_lrn": "5125559999"}, False), ({"status": "delayed"}, False)],
    ids=["all agree", "not in the download", "other LRN", "not confirmed"],
)
def test_a_port_is_live_only_when_message_and_download_agree(change: dict[str, object], *, proven: bool) -> None:
    """Active with our SPID and LRN in both, and confirmed before."""
    facts: dict[str, object] = {
        "status": "confirmed", "sv_status": "active", "sv_spid": "9X01", "sv_lrn": "5125550000",
        "in_download": True, "ours": ("9X01", "5125550000"),
    }  # fmt: skip

    assert activation_proven(**(facts | change)) is proven  # type: ignore[arg-type]  # a table of keyword values
