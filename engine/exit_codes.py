"""The exit codes of `ringback run`: what a pipeline can tell from a number."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from ringback.engine.outcomes import Fault


class ExitCode(IntEnum):
    """One number for a whole run."""

    PASSED = 0
    PRODUCT = 1  # a check did not hold, or a deadline passed with all systems answering
    USAGE = 2  # the command line, or a system missing from the environment file
    TEST = 3  # the journey itself is wrong
    ENVIRONMENT = 4  # a system, a partner or a tool could not be used
    NOTHING = 5  # nothing ran


_OF_FAULT = {
    Fault.PRODUCT: ExitCode.PRODUCT,
    Fault.USAGE: ExitCode.USAGE,
    Fault.TEST: ExitCode.TEST,
    Fault.ENVIRONMENT: ExitCode.ENVIRONMENT,
}


def exit_code_of(faults: Iterable[Fault]) -> ExitCode:
    """The code of a run: a failure of the product before a broken test before an unusable environment.

    NOTHING when there was no journey at all.
    """
    seen = set(faults)
    if not seen:
        return ExitCode.NOTHING
    return min((_OF_FAULT[fault] for fault in seen if fault is not Fault.NONE), default=ExitCode.PASSED)
