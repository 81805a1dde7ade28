"""Exact match and F1, with SQuAD's definitions (Rajpurkar et al. 2016 and 2018). Pure.

Golds are the answers that count as right; a question without any is unanswerable, and only an
empty prediction is right there. A gold that is nothing but articles and punctuation is left out,
as in the rules of SQuAD 2.0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ..core.normalization import normalize
from .answer_patterns import matches_within

__all__ = ["exact_match", "f1", "holds_answer", "normalize"]


def exact_match(prediction: str, golds: Sequence[str]) -> float:
    """1.0 if the prediction equals a gold once both are normalized, else 0.0."""
    return float(normalize(prediction) in _normalized(golds))


def f1(prediction: str, golds: Sequence[str]) -> float:
    """The best overlap of words with any gold, 0..1: harmonic mean of precision and recall."""
    words = normalize(prediction).split()
    return max(_overlap(words, gold.split()) for gold in _normalized(golds))


def _normalized(golds: Sequence[str]) -> list[str]:
    """Normalized golds; the empty string alone where nothing is to be answered."""
    return [text for text in map(normalize, golds) if text] or [""]


def _overlap(prediction: list[str], gold: list[str]) -> float:
    if not prediction or not gold:
        return float(prediction == gold)
    shared = (Counter(prediction) & Counter(gold)).total()
    if not shared:
        return 0.0
    precision, recall = shared / len(prediction), shared / len(gold)
    return 2 * precision * recall / (precision + recall)


def holds_answer(text: str, answers: Sequence[str], *, regex: bool = False) -> bool:
    """Whether an answer occurs in `text`: as whole normalized words, or as a regular expression."""
    if regex:
        return any(matches_within(answer, text) for answer in answers)
    padded = f" {normalize(text)} "
    return any(f" {gold} " in padded for gold in map(normalize, answers) if gold)
