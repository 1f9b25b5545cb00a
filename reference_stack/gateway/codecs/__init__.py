"""The feeds of the partner gateway: bytes to records and back, problems as data."""
