"""What a conformance client posts is kept beside the systems in that profile, and refused in the other."""

from __future__ import annotations

from pathlib import Path

from tests.integration.reference_stack.conftest import RunningStack, started

ORDERS = "/tmf-api/productOrderingManagement/v4/productOrder"
BODY = {"productOrderItem": [{"id": "123", "action": "add"}]}


def test_an_order_that_names_nothing_is_kept_found_changed_and_deleted(tmp_path: Path) -> None:
    """201, then list, filter, PATCH with its states, DELETE; no table of ordering and no system knows of it."""
    with started(tmp_path, "--profile", "conformance") as stack:
        made = stack.client.post(ORDERS, json=BODY)
        path = made.json()["href"]
        found = stack.client.get(ORDERS, params={"id": made.json()["id"]}).json()
        changed = stack.client.patch(path, json={"description": "changed"}).json()
        illegal = stack.client.patch(path, json={"state": "completed"})
        rows = stack.rows("select id from com_product_order where id = ?", made.json()["id"])
        told = stack.rows("select subscriber from evt_delivery d join evt_event e on e.event_id = d.event_id "
                          "where e.resource_id = ?", made.json()["id"])  # fmt: skip
        gone = [stack.admin.delete(path).status_code for _ in range(2)]

    assert (made.status_code, made.json()["state"], found) == (201, "acknowledged", [made.json()])
    assert (changed["description"], illegal.status_code) == ("changed", 409)
    assert (rows, told, gone) == ([], [], [204, 404])


def test_an_operators_stack_refuses_it(running: RunningStack) -> None:
    """400, and nothing is kept."""
    assert running.client.post(ORDERS, json=BODY).status_code == 400
    assert running.rows("select id from tmf_plain") == []
