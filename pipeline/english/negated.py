"""Whether an answer counts those in a group of which a question asks who is not in it. Pure.

"212 beds, 38 of them in intensive care": asked how many are not in intensive care, a reader gives
38. So where a question denies a group, an answer whose part of the sentence names all of the group,
and denies nothing, is that of those who are in it.
"""

from __future__ import annotations

from ...core.expressions import expression
from ...core.records import Passage
from ...core.sentences import stretch
from .lexicon import words
from .parse import key_of
from .sentences import sentences_of
from .words import EMPTY, NEGATIONS, folded_passage, is_not

__all__ = ["Group", "Negated"]

_WORD = expression(r"[^\W_]+(?:[-'.&][^\W_]+){0,6}")
_PART = expression(r"[,;:()]\s?|\b(?:but|while|whereas|and)\b")
_NEGATIONS = NEGATIONS | words("outside except lack lacks lacking")
_HAVE = frozenset(map(key_of, words("have has had lie belong live be include contain")))
_ASKS = words("many much who whom which")
_LONGEST = 300
"""Characters of a part that is looked through."""


class Negated:
    """The group that one question denies."""

    def __init__(self, question: str) -> None:
        low = _words(folded_passage(question).text)
        at = next((i for i, word in enumerate(low) if _denies(word)), len(low))
        asks = bool(_ASKS.intersection(low[: min(at, 3)]))
        self._group = _keys(low[at + 1 :]) - _HAVE if asks else frozenset[str]()
        if any(_denies(word) for word in low[at + 1 :]):
            self._group = frozenset()

    def __bool__(self) -> bool:
        return bool(self._group)

    def in_passage(self, passage: Passage) -> Group:
        """What a passage says of the group; made once for all answers in the passage."""
        return Group(self._group, passage)


class Group:
    """What one passage says of a group, looked at from the places of answers in it."""

    def __init__(self, group: frozenset[str], passage: Passage) -> None:
        self._group = group
        self._sentences = sentences_of(passage.text)
        cuts = (m.start() for m in _PART.finditer(self._sentences.text))
        self._parts = self._sentences.parts(cuts)

    def another(self, start: int, end: int) -> bool:
        """Whether the answer at `start:end` of the passage's text is of those in the group."""
        first, last = self._sentences.place(start, end)
        begin, stop = stretch(self._parts, first, last)
        text = self._sentences.text
        if min(stop, len(text)) - begin > _LONGEST:
            return False
        low = _words(text[begin:stop])
        return self._group <= _keys(low) and not any(map(_denies, low))


def _words(text: str) -> list[str]:
    return [match[0].lower() for match in _WORD.finditer(text)]


def _keys(low: list[str]) -> frozenset[str]:
    return frozenset(key_of(word) for word in low if word not in EMPTY)


def _denies(word: str) -> bool:
    return word in _NEGATIONS or is_not(word)
