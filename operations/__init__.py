"""Ringback: operations."""
