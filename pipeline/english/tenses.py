"""Whether an answer says when something was, where a question asks when it will be. Pure.

    The bridge was finished in 2016. The tunnel will be finished in 2031.

Asked when the tunnel was finished, or when the bridge will be, a reader gives the year that stands
there. But a clause that has the verb of the question as what is to come alone does not tell when it
was; and one that has it as what has been, not when it will be.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from ...core.expressions import expression
from ...core.records import Passage
from .lexicon import IRREGULAR, words
from .parse import key_of
from .sentences import sentences_of
from .words import EMPTY, Token, folded_passage, tokens_in

__all__ = ["Tenses", "Times"]

_Tense: TypeAlias = Literal["past", "future"]

_WHEN = expression(
    r"^(?:(?:in|on|at|by|since|from|until|till) )?(?:when|(?:what|which) (?:year|day|date|month"
    r"|week|time|season|century|decade))\b"
)
_WILL = words("will shall 'll")
_PLANNED = words("expected scheduled planned due going set supposed slated")
"""What makes "is … to" before a verb that which is to come; "was … to" leaves open what came."""
_IS = words("is are am be")
_BEEN = words("did was were has had have")
_REACH = 5
"""Words from such a word to its verb at most."""
_CUTS = words(", ; : ( ) . ? ! | – — and but or while whereas after before until since when")
_LONGEST = 1200


class Tenses:
    """The verb of a question for a time, and whether it asks for what was or what will be."""

    def __init__(self, question: str) -> None:
        text = folded_passage(question).text.lower()
        low = [t.low for t in tokens_in(text) if t.is_word] if _WHEN.match(text) else []
        self._tense, self._verbs = _asked(low)

    def __bool__(self) -> bool:
        return bool(self._verbs)

    def in_passage(self, passage: Passage) -> Times:
        """What a passage says of it; made once for all answers in the passage."""
        return Times(self._tense, self._verbs, passage)


class Times:
    """The verbs of one passage with their tense, looked at from the places of answers in it."""

    def __init__(self, tense: _Tense, verbs: frozenset[str], passage: Passage) -> None:
        self._tense, self._verbs = tense, verbs
        self._sentences = sentences_of(passage.text)

    def another(self, start: int, end: int) -> bool:
        """Whether the answer at `start:end` of the passage's text is that of the other tense."""
        first, last = self._sentences.place(start, end)
        return any(self._is_another(*piece) for piece in self._sentences.pieces(first, last))

    def _is_another(self, first: int, last: int) -> bool:
        begin, sentence = self._sentences.low_around(first, last, _LONGEST)
        tokens = tokens_in(sentence)
        inside = [
            i for i, t in enumerate(tokens) if t.start < last - begin and first - begin < t.end
        ]
        if not inside:
            return False
        told = self._told(_clause(tokens, inside[0], inside[-1])) or self._told(tokens)
        return bool(told) and self._tense not in told

    def _told(self, tokens: Sequence[Token]) -> set[_Tense]:
        low = [t.low for t in tokens]
        at = (i for i, word in enumerate(low) if key_of(word) in self._verbs)
        return {tense for i in at if (tense := _tense_at(low, i)) is not None}


def _asked(low: Sequence[str]) -> tuple[_Tense, frozenset[str]]:
    """The tense that is asked for, and the words of which one is the verb."""
    coming = next((i for i, word in enumerate(low) if word in ("will", "shall", "going")), None)
    been = next((i for i, word in enumerate(low) if word in _BEEN), None)
    if (coming is None) == (been is None):
        return "past", frozenset()
    if coming is not None:
        rest = low[coming + 1 :]
        passive = "be" in rest and [w for w in rest[rest.index("be") + 1 :] if w not in EMPTY][:1]
        kept = passive or [w for w in rest if not w.endswith("ed") and w not in IRREGULAR]
        tense: _Tense = "future"
    else:
        rest, tense = low[(been or 0) + 1 :], "past"
        helped = low[been or 0] == "did"
        kept = [w for w in rest if helped or w.endswith("ed") or w in IRREGULAR]
    return tense, frozenset(key_of(word) for word in kept if word not in EMPTY)


def _clause(tokens: Sequence[Token], first: int, last: int) -> Sequence[Token]:
    while first and tokens[first - 1].low not in _CUTS:
        first -= 1
    while last + 1 < len(tokens) and tokens[last + 1].low not in _CUTS:
        last += 1
    return tokens[first : last + 1]


def _tense_at(low: Sequence[str], at: int) -> _Tense | None:
    """The tense of a verb; None where it has neither, or is none."""
    ahead = list(low[max(0, at - _REACH) : at])
    cut = max((i + 1 for i, word in enumerate(ahead) if word in _CUTS), default=0)
    ahead = ahead[cut:]
    if _WILL.intersection(ahead):
        return "future"
    if "to" in ahead:
        before = ahead[: ahead.index("to")]
        planned = [word for word in before if word not in _PLANNED]
        return "future" if planned and planned[-1] in _IS else None
    if _IS.intersection(ahead[-2:]):  # "is opened at nine"
        return None
    return "past" if low[at].endswith("ed") or low[at] in IRREGULAR else None
