"""Ringback proves, before a release candidate is promoted, that customers can still be served.

The public names below are loaded when they are first used, so that `import ringback` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ringback.engine.evidence import ABSENT, Evidence, Exhibit
    from ringback.engine.outcomes import CheckOutcome, JourneyOutcome, Status, StepOutcome
    from ringback.engine.problems import BrokenTest, Problem, RingbackError, Unavailable, UsageError
    from ringback.engine.protocols import Action, Call, Check, Driver, Layout, Pace, Probe

__version__ = "0.1.0"
__all__ = [
    "ABSENT",
    "Action",
    "BrokenTest",
    "Call",
    "Check",
    "CheckOutcome",
    "Driver",
    "Evidence",
    "Exhibit",
    "JourneyOutcome",
    "Layout",
    "Pace",
    "Probe",
    "Problem",
    "RingbackError",
    "Status",
    "StepOutcome",
    "Unavailable",
    "UsageError",
    "__version__",
]
_HOMES = {
    "ringback.engine.evidence": ("ABSENT", "Evidence", "Exhibit"),
    "ringback.engine.outcomes": ("CheckOutcome", "JourneyOutcome", "Status", "StepOutcome"),
    "ringback.engine.problems": ("BrokenTest", "Problem", "RingbackError", "Unavailable", "UsageError"),
    "ringback.engine.protocols": ("Action", "Call", "Check", "Driver", "Layout", "Pace", "Probe"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)
