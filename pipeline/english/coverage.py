"""How many of a question's words a passage holds. Pure.

A reader's scores are higher in texts like those it was trained on; whether the words of a question
stand in the passage can be told alike in all texts.
"""

from __future__ import annotations

from ...core.records import Passage
from .words import stem, words_in

__all__ = ["covered", "echoed"]


def covered(question: str, passage: Passage) -> float:
    """The share of the question's content words that the passage or its title holds, 0..1.

    Plurals count as their singulars, each word once. 1 for a question without content words.
    """
    wanted = {stem(word.low) for word in words_in(question) if word.content}
    if not wanted:
        return 1.0
    there = {stem(word.low) for word in words_in(f"{passage.title} {passage.text}")}
    return len(wanted & there) / len(wanted)


def echoed(question: str, answer: str) -> float:
    """The share of the question's content words that the answer repeats, 0..1; see `covered`.

    What is asked for is seldom in the question: a reader that finds nothing gives the sentence.
    """
    asked = {stem(word.low) for word in words_in(question) if word.content}
    if not asked:
        return 0.0
    return len(asked & {stem(word.low) for word in words_in(answer)}) / len(asked)
