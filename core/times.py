"""Moments as they are stored and compared: ISO 8601 in UTC with microseconds, which sorts as text.

`2026-11-23T20:00:00.000000+00:00`
"""

from __future__ import annotations

from datetime import UTC, datetime

from .errors import InputError

__all__ = ["moment", "now", "utc"]


def now() -> str:
    """The present moment, by the machine's clock."""
    return utc(datetime.now(UTC))


def utc(time: datetime) -> str:
    """A time as text; one without a time zone is taken for UTC."""
    aware = time if time.tzinfo else time.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat(timespec="microseconds")


def moment(text: str) -> str:
    """A time that a user wrote (`2026-11-23T20:00`, `2026-11-23T21:00+01:00`), in the stored form.

    Without a time zone it is in UTC. Raises InputError for what is no time, or none that has a year
    of four digits in UTC.
    """
    try:
        return utc(datetime.fromisoformat(text.strip()))
    except (ValueError, OverflowError):
        raise InputError(
            f"{text!r} is no time; write one in UTC, such as 2026-11-23T20:00"
        ) from None
