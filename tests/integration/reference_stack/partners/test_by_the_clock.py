"""Partners that nobody tells anything: what they send when their time has come by the environment's clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from tests.integration.reference_stack.conftest import started, until
from tests.integration.reference_stack.partners.conftest import World, live
from tests.integration.reference_stack.workforce.conftest import Desk


@pytest.fixture(scope="module")
def trade(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A stack of its own, for its clock is moved; the partners answer as the trade does."""
    with started(tmp_path_factory.mktemp("trade")) as stack, live(stack, mode="mixture") as world:
        yield world


def advance(world: World, duration: str) -> None:
    """Moves the stack's clock; the partners follow it."""
    world.stack.admin.post("/admin/clock", json={"advance": duration}).raise_for_status()


def test_a_week_brings_the_guide_of_sunday_and_a_day_the_use_of_each_hour(trade: World) -> None:
    """The street guide comes once; a line that is watched is reported every hour, in files without a gap."""
    until(lambda: not trade.host.ailments(["address-registry", "mediation"]), "the partners are there")
    guide = "select status from pgw_file where partner = 'address-registry' and feed = 'MSAG' and status <> 'received'"
    before = len(trade.stack.rows(guide))
    for _ in range(7):
        advance(trade, "24h")
    guides = until(lambda: len(rows := trade.stack.rows(guide)) > before and rows, "the street guide")
    line = trade.mobile(214)
    trade.tell("mediation", "instruction", {"imsi": line["imsi"], "msisdn": f"1{line['tn']}"}, "watch")
    until(lambda: trade.log("mediation", "answers"), "mediation watches the line")

    advance(trade, "24h")

    usage = "select seq_no, status from pgw_file where partner = 'mediation' and direction = 'in'"
    taken = f"{usage} and status <> 'received' order by seq_no"
    hours = until(lambda: len(rows := trade.stack.rows(taken)) >= 24 and rows, "a day of hours")
    assert {row["status"] for row in guides} == {"accepted"}
    assert [int(str(row["seq_no"])) for row in hours] == list(range(1, len(hours) + 1))
    assert {row["status"] for row in hours[1:]} == {"accepted"}  # the line may be younger than the first hour's uses
    rated = trade.stack.rows("select count(*) as uses from bil_usage where product_id = ?", line["product"])
    assert int(str(rated[0]["uses"])) > 24


def test_a_visit_ends_in_its_window(trade: World) -> None:
    """The technician comes when it was agreed, not before; then the visit is closed."""
    desk = Desk(trade.stack)
    booking = desk.dispatched()
    until(lambda: trade.log("field-force", "answers"), "the field force plans the visit")
    sql = "select state from wfm_visit where work_order_id = ?"
    assert trade.stack.rows(sql, booking.work_order) == [{"state": "dispatched"}]

    window = "select ends_at from wfm_visit where work_order_id = ?"
    ends = datetime.fromisoformat(str(trade.stack.rows(window, booking.work_order)[0]["ends_at"]))
    while desk.now() <= ends:
        advance(trade, "24h")

    until(lambda: trade.stack.rows(sql, booking.work_order)[0]["state"] in ("done", "failed"), "a closed visit")
