"""What people say of answers: corrections and confirmations, as turns that are remembered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.errors import InputError
from ..core.records import Evidence, Turn, Vectors
from .answers import Answer
from .corrections import Forms, given_before, overlap, said_before, standing, told_before
from .english.followup import LookUp
from .english.rewrite import wordings
from .inquiry import Inquiry
from .question import clean_question
from .retrieve import Query
from .turns import filter_of, must_be_told, new_turn, turn_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..memory.protocol import Store
    from .history import Exchange
    from .reading import PassageAnswers

__all__ = ["Feedback", "place_in"]

_WORDINGS = 16
"""Other questions that a correction answers, at most."""


class Feedback:
    """What is told of the answers of one `QA`, as turns of its memory."""

    def __init__(
        self,
        memory: Store,
        reader: str,
        passages: PassageAnswers,
        *,
        encode: Callable[[Sequence[str]], Vectors],
        earlier: Callable[[str], Sequence[Exchange]],
    ) -> None:
        """`reader` names the reader, `encode` gives questions' unit vectors, shape (n, dim), and
        `earlier` the exchanges of a scope, oldest first."""
        self._memory, self._reader, self._passages = memory, reader, passages
        self._encode, self._earlier = encode, earlier

    def correct(
        self,
        answer: Answer | str,
        text: str,
        scope: str,
        *,
        author: str,
        evidence: Evidence | None,
        under: str,
        where: Mapping[str, Any] | None,
    ) -> Turn:
        """See `QA.correct`; `under` is what the reader is called in turns of its filter, if any."""
        must_be_told("the correction", text)
        if evidence is not None:
            self._must_stand(evidence)
            if text != evidence.text:
                raise InputError(
                    f"the correction says {text!r:.80}, but at its place stands "
                    f"{evidence.text!r:.80}; give what stands there, or no place"
                )
        earlier = answered = None
        if isinstance(answer, Answer):
            forms = Forms(answer.question, answer.looked_up, answer.carried, answer.wordings)
            earlier = told_before(self._memory, answer, scope)
            # Asked under no scope, it left no turn; what is corrected has to be seen beside it.
            answered = turn_of(answer, scope, under or self._reader)
        else:
            forms = self._as_asked(clean_question(answer), scope)
            answered = self._read_for(forms, scope, under, where)
        others = forms.wordings
        if earlier is not None:
            others = (*others, earlier.looked_up, *earlier.wordings)
        turn = new_turn(
            scope,
            forms.question,
            text.strip() if evidence is None else text,
            "correction",
            carried=forms.carried,
            wordings=tuple(w for w in dict.fromkeys(others) if w != forms.looked_up)[:_WORDINGS],
            evidence=() if evidence is None else (evidence,),
            author=author,
            model=under,
        )
        (vector,) = self._encode([turn.looked_up])
        if under:
            best = answer.answers[:1] if isinstance(answer, Answer) else ()
            earlier = self._said_under(turn, vector, earlier, [c.evidence for c in best])
            if earlier is None and answered is not None:
                self._memory.add_turn(answered, vector)
                earlier = answered
        elif isinstance(answer, Answer) and earlier is None:
            earlier = given_before(self._memory, answer, turn, vector)
        if earlier is not None and earlier.scope == scope:
            with suppress(InputError):  # another has corrected it meanwhile
                self._memory.supersede(earlier.id, turn, vector)
                return self._memory.turn(scope, turn.id) or turn
        if not under:
            return self._memory.correct(turn, vector, answered=answered)
        self._memory.add_turn(turn, vector)
        return self._memory.turn(scope, turn.id) or turn

    def _said_under(
        self,
        turn: Turn,
        vector: NDArray[np.float32],
        earlier: Turn | None,
        here: Sequence[Evidence],
    ) -> Turn | None:
        """What a correction under a filter takes the place of: what was told under the same one,
        or the answer that was read here."""
        told = [earlier] if earlier is not None and earlier.scope == turn.scope else []
        said = [*told, *said_before(self._memory, turn, vector)]
        same = [old for old in said if filter_of(old.model) == filter_of(turn.model)]
        read = [
            old
            for old in said
            if old.kind == "answer" and any(overlap(p, e) for p in here for e in old.evidence)
        ]
        corrected = [old for old in same if old.kind == "correction"]
        return next(iter((*corrected, *read, *same)), None)

    def confirm(self, answer: Answer, scope: str, *, author: str, under: str) -> Turn:
        """See `QA.confirm`; `under` is what the reader is called in turns of its filter."""
        if not answer.answers:
            raise InputError(
                f"nothing was found for {answer.question!r:.80}, so that there is nothing to "
                "confirm; correct it by giving the right answer"
            )
        best = answer.answers[0]
        if told := told_before(self._memory, answer, scope):
            return told
        if best.evidence.passage == "":
            raise InputError(
                "this answer was told, not read in a document, so that no place can be confirmed; "
                "give it as a correction"
            )
        must_be_told("the answer", best.text)
        self._must_stand(best.evidence)
        turn = new_turn(
            scope,
            answer.question,
            best.text,
            "confirmed",
            carried=answer.carried,
            evidence=(best.evidence,),
            author=author,
            model=under,
        )
        (vector,) = self._encode([turn.looked_up])
        newer = standing(self._memory, turn, vector, "correction")
        if newer is not None:
            raise InputError(
                f"{answer.question!r:.80} was corrected to {newer.answer!r:.80} on "
                f"{newer.created_at[:10]}; withdraw that correction to confirm another answer"
            )
        return self._memory.correct(turn, vector)

    def _must_stand(self, evidence: Evidence) -> None:
        if self._memory.passage(evidence.passage) is None:
            raise InputError(
                f"{evidence.document} has changed since, so that {evidence.text!r:.80} may no "
                "longer stand there; ask again"
            )

    def _read_for(
        self, forms: Forms, scope: str, under: str, where: Mapping[str, Any] | None
    ) -> Turn | None:
        """What the passages answer now to a question that is corrected, None where they do not.

        So a correction by a question's words knows, too, what it takes the place of, and where.
        """
        texts = list(dict.fromkeys((forms.looked_up, forms.question)))
        query, *bare = map(Query, texts, self._encode(texts))
        inquiry = Inquiry(
            LookUp(question=forms.question, carried=forms.carried),
            query,
            bare[0] if bare else None,
            forms.looked_up,
            0.0,
        )
        answer = self._passages.answer(inquiry, keep=1, where=where).answer
        return None if answer.abstained else turn_of(answer, scope, under or self._reader)

    def _as_asked(self, question: str, scope: str) -> Forms:
        """The forms of a question given by its words: as it was understood, if it was asked lately.

        Under the scope "" no conversation is remembered, and it stands alone.
        """
        said = self._earlier(scope)
        for at in range(len(said) - 1, -1, -1):
            exchange = said[at]
            if exchange.question.casefold() == question.casefold() and exchange.carried:
                full = wordings(question, said[:at])
                return Forms(question, exchange.looked_up, exchange.carried, full)
        return Forms(question, question)


def place_in(memory: Store, document: str, start: int, end: int) -> Evidence:
    """Characters `start:end` of a document's text as a place that an answer can rest on.

    Raises InputError where there is no such document, or no passage of it holds them all.
    """
    origin = memory.known([document]).get(document)
    if origin is None:
        raise InputError(
            f"no document {document!r} here; give the id of one, as an answer's source shows it"
        )
    holding = [
        passage
        for passage in memory.passages(document)
        if passage.start <= start < end <= passage.end
    ]
    if not holding:
        raise InputError(
            f"no passage of {document} holds the characters {start}-{end}; mark a shorter stretch "
            "of its text"
        )
    passage = max(holding, key=lambda p: min(start - p.start, p.end - end))
    at = start - passage.start
    text = passage.text[at : at + end - start]
    if text != text.strip():
        raise InputError(
            f"characters {start}-{end} of {document} begin or end with a blank; mark the words "
            "alone"
        )
    return Evidence(
        document=document,
        start=start,
        end=end,
        text=text,
        passage=passage.key,
        passage_text=passage.text,
        title=passage.title,
        source=origin[1],
        page=passage.page_at(start),
    )
