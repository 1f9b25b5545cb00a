"""Ringback: reference_stack."""
