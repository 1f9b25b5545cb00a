"""Activation: the TMF640 front of the controllers; a configuration is completed only when the network was read back."""

from ringback.reference_stack.systems.activation.tasks import SYSTEM as SYSTEM
