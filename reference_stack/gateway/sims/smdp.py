"""The client of an SM-DP+ (ES2+): HTTP 200 says nothing, only Executed-Success in the body is a success."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import ClientError, ClientSession, ClientTimeout

from ringback.reference_stack.gateway.partners import OUR_NAME
from ringback.reference_stack.kernel.errors import SystemDown
from ringback.reference_stack.systems.reading import Document, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_PATH = "/gsma/rsp2/es2plus"
_HEADERS = {"content-type": "application/json", "x-admin-protocol": "gsma/rsp/v2.2.0"}
_TIMEOUT = ClientTimeout(total=10.0)
_SUCCESS = "Executed-Success"
_DIGITS_WITH_FILLER = 19
_STOPS = frozenset({400, 404, 501, 502, 511})  # anything else but 200 says nothing of the order: it is asked again


class EsimRefused(Exception):
    """The SM-DP+ did not do what was asked; its text names subject and reason code."""


@dataclass(frozen=True, slots=True)
class Smdp:
    """The SM-DP+ of a stack.

    Args:
        stack: whose setting says where it is.
    """

    stack: Stack

    @property
    def url(self) -> str:
        """Its address; empty when the stack has none."""
        return self.stack.settings.smdp.rstrip("/")

    @property
    def host(self) -> str:
        """What a device is told in the activation code."""
        return self.url.partition("://")[2].partition("/")[0]

    async def call(self, function: str, call_id: str, body: Mapping[str, object]) -> Document:
        """Calls a function; EsimRefused when it failed, SystemDown when nobody answered and it may be tried again."""
        header = {"functionRequesterIdentifier": OUR_NAME, "functionCallIdentifier": call_id}
        sent = {"header": header, **{name: value for name, value in body.items() if value not in ("", None)}}
        try:
            async with (
                ClientSession(timeout=_TIMEOUT) as session,
                session.post(f"{self.url}{_PATH}/{function}", data=json.dumps(sent), headers=_HEADERS) as answer,
            ):
                status, content = answer.status, await answer.read()
        except (ClientError, OSError, TimeoutError) as error:
            raise SystemDown("smdp", f"{function}: {error!r}") from error
        if status in _STOPS:
            raise EsimRefused(f"{function}: HTTP {status}, which will not change")
        if status != 200:
            raise SystemDown("smdp", f"{function}: {status}")
        return _judged(function, content)


def _judged(function: str, content: bytes) -> Document:
    try:
        found = json.loads(content)
    except ValueError as error:
        raise EsimRefused(f"{function}: the answer is no JSON") from error
    status = text(found, "header.functionExecutionStatus.status")
    if status != _SUCCESS or not isinstance(found, dict):
        raise EsimRefused(f"{function}: {failure(found, 'header.functionExecutionStatus')}")
    return found


def failure(document: object, path: str) -> str:
    """An execution status in words: status, subject and reason code, and what the other side says."""
    status = text(document, f"{path}.status") or "no status"
    codes = [text(document, f"{path}.statusCodeData.{name}") for name in ("subjectCode", "reasonCode")]
    coded = "/".join(filter(None, codes))
    return " ".join(filter(None, (status, coded, text(document, f"{path}.statusCodeData.message"))))


def with_filler(iccid: str) -> str:
    """An ICCID as ES2+ carries it: 19 digits get a filler."""
    return f"{iccid}F" if len(iccid) == _DIGITS_WITH_FILLER else iccid


def without_filler(iccid: str) -> str:
    """An ICCID as the inventory keeps it."""
    return iccid.removesuffix("F")
