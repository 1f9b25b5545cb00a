"""The public face of the package."""

import ringback


def test_every_public_name_can_be_used() -> None:
    """What `__all__` promises is there."""
    missing = [name for name in ringback.__all__ if not hasattr(ringback, name)]

    assert missing == []


def test_an_unknown_name_is_an_attribute_error() -> None:
    """A misspelt name fails as in any module."""
    assert not hasattr(ringback, "Journy")
