"""Lines of print -> running text: what stands between the last word of a line and the next.

A hyphen at a line's end belongs to the word (heat-resistant) or only divides it (alu-minium), and
nothing on the page tells which. So it stays unless the document shows the joined word elsewhere: a
hyphen too many is still what the page shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["LineEnds"]

_TOKEN = re.compile(r"[^\W_]{1,60}(?:[-‐‑'’][^\W_]{1,60}){0,8}")
_LAST = re.compile(r"[\w'’‐‑-]{1,80}$")
_FIRST = re.compile(r"[\w'’]{1,60}(?:[-‐‑][\w'’]{1,60}){0,8}")
_DIVIDING = "-‐"
_DASHES = "-‐‑–—"
_SOFT = "\u00ad"
_SUSPENDED = frozenset(
    [
        "and",
        "or",
        "to",
        "und",
        "oder",
        "bis",
        "bzw",
        "sowie",
        "beziehungsweise",
        "en",
        "of",
        "et",
        "ou",
        "y",
        "o",
        "e",
        "och",
        "og",
    ]
)
"""After a word that leaves its second half to the next (front- and rear-wheel)."""


class LineEnds:
    """How lines of one document go on, by the words that it shows within lines."""

    def __init__(self, lines: Iterable[str]) -> None:
        """`lines` in reading order; takes time linear in their length."""
        self._words: set[str] = set()
        self._compounds: set[str] = set()
        divided = False
        for line in lines:
            tokens = [match.group().casefold() for match in _TOKEN.finditer(line)]
            begins, divided = int(divided), line.rstrip()[-1:] in (*_DIVIDING, _SOFT)
            for token in tokens[begins : len(tokens) - divided]:
                parts = re.split("[-‐‑]", token)
                self._words.update(parts)
                if len(parts) > 1:
                    self._compounds.add("-".join(parts))

    def join(self, line: str, following: str, *, soft: bool = False) -> tuple[str, str]:
        """The line as it stays, and what is put between it and the one that follows.

        `soft` says that the hyphen at its end only divides a word.
        """
        if line.endswith(_SOFT):  # after a hyphen it only allows the break
            line = line.rstrip(_SOFT)
            return line, "" if line else " "
        if soft:
            return line[:-1], ""
        before, after = line[-2:-1], following[:1]
        if line[-1:] == "/" and before.isalnum() and after.isalnum():
            return line, ""
        if line[-1:] not in _DASHES or not before.isalnum() or not after.isalnum():
            return line, " "
        if line[-1] not in _DIVIDING:
            return line, ""
        first = _FIRST.match(following)
        word = first.group() if first else ""
        last = _LAST.search(line[-81:])
        half = last.group()[:-1] if last else ""
        if word.casefold() in _SUSPENDED and following[len(word) : len(word) + 1] == " ":
            return line, "" if f"{half}-{word}".casefold() in self._compounds else " "
        return (line[:-1], "") if self._divides(line, half, word) else (line, "")

    def _divides(self, line: str, half: str, word: str) -> bool:
        """Whether the document shows the word without the hyphen, and never with it."""
        token = line[-120:].rsplit(maxsplit=1)[-1]
        if any(mark in token for mark in ("://", "www.", "@")):
            return False
        if not half[-1:].isalpha() or not word[:1].isalpha():
            return False
        if word[:1].isupper() and not half.isupper():
            return False
        if f"{half}-{word}".casefold() in self._compounds:
            return False
        # Of a compound with hyphens of its own, the part that is divided counts.
        start, end = re.split("[-‐‑]", half)[-1], re.split("[-‐‑]", word)[0]
        whole = (start + end).casefold()
        return any(form in self._words for form in (whole, whole + "s", whole.removesuffix("s")))
