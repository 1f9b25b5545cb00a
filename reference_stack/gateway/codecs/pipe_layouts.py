"""The pipe feeds as data: NPORT, NPRESP and NPSV, their fields in order and the rules between fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from ringback.reference_stack.gateway.codecs.fields import (
    SPID,
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
from ringback.reference_stack.gateway.codecs.stamps import moment

Fault = tuple[str, str, str]  # code, field, text
LATEST_DUE = timedelta(days=30)
_NUMBER = Field("tn", "tn", 10)


@dataclass(frozen=True, slots=True)
class PipeLayout:
    """A feed between H and T lines.

    Args:
        feed: its name.
        fields: after the record type and the line number.
        identity: the fields that make a record unique for ever.
        rules: what must hold between fields.
        control: the field whose numbers add up to the total of the T line.
    """

    feed: str
    fields: tuple[Field, ...]
    identity: tuple[str, ...]
    rules: tuple[Callable[[Values], Fault | None], ...] = ()
    control: str = "tn"

    @property
    def width(self) -> int:
        """The number of fields of a D line, with its record type and line number."""
        return len(self.fields) + 2


def _due_in_window(values: Values) -> Fault | None:
    sent, due = moment(values["d_tsent"]), moment(values["ddd_t"])
    if sent <= due <= sent + LATEST_DUE:
        return None
    return "R109", "ddd_t", f"ddd_t {values['ddd_t']} is not between d_tsent {values['d_tsent']} and 30 days later"


def _two_providers(values: Values) -> Fault | None:
    if values["nnsp"] != values["onsp"]:
        return None
    return "R102", "onsp", f"old and new provider are both {values['nnsp']}"


def _person_or_business(values: Values) -> Fault | None:
    if bool(values["last_name"]) != bool(values["bus_name"]):
        return None
    return "R102", "last_name", "either last_name or bus_name is wanted, not both and not neither"


NPORT = PipeLayout(
    "NPORT",
    (
        formed("req_no", r"[0-9A-Z]{4}\d{12}", 16),
        number("version", 2),
        coded("action", "N", "S", "C"),
        stamp("d_tsent"),
        stamp("ddd_t"),
        coded("npdi", "A", "B", "C", "D"),
        formed("nnsp", SPID, 4),
        formed("onsp", SPID, 4),
        formed("nlsp", SPID, 4, never),
        _NUMBER,
        number("npqty", 5),
        text("account_no", 20),
        text("pin", 15, never),
        number("tax_id4", 4, never),
        text("first_name", 25, never),
        text("last_name", 25, never),
        text("bus_name", 60, never),
        text("street_nr", 10),
        text("street", 60),
        text("city", 32),
        formed("state", r"[A-Z]{2}", 2),
        number("zip", 5),
        text("remarks", 160, never),
    ),
    ("req_no", "version", "tn"),
    (_due_in_window, _two_providers, _person_or_business),
)

NPRESP = PipeLayout(
    "NPRESP",
    (
        formed("req_no", r"[0-9A-Z]{4}\d{12}", 16),
        number("version", 2),
        formed("resp_no", r"[0-9A-Z]{4}\d{12}", 16),
        coded("response_type", "C", "D", "R"),
        coded(
            "reason_code",
            *("TNF", "TNI", "ACC", "PIN", "ZIP", "NAM", "FRZ", "PND", "DDT", "OTH"),
            needed=when("response_type", "R"),
        ),
        coded("delay_code", "SYS", "VOL", "MAN", needed=when("response_type", "D")),
        stamp("cd_tsent"),
        stamp("due", when("response_type", "C", "D")),
        _NUMBER,
        formed("onsp", SPID, 4),
        formed("nnsp", SPID, 4),
        text("remarks", 160, never),
    ),
    ("resp_no",),
    (_two_providers,),
)


def _providers_of_version(values: Values) -> Fault | None:
    return None if values["new_spid"] != values["old_spid"] else ("R102", "old_spid", "old and new SPID are the same")


NPSV = PipeLayout(
    "NPSV",
    (
        text("sv_id", 16),
        _NUMBER,
        Field("lrn", "tn", 10),
        formed("new_spid", SPID, 4),
        formed("old_spid", SPID, 4),
        coded("sv_status", *"0123456789"),
        stamp("status_ts"),
        stamp("due", never),
        text("conflict_code", 4, never),
        formed("failed_spids", rf"{SPID}(;{SPID})*", 400, never),
        coded("sv_type", *"0123456", needed=never),
        coded("lnp_type", "0", "1", "2", needed=never),
        formed("billing_id", r"[0-9A-Z]{1,4}", 4, never),
    ),
    ("sv_id", "sv_status", "status_ts"),
    (_providers_of_version,),
)

PIPE_LAYOUTS: Mapping[str, PipeLayout] = {layout.feed: layout for layout in (NPORT, NPRESP, NPSV)}
