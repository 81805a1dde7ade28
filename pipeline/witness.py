"""The built-in verifier: the rules of English wording, and a learned second witness.

Rules see what stands in two questions, but not what a word does there; a small cross-encoder sees
that, but not every figure. A remembered answer is given only where both find the questions the
same. The model is loaded when the rules first leave it a question to decide.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Protocol

from ..core.forks import on_fork
from .english.equivalence import compare
from .verifier import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..models.runtimes.protocol import Floats, RuntimeOptions

__all__ = ["PairScorer", "RulesAndWitness", "bundled_scorer"]


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
