"""Spans are masked as the SpanBERT paper says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanmem.reader.training.masking import (
    Masking,
    PlannedBatch,
    PretrainingText,
    Stretch,
    Vocabulary,
    cut_stretches,
    draw_spans,
    mask_batch,
    plan_batches,
)
from spanmem.reader.windows import Featurizer

VOCABULARY = Vocabulary(1, 2, 0, 3, np.arange(100, 1000, dtype=np.int32))


def made_up(count: int, words: int = 200, seed: int = 0) -> PretrainingText:
    """Stretches of words of one to three tokens, which are numbered from 2,000 on."""
    rng = np.random.default_rng(seed)
    stretches: list[Stretch] = []
    for _ in range(count):
        borders = np.concatenate(([0], np.cumsum(rng.integers(1, 4, words)))).astype(np.int32)
        stretches.append(Stretch(np.arange(2000, 2000 + borders[-1], dtype=np.int32), borders))
    return PretrainingText(stretches, VOCABULARY, seed)


def test_lengths_are_geometric_and_fifteen_percent_of_the_tokens_are_masked() -> None:
    rng = np.random.default_rng(5)
    lengths: list[int] = []
    masked = total = 0
    for stretch in made_up(1500).stretches:
        for first, last in draw_spans(stretch.borders, Masking(), rng):
            a, b = np.searchsorted(stretch.borders, [first, last])
            assert (stretch.borders[a], stretch.borders[b]) == (first, last)  # whole words
            lengths.append(int(b - a))
            masked += last - first
        total += len(stretch.ids)
    assert masked / total == pytest.approx(0.15, abs=0.002)
    # The paper's figure, 3.8; the last span of a stretch is a little more often a short one.
    assert np.mean(lengths) == pytest.approx(3.8, abs=0.15)
    shares = np.bincount(lengths, minlength=11)[1:] / len(lengths)
    assert len(shares) == 10
    np.testing.assert_allclose(shares, Masking().lengths(), atol=0.02)


def test_the_distribution_of_lengths_is_the_paper_s() -> None:
    lengths = Masking().lengths()
    assert float(lengths @ np.arange(1, 11)) == pytest.approx(3.8, abs=0.01)
    np.testing.assert_allclose(lengths[1:] / lengths[:-1], 0.8)


def test_each_span_has_one_fate_of_three() -> None:
    text = made_up(800, seed=3)
    fates = {"mask": 0, "random": 0, "kept": 0}
    for planned in plan_batches(text, tokens=4096, epoch=1):
        batch = mask_batch(text, planned, Masking())
        now = batch.ids.ravel()
        for left in np.unique(batch.left):
            span = batch.at[batch.left == left]
            was = batch.labels[batch.left == left]
            if (now[span] == VOCABULARY.mask).all():
                fates["mask"] += 1
            elif (now[span] == was).all():
                fates["kept"] += 1
            else:
                assert np.isin(now[span], VOCABULARY.ordinary).all()
                fates["random"] += 1
    total = sum(fates.values())
    assert total > 4000
    shares = [fates["mask"] / total, fates["random"] / total, fates["kept"] / total]
    np.testing.assert_allclose(shares, [0.8, 0.1, 0.1], atol=0.015)


@settings(deadline=None)
@given(st.integers(1, 30), st.integers(0, 10**6), st.sampled_from([0.05, 0.15, 0.6]))
def test_a_batch_is_the_text_but_for_its_spans(words: int, seed: int, share: float) -> None:
    text = made_up(6, words, seed)
    plan = plan_batches(text, tokens=128, epoch=0)
    assert sorted(row for planned in plan for row in planned.rows) == list(range(6))
    for planned in plan:
        batch = mask_batch(text, planned, Masking(share=share))
        assert batch.ids.shape == (len(planned.rows), planned.length)
        restored = batch.ids.copy().ravel()
        restored[batch.at] = batch.labels
        restored = restored.reshape(batch.ids.shape)
        for row, index in enumerate(planned.rows):
            n = int(batch.mask[row].sum())
            assert restored[row, :n].tolist() == [1, *text.stretches[index].ids, 2]
            assert not restored[row, n:].any()
        # The boundaries are to be seen, next to the span, and in its row.
        assert not np.isin(batch.left, batch.at).any()
        assert not np.isin(batch.right, batch.at).any()
        assert (batch.at == batch.left + 1 + batch.place).all()
        assert (batch.left < batch.at).all()
        assert (batch.at < batch.right).all()
        assert (batch.left // planned.length == batch.right // planned.length).all()


def test_masks_are_the_same_again_and_others_in_the_next_epoch() -> None:
    text = made_up(20)
    first, again, later = (
        [
            mask_batch(text, planned, Masking()).at.tolist()
            for planned in plan_batches(text, tokens=1024, epoch=epoch)
        ]
        for epoch in (0, 0, 1)
    )
    assert first == again != later


def test_the_smallest_batch_has_a_masked_word_too() -> None:
    planned = PlannedBatch(0, 0, (0,), 64)
    stretches = made_up(1, words=4).stretches
    texts = [PretrainingText(stretches, VOCABULARY, seed) for seed in range(100)]
    counts = {len(mask_batch(text, planned, Masking()).labels) for text in texts}
    assert min(counts) == 1, "some seeds draw no span"


def test_texts_are_cut_between_words_and_none_of_their_tokens_is_lost(tokenizer: Any) -> None:
    featurizer = Featurizer(tokenizer, size=128, overlap=0)
    text = "The River was flowing 1912 years in the water . " * 30
    whole = featurizer.tokenize(text)
    stretches = list(cut_stretches([text, "a mill"], featurizer, size=50))
    assert np.concatenate([s.ids for s in stretches]).tolist() == list(whole.ids)
    assert max(len(s.ids) for s in stretches) <= 50
    at = 0
    for stretch in stretches:
        assert not whole.inside[at]
        starts = [i for i in range(len(stretch.ids)) if not whole.inside[at + i]]
        assert stretch.borders.tolist() == [*starts, len(stretch.ids)]
        at += len(stretch.ids)
    endless = next(
        cut_stretches(["9" * 60], Featurizer(tokenizer, size=128, overlap=0), size=20), None
    )
    assert endless is None or len(endless.ids) <= 20


def test_random_tokens_are_no_special_ones(tokenizer: Any) -> None:
    vocabulary = Vocabulary.of(tokenizer)
    assert not set(vocabulary.ordinary.tolist()) & set(tokenizer.all_special_ids)
    assert tokenizer.convert_ids_to_tokens(vocabulary.mask) == "[MASK]"
    assert len(vocabulary.ordinary) == len(tokenizer) - 5
