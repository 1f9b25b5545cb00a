"""Ringback: drivers."""
