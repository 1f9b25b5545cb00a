"""Ringback proves, before a release candidate is promoted, that customers can still be served."""

__version__ = "0.1.0"
