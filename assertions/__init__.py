"""Ringback: assertions."""
