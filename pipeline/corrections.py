"""Corrections heard in any form of a question: as asked, as looked up, and put in full."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..core.records import Evidence, Turn, TurnHit, TurnKind, Vectors
from .english.contrast import contrast
from .english.followup import depends_on_history
from .english.rewrite import covers, own_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..memory.protocol import TurnStore
    from .answers import Answer
    from .verifier import Verifier

__all__ = [
    "Corrections",
    "Forms",
    "agree",
    "apart",
    "given_before",
    "overlap",
    "said_before",
    "same_words",
    "standing",
    "told_before",
]

_SAME = 32
"""Remembered turns among which those of the very same question are looked for."""
_MOST = 6
"""Corrections of a question whose other forms are compared, the most alike first."""
_ALIKE = 4
"""Pairs of forms that the verifier is asked about, per correction."""


@dataclass(frozen=True, slots=True)
class Forms:
    """The forms of one question."""

    question: str
    """As asked."""
    looked_up: str
    """With what was carried to it; as asked where nothing was."""
    carried: tuple[str, ...] = ()
    wordings: tuple[str, ...] = ()
    """The stand-alone questions that it may be short for."""

    @classmethod
    def of(cls, turn: Turn) -> Forms:
        """Those of a remembered turn."""
        return cls(turn.question, turn.looked_up, turn.carried, turn.wordings)

    @property
    def leans(self) -> bool:
        """Whether it does not say by itself what is asked. What was carried for the sake of a "the"
        alone ("the ticket" after an adult ticket) only helps to search."""
        return bool(self.carried) and depends_on_history(self.question)

    @property
    def alone(self) -> tuple[str, ...]:
        """The forms that say by themselves what is asked."""
        asked = () if self.leans else (self.question,)
        return tuple(dict.fromkeys((*asked, *self.wordings)))

    def pairs(self, other: Forms) -> list[tuple[str, str]]:
        """What is to be compared with the forms of another question, beside both as looked up.

        Not two short ones with each other, where other words were carried to each: "What does the
        ticket cost?" is another question after another subject. A short one with its carried words
        is compared with those alone that hold its own words: see `agree`.
        """
        apart = self.carried and other.carried and {*self.carried} != {*other.carried}
        alone = [
            (a, b)
            for a in self.alone
            for b in other.alone
            if not (apart and a == self.question and b == other.question)
        ]
        mine = [(self.looked_up, b) for b in other.alone if _held(self, b)]
        return list(
            dict.fromkeys(
                [*alone, *mine, *((a, other.looked_up) for a in self.alone if _held(other, a))]
            )
        )


class Corrections:
    """What was told of a question, whatever its form."""

    def __init__(
        self, memory: TurnStore, verify: Verifier, encode: Callable[[Sequence[str]], Vectors]
    ) -> None:
        """`encode` gives the unit vectors of questions, shape (n, dim)."""
        self._memory, self._verify, self._encode = memory, verify, encode

    def heard(self, forms: Forms, hits: Iterable[TurnHit]) -> list[TurnHit]:
        """The corrections among `hits` that were told of a form of this question."""
        told = [hit for hit in hits if hit.turn.kind == "correction"][:_MOST]
        pairs = {hit.turn.id: forms.pairs(Forms.of(hit.turn)) for hit in told}
        every = {pair for several in pairs.values() for pair in several}
        if every <= {(forms.looked_up, hit.turn.looked_up) for hit in told}:
            return []  # the one form of each is compared by whoever found them
        texts = sorted({text for pair in every for text in pair})
        vectors = dict(zip(texts, self._encode(texts), strict=True))
        return [hit for hit in told if self._same(pairs[hit.turn.id], vectors)]

    def _same(self, pairs: Sequence[tuple[str, str]], vectors: dict[str, np.ndarray]) -> bool:
        alike = sorted(
            ((float(vectors[a] @ vectors[b]), a, b) for a, b in pairs), key=lambda c: -c[0]
        )
        return any(self._verify(a, b, cosine).same for cosine, a, b in alike[:_ALIKE])

    def at_place(self, forms: Forms, hits: Iterable[TurnHit], place: Evidence) -> list[TurnHit]:
        """The corrections of an answer that was read at `place`, if they are of this question.

        One of the two may be short for the other, word by word, or both are the very same and lean
        on nothing, whatever was carried: the place says that both were understood alike.
        """
        return [
            hit
            for hit in hits
            if hit.turn.kind == "correction"
            and _may_be(forms, Forms.of(hit.turn))
            and any(overlap(place, read) for read in self.places(hit.turn))
        ]

    def places(self, correction: Turn, *, surer_than: float = 0.0) -> list[Evidence]:
        """Where the answers were read whose place a correction took, at first or by another.

        Those alone, given or held back, that had at least the confidence `surer_than`.
        """
        turn: Turn | None = correction
        ids: set[str] = set()
        evidence: list[Evidence] = []
        while turn is not None and turn.supersedes is not None and turn.id not in ids:
            ids.add(turn.id)
            turn = self._memory.turn(turn.scope, turn.supersedes)
            if turn is not None and turn.confidence >= surer_than:
                evidence += turn.evidence
        return evidence


def _held(short: Forms, full: str) -> bool:
    return not short.carried or own_words(short.question) <= own_words(full)


def agree(a: Forms, b: Forms, verify: Verifier, similarity: float) -> bool:
    """Whether the own words of two questions allow that both ask the same.

    What was carried is no part of what is asked: "And the child ticket? (adult)" has the words of
    "And the adult ticket? (child)". Where both are short, their own words must ask the same; where
    one is, the other must hold them.
    """
    if a.looked_up.casefold() == b.looked_up.casefold() or not (a.carried or b.carried):
        return True
    if apart(a, b):
        return False
    if a.carried and b.carried:
        same = own_words(a.question) == own_words(b.question)
        return same or verify(a.question, b.question, similarity).same
    short, full = (a, b) if a.carried else (b, a)
    return _held(short, full.question)


def overlap(a: Evidence, b: Evidence) -> bool:
    """Whether two places have a character in common."""
    return a.document == b.document and a.start < b.end and b.start < a.end


def same_words(a: Evidence, b: Evidence) -> bool:
    """Whether two places are one, and it still says what it said.

    They overlap in the same characters, or their document was cut or moved about, and one text
    stands in the same passage.
    """
    if a.document != b.document:
        return a.passage_text == b.passage_text and a.text == b.text
    start, end = max(a.start, b.start), min(a.end, b.end)
    if start < end:
        return a.text[start - a.start : end - a.start] == b.text[start - b.start : end - b.start]
    return a.text == b.text and (
        a.passage_text in b.passage_text or b.passage_text in a.passage_text
    )


def apart(a: Forms, b: Forms) -> bool:
    """Whether two questions, each put in full, ask of two things, whichever forms are compared.

    One in short does not say of what kind it is: "And children?" may be how much or how often.
    """
    pairs = [(one, other) for one in a.alone for other in b.alone]
    return bool(pairs) and all(contrast(one, other).decides for one, other in pairs)


def _may_be(a: Forms, b: Forms) -> bool:
    if apart(a, b):
        return False
    same = a.question.rstrip("?!. ").casefold() == b.question.rstrip("?!. ").casefold()
    same = same and not depends_on_history(a.question)
    return same or _short_for(a, b) or _short_for(b, a)


def _short_for(short: Forms, full: Forms) -> bool:
    """Whether the one may be short for the other as it was asked."""
    alone = not (full.carried and depends_on_history(full.question))
    return bool(short.carried) and alone and covers(full.question, short.question, short.carried)


def told_before(memory: TurnStore, answer: Answer, scope: str) -> Turn | None:
    """The correction that an answer gave, so that it is this one which is corrected again."""
    if answer.text is None or answer.answers[0].kind != "correction":
        return None
    best = answer.answers[0]
    turn_id = best.turn or best.evidence.document.removeprefix("turn:")
    turns = (memory.turn(place, turn_id) for place in dict.fromkeys((scope, "")))
    return next((turn for turn in turns if turn is not None), None)


def given_before(
    memory: TurnStore, answer: Answer, turn: Turn, vector: NDArray[np.float32]
) -> Turn | None:
    """Of several remembered answers to one question, that which was read at the same place.

    `turn` is the correction, `vector` its unit vector, shape (dim,). None where a correction of it
    counts: this is corrected again.
    """
    if answer.text is None:
        return None
    place, same = answer.answers[0].evidence, _same_question(memory, turn, vector)
    if any(old.kind == "correction" for old in same):
        return None
    read = [old for old in same if any(overlap(place, e) for e in old.evidence)]
    return max(read, key=lambda old: old.sequence, default=None)


def standing(
    memory: TurnStore, turn: Turn, vector: NDArray[np.float32], kind: TurnKind
) -> Turn | None:
    """The live turn of this kind, the latest of several, that was looked up by the same words."""
    same = (old for old in _same_question(memory, turn, vector) if old.kind == kind)
    return max(same, key=lambda old: old.sequence, default=None)


def said_before(memory: TurnStore, turn: Turn, vector: NDArray[np.float32]) -> list[Turn]:
    """The live turns that were looked up by the same words, corrections first, then the latest."""
    same = _same_question(memory, turn, vector)
    return sorted(same, key=lambda old: (old.kind == "correction", old.sequence), reverse=True)


def _same_question(memory: TurnStore, turn: Turn, vector: NDArray[np.float32]) -> list[Turn]:
    """The live turns of its scope that were looked up by the same words, in any case."""
    words = turn.looked_up.casefold()
    hits = memory.search_turns(turn.scope, vector, k=_SAME)
    return [hit.turn for hit in hits if hit.turn.looked_up.casefold() == words]
