"""The one operational queue of production fallout, and the timers that feed it."""

from ringback.reference_stack.kernel.system import System

SYSTEM = System(id="fallout", prefix="flt_", base="/fallout/v1")
