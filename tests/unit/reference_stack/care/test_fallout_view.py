"""The fallout queue is whole and sorted by deadline."""

from ringback.reference_stack.care.fallout_view import cases, of_orders

NOW = "2026-11-21T00:00:00.000Z"


def test_the_earliest_deadline_comes_first_and_overdue_is_told() -> None:
    """What is late stands on top; a case without a deadline comes last."""
    documents = [
        {"id": "C-3", "status": "open"},
        {"id": "C-2", "status": "open", "slaDue": "2026-11-21T04:00:00.000Z"},
        {"id": "C-1", "status": "open", "slaDue": "2026-11-20T04:00:00.000Z"},
    ]

    rows = cases(documents, NOW)

    assert [(row.id, row.overdue) for row in rows] == [("C-1", True), ("C-2", False), ("C-3", False)]


def test_hundreds_of_cases_are_all_there() -> None:
    """Nothing is cut off after a page."""
    assert len(cases([{"id": f"C-{number}"} for number in range(300)], NOW)) == 300


def test_cases_of_an_order_are_chosen_by_its_id() -> None:
    """A customer sees the cases of the own orders only."""
    rows = cases([{"id": "C-1", "orderId": "PO-1"}, {"id": "C-2", "orderId": "PO-2"}], NOW)

    assert [row.id for row in of_orders(rows, ["PO-2"])] == ["C-2"]
