"""Filters, GET by id, PATCH and DELETE of every resource that is registered: none of them may do nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ringback.reference_stack.kernel.resource import Resource
from ringback.reference_stack.systems import all_systems
from tests.integration.reference_stack.conftest import RunningStack, started

Document = dict[str, object]
RESOURCES = [resource for system in all_systems().values() for resource in system.resources]


def _that(*operations: str) -> pytest.MarkDecorator:
    """The resources that have these operations."""
    found = [one for one in RESOURCES if all(operation in one.operations for operation in operations)]
    return pytest.mark.parametrize("resource", found, ids=lambda one: one.path.removeprefix("/tmf-api/"))


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A stack that these tests may spoil; its workers rest, so that nothing but the tests changes anything."""
    with started(tmp_path_factory.mktemp("every-resource")) as stack:
        yield stack


def _one(stack: RunningStack, resource: Resource) -> Document | None:
    """An instance, if the seed has one."""
    found = stack.admin.get(resource.path, params={"limit": "1"}).json()
    return dict(found[0]) if found else None


@_that("L")
def test_a_filter_that_nothing_fits_finds_nothing(own: RunningStack, resource: Resource) -> None:
    """Also on attributes that the resource has not: a filter is never ignored."""
    for name in ("id", *resource.columns, *resource.filters, "noSuchAttribute.value"):
        reply = own.admin.get(resource.path, params={name: "no-such-value"})

        assert (name, reply.status_code, reply.json()) == (name, 200, [])
        assert reply.headers["x-total-count"] == "0"


@_that("L")
def test_a_filter_finds_what_has_the_value(own: RunningStack, resource: Resource) -> None:
    """Every plain attribute of an instance finds it, and nothing that has another value."""
    known = _one(own, resource) or {}
    for name in (name for name in ("id", *resource.columns) if isinstance(known.get(name), str)):
        value = f'"{known[name]}"'
        found = own.admin.get(resource.path, params={name: value}).json()

        assert (name, known["id"] in [one["id"] for one in found]) == (name, True)
        assert (name, {one[name] for one in found}) == (name, {known[name]})


@_that("G")
def test_an_instance_is_found_by_its_id_alone(own: RunningStack, resource: Resource) -> None:
    """The same document as in the list, reduced to what is asked for; 404 for an id that there is not."""
    assert own.admin.get(f"{resource.path}/NO-SUCH-ID").status_code == 404
    known = _one(own, resource) if "L" in resource.operations else None
    if known:
        path = f"{resource.path}/{known['id']}"
        assert own.admin.get(path).json() == known
        assert set(own.admin.get(path, params={"fields": "id"}).json()) == {"id", "href"}


@_that("G", "U")
def test_a_patch_is_kept_or_refused(own: RunningStack, resource: Resource) -> None:
    """200 and seen by the next GET, or an error and the document as it was."""
    assert own.admin.patch(f"{resource.path}/NO-SUCH-ID", json={"description": "changed"}).status_code == 404
    known = _one(own, resource) if "L" in resource.operations else None
    if known:
        path = f"{resource.path}/{known['id']}"
        reply = own.admin.patch(path, json={"description": "changed by a test"})
        now = own.admin.get(path).json()

        assert reply.status_code in (200, 400, 403, 409)
        assert (now.get("description") == "changed by a test") is (reply.status_code == 200)
        if reply.status_code == 200:
            assert reply.json() == now


@_that("G", "D")
def test_what_is_deleted_is_gone(own: RunningStack, resource: Resource) -> None:
    """Only for an administrator; 204 and then 404, or 409 while others point to it, and then it is still there."""
    assert own.admin.delete(f"{resource.path}/NO-SUCH-ID").status_code == 404
    known = _one(own, resource) if "L" in resource.operations else None
    if known:
        path = f"{resource.path}/{known['id']}"
        forbidden = own.client.delete(path)
        reply = own.admin.delete(path)

        assert (forbidden.status_code, reply.status_code in (204, 409)) == (403, True)
        assert own.admin.get(path).status_code == (404 if reply.status_code == 204 else 200)
