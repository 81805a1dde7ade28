"""The loss among all passages of a batch, and no pair in it that denies another."""

from __future__ import annotations

import logging
import math
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from spanmem.indexer.training.contrastive import (
    ContrastiveTrainer,
    PairCollator,
    ProgressCallback,
    RankingLoss,
)
from spanmem.indexer.training.pairs import TrainingPair


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.lists(st.integers(0, 15), min_size=1, max_size=4, unique=True), min_size=4),
    st.integers(0, 5),
)
def test_pairs_that_share_a_key_are_never_in_one_batch(keys: list[list[int]], epoch: int) -> None:
    pairs = [TrainingPair("q", "p", (), tuple(map(str, row))) for row in keys]
    trainer: Any = object.__new__(ContrastiveTrainer)
    trainer.keep_apart(pairs)
    sampler = trainer.get_batch_sampler(
        None, batch_size=3, drop_last=False, generator=torch.Generator(), seed=2
    )
    sampler.set_epoch(epoch)
    batches = list(sampler)
    assert sorted({i for batch in batches for i in batch}) == list(range(len(keys)))
    for batch in batches:
        together = [key for i in batch for key in keys[i]]
        assert len(together) == len(set(together))


class Means(torch.nn.Module):
    """Vectors of words, averaged: what a sentence encoder does, without layers."""

    def __init__(self) -> None:
        super().__init__()
        self.words = torch.nn.Embedding(50, 8)
        self.shapes: list[tuple[int, ...]] = []

    def forward(self, inputs: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        self.shapes.append(tuple(inputs["input_ids"].shape))
        mask = inputs["attention_mask"].unsqueeze(-1)
        total = (self.words(inputs["input_ids"]) * mask).sum(1)
        return {"sentence_embedding": total / mask.sum(1)}


@pytest.mark.parametrize("tokens", [32, 10_000])
def test_the_loss_is_cross_entropy_among_all_passages_however_it_is_portioned(tokens: int) -> None:
    torch.manual_seed(0)
    model = Means()
    columns: list[dict[str, torch.Tensor]] = []
    texts: list[list[torch.Tensor]] = []
    for rows, longest in ((4, 6), (4, 40), (7, 30)):
        lengths = torch.randint(1, longest + 1, (rows,))
        mask = (torch.arange(longest) < lengths[:, None]).long()
        ids = torch.randint(1, 50, (rows, longest)) * mask
        columns.append({"input_ids": ids, "attention_mask": mask})
        texts.append([row[:n] for row, n in zip(ids, lengths, strict=True)])
    ranking = RankingLoss(model, temperature=0.1, chunk_tokens=tokens)
    loss = ranking(columns, None)

    def vector(text: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.normalize(model.words(text).mean(0), dim=0)

    questions = torch.stack([vector(t) for t in texts[0]])
    passages = torch.stack([vector(t) for t in texts[1] + texts[2]])
    expected = torch.nn.functional.cross_entropy(questions @ passages.T / 0.1, torch.arange(4))
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
    assert ranking.tokens == sum(len(t) for column in texts for t in column)
    if tokens == 32:
        assert all(rows == 1 or rows * length <= 32 for rows, length in model.shapes)


def column(rows: int, longest: int) -> dict[str, torch.Tensor]:
    lengths = torch.randint(1, longest + 1, (rows,))
    mask = (torch.arange(longest) < lengths[:, None]).long()
    return {"input_ids": torch.randint(1, 50, (rows, longest)) * mask, "attention_mask": mask}


def test_scores_add_the_divergence_of_a_question_s_own_candidates() -> None:
    """The first question has two negatives, the second none, the third one and no scores."""
    torch.manual_seed(1)
    model = Means()
    columns = [column(3, 5), column(3, 9), column(3, 9)]
    nan, none = math.nan, -math.inf
    scores = torch.tensor([[4.0, 1.0, 3.0], [2.0, nan, nan], [none, none, nan]])
    options: dict[str, Any] = {"temperature": 0.1, "chunk_tokens": 64, "score_temperature": 2.0}
    plain = RankingLoss(model, **options)(columns, None)
    loss = RankingLoss(model, **options, soft=0.5)(columns, scores)
    vectors = [
        torch.nn.functional.normalize(model(c)["sentence_embedding"], dim=1) for c in columns
    ]
    similar = torch.stack(
        [vectors[0][0] @ v for v in (vectors[1][0], vectors[2][0], vectors[2][1])]
    )
    wanted, ours = (scores[0] / 2).softmax(0), (similar / 0.1).softmax(0)
    first = (wanted * (wanted / ours).log()).sum()
    assert loss.item() == pytest.approx((plain + 0.5 * first / 2).item(), rel=1e-4)
    unscored = torch.where(scores.isnan(), nan, none)
    assert RankingLoss(model, **options)(columns, unscored).item() == pytest.approx(plain.item())


class Dropped(Means):
    """Means of words with some of their components dropped."""

    def forward(self, inputs: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        vectors = super().forward(inputs)["sentence_embedding"]
        return {"sentence_embedding": torch.nn.functional.dropout(vectors, 0.3)}


@pytest.mark.parametrize("scored", [False, True])
def test_with_a_gradient_cache_the_gradients_are_those_of_the_plain_batch(scored: bool) -> None:
    """Dropout included: each chunk is computed twice under the same one."""
    torch.manual_seed(2)
    model, columns = Dropped(), [column(6, 9), column(6, 30), column(6, 30)]
    scores = torch.randn(6, 2) if scored else None
    gradients: list[torch.Tensor] = []
    calls: list[int] = []
    for cache in (False, True):
        ranking = RankingLoss(model, temperature=0.1, chunk_tokens=64, gradient_cache=cache)
        torch.manual_seed(5)
        model.shapes.clear()
        loss = ranking(columns, scores)
        once = len(model.shapes)
        gradients += torch.autograd.grad(loss, list(model.parameters()))
        assert once > 5
        calls.append(len(model.shapes) // once)
    assert calls == [1, 2]
    assert gradients[0].abs().sum() > 0
    torch.testing.assert_close(gradients[1], gradients[0], rtol=1e-5, atol=1e-7)


class Deep(Means):
    """Means of words behind a layer whose activations are most of what a backward needs."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Sequential(torch.nn.Linear(8, 512), torch.nn.Tanh())

    def forward(self, inputs: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        return {"sentence_embedding": self.layer(super().forward(inputs)["sentence_embedding"])}


def test_a_gradient_cache_holds_no_activations_of_a_chunk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    torch.manual_seed(2)
    columns = [column(6, 9), column(6, 30)]
    held: list[int] = []
    for cache in (False, True):
        ranking = RankingLoss(Deep(), temperature=0.1, chunk_tokens=64, gradient_cache=cache)
        monkeypatch.setattr(
            ranking.ranking, "compute_loss_from_embeddings", lambda v, _: v[0].sum()
        )
        held.append(0)

        def hold(tensor: torch.Tensor) -> torch.Tensor:
            held[-1] += tensor.numel()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(hold, lambda x: x):
            ranking(columns, None)
    assert held[1] < held[0] / 2


class Known(torch.nn.Module):
    """Vectors in the plane by the first token: 1 is east, 2 is north."""

    def forward(self, inputs: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        east = (inputs["input_ids"][:, :1] == 1).float()
        return {"sentence_embedding": torch.cat([east, 1 - east], dim=1)}


def test_the_loss_has_the_known_value() -> None:
    """Cosines of 1 with the own passage and of 0 with the other one, over a temperature of 1/2."""
    column = {"input_ids": torch.tensor([[1], [2]]), "attention_mask": torch.ones(2, 1).long()}
    loss = RankingLoss(Known(), temperature=0.5, chunk_tokens=64)([column, column], None)
    assert loss.item() == pytest.approx(math.log(math.exp(2) + 1) - 2)


def test_the_collator_tokenizes_each_side_and_all_the_negatives() -> None:
    def preprocess(texts: list[str]) -> dict[str, torch.Tensor]:
        ids = torch.tensor([[len(text)] for text in texts])
        return {"input_ids": ids, "attention_mask": torch.ones_like(ids), "other": ids}

    collate = PairCollator(preprocess)
    pair = {"question": "a", "passage": "bb", "negatives": ["ccc", "dddd"], "scores": []}
    batch = collate([pair, {**pair, "negatives": ["eeeee"]}])
    ids = {name: t.flatten().tolist() for name, t in batch.items() if name.endswith("input_ids")}
    assert ids == {
        "question_input_ids": [1, 1],
        "passage_input_ids": [2, 2],
        "negative_input_ids": [3, 4, 5],
    }
    assert not any("other" in name for name in batch)
    assert "label" not in batch
    scored = collate([{**pair, "scores": [3.0, 1.0, 2.0]}, {**pair, "negatives": ["e"]}])
    assert scored["label"][0].tolist() == [3.0, 1.0, 2.0]
    assert scored["label"][1, :2].tolist() == [-math.inf, -math.inf]
    assert scored["label"][1, 2].isnan()
    bare = collate([{**pair, "negatives": []}])
    assert not any(name.startswith("negative") for name in bare)


def at_step(step: int, *, of: int = 100, **more: Any) -> Any:
    return SimpleNamespace(global_step=step, max_steps=of, log_history=[{}], **more)


@pytest.mark.parametrize(("minutes", "saves"), [(1e-9, True), (60.0, False)])
def test_it_is_saved_by_the_clock(minutes: float, saves: bool) -> None:
    loss = RankingLoss(Known(), temperature=1.0, chunk_tokens=64)
    progress = ProgressCallback(loss, save_every_minutes=minutes)
    control = SimpleNamespace(should_log=False, should_save=False)
    progress.on_train_begin(None, at_step(0), control)
    progress.on_step_end(None, at_step(1), control)
    assert (control.should_log, control.should_save) == (saves, saves)
    progress.on_step_end(None, at_step(100), control)
    assert control.should_log


def test_seconds_count_on_from_those_before_a_resumption(
    caplog: pytest.LogCaptureFixture,
) -> None:
    loss = RankingLoss(Known(), temperature=1.0, chunk_tokens=64)
    progress = ProgressCallback(loss, save_every_minutes=60.0)
    state, control = at_step(7), SimpleNamespace()
    state.log_history = [{"seconds": 30.0}, {"seconds": 50.0}]
    progress.on_train_begin(None, state, control)
    progress.on_step_end(None, state, control)
    state.log_history.append({})
    with caplog.at_level(logging.INFO):
        progress.on_log(None, state, control, {"loss": 0.5, "learning_rate": 1e-3})
    assert 50.0 <= state.log_history[-1]["seconds"] < 60.0
    assert "step 7/100 loss 0.5000 rate 1.00e-03" in caplog.text
