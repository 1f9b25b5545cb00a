"""Whole lives of lines, ordered at the counter and billed: after each change billing agrees with the other systems."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import create_engine

from tests.integration.reference_stack.billing.conftest import Biller, local
from tests.integration.reference_stack.billing.lines import hand_over
from tests.integration.reference_stack.conftest import RunningStack, started, until
from tests.integration.reference_stack.mixed.rule_books import BOOK, rows
from tests.integration.reference_stack.ordering.conftest import Shop, item

RULES = ("R10", "R11", "R12", "R13", "R14", "R15", "R38", "R39", "R40", "R41", "R42", "R43", "R44", "R58")
_CUSTOMER = 221


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The counter of a stack in which nothing else happens."""
    with started(tmp_path_factory.mktemp("reconciled-bills")) as stack:
        yield Shop(stack)


def disagreements(stack: RunningStack) -> dict[str, list[dict[str, object]]]:
    """The rules that speak, with their rows."""
    engine = create_engine(stack.ready["database"])
    with engine.connect() as connection:
        found = {rule.id: rows(connection, rule) for rule in BOOK.chosen(RULES, ())}
    engine.dispose()
    return {rule: said for rule, said in found.items() if said}


def agreed(shop: Shop) -> None:
    """Billing follows by events: it agrees within moments."""
    until(lambda: not disagreements(shop.stack), f"agreement, but {disagreements(shop.stack)}")


def number_of(shop: Shop, product: str, name: str) -> str:
    """The number or the IMSI that the line of a product has in service inventory."""
    sql = (
        "select c.value from sinv_char c join sinv_rel r on r.related_service_id = c.service_id "
        "join pinv_service p on p.service_id = r.service_id where p.product_id = ? and c.name = ?"
    )
    return str(shop.stack.rows(sql, product, name)[0]["value"])


def used(biller: Biller, shop: Shop, product: str, key: str, **beside: object) -> dict[str, object]:
    """Ten minutes of a line as its number says; what billing answered."""
    record = {
        "record_key": key, "usage_type": "voice", "msisdn": f"1{number_of(shop, product, 'msisdn')}",
        "imsi": number_of(shop, product, "imsi"), "started_at": biller.now(), "utc_offset": "-0500",
        "quantity": 600, "unit": "s", "serving_network": "GBRNT", **beside,
    }  # fmt: skip
    return hand_over(biller, record)[0]


def test_billing_agrees_after_every_change_of_a_line(shop: Shop) -> None:
    """Bought, used, suspended, resumed, another plan, another number, billed twice, disconnected, billed at last."""
    biller, account = Biller(shop.stack), f"ACC-{_CUSTOMER:05d}"
    line = shop.bought(_CUSTOMER, "MOBILE-SILVER")["MOBILE-SILVER"]
    agreed(shop)
    until(lambda: _identities(shop, line), "billing knows the line's number")

    assert "entityId" in used(biller, shop, line, "life-1")
    biller.demand(account)
    for wanted in ({"status": "suspended"}, {"status": "active"}, {"offering": "MOBILE-PLATINUM"}):
        shop.changed(_CUSTOMER, item(1, "modify", line, **wanted))
        agreed(shop)
    shop.changed(_CUSTOMER, item(1, "modify", line, characteristics={"newNumber": "any"}))
    new = number_of(shop, line, "msisdn")
    known = "select id from bil_identity where value = ? and valid_to is null"
    until(lambda: shop.stack.rows(known, new), "billing knows the new number")
    assert "entityId" in used(biller, shop, line, "life-2")
    rated = "select id from bil_usage where product_id = ? and rated_at is not null"
    until(lambda: len(shop.stack.rows(rated, line)) == 2, "two rated calls")

    today = local(biller.now())
    assert biller.run(account, today.isoformat())
    agreed(shop)
    shop.changed(_CUSTOMER, item(1, "delete", line))
    agreed(shop)
    last = biller.run(account, today.isoformat())
    later = [biller.run(account, (today + timedelta(days=days)).isoformat()) for days in (31, 62)]

    assert len(last) == 1
    assert later == [[], []]
    agreed(shop)
    total = "select sum(l.amount) as cents from bil_line l where l.product_id = ? and l.line_type <> 'usage'"
    assert shop.stack.rows(total, line) == [{"cents": 0}]
    assert biller.stack.client.get("/billing/v1/revenue-assurance").json()["ghost"] == []


def _identities(shop: Shop, product: str) -> list[dict[str, object]]:
    return shop.stack.rows("select id from bil_identity where value = ?", number_of(shop, product, "imsi"))


def test_a_prepaid_line_and_a_pass_from_the_counter(shop: Shop) -> None:
    """The start pack opens a bucket that a call lowers; abroad with a pass a call costs nothing."""
    biller = Biller(shop.stack)
    prepaid = shop.bought(222, "PREPAID-START")["PREPAID-START"]
    bucket = "select remaining from bil_bucket where product_id = ?"
    until(lambda: shop.stack.rows(bucket, prepaid), "the bucket")
    until(lambda: _identities(shop, prepaid), "billing knows the line's number")
    used(biller, shop, prepaid, "counter-1", serving_network="USARB")
    until(lambda: shop.stack.rows(bucket, prepaid) == [{"remaining": 900}], "a lower bucket")
    line = shop.bought(223, "MOBILE-GOLD")["MOBILE-GOLD"]
    on_line = [{"relationshipType": "reliesOn", "product": {"id": line}}]
    shop.changed(223, item(1, "add", offering="ROAM-PASS-7", productRelationship=on_line))
    passes = "select line_product_id from bil_pass where line_product_id = ?"
    until(lambda: shop.stack.rows(passes, line), "the pass of the line")
    until(lambda: _identities(shop, line), "billing knows the line's number")

    used(biller, shop, line, "counter-2")

    rated = "select amount from bil_usage where record_key = 'counter-2' and rated_at is not null"
    assert until(lambda: shop.stack.rows(rated), "a rated call") == [{"amount": 0}]
    agreed(shop)
