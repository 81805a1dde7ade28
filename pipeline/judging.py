"""Whether a passage or a prediction is right, by what the data says. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..memory.records import Passage
from ..reader.metrics import exact_match, f1, normalize
from .questions import Question

__all__ = ["REGEX", "holds_answer", "is_gold", "score"]

REGEX = re.IGNORECASE | re.UNICODE | re.MULTILINE
"""How regular expressions are matched, as in DPR's evaluation of CuratedTREC."""


def holds_answer(text: str, answers: Sequence[str], *, regex: bool = False) -> bool:
    """Whether an answer occurs in `text`: as whole normalized words, or as a regular expression."""
    if regex:
        return any(re.search(answer, text, REGEX) for answer in answers)
    padded = f" {normalize(text)} "
    return any(f" {gold} " in padded for gold in map(normalize, answers) if gold)


def is_gold(passage: Passage, question: Question) -> bool:
    """Whether the data names the passage: by its document, or else by the context it lies in."""
    if question.documents:
        return passage.document in question.documents
    return question.context is not None and passage.text in question.context


def score(prediction: str, answers: Sequence[str], *, regex: bool) -> tuple[float, float]:
    """Exact match and F1, 0..1. A regular expression must match from the prediction's start."""
    if regex and answers:
        right = float(any(re.match(answer, prediction, REGEX) for answer in answers))
        return right, right
    return exact_match(prediction, answers), f1(prediction, answers)
