"""BM25 of single passages, by statistics that a store of another engine keeps. Pure.

Scores are those of the lexical view's Tantivy (Robertson & Zaragoza 2009, with Lucene's idf and its
lengths of one byte), so that a question scores alike in every store: over the stems of the text,
those of the title times `title_boost`, pairs of characters of scripts without spaces, and words
that are neighbors in question and text times `phrase_boost`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias

from .analysis import QUERY_TERMS, Analyzer, character_pairs, plain
from .proximity import idf

__all__ = ["FIELDS", "K1", "B", "Field", "Question", "Statistics", "Term", "fields_of"]

K1, B = 1.2, 0.75
"""How soon a word that is repeated counts no more; how much less a long text counts."""
_COMMON = 0.25
"""Share of the passages from which a word that they hold is a common one."""
Field: TypeAlias = Literal["text", "title", "pairs"]
FIELDS: tuple[Field, ...] = ("text", "title", "pairs")
Term: TypeAlias = tuple[Field, str]


def _lengths() -> tuple[int, ...]:
    """The lengths that one byte tells apart, ascending: Lucene's SmallFloat, as Tantivy has it."""
    exact = 24
    lengths = list(range(exact))
    for code in range(256 - exact):
        mantissa, shift = code & 7, (code >> 3) - 1
        value = mantissa if shift < 0 else (mantissa | 8) << shift
        lengths.append(exact + value)
    return tuple(lengths)


_LENGTHS = _lengths()


def stored_length(words: int) -> int:
    """The length that a field of so many words counts with: the next smaller of one byte."""
    return _LENGTHS[min(bisect_right(_LENGTHS, words), len(_LENGTHS)) - 1]


@dataclass(frozen=True, slots=True)
class Statistics:
    """What a store knows of all its passages."""

    passages: int
    words: Mapping[Field, int]
    """Of all passages together."""
    frequencies: Mapping[Term, int]
    """Passages that hold a term; those of the question will do."""

    def frequency(self, field: Field, word: str) -> int:
        """How many passages hold a word in a field."""
        return self.frequencies.get((field, word), 0)

    def average(self, field: Field) -> float:
        """Words per passage."""
        return self.words.get(field, 0) / max(1, self.passages)


def fields_of(analyzer: Analyzer, text: str, title: str) -> dict[Field, list[str]]:
    """The words of a passage, as they run, by field."""
    text = plain(text)
    return {
        "text": analyzer.stems(text),
        "title": analyzer.stems(plain(title)) if title else [],
        "pairs": character_pairs(text),
    }


class Question:
    """The words of a question, and how passages score for them."""

    def __init__(
        self, analyzer: Analyzer, text: str, *, title_boost: float, phrase_boost: float
    ) -> None:
        text = plain(text)
        words = analyzer.stems(text)
        self._stems = list(dict.fromkeys(words))[:QUERY_TERMS]
        self._pairs = list(dict.fromkeys(character_pairs(text)))[:QUERY_TERMS]
        self._neighbors = list(dict.fromkeys(pairwise(words)))[:QUERY_TERMS] if phrase_boost else []
        self._title_boost, self._phrase_boost = title_boost, phrase_boost

    def terms(self) -> Iterator[tuple[Term, float]]:
        """Each term that a passage may be found by, with what its field counts."""
        for stem in self._stems:
            yield ("text", stem), 1.0
        for pair in self._pairs:
            yield ("pairs", pair), 1.0
        for stem in self._stems if self._title_boost else ():
            yield ("title", stem), self._title_boost

    def all_terms(self) -> list[Term]:
        """All terms whose frequencies a score needs."""
        neighbors = {word for pair in self._neighbors for word in pair}
        return list(
            dict.fromkeys([term for term, _ in self.terms()] + [("text", w) for w in neighbors])
        )

    def scorer(self, statistics: Statistics) -> Scorer:
        """Scores passages of a store, by their `fields_of`; those that share no term get 0."""
        weights = [
            (field, word, boost * _idf(statistics, field, word))
            for (field, word), boost in self.terms()
        ]
        bound = statistics.passages * _COMMON
        phrases = {
            pair: sum(_idf(statistics, "text", word) for word in pair)
            for pair in self._neighbors
            # Those of two common words tell little.
            if any(statistics.frequency("text", word) <= bound for word in pair)
        }
        averages = {field: statistics.average(field) for field in FIELDS}
        return Scorer(weights, phrases, self._phrase_boost, averages)


@dataclass(frozen=True, slots=True)
class Scorer:
    """What the terms of a question count in one store."""

    weights: Sequence[tuple[Field, str, float]]
    phrases: Mapping[tuple[str, str], float]
    """Neighbors in the question that are not both common."""
    phrase_boost: float
    averages: Mapping[Field, float]

    def __call__(self, fields: Mapping[Field, Sequence[str]]) -> float:
        """BM25 of a passage."""
        present = {field: set(words) for field, words in fields.items()}
        score = 0.0
        for field, word, weight in self.weights:
            if word in present[field]:
                words = fields[field]
                score += weight * _share(words.count(word), len(words), self.averages[field])
        words = fields["text"]
        both = [pair for pair in self.phrases if present["text"].issuperset(pair)]
        return score + self.phrase_boost * self._of_phrases(both, words) if both else score

    def _of_phrases(self, both: Sequence[tuple[str, str]], words: Sequence[str]) -> float:
        pairs, score = Counter(pairwise(words)), 0.0
        for pair in both:
            if times := pairs[pair]:
                score += self.phrases[pair] * _share(times, len(words), self.averages["text"])
        return score


def _idf(statistics: Statistics, field: Field, word: str) -> float:
    return idf(statistics.passages, statistics.frequency(field, word))


def _share(times: int, length: int, average: float) -> float:
    """What a word that occurs so often counts of its idf: less than 1 + K1."""
    norm = K1 * (1 - B + B * stored_length(length) / average) if average else K1
    return times * (1 + K1) / (times + norm)
