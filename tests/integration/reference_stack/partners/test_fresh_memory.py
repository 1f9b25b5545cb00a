"""Partners that start with an empty memory go on where their files on the server end."""

from __future__ import annotations

from pathlib import Path

from tests.integration.reference_stack.conftest import started, until
from tests.integration.reference_stack.partners.conftest import World, live


def guide(world: World, street: str) -> str:
    """Has the address registry send a row; the name of the file."""
    row = {"street_name": street, "community": "BOSTON", "esn": "00115"}
    world.tell("address-registry", "instruction", {"street_name": street}, {"guide_row": row})
    said = until(
        lambda: [one for one in world.log("address-registry", "acknowledged") if "MSAG_" in one["text"]], "a file"
    )[-1]
    assert said["decision"] == "ACCEPTED", said
    return said["text"]


def test_numbers_go_on_after_a_restart(tmp_path: Path) -> None:
    """A street guide's cycle is never used twice, though nothing of the first process is left."""
    with started(tmp_path) as stack:
        with live(stack) as first:
            before = guide(first, "ACORN")
        with live(stack) as second:
            after = guide(second, "BIRCH")

    assert (before.split("_")[3], after.split("_")[3]) == ("000001.dat", "000002.dat")
