"""Ringback: engine."""
