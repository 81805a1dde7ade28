"""Matching of predictions and passages with the data's answers. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import islice

from ..core.records import Passage
from ..reader.answer_patterns import matches_start, matches_within
from ..reader.metrics import exact_match, f1, normalize
from .datasets import Question

__all__ = ["answered_by", "is_gold", "is_own_document", "score"]


def is_gold(passage: Passage, question: Question) -> bool:
    """Whether the data names the passage: by its document, or else by the context it lies in."""
    if question.documents:
        return question.documents.get(passage.document, 0) > 0
    return question.context is not None and passage.text in question.context


def is_own_document(passage: Passage, question: Question) -> bool:
    """Whether the passage is of the document that the question itself is.

    ArguAna and Quora ask their documents of themselves, and BEIR leaves such a document out of the
    ranking. It has the question's id and its text, and is not judged relevant; with an id that is
    the same by chance, as numbers are, it is a document like others.
    """
    if passage.document != question.id or not question.documents or is_gold(passage, question):
        return False
    return " ".join(passage.text.split()) in " ".join(question.text.split())


def score(prediction: str, answers: Sequence[str], *, regex: bool) -> tuple[float, float]:
    """Exact match and F1, 0..1. A regular expression must match from the prediction's start."""
    if regex and answers:
        right = float(any(matches_start(answer, prediction) for answer in answers))
        return right, right
    return exact_match(prediction, answers), f1(prediction, answers)


_CHUNK = 20_000
"""Passages that regular expressions are tried on at once."""

_BORDER = "\n\0\n"
"""Between passages: no answer runs across it."""


def answered_by(
    passages: Iterable[Passage], questions: Sequence[Question], *, regex: bool = False
) -> frozenset[str]:
    """Ids of the questions of which an answer occurs in some passage, as `holds_answer` has it."""
    matching = _answers_matched if regex else _answers_contained
    answers = {answer for question in questions for answer in question.answers}
    held = matching(passages, answers)
    return frozenset(q.id for q in questions if held.intersection(q.answers))


def _answers_contained(passages: Iterable[Passage], answers: set[str]) -> set[str]:
    """Answers that stand in some passage as whole normalized words: one look at each word."""
    waiting: dict[str, dict[tuple[str, ...], list[str]]] = defaultdict(dict)
    for answer in answers:
        if words := tuple(normalize(answer).split()):
            waiting[words[0]].setdefault(words, []).append(answer)
    held: set[str] = set()
    for passage in passages:
        words_here = normalize(passage.text).split()
        for at, word in enumerate(words_here):
            if not (sought := waiting.get(word)):
                continue
            for words in [w for w in sought if tuple(words_here[at : at + len(w)]) == w]:
                held.update(sought.pop(words))
    return held


def _answers_matched(passages: Iterable[Passage], answers: set[str]) -> set[str]:
    """Regular expressions that match in some passage."""
    waiting = set(answers)
    held: set[str] = set()
    rest = iter(passages)
    while waiting and (chunk := list(islice(rest, _CHUNK))):
        text = _BORDER.join(passage.text for passage in chunk)
        matched = [
            answer
            for answer in sorted(waiting)
            if matches_within(answer, text)
            and any(matches_within(answer, passage.text) for passage in chunk)
        ]
        held.update(matched)
        waiting.difference_update(matched)
    return held
