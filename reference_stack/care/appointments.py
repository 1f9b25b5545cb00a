"""Appointments (TMF646): windows that are free at an address, holding one, moving it; always by the place's clock."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, groupby
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ringback.reference_stack.care.documents import Document, record, records, ref_id, text
from ringback.reference_stack.care.words import Pill, pill
from ringback.reference_stack.kernel.errors import CallRefused

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

EQUIPMENT = (("ownStock", "The technician brings it"), ("shipment", "It is sent before the visit"))
MOVABLE = frozenset({"initialized", "confirmed"})


@dataclass(frozen=True, slots=True)
class Window:
    """A window twice: by the clock on the wall of the site, and in UTC.

    Its id is its first instant: the same hour of the wall clock comes twice when summer time ends.
    """

    id: str
    starts: str
    ends: str
    day: str
    hours: str
    zone: str

    @property
    def local(self) -> str:
        """As it is told to the customer."""
        return f"{self.day}, {self.hours}"

    @property
    def utc(self) -> str:
        """As the systems keep it, to the minute."""
        last = self.ends[11:16] if self.ends[:10] == self.starts[:10] else self.ends[:16]
        return f"{self.starts[:16]}Z to {last}Z"


@dataclass(frozen=True, slots=True)
class Appointment:
    """One appointment."""

    id: str
    status: Pill
    window: Window | None
    address_id: str
    order_id: str

    @property
    def can_move(self) -> bool:
        """Whether another window may be asked for."""
        return self.status.state in MOVABLE


async def free(stack: Stack, address_id: str) -> tuple[tuple[str, tuple[Window, ...]], ...]:
    """The free windows of the next days at an address, by day."""
    body = {"relatedPlace": {"id": address_id, "role": "installationAddress"}}
    found = (await stack.http.post("workforce", "/tmf-api/appointment/v4/searchTimeSlot", json=body)).document()
    shown = [window(slot) for slot in records(found.get("availableTimeSlot"))]
    known = [one for one in shown if one is not None]
    return tuple((day, tuple(same)) for day, same in groupby(known, key=lambda one: one.day))


async def hold(stack: Stack, address_id: str, chosen: Window) -> str:
    """Holds a window for a while; the id of the appointment."""
    body = {
        "validFor": {"startDateTime": chosen.starts, "endDateTime": chosen.ends},
        "relatedPlace": {"id": address_id, "role": "installationAddress"},
    }
    reply = await stack.http.post("workforce", "/tmf-api/appointment/v4/appointment", json=body)
    return text(reply.document().get("id"))


async def confirm(stack: Stack, identity: str) -> None:
    """Makes a held window the customer's; one that is his already stays so."""
    if (await one(stack, identity)).status.state != "confirmed":
        await _patch(stack, identity, {"status": "confirmed"})


async def move(stack: Stack, identity: str, chosen: Window) -> None:
    """Another window in place of the present one."""
    await _patch(stack, identity, {"validFor": {"startDateTime": chosen.starts, "endDateTime": chosen.ends}})


async def let_go(stack: Stack, identity: str) -> None:
    """Gives a held window back; one that is gone already is not missed."""
    try:
        await _patch(stack, identity, {"status": "cancelled"})
    except CallRefused:
        return


async def one(stack: Stack, identity: str) -> Appointment:
    """One appointment."""
    reply = await stack.http.get("workforce", f"/tmf-api/appointment/v4/appointment/{identity}")
    return appointment(reply.document())


async def of_orders(stack: Stack, order_ids: Iterable[str]) -> tuple[Appointment, ...]:
    """The appointments of some orders."""
    return tuple(chain.from_iterable(await asyncio.gather(*(_of_order(stack, order) for order in order_ids))))


async def _of_order(stack: Stack, order_id: str) -> list[Appointment]:
    reply = await stack.http.get("workforce", "/tmf-api/appointment/v4/appointment", params={"orderId": order_id})
    return [appointment(document, order_id) for document in reply.documents()]


def appointment(document: Document, order_id: str = "") -> Appointment:
    """The appointment of a TMF646 document."""
    place = document.get("relatedPlace")
    places = records(place) or [record(place)]
    return Appointment(
        id=text(document.get("id")),
        status=pill(document.get("status")),
        window=window(document),
        address_id=text(places[0].get("id")),
        order_id=order_id or _order_of(document),
    )


def window(document: Document) -> Window | None:
    """The window of a slot or an appointment; the zone's name tells one hour from the same one an hour later."""
    period = record(document.get("validFor"))
    starts, ends = text(period.get("startDateTime")), text(period.get("endDateTime"))
    if not starts or not ends:
        return None
    zone = text(document.get("timeZone")) or "UTC"
    first, last = (datetime.fromisoformat(at).astimezone(ZoneInfo(zone)) for at in (starts, ends))
    hours = f"{first:%H:%M} to {last:%H:%M %Z}"
    if first.tzname() != last.tzname():
        hours = f"{first:%H:%M %Z} to {last:%H:%M %Z}"
    return Window(starts, starts, ends, f"{first:%a %d %b %Y}", hours, zone)


def _order_of(document: Document) -> str:
    entities = records(document.get("relatedEntity"))
    named = (text(one.get("id")) for one in entities if one.get("@referredType") == "ProductOrder")
    return next(named, "") or ref_id(document, "productOrder")


async def _patch(stack: Stack, identity: str, changes: dict[str, object]) -> None:
    (await stack.http.patch("workforce", f"/tmf-api/appointment/v4/appointment/{identity}", json=changes)).need()
