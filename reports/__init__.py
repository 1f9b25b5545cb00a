"""Ringback: reports."""
