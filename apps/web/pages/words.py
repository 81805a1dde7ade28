"""Confidence, times and counts in the words that the screens use."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from urllib.parse import quote

from ..identifiers import time_of

__all__ = ["LEVELS", "counted", "day", "duration", "in_ten", "moment", "path_part", "size"]

LEVELS: Mapping[str, str] = MappingProxyType(
    {
        "sure": "Almost certainly",
        "likely": "Probably",
        "unsure": "Perhaps – please check",
        "unknown": "I do not know",
    }
)
"""An answer's level -> what a person is told; frequencies follow, never a percentage alone."""
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
ON_PAGE = "page"
"""How the names of conversations begin that were begun on the page; their time follows."""
_UNITS = ("bytes", "KB", "MB", "GB", "TB")


@dataclass(frozen=True, slots=True)
class Tenth:
    """A calibrated probability as a natural frequency: of ten answers like this so many hold."""

    count: int
    """0..10."""
    text: str


def in_ten(confidence: float) -> Tenth:
    """A probability in 0..1 as a frequency in ten, which people judge better than a percentage.

    Gigerenzer & Hoffrage 1995, "How to improve Bayesian reasoning without instruction".
    """
    count = min(10, max(0, round(10 * confidence)))
    if count == 0:
        text = "Fewer than 1 in 10"
    elif count == 10:
        text = "More than 9 in 10"
    else:
        text = f"About {count} in 10"
    return Tenth(count, text)


def moment(value: str) -> str:
    """A time of the service, ISO 8601 in UTC, as `12 October 2026, 14:05 UTC`."""
    at = _parsed(value)
    return value if at is None else f"{day(value)}, {at:%H:%M} UTC"


def day(value: str) -> str:
    """The day of a time or date, as `12 October 2026`; what is neither stays as it is."""
    at = _parsed(value)
    return value if at is None else f"{at.day} {_MONTHS[at.month - 1]} {at.year}"


def counted(count: int, thing: str, things: str = "") -> str:
    """A number with its noun: `1 document`, `12,400 documents`."""
    return f"{count:,} {thing if count == 1 else things or f'{thing}s'}"


def size(count: int) -> str:
    """Bytes as people say them: `3.4 MB`."""
    power = min(len(_UNITS) - 1, int(math.log(max(1, count), 1000)))
    amount = count / 1000**power
    return f"{amount:.1f}".removesuffix(".0") + f" {_UNITS[power]}"


def duration(seconds: float) -> str:
    """A stretch of time, rounded: `40 s`, `3 min`, `2 h`."""
    for unit, name in ((3600, "h"), (60, "min")):
        if seconds >= unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.0f} s"


def conversation(scope: str) -> str:
    """A conversation by the name that people know it by: its own, or when it was begun here."""
    prefix, slash, name = scope.rpartition("/")
    if slash and (prefix == ON_PAGE or prefix.endswith(f"/{ON_PAGE}")):
        began = time_of(name)
        if began is not None:
            return f"On this page, {moment(began)}"
    return scope


def path_part(value: str) -> str:
    """A text as one part of an address."""
    return quote(value, safe="")


def _parsed(value: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
