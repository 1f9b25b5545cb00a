"""Changes of a mobile line: services, resources and the network follow together."""

from __future__ import annotations

from tests.integration.reference_stack.conftest import RunningStack
from tests.integration.reference_stack.fulfilment.macd import Line, changed, live_line


def _states(line: Line) -> set[str]:
    rows = line.stack.rows("select state from sinv_service where service_order_id = ?", line.order.id)
    return {str(row["state"]) for row in rows}


def test_a_suspended_line_is_barred_and_comes_back(stack: RunningStack) -> None:
    """Suspend bars the subscriber (emergency calls stay), stops data and mailbox; resume undoes all of it."""
    line = live_line(stack)
    before = line.subscriber()

    changed(line.order, "suspend")
    barred, states, values = line.subscriber(), _states(line), line.values()
    policy = stack.rows("select state from ne_pcrf where imsi = ?", values["imsi"])
    changed(line.order, "resume")

    assert (barred["odb"], barred["state"], states) == ("barred", "active", {"inactive"})
    assert policy == [{"state": "suspended"}]
    assert line.subscriber() == before
    assert _states(line) == {"active"}
    assert len(stack.rows("select * from sinv_resource where service_id = ?", line.service()["id"])) == 3
