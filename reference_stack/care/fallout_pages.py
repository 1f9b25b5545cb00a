"""The fallout queue: every open case of every order, and the page on which somebody takes and closes one."""

from __future__ import annotations

from starlette.responses import Response

from ringback.reference_stack.care import desk, fallout_view
from ringback.reference_stack.care.console import Failure, Visit, refusal
from ringback.reference_stack.care.desk import Section, section
from ringback.reference_stack.care.documents import Document, text
from ringback.reference_stack.care.forms import Problems
from ringback.reference_stack.care.paging import PAGE, page_of
from ringback.reference_stack.kernel.errors import CallRefused

NOTICES = {"taken": "The case is yours.", "closed": "The case was closed."}


async def queue(visit: Visit) -> Response:
    """The operational queue, the earliest answer due first; a page of it, and how many there are."""
    found = await section(desk.cases(visit.stack), ())
    cases = found.value
    if visit.stack.defects.on("D59"):
        cases = tuple(sorted(cases, key=lambda case: case.id))[:PAGE]
    shown = page_of(cases, visit.query("page"), "open cases")
    notice = NOTICES.get(visit.query("notice"), "")
    page = Section(shown.value, found.trouble)
    return visit.show("fallout.html", section="fallout", cases=page, list=shown, notice=notice)


async def case(visit: Visit) -> Response:
    """One case."""
    return await _page(visit)


async def work(visit: Visit) -> Response:
    """Takes the case over, or closes it with its root cause."""
    typed = await visit.typed()
    closes = typed.get("deed") == "close"
    cause, owner = typed.get("root_cause", ""), typed.get("owner", "") or visit.session.user
    if closes and not cause:
        return await _page(visit, typed, {"root_cause": "A case is closed with its root cause."})
    changes = {"status": "closed" if closes else "inProgress", "owner": owner} | ({"rootCause": cause} if cause else {})
    try:
        path = f"/fallout/v1/cases/{visit.path('id')}"
        (await visit.stack.http.patch("fallout", path, json=changes)).need()
    except CallRefused as refused:
        return await _page(visit, typed, failure=Failure("The case was not changed.", refusal(refused)))
    return visit.go("/fallout?notice=closed" if closes else f"/fallout/{visit.path('id')}?notice=taken")


async def _page(
    visit: Visit,
    typed: dict[str, str] | None = None,
    problems: Problems | None = None,
    failure: Failure | None = None,
) -> Response:
    document: Document = (await visit.stack.http.get("fallout", f"/fallout/v1/cases/{visit.path('id')}")).document()
    (found,) = fallout_view.cases([document], visit.stack.clock.stamp())
    known = {"owner": text(document.get("owner")), "root_cause": text(document.get("rootCause"))}
    return visit.show(
        "case.html",
        status=422 if problems else 409 if failure else 200,
        section="fallout",
        trail=(("Fallout queue", "/care/fallout"), (f"Case {found.id}", "")),
        notice=NOTICES.get(visit.query("notice"), ""),
        failure=failure,
        case=found,
        correlation=text(document.get("correlationId")),
        detail=text(document.get("detail")),
        typed=known | (typed or {}),
        problems=problems or {},
    )
