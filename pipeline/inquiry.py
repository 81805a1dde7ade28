"""A question ready to be answered: completed from what was said before it, and encoded."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..core.records import Vectors
from .answers import Answer, Candidate
from .corrections import Forms
from .english.followup import LookUp, latest_for, look_up
from .english.rewrite import in_full, wordings
from .history import Exchange
from .retrieve import Query

__all__ = ["Inquiry"]


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A question ready to be answered: completed from its history, and encoded."""

    look_up: LookUp
    """The question as asked, and what was carried to it for the search."""
    query: Query
    """What is searched: the question in full where that is certain, else with all that was carried.
    """
    bare_query: Query | None
    """The question without what was carried, None where nothing was."""
    reader_text: str
    """What the reader is shown: the question in full where that is certain, else with what the
    latest exchange alone brings."""
    encoding_ms: float
    wordings: tuple[str, ...] = ()
    """The stand-alone questions that a follow-up may be short for."""
    in_full: str | None = None
    """The one that it is short for, where that is certain."""

    @classmethod
    def completed(
        cls,
        question: str,
        history: Sequence[Exchange],
        *,
        turns: int,
        encode: Callable[[Sequence[str]], Vectors],
    ) -> Inquiry:
        """The question with what it leaves out, found in the last `turns` of its history.

        `encode` makes unit vectors of texts, shape (texts, dim).
        """
        began = time.perf_counter()
        # The search is completed widely, the reader's question narrowly: passages about what was
        # spoken of before do no harm, and the latest exchange is the one that says what "it" is.
        # Where it is certain what a fragment is short for, both have that: what it takes the place
        # of, and the answer for that, would bring its passages first.
        wide = look_up(question, history, turns=turns)
        narrow = look_up(question, latest_for(question, history), turns=min(turns, 1))
        full = wordings(question, history) if wide.carried else ()
        certain = in_full(question, history) if wide.carried else None
        texts = list(dict.fromkeys((certain or wide.text, question)))
        query, *bare = map(Query, texts, encode(texts))
        encoding_ms = 1000 * (time.perf_counter() - began)
        shown = certain or narrow.text
        return cls(wide, query, bare[0] if bare else None, shown, encoding_ms, full, certain)

    @property
    def asked(self) -> str:
        """What answers are judged by: the question as asked, or in full where that is certain."""
        return self.in_full or self.look_up.question

    @property
    def forms(self) -> Forms:
        """The forms by which a correction of it is heard."""
        asked = self.look_up
        return Forms(asked.question, asked.text, asked.carried, self.wordings)

    def answer(
        self,
        candidates: tuple[Candidate, ...],
        *,
        sure: bool,
        timings_ms: dict[str, float],
        notices: tuple[str, ...] = (),
        windows_read: int = 0,
    ) -> Answer:
        """The answer of which these are the candidates; unless `sure`, the best is held back."""
        best = candidates[0] if candidates else None
        return Answer(
            question=self.look_up.question,
            text=best.text if best is not None and sure else None,
            confidence=best.confidence if best is not None else 0.0,
            answers=candidates,
            carried=self.look_up.carried,
            timings_ms=timings_ms,
            wordings=self.wordings,
            notices=notices,
            windows_read=windows_read,
        )
