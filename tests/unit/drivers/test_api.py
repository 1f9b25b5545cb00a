"""The api driver: what it sends, what it shows, and what it never shows."""

import json
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from ringback.assertions.contract import ContractCheck
from ringback.drivers.api import ApiDriver
from ringback.drivers.conformance import TRACEPARENT, Workbench
from ringback.engine.environment import Environment
from ringback.engine.outcomes import CheckOutcome
from ringback.engine.problems import BrokenTest, Unavailable, UsageError
from ringback.engine.services import Services

ORDER = {"id": "PO-1", "state": "acknowledged", "orderDate": "2026-11-21T00:00:00.000Z"}


@pytest.fixture
def bench(environment: Environment, services: Services, tmp_path: Path) -> Iterator[Workbench]:
    """A bench with the driver on it."""
    driver = ApiDriver(environment, services)
    yield Workbench(driver, environment, tmp_path)
    driver.close()


def answer(server: ThreadingHTTPServer, path: str, body: object, status: int = 200) -> None:
    """Let the server answer `path` with a JSON body."""
    server.answers[path] = (status, "application/json;charset=utf-8", json.dumps(body))  # type: ignore[attr-defined]


def judged(bench: Workbench, step: str, *probes: str) -> tuple[CheckOutcome, ...]:
    """What the contract check says of a step's answer."""
    action, _ = bench.read(step)
    call = bench.call(action, probes=probes)
    return ContractCheck().judge(bench.driver.perform(action, call), call)


def test_a_request_carries_trace_journey_step_and_credentials(bench: Workbench) -> None:
    """Every request can be found again in the logs of the systems it went through."""
    sent = bench.perform("{api: ordering, url: /anything}").values["body"]

    assert isinstance(sent, dict)
    headers = sent["headers"]
    assert headers["traceparent"] == TRACEPARENT
    assert headers["x-ringback-journey"] == "journey"
    assert headers["x-ringback-step"] == "step"
    assert headers["authorization"] == "Bearer token-of-the-orders"


def test_credentials_and_cookies_are_in_no_exhibit(bench: Workbench) -> None:
    """The Authorization header and cookies stay out of what readers see."""
    evidence = bench.perform("{api: ordering, url: /anything, method: DELETE}")

    request, response = evidence.exhibits
    assert "token-of-the-orders" not in str(request.content)
    assert "set-cookie" not in str(response.content).lower()
    assert "DELETE http://" in str(request.content)


def test_cookies_do_not_travel_between_requests(bench: Workbench) -> None:
    """Journeys share connections, never a session of the application."""
    bench.perform("{api: ordering, url: /anything}")

    sent = bench.perform("{api: ordering, url: /anything}").values["body"]

    assert isinstance(sent, dict)
    assert "cookie" not in sent["headers"]


def test_path_and_query_are_encoded(bench: Workbench) -> None:
    """Values travel unchanged, whatever letters they have."""
    step = "{api: ordering, url: '/order/{id}', path: {id: 'A/1 ü'}, query: {state: [held, pending], name: 'x&y'}}"

    evidence = bench.perform(step)

    sent = evidence.values["body"]
    assert isinstance(sent, dict)
    assert sent["path"] == "/orders/order/A%2F1%20%C3%BC"
    assert sent["query"] == {"state": ["held", "pending"], "name": ["x&y"]}


def test_bodies_and_forms_have_their_media_type(bench: Workbench) -> None:
    """A mapping is sent as JSON, a form as a form; leading zeros stay."""
    as_json = bench.perform("{api: ordering, method: POST, url: /x, body: {account: '0012345', pin: 42}}").values[
        "body"
    ]
    as_form = bench.perform("{api: ordering, method: POST, url: /x, form: {account: '0012345'}}").values["body"]

    assert isinstance(as_json, dict)
    assert json.loads(as_json["body"]) == {"account": "0012345", "pin": 42}
    assert as_json["headers"]["content-type"] == "application/json"
    assert isinstance(as_form, dict)
    assert as_form["body"] == "account=0012345"


def test_a_step_may_use_other_credentials_or_none(bench: Workbench) -> None:
    """`auth` of a step replaces the environment's."""
    none = bench.perform("{api: ordering, url: /x, auth: none}").values["body"]
    basic = bench.perform("{api: ordering, url: /x, auth: {basic: {user: rep, password: 'p:w'}}}").values["body"]

    assert isinstance(none, dict)
    assert "authorization" not in none["headers"]
    assert isinstance(basic, dict)
    assert basic["headers"]["authorization"] == "Basic cmVwOnA6dw=="


def test_credentials_go_to_their_own_system_only(bench: Workbench, order_api: ThreadingHTTPServer) -> None:
    """A whole address of another host is asked without the system's token."""
    other = f"http://localhost:{order_api.server_port}/elsewhere"

    sent = bench.perform(f"{{api: ordering, url: '{other}'}}").values["body"]

    assert isinstance(sent, dict)
    assert "authorization" not in sent["headers"]


def test_values_hold_status_headers_and_body(bench: Workbench, order_api: ThreadingHTTPServer) -> None:
    """Header names are lower-case, JSON is parsed, the summary tells the story in a line."""
    answer(order_api, "/orders/productOrder", [ORDER])

    evidence = bench.perform("{api: ordering.listProductOrder, query: {externalId: WEB-1}}")

    headers = evidence.values["headers"]
    assert isinstance(headers, dict)
    assert headers["x-correlation-id"] == "COR-1"
    assert evidence.values["body"] == [ORDER]
    assert evidence.summary.startswith("GET /orders/productOrder?externalId=WEB-1 -> 200, ")


def test_an_operation_gives_method_path_and_repeatability(bench: Workbench) -> None:
    """Reading may be repeated while waiting, creating may not."""
    reading, _ = bench.read("{api: ordering.retrieveProductOrder, path: {id: PO-1}}")
    creating, _ = bench.read("{api: ordering.createProductOrder, body: {}}")

    assert (reading.verb, reading.repeatable, reading.implicit) == ("GET productOrder/{id}", True, ("contract",))
    assert (creating.verb, creating.repeatable) == ("POST productOrder", False)


def test_an_answer_that_keeps_its_contract_passes(bench: Workbench, order_api: ThreadingHTTPServer) -> None:
    """Status, content type and schema are judged, each with an outcome of its own."""
    answer(order_api, "/orders/productOrder", [ORDER])

    outcomes = judged(bench, "{api: ordering.listProductOrder}")

    assert [(outcome.path, outcome.passed) for outcome in outcomes] == [
        ("status", True),
        ("headers.content-type", True),
        ("body", True),
    ]


def test_each_violation_of_the_schema_is_an_outcome(bench: Workbench, order_api: ThreadingHTTPServer) -> None:
    """All violations are told at once, each with its path in the body."""
    answer(order_api, "/orders/productOrder", [ORDER, {"id": 7, "state": "lost", "orderDate": "yesterday"}])

    outcomes = judged(bench, "{api: ordering.listProductOrder}")

    failed = {outcome.path: outcome.actual for outcome in outcomes if not outcome.passed}
    assert failed == {"body.1.id": "7", "body.1.state": '"lost"', "body.1.orderDate": '"yesterday"'}


def test_an_undeclared_status_breaks_the_contract(bench: Workbench, order_api: ThreadingHTTPServer) -> None:
    """A status that the document does not name fails, whatever the body says."""
    answer(order_api, "/orders/productOrder", {}, status=503)

    (outcome,) = judged(bench, "{api: ordering.listProductOrder}")

    assert (outcome.passed, outcome.path, outcome.actual) == (False, "status", "503")
    assert outcome.expected == "one of 200, 404"


def test_a_declared_refusal_passes_only_where_the_step_asks_for_it(
    bench: Workbench, order_api: ThreadingHTTPServer
) -> None:
    """A 404 is no success, unless the step itself looks at the status."""
    answer(order_api, "/orders/productOrder/PO-9", {"code": "60", "reason": "not found"}, status=404)
    step = "{api: ordering.retrieveProductOrder, path: {id: PO-9}}"

    assert [outcome.passed for outcome in judged(bench, step)] == [False]
    assert all(outcome.passed for outcome in judged(bench, step, "status"))


def test_a_wrong_content_type_breaks_the_contract(bench: Workbench, order_api: ThreadingHTTPServer) -> None:
    """An HTML page where JSON was promised is told as such, not as broken JSON."""
    order_api.answers["/orders/productOrder"] = (200, "text/html", "<p>")  # type: ignore[attr-defined]

    outcomes = judged(bench, "{api: ordering.listProductOrder}")

    assert [(outcome.path, outcome.actual) for outcome in outcomes if not outcome.passed] == [
        ("headers.content-type", "text/html")
    ]


def test_contract_off_takes_the_check_away(bench: Workbench) -> None:
    """`contract: off` leaves the answer to the step's own expectations."""
    action, problems = bench.read("{api: ordering.listProductOrder, contract: off}")

    assert problems == ()
    assert action.implicit == ()
    assert bench.driver.perform(action, bench.call(action)).contract is None


def test_a_path_value_that_came_out_empty_is_a_broken_test(bench: Workbench) -> None:
    """An empty id would ask for the whole list instead."""
    with pytest.raises(BrokenTest, match="needs path id"):
        bench.perform("{api: ordering.retrieveProductOrder, path: {id: ''}}")


def test_an_answer_that_does_not_come_is_unavailable(
    services: Services, make_environment: Callable[..., Environment], tmp_path: Path
) -> None:
    """A server that accepts and never answers ends with the step's time."""
    import socket  # only this test needs one

    with socket.create_server(("127.0.0.1", 0)) as silent:
        environment = make_environment(silent={"api": f"http://127.0.0.1:{silent.getsockname()[1]}"})
        bench = Workbench(ApiDriver(environment, services), environment, tmp_path)

        with pytest.raises(Unavailable, match=r"no answer within 0.2 s"):
            bench.perform("{api: silent, url: /x}", timeout_s=0.2)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"db": "sqlite://"}, "has no API"),
        ({"api": "ftp://host"}, "no http"),
        ({"api": "http://h", "auth": {"baerer": "t"}}, "did you mean bearer"),
        ({"api": "http://h", "ca": "gone.pem"}, "CA file"),
        ({"api": "http://h", "timeout": "soon"}, "soon"),
    ],
)
def test_a_wrong_entry_of_the_environment_is_a_usage_error(
    entry: dict[str, object],
    said: str,
    services: Services,
    make_environment: Callable[..., Environment],
    tmp_path: Path,
) -> None:
    """The environment file is judged before anything is sent."""
    environment = make_environment(wrong=entry)
    bench = Workbench(ApiDriver(environment, services), environment, tmp_path)

    with pytest.raises(UsageError, match=said):
        bench.perform("{api: wrong, url: /x}")


def test_refused_credentials_of_the_environment_are_its_fault(bench: Workbench, order_api: ThreadingHTTPServer) -> None:
    """A secret that ran out says nothing about the product; a step that minds the status may see it."""
    answer(order_api, "/orders/x", {}, status=401)

    with pytest.raises(Unavailable, match=r"401: the credentials of the environment are refused - is the secret of"):
        bench.perform("{api: ordering, url: /x}")

    looked = bench.perform("{api: ordering, url: /x}", probes=("status",))
    signed = bench.perform("{api: ordering, url: /x, auth: {bearer: own}}")
    assert [evidence.values["status"] for evidence in (looked, signed)] == [401, 401]
