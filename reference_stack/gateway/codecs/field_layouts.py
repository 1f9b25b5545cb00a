"""The two pipe feeds of the field force as data: jobs that we dispatch, and how the visits ended."""

from __future__ import annotations

from ringback.reference_stack.gateway.codecs.fields import (
    Field,
    Values,
    coded,
    formed,
    never,
    number,
    stamp,
    text,
    when,
)
from ringback.reference_stack.gateway.codecs.pipe_layouts import Fault, PipeLayout
from ringback.reference_stack.gateway.codecs.stamps import moment

_SERIAL = r"[A-Z]{4}[0-9A-F]{8}"  # of an ONT: vendor and number
_WITHDRAWN = "X"


def _window(values: Values) -> Fault | None:
    if moment(values["window_start"]) < moment(values["window_end"]):
        return None
    return "R109", "window_end", f"the window ends at {values['window_end']}, before it starts"


def _duration(values: Values) -> Fault | None:
    if moment(values["started_at"]) <= moment(values["ended_at"]):
        return None
    return "R109", "ended_at", f"the visit ended at {values['ended_at']}, before it started at {values['started_at']}"


def _stays(values: Values) -> bool:
    return values.get("action") != _WITHDRAWN


DISPATCH = PipeLayout(
    "DISPATCH",
    (
        text("work_order_id", 24),
        number("visit", 2),
        number("version", 2),
        coded("action", "N", "C", _WITHDRAWN),
        text("appointment_id", 24),
        stamp("window_start"),
        stamp("window_end"),
        formed("time_zone", r"[A-Za-z_]+(/[A-Za-z_]+)*", 40),
        coded("job", "INSTALL", "CHANGE", "REMOVE", "VISIT"),
        text("customer_name", 60, never),
        text("street_nr", 10, _stays),
        text("street", 60, _stays),
        text("unit", 20, never),
        text("city", 32, _stays),
        formed("state", r"[A-Z]{2}", 2, _stays),
        number("zip", 5, _stays),
        coded("equipment", "VAN", "SHIPPED", needed=never),
        text("remarks", 160, never),
    ),
    ("work_order_id", "visit", "version"),
    (_window,),
    control="visit",
)

WFMCLOSE = PipeLayout(
    "WFMCLOSE",
    (
        text("close_id", 24),
        text("work_order_id", 24),
        number("visit", 2),
        text("appointment_id", 24),
        text("technician", 24),
        coded("close_code", "DONE", "NOACC", "NOSHOW", "DMG", "RESCHED", "PARTIAL"),
        stamp("started_at"),
        stamp("ended_at"),
        formed("ont_serial", _SERIAL, 12, when("close_code", "DONE")),
        text("stb_serials", 200, never),
        Field("signal_dbm", "an", 6, never, (), r"-\d{1,2}(\.\d{1,2})?"),
        Field("photos", "an", 2, never, (), r"\d{1,2}"),
        coded("signature", "Y", "N", needed=never),
        text("remarks", 160, never),
    ),
    ("close_id",),
    (_duration,),
    control="visit",
)
FIELD_LAYOUTS = {layout.feed: layout for layout in (DISPATCH, WFMCLOSE)}
