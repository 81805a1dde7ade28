"""Which questions any passage of a memory answers: the most that a reader of it could. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import islice

from ..memory.records import Passage
from ..reader.metrics import normalize
from .judging import REGEX
from .questions import Question

__all__ = ["answered_by"]

_CHUNK = 20_000
"""Passages that regular expressions are tried on at once."""
_BORDER = "\n\0\n"
"""Between passages: no answer runs across it."""


def answered_by(
    passages: Iterable[Passage], questions: Sequence[Question], *, regex: bool = False
) -> frozenset[str]:
    """Ids of the questions of which an answer occurs in some passage, as `holds_answer` has it."""
    held = _matching if regex else _containing
    answers = {answer for question in questions for answer in question.answers}
    found = held(passages, answers)
    return frozenset(q.id for q in questions if found.intersection(q.answers))


def _containing(passages: Iterable[Passage], answers: set[str]) -> set[str]:
    """Answers that stand in some passage as whole normalized words: one look at each word."""
    waiting: dict[str, dict[tuple[str, ...], list[str]]] = defaultdict(dict)
    for answer in answers:
        if words := tuple(normalize(answer).split()):
            waiting[words[0]].setdefault(words, []).append(answer)
    found: set[str] = set()
    for passage in passages:
        words_here = normalize(passage.text).split()
        for at, word in enumerate(words_here):
            if not (sought := waiting.get(word)):
                continue
            for words in [w for w in sought if tuple(words_here[at : at + len(w)]) == w]:
                found.update(sought.pop(words))
    return found


def _matching(passages: Iterable[Passage], answers: set[str]) -> set[str]:
    """Regular expressions that match in some passage."""
    waiting = {answer: re.compile(answer, REGEX) for answer in sorted(answers)}
    found: set[str] = set()
    rest = iter(passages)
    while waiting and (chunk := list(islice(rest, _CHUNK))):
        text = _BORDER.join(passage.text for passage in chunk)
        here = [
            answer
            for answer, pattern in waiting.items()
            if pattern.search(text) and any(pattern.search(passage.text) for passage in chunk)
        ]
        found.update(here)
        for answer in here:
            del waiting[answer]
    return found
