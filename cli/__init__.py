"""Ringback: cli."""
