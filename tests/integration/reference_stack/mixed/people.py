"""A company whose partners also play what they start themselves: eSIMs that get installed, numbers that leave."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.integration.reference_stack.company import Company, company
from tests.integration.reference_stack.gateway.test_esim import SmdpPlus
from tests.integration.reference_stack.portability.test_port_out import House, gone, request

_INFO = "/gateway/v1/es2plus/handleDownloadProgressInfo"
_DOWNLOADED, _INSTALLED = 3, 4
_ATTEMPTS = 120


class Installing(SmdpPlus):
    """An SM-DP+ whose profiles are downloaded and installed as soon as they are confirmed."""

    def __init__(self) -> None:
        super().__init__()
        self._phones = ThreadPoolExecutor(1, thread_name_prefix="phone")
        self._known, self._pause = threading.Event(), threading.Event()
        self._client = httpx.Client(trust_env=False)

    def tell(self, url: str, token: str) -> None:
        """Where the call-backs go; until then they wait."""
        self._client = httpx.Client(base_url=url, headers={"authorization": f"Bearer {token}"}, trust_env=False)
        self._known.set()

    def answer(self, function: str, body: dict[str, Any]) -> dict[str, object]:
        """A confirmed profile is on its phone a moment later."""
        if function == "confirmOrder":
            self._phones.submit(self._install, body["iccid"])
        return super().answer(function, body)

    def close(self) -> None:
        """Ends it when the last phone is done."""
        self._phones.shutdown(wait=True)
        self._client.close()
        super().close()

    def _install(self, iccid: str) -> None:
        self._known.wait(30)
        for point in (_DOWNLOADED, _INSTALLED):
            body = {
                "header": {"functionRequesterIdentifier": "SMDP", "functionCallIdentifier": "1"},
                "iccid": iccid,
                "profileType": "CONSUMER",
                "timestamp": "2026-03-01T12:00:00Z",
                "notificationPointId": point,
                "notificationPointStatus": {"status": "Executed-Success"},
            }
            self._tell(body)

    def _tell(self, body: dict[str, object]) -> None:
        """Says it again until the operator hears it: a stack that was killed is back a moment later."""
        for _ in range(_ATTEMPTS):
            try:
                self._client.post(_INFO, json=body)
            except httpx.TransportError:
                self._pause.wait(0.5)
            else:
                return


class Leavers:
    """The clearing house asks for numbers of ours; NPAC says that they are active elsewhere."""

    def __init__(self, running: Company) -> None:
        self._running = running
        self._house = House(running.stack)
        self._house.continue_after(self._last("NPSV"), self._last("NPORT"))

    def leave(self, lines: list[dict[str, Any]]) -> list[str]:
        """Asks for these numbers, waits for our answers and reports them active; the numbers that left."""
        asked = [request(line) for line in lines]
        self._house.send("NPORT", "CH01", *asked)
        left = []
        for line, one in zip(lines, asked, strict=True):
            if self._house.answer(one["req_no"])["response_type"] == "C":
                self._house.send("NPSV", "NPAC", gone(line))
                left.append(str(line["tn"]))
        return left

    def close(self) -> None:
        """Logs out."""
        self._house.account.close()

    def _last(self, feed: str) -> int:
        sql = "select max(seq_no) as n from pgw_file where feed = ? and direction = 'in' and status <> 'rejected'"
        return int(str(self._running.stack.rows(sql, feed)[0]["n"] or 0))


@contextmanager
def lively(home: Path, *arguments: str, pace: float) -> Iterator[Company]:
    """A company with an SM-DP+ whose phones install what they are sent."""
    smdp = Installing()
    try:
        with company(home, "--smdp", smdp.url, *arguments, pace=pace) as running:
            smdp.tell(running.stack.ready["url"], running.stack.ready["secrets"]["API_TOKEN"])
            yield running
    finally:
        smdp.close()
