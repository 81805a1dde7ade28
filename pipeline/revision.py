"""Revision: an answer beside the corrections of what was read at its place before.

A person who corrects an answer says that its place is wrong. So what stands there is never given
again as if nothing had been said: where the new question asks the same, the correction answers it;
where that cannot be told, nothing is given, with the correction as the nearest; where the question
is about another thing, nothing is given, either, unless the place speaks of that thing and not of
the corrected one: then the correction comes behind the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from ..core.records import Evidence, Turn, Vectors
from ..reader.reader import Reader
from .answers import Answer, Candidate
from .at_place import read_at, sentence_at
from .corrections import Corrections, Forms, agree, apart, same_words
from .english.contrast import CIRCUMSTANCE, contrast
from .english.unknown import says_unknown
from .one_place import SURE, OnePlace
from .turns import filter_of
from .verifier import Verifier
from .witness import RulesAndWitness

__all__ = ["Bearing", "CorrectedPlaces", "Revision", "not_known", "revised"]

Bearing: TypeAlias = Literal["same", "unclear", "apart", "other"]
"""What a corrected question is to another one that is answered at its place: the same; perhaps the
same; one about another thing, of which the place does not tell; one about a thing that it tells."""
_RANK: dict[Bearing, int] = {"other": 0, "apart": 1, "unclear": 2, "same": 3}
_ALIKE = 4
"""Pairs of forms that the verifier is asked about, per correction."""
_OUTDATED = 0.1
"""Share of its confidence that an answer keeps whose place was corrected."""


@dataclass(frozen=True, slots=True)
class Revision:
    """A correction that bears on an answer."""

    candidate: Candidate
    turn: Turn
    bearing: Bearing

    @property
    def _question(self) -> str:
        """The corrected question, put in full where it leant on what was said before it."""
        if not self.turn.carried:
            return self.turn.question
        return next(iter(self.turn.wordings), self.turn.looked_up)

    def doubted(self) -> Revision:
        """The revision where the correction was told under another filter: never the answer."""
        return replace(self, bearing="unclear") if self.bearing == "same" else self

    @property
    def notice(self) -> str:
        """One line that says what was corrected."""
        who = f" by {self.turn.author}" if self.turn.author else ""
        told_under = filter_of(self.turn.model)
        where = f"under {told_under} " if told_under else ""
        return (
            f"the answer read at this place was corrected{who} on {self.turn.created_at[:10]}: "
            f"{where}{self._question!r} has the answer {self.turn.answer!r}; ask in these words, "
            "or withdraw the correction"
        )


class CorrectedPlaces:
    """The places whose answers people corrected, as an answer that is read now comes upon them."""

    def __init__(
        self,
        corrections: Corrections,
        verify: Verifier,
        encode: Callable[[Sequence[str]], Vectors],
        reader: Reader,
        *,
        surer_than: float,
    ) -> None:
        """`encode` gives the unit vectors of questions, shape (n, dim).

        `reader` reads both questions at a corrected place. An answer with less confidence than
        `surer_than` does not tell where it stands.
        """
        self._corrections, self._encode, self._surer_than = corrections, encode, surer_than
        self._verify, self._reader = verify, reader
        self._witness = verify if isinstance(verify, RulesAndWitness) else None

    def revision(
        self, forms: Forms, answer: Answer, told: Sequence[tuple[Turn, Candidate]]
    ) -> Revision | None:
        """What bears on an answer of these corrections, which come in order of precedence.

        Of those whose place it was read at, the one whose question is surest to be the same.
        """
        here = (answer.answers[0].evidence, *answer.answers[0].support)
        revisions: list[Revision] = []
        for turn, candidate in told:
            corrected = self._corrections.places(turn, surer_than=self._surer_than)
            place = next((p for p in here if any(same_words(p, was) for was in corrected)), None)
            if place is not None:
                bearing = self._bearing(forms, Forms.of(turn), place)
                revisions.append(Revision(candidate, turn, bearing))
        return max(revisions, key=lambda revision: _RANK[revision.bearing], default=None)

    def elsewhere(
        self,
        forms: Forms,
        told: Iterable[tuple[Turn, Candidate]],
        stands: Callable[[Evidence], bool],
    ) -> Revision | None:
        """The first of these corrections whose question this one is in other words, although its
        answer was looked for at another place.

        It is read where the corrected answers stood, as far as each of these places `stands`.
        """
        for turn, candidate in told if self._witness is not None else ():
            corrected = self._corrections.places(turn, surer_than=self._surer_than)
            place = next(filter(stands, corrected), None)
            if place is not None and self._same(forms, Forms.of(turn), place):
                return Revision(candidate, turn, "same")
        return None

    @property
    def near_is_same(self) -> bool:
        """Whether two questions that are near are the same if one place answers both.

        So a verifier of another kind has said by calling them near; the built-in one is asked how
        probable it is.
        """
        return self._witness is None

    def _bearing(self, asked: Forms, told: Forms, place: Evidence) -> Bearing:
        if self._same(asked, told, place):
            return "same"
        difference = contrast(asked.question, told.question)
        if difference.why == CIRCUMSTANCE:
            # What is corrected in general may hold there, too: its old value is not to be given.
            return "unclear"
        two = bool(difference.why) or difference.doubt == "thing"
        if not two:
            return "unclear"
        sentence = sentence_at(place)
        reverse = contrast(told.question, asked.question)
        ours_alone = difference.told_by(sentence) and not reverse.told_by(sentence)
        return "other" if ours_alone else "apart" if difference.why else "unclear"

    def _same(self, asked: Forms, told: Forms, place: Evidence) -> bool:
        """Whether both ask the same, as far as what stands at the place answers both."""
        # What puts a question in short in full may be nonsense: what was said counts, too.
        if contrast(asked.question, told.question).decides or apart(asked, told):
            return False
        pairs = asked.pairs(told)
        if not (asked.carried and told.carried and {*asked.carried}.isdisjoint(told.carried)):
            pairs = list(dict.fromkeys((*pairs, (asked.looked_up, told.looked_up))))
        texts = list(dict.fromkeys(text for pair in pairs for text in pair))
        vectors = dict(zip(texts, self._encode(texts), strict=True))
        alike = sorted(((float(vectors[a] @ vectors[b]), a, b) for a, b in pairs), reverse=True)
        similarity = max((cosine for cosine, _, _ in alike), default=0.0)
        return agree(asked, told, self._verify, similarity) and any(
            self._verify(a, b, cosine).same or self._probability(a, b, cosine, place) >= SURE
            for cosine, a, b in alike[:_ALIKE]
        )

    def _probability(self, new: str, old: str, similarity: float, place: Evidence) -> float:
        """How probably two questions ask the same of which what stands at a place answers both.

        0 where a verifier of another kind decides, or what sets them apart does.
        """
        difference = contrast(new, old)
        if self._witness is None or difference.decides:
            return 0.0
        own, sentence = self._encode([difference.new or new, sentence_at(place)])
        here, there = read_at(self._reader, place, [new, old])
        return OnePlace(
            similarity=similarity,
            own_to_sentence=float(own @ sentence),
            score=self._witness.score(new, old),
            ahead=here - there,
            difference=difference,
            others=len(contrast(old, new).own),
        ).probability


def revised(answer: Answer, revision: Revision, *, below: float) -> Answer:
    """The answer with a correction in its place, before it or behind it; see the module.

    `below` is the confidence under which nothing is given.
    """
    told = revision.candidate
    if revision.bearing == "same":
        return replace(
            answer,
            text=told.text,
            confidence=told.confidence,
            answers=(told, *answer.answers),
        )
    notices = (*answer.notices, revision.notice)
    if revision.bearing == "other":
        behind = replace(told, confidence=_OUTDATED * told.confidence)
        return replace(answer, answers=(*answer.answers, behind), notices=notices)
    # Held back, the surest stands first: the correction, but of another thing what was read.
    apart = revision.bearing == "apart"
    nearest, *others = (*answer.answers[:1], told) if apart else (told, *answer.answers[:1])
    doubtful = replace(nearest, confidence=min(nearest.confidence, 0.99 * below))
    outdated = [
        replace(candidate, confidence=_OUTDATED * candidate.confidence)
        for candidate in (*others, *answer.answers[1:])
    ]
    return replace(
        answer,
        text=None,
        confidence=doubtful.confidence,
        answers=(doubtful, *outdated),
        notices=notices,
    )


def not_known(answer: Answer) -> Answer:
    """The answer; none is given, and why, where a person told that it is not known."""
    if answer.text is None or answer.answers[0].kind != "correction":
        return answer
    told = answer.answers[0]
    if not says_unknown(told.text):
        return answer
    notice = (
        f"nothing is given, by a {told.evidence.title}, that it is not known; correct it again, or "
        "withdraw the correction to have the documents read"
    )
    return replace(answer, text=None, confidence=0.0, answers=(), notices=(*answer.notices, notice))
