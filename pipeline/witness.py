"""The built-in verifier: the rules of English wording, and a learned second witness.

Rules see what stands in two questions, but not what a word does there; a small cross-encoder sees
that, but not every figure. A remembered answer is given only where both find the questions the
same. The model is loaded when the rules first leave it a question to decide.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Protocol

from ..core.forks import on_fork
from .english.contrast import Doubt, contrast
from .english.equivalence import compare
from .verifier import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..models.runtimes.protocol import Floats, RuntimeOptions

__all__ = ["PairScorer", "RulesAndWitness", "bundled_scorer"]

_AT_ONE_PLACE: dict[Doubt, tuple[tuple[float, float], ...]] = {
    "nothing": ((0.7, 0.0), (0.5, 0.05)),
    "words": ((0.8, 0.01), (0.7, 0.03), (0.5, 0.2)),
    "things": ((0.7, 0.3),),
    "verb": ((0.85, 0.6),),
    "thing": (),
}
"""For each doubt pairs of a cosine of the questions and a score: from any of them on two questions
that one place answers are the same. None makes one thing the other that stands in its place: the
family ticket is not the child's, however surely the reader took both for one."""


class PairScorer(Protocol):
    """Tells how probably the texts of each pair ask the same."""

    threshold: float
    """From here on two questions are the same, if the rules find so too."""
    sure: float
    """From here on they are although a word of a long question has no counterpart."""

    def scores(self, pairs: Sequence[tuple[str, str]], /) -> Floats:
        """The probability, 0..1, that the texts of each pair ask the same; shape (pairs,)."""
        ...


class RulesAndWitness:
    """The built-in `Verifier`: `same_question`, confirmed by a scorer of pairs."""

    def __init__(self, options: RuntimeOptions, *, scorer: PairScorer | None = None) -> None:
        """`options` say where the bundled scorer runs; `scorer` takes its place."""
        self._options, self._scorer = options, scorer
        self._renew_lock()
        on_fork(self, RulesAndWitness._renew_lock)

    def _renew_lock(self) -> None:
        self._lock = Lock()

    def __call__(self, question: str, remembered: str, similarity: float, /) -> Verdict:
        """See `Verifier`. Raises ModelError where the bundled scorer cannot be loaded."""
        comparison = compare(question, remembered, similarity)
        verdict = comparison.verdict
        if comparison.certain or not (verdict.same or comparison.open):
            return verdict
        scorer = self._loaded()
        score = _score(scorer, question, remembered)
        if verdict.same:
            confirmed = score >= scorer.threshold
            return (
                verdict if confirmed else Verdict(same=False, why=f"meant otherwise ({score:.2f})")
            )
        if score >= scorer.sure:
            return Verdict(same=True, why=f"but for a word the same, and meant so ({score:.2f})")
        return verdict

    def at_one_place(self, question: str, remembered: str, similarity: float, /) -> Verdict:
        """The verdict on two questions whose answers stand at one place.

        This speaks for both asking the same: nothing in them may set two things apart, and the
        scorer must not find it unlikely.
        """
        verdict = self(question, remembered, similarity)
        if verdict.same:
            return verdict
        apart = contrast(question, remembered)
        if apart.why:
            return Verdict(same=False, why=f"another {apart.why}")
        score = _score(self._loaded(), question, remembered)
        same = any(
            similarity >= alike and score >= sure for alike, sure in _AT_ONE_PLACE[apart.doubt]
        )
        return Verdict(same=same, why=f"one place, {similarity:.2f} alike, {score:.3f} the same")

    def score(self, question: str, remembered: str) -> float:
        """The scorer's probability that two questions ask the same, 0..1."""
        return _score(self._loaded(), question, remembered)

    def _loaded(self) -> PairScorer:
        with self._lock:
            if self._scorer is None:
                self._scorer = bundled_scorer(self._options)
            return self._scorer


def bundled_scorer(options: RuntimeOptions) -> PairScorer:
    """The scorer that comes with SpanMem. Raises ModelError where it cannot be loaded."""
    from ..models import bundled
    from ..models.runtimes.pairs import load_pairs

    return load_pairs(bundled("verifier"), bundled("reader"), options)


def _score(scorer: PairScorer, question: str, remembered: str) -> float:
    """The mean over both orders, which does not depend on which question came first."""
    first, second = sorted((question, remembered))
    return float(scorer.scores([(first, second), (second, first)]).mean())
