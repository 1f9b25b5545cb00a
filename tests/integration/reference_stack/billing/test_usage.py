"""Usage from the record of a file to the line of a bill."""

from __future__ import annotations

from tests.integration.reference_stack.billing.conftest import Biller, price
from tests.integration.reference_stack.billing.lines import hand_over, line, shifted
from tests.integration.reference_stack.conftest import until

USAGE = "/tmf-api/usageManagement/v4/usage"
GB = 1_000_000_000


def test_a_record_is_guided_rated_and_billed_and_the_line_leads_back_to_it(biller: Biller) -> None:
    """Ten minutes and one second abroad are eleven minutes of 0.25; the dispute finds record, file and order."""
    gold = line(biller)
    sent = gold.record("call-1", "voice", 601, serving_network="GBRNT")
    answers = hand_over(biller, sent, file="FILE-CALL")
    assert gold.rated("call-1")["amount"] == 275

    bill = biller.demand(gold.account)
    shown = next(one for one in biller.lines(bill) if one["usage_id"])
    dispute = biller.stack.client.post("/billing/v1/disputes", json={"lineId": shown["id"], "reason": "was at home"})
    origin = dispute.json()["origin"]

    assert answers == [{"line_no": 2, "entityId": shown["usage_id"]}]
    assert (shown["amount"], shown["tax"], shown["product_id"]) == (275, 22, gold.product)
    assert (origin["recordKey"], origin["fileId"], origin["lineNo"]) == ("call-1", "FILE-CALL", 2)
    assert origin["orderId"].startswith("PO-B")
    path = f"/billing/v1/disputes/{dispute.json()['id']}"
    decided = biller.stack.client.patch(path, json={"decision": "accepted"}).json()
    assert decided["state"] == "accepted"
    assert biller.stack.client.patch(path, json={"decision": "accepted"}).status_code == 409
    assert biller.amounts(biller.demand(gold.account)) == [-275]


def test_a_record_counts_once_and_only_within_the_life_of_its_product(biller: Biller) -> None:
    """A copy in another file, usage before the start, and an unknown number are refused, each with its reason."""
    gold = line(biller)
    good = gold.record("once-1", "sms", 1)
    early = gold.record("early-1", "sms", 1, started_at=shifted(biller.now(), -2))
    stranger = {**gold.record("who-1", "sms", 1), "imsi": "310410999999999", "msisdn": "15125569999"}

    first = hand_over(biller, good, early, stranger, file="FILE-ONE")
    again = hand_over(biller, good, early, stranger, file="FILE-ONE")
    copied = hand_over(biller, good, file="FILE-TWO")

    assert [answer.get("code") for answer in first] == [None, "R105", "R105"]
    assert again == first
    assert [answer["code"] for answer in copied] == ["R107"]
    assert [row["status"] for row in gold.usage("once-1")].count("rejected") == 1


def test_usage_after_the_end_is_refused(biller: Biller) -> None:
    """The service inventory still knows the number, but the product is over."""
    gold = line(biller)
    biller.change(gold.product, status="terminated")

    assert hand_over(biller, gold.record("late-1", "sms", 1))[0]["code"] == "R110"


def test_a_record_finds_the_number_of_its_instant(biller: Biller) -> None:
    """After a change of number the old one still finds the line for records of before, and nobody for newer ones."""
    gold = line(biller)
    before = biller.now()
    biller.advance("1h")
    old, imsi = gold.number, gold.imsi
    gold.known_as("msisdn", "5125567777")
    biller.advance("1h")
    plain = {"imsi": "", "msisdn": f"1{old}"}

    then, now, new = hand_over(
        biller,
        gold.record("then-1", "sms", 1, started_at=before, **plain),
        gold.record("now-1", "sms", 1, **plain),
        gold.record("new-1", "sms", 1, imsi="", msisdn="15125567777"),
    )

    assert "entityId" in then
    assert now["code"] == "R105"
    assert "entityId" in new
    gold.known_as("imsi", "310410777777777")
    assert "entityId" in hand_over(biller, gold.record("sim-1", "sms", 1, imsi="310410777777777", msisdn=""))[0]
    assert imsi != "310410777777777"


def test_a_pass_covers_its_window_and_ends_at_its_instant(biller: Biller) -> None:
    """Abroad costs nothing inside the seven days, something before and after; a late record is rated by its time."""
    gold = line(biller)
    before = biller.now()
    biller.advance("1h")
    relation = [{"relationshipType": "bundledBy", "product": {"id": gold.product}}]
    ticket = biller.product(
        gold.account, "ROAM-PASS-7", ("PR-ROAM-PASS-7", "oneTime", 10.0), productRelationship=relation
    )
    pass_row = until(lambda: biller.stack.rows("select * from bil_pass where id = ?", ticket), "the pass")[0]
    abroad = {"serving_network": "GBRNT"}
    inside, end = shifted(str(pass_row["starts_at"]), 24), str(pass_row["ends_at"])
    biller.advance("240h")

    hand_over(
        biller,
        gold.record("pass-before", "data", 1_500_000, started_at=before, **abroad),
        gold.record("pass-inside", "data", 1_500_000, started_at=inside, **abroad),
        gold.record("pass-end", "data", 1_500_000, started_at=end, **abroad),
    )

    rated = {key: gold.rated(key)["amount"] for key in ("pass-before", "pass-inside", "pass-end")}
    assert rated == {"pass-before": 10, "pass-inside": 0, "pass-end": 10}
    over = "select state from bil_pass where id = ? and state = 'expired'"
    until(lambda: biller.stack.rows(over, ticket), "the end of the pass")


def test_data_beyond_the_allowance_costs_and_four_fifths_raise_an_alert(biller: Biller) -> None:
    """20 GB are included; the alert comes with the record that crosses 16 GB, once."""
    gold = line(biller)

    hand_over(biller, gold.record("data-1", "data", 15 * GB))
    assert biller.stack.rows("select * from bil_alert where product_id = ?", gold.product) == []
    earlier = gold.record("data-2", "data", 4 * GB)
    biller.advance("1m")
    hand_over(biller, earlier, gold.record("data-3", "data", 3 * GB))

    assert [gold.rated(f"data-{number}")["amount"] for number in (1, 2, 3)] == [0, 0, 2000]
    sql = "select * from bil_alert where product_id = ? and fired_at is not null"
    alerts = until(lambda: biller.stack.rows(sql, gold.product), "the alert")
    assert len(alerts) == 1


def test_an_hour_of_the_clock_change_is_as_long_as_it_was(biller: Biller) -> None:
    """Twenty minutes from 1:50 to 1:10 on the night the hour comes twice are twenty minutes."""
    gold = line(biller)
    night = {"started_at": "2035-11-04T01:50:00", "utc_offset": "-0400"}
    record = gold.record("dst-1", "voice", 1200, serving_network="GBRNT", **night)

    hand_over(biller, record)

    found = gold.rated("dst-1")
    assert (found["started_at"][5:16], found["quantity"], found["amount"]) == ("11-04T05:50", 1200, 500)


def test_usage_is_rated_again_while_no_bill_shows_it(biller: Biller) -> None:
    """A pass that is noted late takes back what was rated."""
    gold = line(biller)
    hand_over(biller, gold.record("again-1", "sms", 1, serving_network="GBRNT"))
    assert gold.rated("again-1")["amount"] == 10
    relation = [{"relationshipType": "bundledBy", "product": {"id": gold.product}}]
    start = shifted(biller.now(), -1)
    ticket = biller.product(
        gold.account,
        "ROAM-PASS-7",
        startDate=start,
        productRelationship=relation,
        productPrice=[price("PR-ROAM-PASS-7", "oneTime", 10.0)],
    )
    until(lambda: biller.stack.rows("select * from bil_pass where id = ?", ticket), "the pass")

    done = biller.stack.client.post("/billing/v1/reratings", json={"productId": gold.product}).json()

    assert done["count"] == 1
    row = gold.usage("again-1")[0]
    assert (row["status"], row["amount"]) == ("rated", 0)


def test_usage_without_a_tariff_waits_in_suspense(biller: Biller) -> None:
    """Nobody can say what it costs, so it waits for a person instead of costing nothing."""
    odd = line(biller, "VOICE-HOME")

    hand_over(biller, odd.record("odd-1", "voice", 60))

    until(
        lambda: [one for one in biller.stack.client.get("/billing/v1/suspense").json() if one.get("usageId")],
        "usage in suspense",
    )
    assert odd.usage("odd-1")[0]["status"] == "guided"


def test_usage_by_hand_follows_its_machine(biller: Biller) -> None:
    """TMF635: received -> rejected -> recycled are steps, received -> billed is none."""
    told = [{"name": "quantity", "value": "3"}, {"name": "msisdn", "value": "5125550001"}]
    made = biller.stack.client.post(USAGE, json={"usageType": "sms", "usageCharacteristic": told}).json()
    path = f"{USAGE}/{made['id']}"

    refused = biller.stack.client.patch(path, json={"status": "billed"})
    steps = [biller.stack.client.patch(path, json={"status": state}).status_code for state in ("rejected", "recycled")]
    found = biller.stack.client.get(USAGE, params={"status": "recycled"}).json()

    assert refused.status_code == 409
    assert steps == [200, 200]
    assert made["id"] in {one["id"] for one in found}
    assert biller.stack.client.get(path).json()["usageCharacteristic"] == told
