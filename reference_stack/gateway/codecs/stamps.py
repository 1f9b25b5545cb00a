"""Times as the feeds write them: 14 digits UTC, 8 digits a day; impossible is not the same as badly written."""

from __future__ import annotations

from datetime import UTC, datetime

TS14 = "%Y%m%d%H%M%S"
DAY8 = "%Y%m%d"


def is_possible(text: str, form: str) -> bool:
    """Whether digits of the right number name a moment that exists."""
    try:
        datetime.strptime(text, form).replace(tzinfo=UTC)
    except ValueError:
        return False
    return True


def moment(text: str, form: str = TS14) -> datetime:
    """The aware UTC moment of a stamp; ValueError when there is none."""
    return datetime.strptime(text, form).replace(tzinfo=UTC)


def ts14(at: datetime) -> str:
    """A moment as 14 digits UTC."""
    return at.astimezone(UTC).strftime(TS14)


def as_ts14(text: str) -> str:
    """A stamp in either way of writing (ISO 8601 or 14 digits) as 14 digits UTC; other text unchanged."""
    if "T" not in text:
        return text
    try:
        return ts14(datetime.fromisoformat(text))
    except ValueError:
        return text


def as_day8(text: str) -> str:
    """A day in either way of writing (ISO 8601 or 8 digits) as 8 digits; other text unchanged."""
    return text[:10].replace("-", "") if "-" in text else text
