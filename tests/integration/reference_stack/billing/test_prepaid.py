"""Prepaid lines: raised once per correlator, lowered by usage, over at their instant."""

from __future__ import annotations

import pytest

from tests.integration.reference_stack.billing.conftest import Biller
from tests.integration.reference_stack.billing.lines import Line, hand_over, line
from tests.integration.reference_stack.conftest import until

BASE = "/tmf-api/prepayBalanceManagement/v4"


@pytest.fixture
def prepaid(biller: Biller) -> Line:
    """A prepaid line with its start pack of 10.00."""
    made = line(biller, "PREPAID-START", productCharacteristic=[{"name": "paymentType", "value": "prepaid"}])
    until(lambda: _buckets(made), "the bucket of the line")
    return made


def _buckets(made: Line) -> list[dict[str, object]]:
    found: list[dict[str, object]] = (
        made.biller.stack.client.get(f"{BASE}/bucket", params={"product.id": made.product}).json()
    )  # fmt: skip
    return found


def _left(made: Line) -> object:
    value = _buckets(made)[0]["remainingValue"]
    return value["amount"] if isinstance(value, dict) else None


def _top_up(made: Line, amount: float, correlator: str, units: str = "USD", usage: str = "monetary") -> int:
    body = {
        "amount": {"amount": amount, "units": units},
        "usageType": usage,
        "bucket": {"id": _buckets(made)[0]["id"]},
        "partyAccount": {"id": made.account},
        "correlatorId": correlator,
    }
    return made.biller.stack.client.post(f"{BASE}/topupBalance", json=body).status_code


def test_the_same_correlator_raises_a_bucket_once(prepaid: Line) -> None:
    """10.00 of the start pack and 20.00; another unit is refused, the history tells both."""
    codes = [_top_up(prepaid, 20.0, f"{prepaid.account}-A") for _ in range(2)]
    wrong = [_top_up(prepaid, 20.0, f"{prepaid.account}-B", units="GB"), _top_up(prepaid, 1.0, "", usage="data")]

    assert codes == [201, 200]
    assert wrong == [400, 400]
    assert _left(prepaid) == 30.0
    query = {"bucket.id": _buckets(prepaid)[0]["id"]}
    history = prepaid.biller.stack.client.get(f"{BASE}/balanceActionHistory", params=query).json()
    moves = sorted((one["action"], one["balanceBefore"]["amount"], one["balanceAfter"]["amount"]) for one in history)
    assert moves == [("start", 0.0, 10.0), ("topup", 10.0, 30.0)]


def test_usage_lowers_the_bucket_and_comes_on_no_bill(prepaid: Line) -> None:
    """Three begun minutes cost 0.30; an adjustment cannot take more than there is."""
    hand_over(prepaid.biller, prepaid.record(f"{prepaid.imsi}-call", "voice", 121))

    until(lambda: _left(prepaid) == 9.7, "a lower bucket")
    body = {
        "amount": {"amount": -10.0, "units": "USD"},
        "usageType": "monetary",
        "bucket": {"id": _buckets(prepaid)[0]["id"]},
    }
    assert prepaid.biller.stack.client.post(f"{BASE}/adjustBalance", json=body).status_code == 409
    body["amount"] = {"amount": -0.7, "units": "USD"}
    assert prepaid.biller.stack.client.post(f"{BASE}/adjustBalance", json=body).status_code == 201
    assert _left(prepaid) == 9.0
    assert prepaid.biller.demand(prepaid.account) == ""


def test_a_bucket_expires_at_its_instant_and_a_top_up_revives_it(prepaid: Line) -> None:
    """Active until the end of its thirty days, then empty; nothing is left to take."""
    prepaid.biller.advance("719h")
    assert _buckets(prepaid)[0]["status"] == "active"

    prepaid.biller.advance("1h")

    until(lambda: _buckets(prepaid)[0]["status"] == "expired", "the end of the bucket")
    assert _left(prepaid) == 0.0
    assert _top_up(prepaid, 5.0, f"{prepaid.account}-C") == 201
    assert (_buckets(prepaid)[0]["status"], _left(prepaid)) == ("active", 5.0)
