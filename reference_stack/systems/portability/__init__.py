"""The number portability gateway: port requests, the partner's answers, the mirror of subscription versions."""

from ringback.reference_stack.kernel.system import System

SYSTEM = System(id="portability", prefix="npg_", base="/portability/v1")
