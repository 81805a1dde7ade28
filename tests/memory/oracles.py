"""What searches are held against: the documented formulas, computed the plain way over everything.

Only the cutting of texts into words is taken from the code.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

from spanmem.memory.proximity import PAIR_WEIGHT, WINDOW
from spanmem.memory.views.lexical import LexicalEntry, LexicalIndex

K1, B = 1.2, 0.75
"""Tantivy's constants of BM25."""
Key = TypeVar("Key", int, str)


def words(text: str) -> list[str]:
    """A text's words, as the lexical index has them."""
    return LexicalIndex(None).words(text)


def best(scores: Mapping[Key, float], k: int) -> list[Key]:
    """The `k` keys of the highest scores, best first; of equal ones the lower key first."""
    return sorted(scores, key=lambda key: (-scores[key], key))[:k]


def idf(passages: int, document_frequency: int) -> float:
    return math.log(1 + (passages - document_frequency + 0.5) / (document_frequency + 0.5))


def frequency(texts: Iterable[Sequence[str]], word: str) -> int:
    return sum(word in text for text in texts)


def bm25(
    entries: Sequence[LexicalEntry], question: str, *, title_boost: float, phrase_boost: float
) -> dict[int, float]:
    """BM25 of all passages that share a word with the question; of texts up to 40 words.

    Of longer ones Tantivy rounds the length.
    """
    texts = {entry.number: words(entry.text) for entry in entries}
    titles = {entry.number: words(entry.title) for entry in entries}
    asked = words(question)
    common = {w for w in asked if frequency(texts.values(), w) > len(entries) / 4}
    clauses: list[tuple[dict[int, list[str]], tuple[str, ...], float]]
    clauses = [(texts, (word,), 1.0) for word in dict.fromkeys(asked)]
    clauses += [(titles, (word,), title_boost) for word in dict.fromkeys(asked)]
    clauses += [
        (texts, pair, phrase_boost)
        for pair in dict.fromkeys(pairwise(asked))
        if not common.issuperset(pair)
    ]
    scores: dict[int, float] = {}
    for field, terms, boost in clauses:
        mean = sum(map(len, field.values())) / len(field)
        weight = sum(idf(len(field), frequency(field.values(), term)) for term in terms)
        for number, tokens in field.items():
            runs = zip(*(tokens[i:] for i in range(len(terms))), strict=False)
            if count := sum(run == terms for run in runs):
                norm = K1 * (1 - B + B * len(tokens) / mean)
                score = boost * weight * (K1 + 1) * count / (count + norm)
                scores[number] = scores.get(number, 0.0) + score
    return {number: score for number, score in scores.items() if score or title_boost}


def proximity(question: Sequence[str], passage: Sequence[str], idfs: Mapping[str, float]) -> float:
    """The best of all windows of a passage, one by one."""
    pairs = set(pairwise(question))
    total = sum(idfs[word] for word in set(question))
    total += sum(PAIR_WEIGHT * min(idfs[x], idfs[y]) for x, y in pairs)
    highest = 0.0
    for start in range(len(passage)):
        window = passage[start : start + WINDOW]
        weight = sum(idfs[word] for word in set(window) & set(question))
        weight += sum(PAIR_WEIGHT * min(idfs[x], idfs[y]) for x, y in set(pairwise(window)) & pairs)
        highest = max(highest, weight)
    return highest / total if total else 0.0
