"""Identifiers that a person can read aloud: a prefix that says what it is, ten characters that make it unique."""

import secrets

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Ids:
    """Makes identifiers such as ``PO-7F3K2Q9XWM``."""

    def new(self, prefix: str) -> str:
        """A new identifier, unique over runs and restarts."""
        return f"{prefix}-" + "".join([_ALPHABET[byte & 31] for byte in secrets.token_bytes(10)])
