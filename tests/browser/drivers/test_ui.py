"""The ui driver in a real browser, against a small shop of our own."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

import pytest

from ringback.drivers.conformance import CHECKS, DriverCase, Workbench
from ringback.drivers.ui import UiDriver
from ringback.engine.environment import Environment
from ringback.engine.evidence import ABSENT, Evidence
from ringback.engine.problems import BrokenTest, NotOffered, Unavailable, UsageError
from ringback.engine.services import Services


class Shop(Protocol):
    """What the tests see of the shop."""

    visits: list[str]
    states: list[str]
    sessions_end: int
    logins: int


FILLED = """
ui: shop
as: rep
do:
  - open: /new
  - choose: {Offer: Mobile Gold}
  - fill: {Account number: "0012345", PIN: "0042", Coupon: SPRING}
  - check: Credit consent
  - click: Review
"""


@pytest.fixture
def bench(driver: UiDriver, environment: Environment, tmp_path: Path) -> Workbench:
    """A bench with the driver on it."""
    return Workbench(driver, environment, tmp_path)


def perform(bench: Workbench, step: str, *probes: str, **changes: object) -> Evidence:
    """Carry a step out as one with `expect` lines for these paths."""
    action, problems = bench.read(step, probes=probes)
    assert problems == ()
    return bench.driver.perform(action, bench.call(action, probes=probes, **changes))


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_driver_keeps_the_contract(
    check: Callable[[DriverCase], None], driver: UiDriver, environment: Environment, tmp_path: Path
) -> None:
    """In the browser the driver does what the engine expects of all drivers."""
    check(
        DriverCase(
            driver=driver,
            environment=environment,
            good="{ui: shop, as: rep, do: [{open: /orders}, {read: {state: text(Order state)}}]}",
            unreachable="{ui: closed, do: [{open: /}]}",
            mistakes={
                "{ui: shop, as: rpe, do: [{open: /}]}": "did you mean rep",
                "{ui: shop, do: [{opne: /}]}": "open",
                "{ui: shop, do: {open: /}}": "do is a list",
                "{ui: shop, do: [{fill: Offer}]}": "fill",
                "{ui: shop, do: [{read: {a: txt(Total)}}]}": "text(Total)",
                "{ui: shpo, do: [{open: /}]}": "shop",
            },
            project=tmp_path,
        )
    )


def test_what_is_typed_arrives_unchanged(bench: Workbench) -> None:
    """Leading zeros, a choice by its words, a tick and a field that has only a placeholder reach the next page."""
    values = perform(bench, FILLED, "text(Account number)", "text(Offer)", "text(Consent)", "text(Coupon)").values

    assert values == {
        "text(Account number)": "0012345",
        "text(Offer)": "GOLD",
        "text(Consent)": "on",
        "text(Coupon)": "SPRING",
    }


def test_a_value_is_found_by_label_name_term_or_test_id(bench: Workbench) -> None:
    """Output with a label, an aria-label, a term of a list and a test id are all ways to name a value."""
    values = perform(
        bench, FILLED, "text(Monthly total)", "text(Due today)", "text(testid=account)", "text(Fee)"
    ).values

    assert values["text(Monthly total)"] == "36.00 USD"
    assert values["text(Due today)"] == "25.00 USD"
    assert values["text(testid=account)"] == "0012345"
    assert values["text(Fee)"] is ABSENT


def test_fields_can_be_asked_on_the_page_they_are_on(bench: Workbench) -> None:
    """`text` of a choice is its words, `value` what is sent; ticks are true or false."""
    step = FILLED.replace("  - click: Review\n", "")
    asked = ("text(Offer)", "value(Offer)", "value(Credit consent)", "enabled(Pay later)", "enabled(Review)")

    values = perform(bench, step, *asked, "visible(New order)", "visible(Old order)", "count(Offer)").values

    assert [values[each] for each in asked] == ["Mobile Gold", "GOLD", True, False, True]
    assert (values["visible(New order)"], values["visible(Old order)"], values["count(Offer)"]) == (True, False, 1)


def test_tables_are_rows_by_their_headers(bench: Workbench) -> None:
    """A table is found by its heading or its name; a row that only says `nothing here` is none."""
    step = "{ui: shop, as: rep, do: [{open: /orders}]}"

    values = perform(
        bench, step, "table(Items).1.State", "count(Items)", "table(Bills).length", "text(St. Louis (MO))"
    ).values

    assert values["table(Items)"] == [
        {"Item": "Line", "State": "active", "column 3": "x"},
        {"Item": "Device", "State": "pending", "column 3": "y"},
    ]
    assert values["count(Items)"] == 2
    assert values["table(Bills)"] == []
    assert values["text(St. Louis (MO))"] == "yes"


def test_read_remembers_what_stood_on_an_earlier_page(bench: Workbench) -> None:
    """A value that is read before the next click stays under its name, and the page's address is known."""
    step = FILLED + "  - read: {monthly: text(Monthly total)}\n  - click: Submit order\n"

    values = perform(bench, step, "monthly", "path", "status", "title").values

    assert values == {"monthly": "36.00 USD", "path": "/shop/orders", "status": 200, "title": "Shop"}


def test_read_waits_a_moment_for_what_appears(bench: Workbench) -> None:
    """What a script puts on the page after loading is read when it is there."""
    step = "{ui: shop, as: rep, do: [{open: /orders}, {click: Later}, {read: {answer: text(Answer)}}]}"

    assert perform(bench, step).values["answer"] == "came"


def test_another_attempt_opens_the_page_again_when_the_step_only_looks(bench: Workbench, shop: Shop) -> None:
    """While waiting, a page that is only looked at is loaded anew."""
    shop.states = ["acknowledged", "completed"]
    step = "{ui: shop, as: rep, do: [{open: /orders}]}"

    seen = [perform(bench, step, "text(Order state)", attempt=attempt).values for attempt in (1, 2)]

    assert [values["text(Order state)"] for values in seen] == ["acknowledged", "completed"]


def test_another_attempt_never_clicks_again(bench: Workbench, shop: Shop) -> None:
    """An order is submitted once, however often its page is looked at; what was read stays."""
    step = FILLED + "  - read: {monthly: text(Monthly total)}\n  - click: Submit order\n"

    seen = [perform(bench, step, "text(Order state)", attempt=attempt).values for attempt in (1, 2, 3)]

    assert seen == [{"monthly": "36.00 USD", "text(Order state)": "completed"}] * 3
    assert shop.visits.count("POST /shop/orders") == 1


def test_a_step_that_broke_off_is_not_begun_again(bench: Workbench) -> None:
    """Half a step may have had its effect already."""
    step = FILLED + "  - click: Submit nothing\n"
    with pytest.raises(NotOffered, match="no button or link called 'Submit nothing' on /shop/review"):
        perform(bench, step, timeout_s=1.0)

    with pytest.raises(BrokenTest, match="not done twice"):
        perform(bench, step, attempt=2, timeout_s=1.0)


def test_a_role_signs_in_once_for_all_journeys(bench: Workbench, shop: Shop) -> None:
    """The login is used again, in a context of its own for each journey."""
    for session in ("one", "two", "three"):
        perform(bench, "{ui: shop, as: rep, do: [{open: /orders}]}", session=session)
        bench.driver.release(session, failed=False)

    assert shop.visits.count("POST /shop/login") == 1


def test_a_login_that_ran_out_is_renewed(bench: Workbench, shop: Shop) -> None:
    """When the system sends a journey back to its login page, the role signs in again."""
    step = "{ui: shop, as: rep, do: [{open: /orders}]}"
    perform(bench, step)
    shop.sessions_end = shop.logins

    values = perform(bench, step, "text(Order state)").values

    assert values["text(Order state)"] == "completed"
    assert shop.visits.count("POST /shop/login") == 2


def test_a_wrong_password_is_the_environments_fault(bench: Workbench) -> None:
    """The page's own words are told, the password is not."""
    with pytest.raises(Unavailable, match="Wrong password") as raised:
        perform(bench, "{ui: strict, as: rep, do: [{open: /orders}]}")

    assert raised.value.system == "strict"
    assert "not-the-password" not in str(raised.value)


@pytest.mark.parametrize(
    ("deed", "said"),
    [
        ("fill: {Acount number: x}", "did you mean Account number"),
        ("click: Reviw", "did you mean Review"),
        ("choose: {Offer: Mobile Gould}", "did you mean Mobile Gold"),
        ("click: Pay later", "element is not enabled"),
    ],
)
def test_what_is_not_on_the_page_is_told_with_what_is(bench: Workbench, deed: str, said: str) -> None:
    """A page that lost a field has failed its user: that is told with the nearest words and the place in the file."""
    with pytest.raises(NotOffered, match=said) as raised:
        perform(bench, f"ui: shop\nas: rep\ndo:\n  - open: /new\n  - {deed}\n", timeout_s=2.0)

    assert raised.value.problem.source.line == 5


def test_what_is_missing_on_an_error_page_is_told_with_its_status(bench: Workbench) -> None:
    """The button is not lost: the page did not come."""
    with pytest.raises(NotOffered, match=r"called 'Review' on /shop/broken \(the page answered 503\)"):
        perform(bench, "{ui: shop, as: rep, do: [{open: /broken}, {click: Review}]}", timeout_s=1.0)


def test_what_no_page_element_is_called_is_told_with_what_there_is(bench: Workbench) -> None:
    """A misspelt name in `expect` is answered with the nearest; what has an answer is not told."""
    step = "{ui: shop, as: rep, do: [{open: /new}]}"

    lost = perform(bench, step, "text(Acount number)", "value(Offer)", "table(Prices)").lost

    assert lost["text(Acount number)"] == "the page has no 'Acount number'; did you mean 'Account number'?"
    assert lost["table(Prices)"].startswith("the page has no 'Prices'; ")
    assert "value(Offer)" not in lost


def test_the_summary_tells_what_an_expression_came_to(bench: Workbench, shop: Shop) -> None:
    """Whoever reads the attempt sees the page that was opened, not the words of the file."""
    action, _ = bench.read("{ui: shop, as: rep, do: [{open: '/{$run.id}'}]}")
    call = replace(bench.call(replace(action, arguments={})), arguments={"do.0": "/orders"})

    evidence = bench.driver.perform(action, call)

    assert evidence.summary == "rep: open /orders -> /orders"


def test_a_name_that_fits_two_things_is_refused(bench: Workbench) -> None:
    """The journey has to say which one it means."""
    with pytest.raises(BrokenTest, match=r"2 things on .* are called 'Twice'"):
        perform(bench, "{ui: shop, as: rep, do: [{open: /orders}, {click: Twice}]}")


def test_other_ways_to_act(bench: Workbench, services: Services) -> None:
    """Radio choices, keys, uploads, and names with a kind before them."""
    (services.project / "proof.txt").write_text("a proof")
    step = """
ui: shop
as: rep
do:
  - open: /new
  - choose: {Delivery: In a shop}
  - upload: {Proof: proof.txt}
  - fill: {label=Account number: "7", placeholder=Coupon: C}
  - read: {way: value(In a shop), proof: value(Proof)}
  - press: {Account number: Enter}
"""
    values = perform(bench, step, "text(Account number)").values

    assert values["way"] is True
    assert str(values["proof"]).endswith("proof.txt")
    assert values["text(Account number)"] == "7"


def test_a_failed_step_is_shown_without_secrets(bench: Workbench) -> None:
    """Page text, screenshot and console are kept; a PIN is in none of them."""
    action, _ = bench.read(FILLED)
    call = bench.call(action)
    told = bench.driver.perform(action, call).exhibits[0].content

    exhibits = {exhibit.name: exhibit for exhibit in bench.driver.examine(action, call)}

    assert list(exhibits) == ["page", "screenshot", "console"]
    assert "0012345" in str(exhibits["page"].content)
    assert "0042" not in str(exhibits["page"].content)
    assert isinstance(exhibits["screenshot"].content, bytes)
    assert exhibits["screenshot"].content.startswith(b"\x89PNG")
    assert "the price service is slow" in str(exhibits["console"].content)
    assert "fill Account number: 0012345\nfill PIN: [secret PIN]" in str(told)


def test_a_failed_journey_leaves_a_trace_without_secrets(bench: Workbench, services: Services) -> None:
    """The trace opens and shows what was done, and no member of it holds a PIN or a secret in any encoding."""
    hidden_coupon = "canary/secret+of+the+coupon"
    services.redactor.add(hidden_coupon, "COUPON")
    perform(bench, FILLED.replace("SPRING", hidden_coupon))

    (trace,) = bench.driver.release("session", failed=True)

    assert isinstance(trace.content, bytes)
    with zipfile.ZipFile(io.BytesIO(trace.content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    everything = b"\n".join(members.values())
    assert any(name.endswith(".trace") for name in members)
    assert b"Account number" in everything
    assert b"0012345" in everything
    for hidden in ("0042", hidden_coupon, quote(hidden_coupon, safe=""), "correct-horse-battery"):
        assert hidden.encode() not in everything, hidden


def test_a_passed_journey_leaves_nothing(bench: Workbench) -> None:
    """A trace is kept where something failed."""
    perform(bench, "{ui: shop, as: rep, do: [{open: /orders}]}")

    assert bench.driver.release("session", failed=False) == ()


def test_a_missing_browser_is_unavailable_with_what_to_install(environment: Environment, services: Services) -> None:
    """Whoever runs a journey without a browser reads how to get one."""
    driver = UiDriver(environment, services)
    bench = Workbench(driver, environment, services.project)

    with pytest.raises(Unavailable, match="playwright install chromium") as raised:
        perform(bench, "{ui: elsewhere, do: [{open: /}]}")

    driver.close()
    assert raised.value.system == "browser"


def test_a_page_that_says_it_is_down_is_evidence(bench: Workbench) -> None:
    """A 503 page is shown like any other: what it says can be expected."""
    values = perform(bench, "{ui: shop, as: rep, do: [{open: /broken}]}", "status", "visible(not answering)").values

    assert values == {"status": 503, "visible(not answering)": True}


def test_a_step_without_a_page_is_a_broken_test(bench: Workbench) -> None:
    """Looking at nothing would pass any `absent`."""
    with pytest.raises(BrokenTest, match="no page is open"):
        perform(bench, "{ui: shop, as: rep}", "text(Order state)")


def test_an_unknown_role_is_told_when_it_was_not_checked_before(
    services: Services, environment: Environment, tmp_path: Path
) -> None:
    """Loaded without an environment, a misspelt role is found when the step runs."""
    driver = UiDriver(environment, services)
    bench = Workbench(driver, None, tmp_path)

    with pytest.raises(UsageError, match="did you mean rep"):
        perform(bench, "{ui: shop, as: repp, do: [{open: /}]}")

    driver.close()
