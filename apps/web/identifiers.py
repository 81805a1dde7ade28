"""Identifiers that sort by the time they were made, ULIDs (https://github.com/ulid/spec), and what
names may hold that people give."""

from __future__ import annotations

import secrets
import time
import unicodedata
from datetime import UTC, datetime

from ...core.errors import InputError

__all__ = ["ALPHABET", "base32", "must_be_a_line", "new_id", "time_of"]

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that is taken for a digit."""
_TIME, _CHANCE = 10, 16
"""Characters for 48 bits of milliseconds and 80 random bits."""


def base32(value: int, length: int) -> str:
    """A number below 32**length in so many characters."""
    return "".join(ALPHABET[value >> 5 * at & 31] for at in range(length - 1, -1, -1))


def new_id() -> str:
    """A new ULID, 26 characters; those of one millisecond sort by chance."""
    milliseconds = time.time_ns() // 1_000_000
    return base32(milliseconds, _TIME) + base32(secrets.randbits(5 * _CHANCE), _CHANCE)


def time_of(identifier: str) -> str | None:
    """When a ULID was made, ISO 8601 in UTC; None for what is none."""
    if len(identifier) != _TIME + _CHANCE or not set(identifier) <= set(ALPHABET):
        return None
    milliseconds = 0
    for digit in identifier[:_TIME]:
        milliseconds = 32 * milliseconds + ALPHABET.index(digit)
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat()
    except (OverflowError, ValueError):
        return None


def must_be_a_line(what: str, text: str, most: int) -> None:
    """Raise InputError for a name that is longer than `most`, or holds what nobody sees."""
    if len(text) > most:
        raise InputError(f"{what} has {len(text):,} characters, and {most} at most; shorten it")
    for character in text:
        if not character.isprintable():
            named = unicodedata.name(character, "what is not printed")
            named = "a line break" if character in "\r\n" else named
            raise InputError(f"{what} holds {named} (U+{ord(character):04X}); leave it out")
