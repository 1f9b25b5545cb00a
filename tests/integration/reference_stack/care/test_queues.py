"""What people look after: the fallout queue to its last case, partner files with their reasons, bills with disputes."""

from __future__ import annotations

from pathlib import Path

from tests.integration.reference_stack.care.conftest import counter
from tests.integration.reference_stack.care.screens import Counter
from tests.integration.reference_stack.conftest import RunningStack, external_id, until


def all_pages(rep: Counter) -> list[dict[str, str]]:
    """The rows of every page of the queue."""
    rows: list[dict[str, str]] = []
    page = 0
    while True:
        page += 1
        screen = rep.open(f"/fallout?page={page}")
        rows += screen.tables["Fallout queue"]
        if 'rel="next"' not in screen.html:
            return rows


def cases(running: RunningStack, count: int) -> None:
    """Opens cases."""
    for _ in range(count):
        body = {"system": "ordering", "code": external_id(), "rootCause": "to be looked at"}
        running.client.post("/fallout/v1/cases", json=body).raise_for_status()


def test_the_queue_has_every_open_case_with_the_oldest_deadline_first(running: RunningStack, rep: Counter) -> None:
    """Three pages together are what the table holds, and each page says how many there are."""
    cases(running, 110)
    rows = all_pages(rep)

    open_cases = running.rows("select id from flt_case where status <> 'closed' order by sla_due, id")
    assert {row["Case"] for row in rows} == {row["id"] for row in open_cases}
    assert len(rows) == len(open_cases) > 100
    due = [row["Answer due"] for row in rows if row["Answer due"]]
    assert due == sorted(due)
    assert f"1 to 50 of {len(rows)} open cases" in rep.open("/fallout").values["shown-of"]


def test_a_case_is_taken_and_closed_with_its_root_cause_only(running: RunningStack, rep: Counter) -> None:
    """Without a root cause it stays open; with one it leaves the queue."""
    body = {"system": "logistics", "code": external_id(), "orderId": "PO-F00003"}
    case = str(running.client.post("/fallout/v1/cases", json=body).json()["id"])
    rep.open(f"/fallout/{case}")
    taken = rep.post(f"/fallout/{case}", deed="take", owner="rep1", root_cause="")
    assert taken.values["case-status"] == "inProgress"
    refused = rep.post(f"/fallout/{case}", deed="close", root_cause="")
    assert (refused.status, "closed with its root cause" in refused.html) == (422, True)

    rep.post(f"/fallout/{case}", deed="close", root_cause="the box was on the wrong shelf")

    (row,) = running.rows("select status, owner, root_cause, closed_at from flt_case where id = ?", case)
    assert (row["status"], row["owner"], row["root_cause"]) == ("closed", "rep1", "the box was on the wrong shelf")
    assert row["closed_at"]
    assert case not in {row["Case"] for row in all_pages(rep)}


def test_a_refused_file_tells_why(running: RunningStack, rep: Counter) -> None:
    """A file without head or end lies in quarantine; its page has the reason and our answer, its text for operators."""
    name = "CRDR_BUREAU01_RINGBACK_20261121101500_00001.dat"
    inbox = Path(str(running.ready["home"])) / "sftp" / "credit-bureau" / "to_us"
    part = inbox / f"{name}.part"
    part.write_text("this is no file of a bureau\n", "ascii")
    part.rename(inbox / name)
    sql = "select id, status from pgw_file where file_name = ? and status = 'rejected'"
    file = str(until(lambda: running.rows(sql, name), "a rejected file")[0]["id"])

    listed = rep.open("/files?partner=credit-bureau&status=rejected").tables["Partner files"]
    page = until(lambda: found if (found := rep.open(f"/files/{file}")).values.get("quarantine-reason") else None, "it")

    assert name in {row["File"] for row in listed}
    assert page.values["quarantine-reason"].startswith("Why it was refused PGW-")
    assert "REJECTED" in page.values["acknowledgement-text"]
    assert ("this is no file" in page.html, "Only operators see it" in page.values["hidden-content"]) == (False, True)
    operator = counter(running, "operator1")
    assert operator.open(f"/files/{file}").values["content"] == "this is no file of a bureau"
    operator.close()


def test_a_bill_line_is_disputed_and_led_back_to_its_order(running: RunningStack, rep: Counter) -> None:
    """The line names its product; the dispute names charge and order; a second dispute of the line is refused."""
    rep.open("/customers/CUST-00066")
    rep.post("/bills")
    bill = until(
        lambda: [row for row in rep.open("/customers/CUST-00066").tables["Bills"] if row["Bill"]], "a bill on demand"
    )
    found = running.rows("select id from bil_bill where bill_no = ?", bill[0]["Bill"])
    shown = rep.open(f"/bills/{found[0]['id'] if found else bill[0]['Bill']}?customer=CUST-00066")
    assert shown.tables["Lines"][0]["What it bills"].startswith("Fibre 500")
    href = next(path for name, path in shown.links.items() if name.startswith("dispute-"))

    rep.open(href)
    opened = rep.post("/dispute", reason="was away")
    rep.open(href)
    again = rep.post("/dispute", reason="was away")

    origin = {row["What"]: row["Id"] for row in opened.tables["What the line bills"]}
    assert origin["Product id"] == "PROD-F00066"
    assert origin["Order id"] == "PO-F00066"
    assert (again.status, "disputed already" in again.html) == (409, True)


def test_a_customers_tickets_are_on_the_own_page(running: RunningStack, rep: Counter) -> None:
    """A ticket that somebody opened in assurance is there at the next load, and on no other customer's page."""
    ticket = {
        "description": "no dial tone", "severity": "major", "ticketType": "customer",
        "relatedParty": [{"id": "CUST-00067", "role": "customer", "@referredType": "Customer"}],
    }  # fmt: skip
    opened = running.client.post("/tmf-api/troubleTicket/v4/troubleTicket", json=ticket)
    opened.raise_for_status()

    (row,) = rep.open("/customers/CUST-00067").tables["Tickets"]
    assert (row["Ticket"], row["What"], row["Severity"]) == (opened.json()["id"], "no dial tone", "major")
    assert rep.open("/customers/CUST-00068").tables["Tickets"] == []


def test_the_operator_sees_systems_queues_and_defects_and_a_rep_does_not(running: RunningStack, rep: Counter) -> None:
    """A stopped system and a switched defect are on the page at once."""
    assert rep.open("/operations").status == 403
    operator = counter(running, "operator1")
    running.admin.post("/admin/systems/campaign/stop").raise_for_status()
    with running.defect("D08"):
        page = operator.open("/operations")
    running.admin.post("/admin/systems/campaign/start").raise_for_status()
    operator.close()

    assert {row["System"]: row["State"] for row in page.tables["Systems"]}["campaign"] == "stopped"
    assert [row["Defect"] for row in page.tables["Release defects that are on"]] == ["D08"]
    assert int({row["System"]: row["Workers"] for row in page.tables["Systems"]}["billing"]) > 0
    waiting = {row["Queue"]: row["Length"] for row in page.tables["What waits"]}
    assert waiting["Events not yet delivered"].isdigit()
