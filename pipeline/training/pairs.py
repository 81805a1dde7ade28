"""Training pairs of the verifier: two questions, and whether they ask the same. Pure.

From question rows come real pairs (the same answer at the same place, in many of the same words;
another answer of the same passage) and edited ones (`near_misses`, `rewordings`). A near miss may
be reworded besides, so that it is not known by its ordinary wording.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from ..english.words import EMPTY
from .edits import Pools
from .near_misses import near_miss
from .rewordings import reworded

__all__ = ["QuestionPair", "gather_pools", "made_pairs", "real_pairs"]

_ALIKE, _DUPLICATE = 0.35, 0.6
"""Shares of common words of meaning from which questions are taken for the same: with one answer
at one place of a passage, and with one answer alone."""
_HARD = 0.25
"""Share of common words from which another question of the same passage is a hard negative."""
_GROUP = 12
"""Questions of one passage or answer that are compared with each other at most."""
_TAIL = re.compile(r" ((?:in|on|at|for|by|with|without|during|after|before) [\w' -]{3,30})$")


@dataclass(frozen=True, slots=True)
class QuestionPair:
    """Two questions, and whether the answer to one is that to the other."""

    first: str
    second: str
    same: bool


def gather_pools(questions: Iterable[str]) -> Pools:
    """What edits draw from, out of many questions."""
    names: Counter[str] = Counter()
    plain: Counter[str] = Counter()
    before: defaultdict[str, Counter[str]] = defaultdict(Counter)
    tails: Counter[str] = Counter()
    for question in questions:
        tokens = re.findall(r"[\w'-]+", question)
        for left, word in zip(["", *tokens], tokens, strict=False):
            if word[0].isupper() and left and word.lower() not in EMPTY:
                names[word] += 1
            elif word.isalpha() and len(word) > 2 and word.lower() not in EMPTY:
                plain[word.lower()] += 1
            if left.isalpha() and len(left) > 2 and left.lower() not in EMPTY:
                before[word.lower()][left] += 1
        if tail := _TAIL.search(question.rstrip(" ?.")):
            tails[tail[1]] += 1
    return Pools(
        names=sorted(names),
        plain=[word for word in sorted(plain) if plain[word] > 2],
        before={word: sorted(left) for word, left in before.items()},
        tails=sorted(tails),
    )


def made_pairs(
    questions: Sequence[str], pools: Pools, *, seed: int, near_misses: int
) -> Iterator[QuestionPair]:
    """For each question one rewording and `near_misses` other questions that look like it.

    What is random is drawn from ``(seed, number of the question)``.
    """
    for number, full in enumerate(questions):
        question = " ".join(full.split()).rstrip(" ?.!")
        rng = np.random.default_rng((seed, number))
        if len(question.split()) < 3 or len(question) > 200:
            continue
        other = _reworded_often(question, rng, pools)
        if other is not None:
            yield QuestionPair(_marked(question, rng), _marked(other, rng), True)
        for _ in range(near_misses):
            missed = near_miss(question, rng, pools)
            if missed is None:
                continue
            if rng.random() < 0.4:
                missed = reworded(missed, rng, pools) or missed
            pair = [_marked(question, rng), _marked(missed, rng)]
            first, second = pair if rng.random() < 0.5 else reversed(pair)
            yield QuestionPair(first, second, False)


def _reworded_often(question: str, rng: np.random.Generator, pools: Pools) -> str | None:
    """A question reworded once to three times."""
    other = reworded(question, rng, pools)
    for _ in range(int(rng.integers(3))):
        other = reworded(other, rng, pools) or other if other is not None else None
    return other


def _marked(question: str, rng: np.random.Generator) -> str:
    return question if rng.random() < 0.2 else f"{question}?"


def real_pairs(rows: Iterable[Mapping[str, Any]]) -> Iterator[QuestionPair]:
    """Pairs of questions as people asked them, from rows with `question` and `answers`.

    The same are those with one answer and enough words in common; not the same those of one passage
    with answers that do not touch. Rows without a `context` are compared by their answers alone.
    """
    passages: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    answers: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row.get("context"):
            passages[row["context"]].append(row)
        elif key := " | ".join(sorted(text.casefold() for text in row["answers"]["text"])):
            answers[key].append(row["question"])
    for group in passages.values():
        yield from _of_passage(group[:_GROUP])
    for questions in answers.values():
        for a, b in combinations(dict.fromkeys(questions[:_GROUP]), 2):
            if _overlap(a, b) >= _DUPLICATE and _reworded(a, b):
                yield QuestionPair(a, b, True)


def _of_passage(rows: Sequence[Mapping[str, Any]]) -> Iterator[QuestionPair]:
    for a, b in combinations(rows, 2):
        spans = [_span(row) for row in (a, b)]
        if None in spans or a["question"].casefold() == b["question"].casefold():
            continue
        left, right = sorted(span for span in spans if span is not None)
        overlap = _overlap(a["question"], b["question"])
        if left == right and overlap >= _ALIKE:
            if _reworded(a["question"], b["question"]):
                yield QuestionPair(a["question"], b["question"], True)
        elif left[1] <= right[0] and overlap >= _HARD:
            yield QuestionPair(a["question"], b["question"], False)


def _span(row: Mapping[str, Any]) -> tuple[int, int] | None:
    """The place of the first answer; None where there is none."""
    if not row["answers"]["text"]:
        return None
    start = int(row["answers"]["answer_start"][0])
    return start, start + len(row["answers"]["text"][0])


def _overlap(a: str, b: str) -> float:
    """Common words of meaning as a share of all (Jaccard)."""
    left, right = _words(a), _words(b)
    return len(left & right) / max(1, len(left | right))


def _words(question: str) -> set[str]:
    return {w.rstrip("s") for w in re.findall(r"\w+", question.lower()) if w not in EMPTY}


def _reworded(a: str, b: str) -> bool:
    """Whether neither question only adds to the other: what is added may narrow it."""
    left, right = _words(a), _words(b)
    return _figures(a) == _figures(b) and (left == right or not (left <= right or right <= left))


def _figures(question: str) -> set[str]:
    return set(re.findall(r"\d+", question))
