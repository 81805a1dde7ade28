"""Whether an answer in a log of talk is another speaker's than a question asks of. Pure.

    Ana: The deposit is due on Friday.
    Ben: I heard that it is 200 euros.

Asked what Ana says that the deposit is, a reader gives Ben's words, and asked where Ana lives, what
Ben says of himself. So where a passage's lines begin with who speaks, an answer to what one of them
says must stand in their turn, or where another tells it of them; and "I" and "my" are those of the
turn.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from ...core.expressions import expression
from ...core.records import Passage
from .lexicon import words
from .sentences import sentences_of
from .words import BE, EMPTY, folded_passage

__all__ = ["Speakers", "Turns", "is_talk"]

_CAPITAL = r"(?=[^\Wa-zß-ÿ\d_])[^\W\d_]"
_NAME = rf"{_CAPITAL}[\w.'-]{{0,30}}(?: (?:{_CAPITAL}[\w.'-]{{0,30}}|\d{{1,2}})){{0,3}}"
_TIME = r"(?:[^\n()\[\]<>*:,]{0,24}[ ,])?\d{1,2}[:.]\d\d(?::\d\d)?(?: ?[AaPp]\.?[Mm]\.?)?"
_LABEL = expression(
    r"^[ \t]{0,4}(?:[\[(][^\])\n]{1,40}[\])][ \t]{0,3}"
    rf"|{_TIME}[ \t]{{0,3}}[-–—|]?[ \t]{{0,3}})?"
    rf"(?:<(?P<nick>[^\s<>]{{1,30}})>|\*{{0,2}}(?P<name>{_NAME})"
    rf"(?:[ \t]{{0,2}}[,(\[–—-]?[ \t]{{0,2}}{_TIME}[)\]]?)?(?:\*{{0,2}}:|:\*\*)(?=\s))",
    re.MULTILINE,
)
"""Who speaks, at the beginning of a line: "Ana:", "[10:02] Ana:", "Ana (10:02):", "<ana>"."""
_WORD = expression(r"[^\W_]+(?:[-'][^\W_]+){0,4}")
_TITLES = words("dr mr mrs ms miss prof professor sir nurse")
_SAYS = words(
    """say says said saying tell tells told write writes wrote written mention mentions mentioned
    suggest suggests suggested propose proposes proposed recommend recommends recommended report
    reports reported claim claims claimed explain explains explained note notes noted announce
    announces announced state states stated argue argues argued warn warns warned promise promises
    promised offer offers offered remark remarks remarked advise advises advised estimate estimates
    estimated quote quotes quoted"""
)
_SAYING = words(
    """opinion view suggestion suggestions proposal advice estimate message messages answer reply
    recommendation words comment"""
)
_SELF = words("i my mine i'm i've i'll i'd myself")
_YOU = words("you your yours you're you've you'll you'd yourself")
_HEDGE = expression(
    r"\b[Ii](?:'m| am)? (?:afraid|sorry|sure|glad|think|guess|mean|believe|suppose|hope|see|hear"
    r"|heard|know|bet|told|said)\b"
)
"""Where an "I" tells nothing of the speaker: "I'm afraid that it is closed"."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """What a speaker says at `begin:end`, behind the label that begins at `start`."""

    start: int
    begin: int
    end: int
    speaker: frozenset[str]
    """The words of the name, in small letters, without titles."""


class Speakers:
    """The words of one question by which a speaker is known."""

    def __init__(self, question: str) -> None:
        self._words = tuple(m[0].lower() for m in _WORD.finditer(folded_passage(question).text))

    def __bool__(self) -> bool:
        return any(word not in EMPTY for word in self._words)

    def in_passage(self, passage: Passage) -> Turns:
        """Who speaks in a passage; made once for all answers in the passage."""
        return Turns(self._words, passage)


class Turns:
    """The turns of one passage, looked at from the places of answers in it."""

    def __init__(self, asked: Sequence[str], passage: Passage) -> None:
        self._sentences = sentences_of(passage.text)
        turns = _turns(self._sentences.text)
        named = _named(asked, {turn.speaker for turn in turns})
        self._turns = turns if named else ()
        self._named = frozenset(named)
        self._says = frozenset(who for who, at in named.items() if _says(asked, at))

    def another(self, start: int, end: int) -> bool:
        """Whether the answer at `start:end` of the passage's text is another speaker's."""
        if not self._turns:
            return False
        first, last = self._sentences.place(start, end)
        low = bisect(self._turns, first, key=lambda turn: turn.start) - 1
        high = bisect(self._turns, last - 1, key=lambda turn: turn.start)
        return any(self._is_others(turn, first, last) for turn in self._turns[max(0, low) : high])

    def _is_others(self, turn: _Turn, first: int, last: int) -> bool:
        """Whether what an answer has of a turn, behind its label, is another speaker's."""
        begin, stop = max(first, turn.begin), min(last, turn.end)
        if begin >= stop:
            return False
        start, end = self._sentences.around(begin, stop)
        sentence = self._sentences.text[max(start, turn.begin) : min(end, turn.end)]
        said = _words(_HEDGE.sub("", sentence))
        of_them = any(who & said for who in self._named)
        if self._says:
            told = not _SAYS.isdisjoint(said) and (of_them or not _YOU.isdisjoint(said))
            return turn.speaker not in self._says and not told
        of_self = not _SELF.isdisjoint(said) and _YOU.isdisjoint(said)
        return turn.speaker not in self._named and of_self and not of_them


@lru_cache(maxsize=128)
def _turns(text: str) -> tuple[_Turn, ...]:
    """The turns of a folded text, in order."""
    labels = [
        (match.start(), match.end(), speaker)
        for match in _LABEL.finditer(text)
        if (speaker := _words(match["nick"] or match["name"]) - _TITLES)
    ]
    ends = [*(start for start, _, _ in labels[1:]), len(text)]
    return tuple(
        _Turn(start, begin, end, who)
        for (start, begin, who), end in zip(labels, ends, strict=bool(labels))
    )


def is_talk(text: str) -> bool:
    """Whether a folded text is a log of talk, in which somebody speaks more than once."""
    turns = _turns(text)
    return len({turn.speaker for turn in turns}) < len(turns)


def _words(text: str) -> frozenset[str]:
    return frozenset(m[0].lower().removesuffix("'s") for m in _WORD.finditer(text))


def _named(
    asked: Sequence[str], speakers: set[frozenset[str]]
) -> dict[frozenset[str], tuple[int, int]]:
    """The speakers that a question names, each with where in its words the name begins and ends.

    By the whole name, or where none is, by a word of it.
    """
    low = [word.removesuffix("'s") for word in asked]
    places = {who: [i for i, word in enumerate(low) if word in who] for who in speakers}
    whole = {who: at for who, at in places.items() if who <= {*low}}
    part = {who: at for who, at in places.items() if at and not {low[i] for i in at} <= EMPTY}
    return {who: (at[0], at[-1]) for who, at in (whole or part).items()}


def _says(asked: Sequence[str], at: tuple[int, int]) -> bool:
    """Whether a question asks what the speaker at this place of its words says."""
    first, last = at
    before, behind = asked[max(0, first - 3) : first], asked[last + 1 : last + 2]
    if "to" in before and "according" in before:
        return True
    if asked[last].endswith("'s"):
        return not _SAYING.isdisjoint(behind)
    if not _SAYS.isdisjoint(behind):
        return BE.isdisjoint(before[-1:])  # not "when was Ana told"
    return before[-1:] == ("by",) and not _SAYS.isdisjoint(asked[:first])
