"""What the gateway does about files that nobody finishes and files that are done with."""

from __future__ import annotations

import os
import time
from typing import Any

from ringback.reference_stack.gateway.inbound import reject_abandoned
from ringback.reference_stack.gateway.partners import CLEARING_HOUSE
from ringback.reference_stack.gateway.system import tidy


def test_an_upload_that_is_never_finished_is_rejected_after_an_hour(small: Any, clearing_house: Any) -> None:
    """A `.part` file of two hours ago is G019; one of just now is left alone."""
    for name in ("old.txt.part", "new.txt.part"):
        with clearing_house.client.open(f"/to_us/{name}", "w") as file:
            file.write(b"half a li")
    two_hours_ago = time.time() - 7200
    os.utime(small.service.folders("clearing-house").to_us / "old.txt.part", (two_hours_ago, two_hours_ago))

    async def look() -> None:
        reject_abandoned(small.stack, CLEARING_HOUSE)

    small.run(look)

    assert clearing_house.ack("old.txt.part")[1].split("|")[3] == "G019"
    assert clearing_house.names("/to_us") == ["new.txt.part"]


def test_our_files_stay_for_a_full_day_and_then_go_to_the_archive(
    small: Any, clearing_house: Any, port_requests: Any
) -> None:
    """The day after, a file is still where the partner looks for it; two days later it is archived and readable."""
    port_requests(1)
    name = clearing_house.names("/from_us")[0]

    async def after_a_day() -> None:
        small.stack.clock.advance(86_400)
        tidy(small.stack)

    small.run(after_a_day)
    kept = clearing_house.names("/from_us")
    small.run(after_a_day)

    file = small.row("select * from pgw_file where file_name = ?", name)
    day = str(file["business_date"]).replace("-", "")
    assert (kept, clearing_house.names("/from_us")) == ([name], [])
    assert clearing_house.names(f"/archive/{day}") == [name]
    assert small.get(f"/gateway/v1/files/{file['id']}/content").content.startswith(b"H|NPORT|")


def test_a_rejected_file_opens_a_fallout_case(small: Any, clearing_house: Any) -> None:
    """Somebody must look at it: the case names the file and the code."""
    clearing_house.upload("hello.txt", b"x\n")
    small.file("hello.txt")

    case = next(iter(small.until(lambda: small.queue.taken)))
    assert (case["system"], case["code"]) == ("gateway", "PGW-G001")
    assert "hello.txt" in str(case["rootCause"])
