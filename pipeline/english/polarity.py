"""Whether an answer is said of the contrary of what a question asks: taken for not taken. Pure.

Asked what must not be stored in a cabinet, who is ineligible or which fee is non-refundable, a
reader gives what is stored there, who is eligible and what is refunded, most of all where the text
says but that. So the words of question and sentence are read with their sign (`signs.py`): "not
included", "unpaid" and "excluded" deny, "included" and "paid" affirm. An answer whose clause, or
else sentence, has a word of the question with the other sign alone is that to the contrary. What is
not said denies nothing.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence

from ...core.expressions import expression
from ...core.records import Passage
from ...core.sentences import stretch
from .lexicon import words
from .sentences import sentences_of
from .signs import DOUBTFUL, MAY, Signed, signed
from .words import QUESTION, VERBAL, Token, folded_passage, is_not, tokens_in

__all__ = ["Polarity", "Signs"]

_EITHER_WAY = words("open oblige")
"""Things of which a plain question may be answered by their contrary: "When does it open?"."""
_OPENING = words("because if that unless while although though since so whether after before until")
_RELATIVE = QUESTION - {"how"}
_TURNS = words(
    """until till unless but only instead rather although if than compared unlike whereas except
    above below beyond"""
)
"""Words of a sentence beside which its "not" may be half of what it says."""
_CLAUSE = expression(
    r"[,;:]\s|\b(?:but|while|whereas|and(?= (?:[^\W\d_]+ ){1,6}(?:is|are|was|were|may|can|must|do"
    r"|does|did|has|have|should|will)\b))\b"
)
_ITEM = expression(r"[^\S\n]{0,8}(?:[-*•+–]|\d{1,3}[.)])\s")
_LONGEST = 1200
"""Characters of a sentence that are looked through for words that turn its meaning."""
_PREDICATE = 3
"""Words at the end of a question that what is asked for is said to be: "dishwasher safe"."""
_LEAD = 12
"""Lines before that of an item in which its heading is looked for."""


class Polarity:
    """What one question says is so, and what is not."""

    def __init__(self, question: str) -> None:
        text = folded_passage(question).text
        tokens = tokens_in(text)
        self._denied: dict[str, str] = {}
        self._affirmed: dict[str, str] = {}
        self._last: frozenset[str] = frozenset()
        if not tokens or tokens[0].low in VERBAL or _asks_for_cause(tokens):
            return
        asked = signed(text, asks=True)
        begin = _subordinate(tokens)
        main = [word for word in asked if word.start < begin and word.key != MAY]
        affirmed = {word.key for word in asked if word.sign}
        self._denied = {
            w.key: w.head
            for w in main
            if w.marked and w.sign is False and w.key not in affirmed  # "active from inactive"
        }
        plain = all(word.sign for word in asked) and not any(_doubts(t) for t in tokens)
        if plain and any(t.low in QUESTION for t in tokens[:4]):
            self._affirmed = {w.key: w.head for w in main if w.key not in _EITHER_WAY}
            self._last = frozenset(w.key for w in main[-_PREDICATE:])

    def __bool__(self) -> bool:
        return bool(self._denied or self._affirmed)

    def in_passage(self, passage: Passage) -> Signs:
        """What a passage affirms and denies of it; made once for all answers in the passage."""
        return Signs(self._denied, self._affirmed, self._last, passage)


class Signs:
    """The signed words of one passage, looked at from the places of answers in it."""

    def __init__(
        self,
        denied: dict[str, str],
        affirmed: dict[str, str],
        last: frozenset[str],
        passage: Passage,
    ) -> None:
        self._denied, self._affirmed, self._last = denied, affirmed, last
        self._sentences = sentences_of(passage.text)
        self._text = text = self._sentences.text
        allowed = [MAY] if "allow" in denied else []
        self._words = signed(text, keys={*(denied or affirmed), *allowed})
        self._starts = [word.start for word in self._words]
        self._clauses = [0, *(clause.start() for clause in _CLAUSE.finditer(text))]

    def another(self, start: int, end: int) -> bool:
        """Whether the answer at `start:end` of the passage's text is that to the contrary."""
        if not self._words:
            return False
        first, last = self._sentences.place(start, end)
        return any(self._is_contrary(a, b) for a, b in self._sentences.pieces(first, last))

    def _is_contrary(self, first: int, last: int) -> bool:
        begin, stop = self._sentences.around(first, last)
        sentence = (begin, min(stop, begin + _LONGEST))
        near = self._between(*sentence)
        lead = () if near else self._lead(sentence[0])
        if self._denied:
            return self._affirms(near, lead, sentence, first, last)
        return self._denies(near, lead, sentence, first, last)

    def _between(self, begin: int, stop: int) -> Sequence[Signed]:
        return self._words[bisect(self._starts, begin - 1) : bisect(self._starts, stop - 1)]

    def _lead(self, begin: int) -> Sequence[Signed]:
        """The words of the line that opens the list in which an item stands: "Not included:"."""
        if not begin or self._text[begin - 1] != "\n" or not _ITEM.match(self._text, begin):
            return ()
        stop = begin
        for _ in range(_LEAD):
            line = self._text.rfind("\n", 0, max(0, stop - 1)) + 1
            said = self._text[line:stop].strip()
            if said.endswith(":") or said.startswith("#"):
                return self._between(line, stop)
            if not line:
                return ()
            stop = line
        return ()

    def _affirms(
        self,
        near: Sequence[Signed],
        lead: Sequence[Signed],
        sentence: tuple[int, int],
        first: int,
        last: int,
    ) -> bool:
        """Whether the clause, or else the sentence, affirms what the question denies."""
        clause = _inner(self._clauses, sentence, first, last)
        inner = [word for word in near if clause[0] <= word.start < clause[1]]
        where = clause if inner else sentence
        if any(_doubts(token) for token in tokens_in(self._text[where[0] : where[1]])):
            return False
        deciding = [w for w in inner or near or lead if self._is_asked(w, self._denied, where)]
        return bool(deciding) and all(word.sign for word in deciding)

    def _denies(
        self,
        near: Sequence[Signed],
        lead: Sequence[Signed],
        sentence: tuple[int, int],
        first: int,
        last: int,
    ) -> bool:
        """Whether the answer's clause denies outright what the question affirms."""
        clause = _inner(self._clauses, sentence, first, last)
        said = {token.low for token in tokens_in(self._text[sentence[0] : sentence[1]])}
        if said & _TURNS:
            return False
        held = [w for w in near if clause[0] <= w.start < clause[1]]
        denied = {
            w.key
            for w in (*held, *lead)
            if w.sign is False
            and w.marked
            and (w.start < first or w.own or w.key in self._last)
            and self._is_asked(w, self._affirmed, sentence)
        }
        affirmed = {_plain(word.key) for word in held or near if word.sign is not False}
        return any(_plain(key) not in affirmed for key in denied)

    def _is_asked(self, word: Signed, asked: dict[str, str], where: tuple[int, int]) -> bool:
        """Whether a word stands with the same thing as in the question: paid leave, unpaid leave.

        So it does where it stands alone in both.
        """
        head = asked.get(word.key, "")
        if not head or not word.attributive:
            return True
        return word.head == head or head in self._text[where[0] : where[1]].lower()


def _plain(key: str) -> str:
    """The key of a word by which a thing is described or done: "fit" and "it fits"."""
    return key.removeprefix("~")


def _inner(
    clauses: Sequence[int], sentence: tuple[int, int], first: int, last: int
) -> tuple[int, int]:
    begin, stop = stretch(clauses, first, last)
    return max(begin, sentence[0]), min(stop, sentence[1])


def _doubts(token: Token) -> bool:
    return is_not(token.low) or token.low in DOUBTFUL


def _asks_for_cause(tokens: Sequence[Token]) -> bool:
    """Whether a reason or a way is asked for, which may be told with any sign."""
    low = [token.low for token in tokens[:5]]
    return "why" in low or (low[0] == "how" and low[1:2] != [] and low[1] in VERBAL)


def _subordinate(tokens: Sequence[Token]) -> int:
    """Where the first subordinate clause of a question begins: "if it does not start"."""
    asked = next((i for i, t in enumerate(tokens) if t.low in QUESTION), 0)
    for i, token in enumerate(tokens):
        relative = token.low in _RELATIVE and i > asked
        if i and (relative or (token.low in _OPENING and not _links_noun(tokens, i))):
            return token.start
    return 1 << 60


def _links_noun(tokens: Sequence[Token], i: int) -> bool:
    """Whether a preposition of time stands before a time alone: "after May", "since 2010"."""
    return tokens[i].low in ("after", "before", "until", "since") and not any(
        t.low in VERBAL or is_not(t.low) for t in tokens[i + 1 : i + 5]
    )
