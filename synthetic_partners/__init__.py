"""Ringback: synthetic_partners."""
