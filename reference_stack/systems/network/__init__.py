"""The network elements: what a line really is configured as."""

from ringback.reference_stack.systems.network.elements import SYSTEM as SYSTEM
