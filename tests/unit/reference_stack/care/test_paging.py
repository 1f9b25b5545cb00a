"""A page of a list says how many there are; nonsense shows the first page, a number too high the last."""

import pytest

from ringback.reference_stack.care.paging import page_of
from ringback.reference_stack.care.self_view import quantity


@pytest.mark.parametrize(
    ("wanted", "page", "told"),
    [
        ("", 1, "1 to 50 of 120 cases"),
        ("3", 3, "101 to 120 of 120 cases"),
        ("99", 3, "101 to 120 of 120 cases"),
        ("0", 1, "1 to 50 of 120 cases"),
        ("-1", 1, "1 to 50 of 120 cases"),
    ],
)
def test_a_page_of_many(wanted: str, page: int, told: str) -> None:
    """Three pages hold 120."""
    found = page_of(range(120), wanted, "cases")

    assert (found.page, found.last, found.told) == (page, 3, told)


def test_an_empty_list_is_one_page() -> None:
    """Nothing is said to be nothing."""
    found = page_of((), "7", "cases")

    assert (found.page, found.last, found.told) == (1, 1, "No cases")


@pytest.mark.parametrize(
    ("amount", "unit", "said"),
    [("125", "s", "2:05 min"), ("52500000", "B", "52.5 MB"), ("1", "msg", "1"), ("", "", "")],
)
def test_usage_is_told_as_people_say_it(amount: str, unit: str, said: str) -> None:
    """Seconds are minutes, bytes are megabytes."""
    assert quantity(amount, unit) == said
