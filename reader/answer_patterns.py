"""Answers that are regular expressions, as CuratedTREC has them.

Matched by `regex`, as in DPR's evaluation, and not by `re`: it can stop a pattern that tries ever
more ways to match.
"""

from __future__ import annotations

from collections.abc import Callable

import regex

from ..core.errors import InputError

__all__ = ["check_pattern", "matches_start", "matches_within"]

_FLAGS = regex.IGNORECASE | regex.UNICODE | regex.MULTILINE
_PATIENCE = 20.0
"""Seconds for one pattern on one text, which may be thousands of passages."""


def check_pattern(pattern: str) -> None:
    """Raise InputError for what is no regular expression."""
    try:
        regex.compile(pattern, _FLAGS)
    except regex.error as error:
        raise InputError(
            f"{pattern!r} is no regular expression ({error}); leave out --regex"
        ) from error


def matches_start(pattern: str, text: str) -> bool:
    """Whether `text` begins with a match. Raises InputError where that takes too long to tell."""
    return _matches(regex.match, pattern, text)


def matches_within(pattern: str, text: str) -> bool:
    """Whether `text` holds a match. Raises InputError where that takes too long to tell."""
    return _matches(regex.search, pattern, text)


def _matches(how: Callable[..., object], pattern: str, text: str) -> bool:
    try:
        return how(pattern, text, _FLAGS, timeout=_PATIENCE) is not None
    except TimeoutError:
        raise InputError(
            f"the answer {pattern!r} was not done with one text after {_PATIENCE:g} s; write it "
            "without repeats within repeats, such as (a+)+"
        ) from None
