"""BM25 computed here is that of the lexical view, to the last digits."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from spanmem.memory.analysis import analyzer
from spanmem.memory.bm25 import FIELDS, Field, Question, Statistics, Term, fields_of, stored_length
from spanmem.memory.views.lexical import LexicalEntry, LexicalIndex

WORDS = [*(f"w{i}x" for i in range(40)), "mill", "mills", "東京", "の", "1,200"]


@pytest.mark.parametrize(("title_boost", "phrase_boost"), [(0.3, 0.2), (0.0, 0.0), (1.0, 0.7)])
def test_scores_are_those_of_the_lexical_view(title_boost: float, phrase_boost: float) -> None:
    rng = random.Random(7)
    texts = [" ".join(rng.choices(WORDS, k=rng.choice([3, 41, 90, 700]))) for _ in range(120)]
    titles = [" ".join(rng.choices(WORDS, k=rng.randint(0, 4))) for _ in texts]
    entries = [LexicalEntry(i, t, x) for i, (t, x) in enumerate(zip(titles, texts, strict=True))]
    index = LexicalIndex(None)
    index.update([entries], ())
    fields = [fields_of(analyzer(), entry.text, entry.title) for entry in entries]
    counts: Counter[Term] = Counter(
        (field, word) for words in fields for field in FIELDS for word in set(words[field])
    )
    totals: dict[Field, int] = {
        field: sum(len(words[field]) for words in fields) for field in FIELDS
    }
    statistics = Statistics(len(entries), totals, counts)
    for _ in range(12):
        text = " ".join(rng.choices(WORDS, k=rng.randint(1, 6)))
        question = Question(analyzer(), text, title_boost=title_boost, phrase_boost=phrase_boost)
        assert {*counts}.issuperset(t for t in question.all_terms() if t[0] == "text")
        found = index.search(
            text, 200, title_boost=title_boost, phrase_boost=phrase_boost, allowed=None
        )
        scores = dict(enumerate(map(question.scorer(statistics), fields)))
        assert {n: s for n, s in scores.items() if s} == pytest.approx(found, rel=1e-5)


def test_lengths_are_of_one_byte() -> None:
    lengths = [stored_length(n) for n in (0, 39, 40, 41, 43, 100, 1000)]
    assert lengths == [0, 39, 40, 40, 42, 96, 984]
