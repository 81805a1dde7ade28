"""Where in a document's text the words stand that a person chose there."""

from __future__ import annotations

from ....core.errors import InputError

__all__ = ["place_of"]

_SHOWN = 80


def place_of(text: str, words: str, start: str = "", end: str = "") -> tuple[int, int]:
    """The stretch of `text` that a person means by `words`: characters start:end.

    `start` and `end` are what the browser says was selected: digits, or "" without JavaScript. They
    count where the same words stand there, whatever the space between them; else the words'
    first occurrence does. Raises InputError where they stand nowhere.
    """
    if start.isascii() and start.isdigit() and end.isascii() and end.isdigit():
        first, last = int(start), min(int(end), len(text))
        chosen = text[first:last]
        if chosen.split() and chosen.split() == words.split():
            first += len(chosen) - len(chosen.lstrip())
            return first, first + len(chosen.strip())
    at = text.find(words) if words.strip() else -1
    if at < 0:
        shown = words if len(words) <= _SHOWN else f"{words[:_SHOWN]}…"
        raise InputError(
            f"{shown!r} does not stand so in this document; select the words in its text, or give "
            "the answer in your own words under the question"
        )
    return at, at + len(words)
