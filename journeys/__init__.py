"""The journeys that come with Ringback, and where to find them."""

from importlib.resources import files
from pathlib import Path


def built_in_journeys() -> tuple[Path, ...]:
    """The journey files of this package, by name."""
    folder = Path(str(files("ringback.journeys")))
    return tuple(sorted(folder.glob("*.journey.yaml")))
