"""The facade of the old exchange."""
