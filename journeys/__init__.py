"""Ringback: journeys."""
