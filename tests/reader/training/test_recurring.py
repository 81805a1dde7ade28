"""Recurring spans become questions whose answer stands in the passage."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from spanmem.reader.training.masking import PretrainingText, Stretch, Vocabulary, plan_batches
from spanmem.reader.training.recurring import (
    common_words,
    recurring_batch,
    recurring_spans,
    words_of,
)

VOCABULARY = Vocabulary(1, 2, 0, 3, np.arange(100, 1000, dtype=np.int32))
words = st.lists(st.integers(0, 8).map(lambda n: (10 + n,) * (1 + n % 2)), max_size=40)


def occurrences(text: list[tuple[int, ...]], span: tuple[int, int]) -> int:
    """How often a span occurs, overlapping ones too: by looking everywhere."""
    first, last = span
    words = text[first:last]
    return sum(text[i : i + len(words)] == words for i in range(len(text)))


@settings(deadline=None)
@given(words)
def test_the_spans_of_a_cluster_are_equal_and_apart(text: list[tuple[int, ...]]) -> None:
    common = {(10,), (11, 11)}
    clusters = recurring_spans(text, common)
    used = [n for cluster in clusters for first, last in cluster for n in range(first, last)]
    assert len(used) == len(set(used))
    for cluster in clusters:
        assert len(cluster) >= 2
        first, last = cluster[0]
        assert all(text[a:b] == text[first:last] for a, b in cluster)
        assert occurrences(text, cluster[0]) >= len(cluster)
        assert text[first] not in common
        assert text[last - 1] not in common


@settings(deadline=None)
@given(words)
def test_nothing_that_recurs_is_left_over(text: list[tuple[int, ...]]) -> None:
    used = {
        n for c in recurring_spans(text, set()) for first, last in c for n in range(first, last)
    }
    rest = [word for n, word in enumerate(text) if n not in used]
    assert len(rest) == len(set(rest))


def test_longer_spans_go_before_their_parts() -> None:
    text = [(5,), (6,), (7,), (9,), (5,), (6,), (7,), (8,), (6,)]
    assert recurring_spans(text, set()) == [[(0, 3), (4, 7)]]


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10**6))
def test_the_answer_is_what_was_masked_in_the_question(seed: int) -> None:
    rng = np.random.default_rng(seed)
    stretches = [
        Stretch(rng.integers(100, 160, 100).astype(np.int32), np.arange(101, dtype=np.int32))
        for _ in range(5)
    ]
    corpus = PretrainingText(stretches, VOCABULARY, seed)
    [planned] = plan_batches(corpus, tokens=4096, epoch=0)
    batch = recurring_batch(corpus, planned, frozenset(), size=128)
    assert batch is not None
    assert batch.group == 1
    for row, index in enumerate(planned.rows):
        ids = batch.ids[row].tolist()
        behind = ids.index(2)
        question, length = ids[1:behind], int(batch.mask[row].sum())
        answer = ids[batch.start[row] : batch.end[row] + 1]
        assert (ids[0], ids[length - 1], ids.count(2)) == (1, 2, 2)
        assert behind < batch.start[row] <= batch.end[row] < length - 1
        assert batch.types[row, : behind + 1].sum() == 0
        assert batch.context[row].nonzero()[0].tolist() == list(range(behind + 1, length - 1))
        assert VOCABULARY.mask in question
        assert VOCABULARY.mask not in answer
        text = stretches[index].ids.tolist()
        spots = [i for i in range(100) if text[i : i + len(answer)] == answer]
        assert len(spots) >= 2  # it recurs in the text ...
        # ... and stands in the passage once (what overlaps it cannot be masked without it).
        before, after = ids[behind + 1 : batch.start[row]], ids[batch.end[row] + 1 : length - 1]
        for rest in (before, after, question):
            assert not any(rest[i : i + len(answer)] == answer for i in range(len(rest)))
        at = question.index(VOCABULARY.mask)
        before, after = question[max(0, at - 1) : at], question[at + 1 : at + 2]
        if VOCABULARY.mask not in (*before, *after):  # the question's words surround an occurrence
            around = [text[max(0, i - 1) : i] == before or not before for i in spots]
            assert any(around)


def test_without_recurring_words_there_is_no_question() -> None:
    stretch = Stretch(np.arange(50, dtype=np.int32), np.arange(51, dtype=np.int32))
    corpus = PretrainingText([stretch], VOCABULARY, seed=0)
    [planned] = plan_batches(corpus, tokens=64, epoch=0)
    assert recurring_batch(corpus, planned, frozenset(), size=128) is None


def test_common_words_are_known_by_their_share() -> None:
    ids = np.concatenate([np.full(50, 7), np.arange(100, 5000)]).astype(np.int32)
    text = Stretch(ids, np.arange(len(ids) + 1, dtype=np.int32))
    assert common_words([text]) == {(7,)}
    assert words_of(text)[:2] == [(7,), (7,)]
