"""Losses have the values that one computes by hand, and their gradients are autograd's."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy
from transformers import BertConfig, BertForMaskedLM

from spanmem.reader.training.masking import (
    Masking,
    PretrainingText,
    Stretch,
    Vocabulary,
    mask_batch,
    plan_batches,
)
from spanmem.reader.training.objectives import (
    SpanBoundaryHead,
    SpanPretrainingModel,
    span_loss,
    vocabulary_cross_entropy,
)


def test_the_span_loss_of_equal_logits_is_the_logarithm_of_the_choices() -> None:
    """Two windows of a question; 2 and 3 passage tokens, besides [CLS]; the first has the answer.

    Shared: 5 choices. Local: 3 and 4 choices, of which the mean counts.
    """
    zeros = torch.zeros(2, 5)
    context = torch.tensor([[0, 0, 1, 1, 0], [0, 0, 1, 1, 1]], dtype=torch.bool)
    batch = {"context": context, "start": torch.tensor([2, 0]), "end": torch.tensor([3, 0])}
    local, shared = (math.log(3) + math.log(4)) / 2, math.log(5)
    assert span_loss(zeros, zeros, batch, 2).item() == pytest.approx((local + shared) / 2)


def test_a_question_without_an_answer_has_the_local_loss_alone() -> None:
    zeros = torch.zeros(2, 4)
    context = torch.tensor([[0, 0, 1, 0], [0, 0, 1, 1]], dtype=torch.bool)
    nowhere = torch.tensor([0, 0])
    batch = {"context": context, "start": nowhere, "end": nowhere}
    local = (math.log(2) + math.log(3)) / 2
    assert span_loss(zeros, zeros, batch, 2).item() == pytest.approx(local)


def test_beside_answered_questions_an_unanswerable_one_has_no_shared_part() -> None:
    """One window each, of two passage tokens; the first question alone is answered."""
    logits = torch.zeros(2, 4)
    logits[1, 3] = 5.0  # the choices of the second question are not equal, and do not count
    context = torch.tensor([[0, 0, 1, 1], [0, 0, 1, 1]], dtype=torch.bool)
    targets = torch.tensor([2, 0])
    batch = {"context": context, "start": targets, "end": targets}
    local = (math.log(3) + math.log(2 + math.exp(5))) / 2
    assert span_loss(logits, logits, batch, 1).item() == pytest.approx((local + math.log(2)) / 2)


def test_what_is_no_passage_token_has_no_part_in_the_span_loss() -> None:
    context = torch.tensor([[0, 0, 1, 1, 0]], dtype=torch.bool)
    batch = {"context": context, "start": torch.tensor([2]), "end": torch.tensor([3])}
    logits = torch.randn(1, 5, requires_grad=True)
    [grad] = torch.autograd.grad(span_loss(logits, logits, batch, 1), [logits])
    assert grad[0].nonzero().flatten().tolist() == [0, 2, 3]


def test_the_span_loss_is_the_mean_of_local_and_shared_cross_entropies() -> None:
    rng = np.random.default_rng(0)
    start, end = (torch.tensor(rng.normal(size=(2, 5)), dtype=torch.float32) for _ in range(2))
    context = torch.tensor([[0, 0, 1, 1, 0], [0, 0, 1, 1, 1]], dtype=torch.bool)
    batch = {"context": context, "start": torch.tensor([2, 0]), "end": torch.tensor([3, 0])}

    def nll(logits: torch.Tensor, allowed: list[int], target: int) -> float:
        return float(torch.logsumexp(logits[allowed], 0) - logits[target])

    parts: list[float] = []
    for logits, target in ((start, 2), (end, 3)):
        local = [nll(logits[0], [0, 2, 3], target), nll(logits[1], [0, 2, 3, 4], 0)]
        parts += [float(np.mean(local)), nll(logits.flatten(), [2, 3, 7, 8, 9], target)]
    assert float(span_loss(start, end, batch, 2)) == pytest.approx(np.mean(parts), rel=1e-5)


def test_the_loss_over_a_vocabulary_has_the_known_value() -> None:
    """Scores of 2, 0 and 0 for three words; the first is right once, the second once."""
    vectors = torch.tensor([[2.0], [2.0]])
    words = torch.tensor([[1.0], [0.0], [0.0]])
    loss = vocabulary_cross_entropy(vectors, words, torch.zeros(3), torch.tensor([0, 1]))
    total = math.log(math.exp(2) + 2)
    assert loss.item() == pytest.approx(((total - 2) + total) / 2)


@pytest.mark.parametrize(("dtype", "near"), [(torch.float32, 1e-5), (torch.bfloat16, 2e-2)])
def test_the_loss_over_a_vocabulary_is_cross_entropy_gradients_included(
    dtype: torch.dtype, near: float
) -> None:
    torch.manual_seed(3)
    tensors = [torch.randn(n, requires_grad=True) for n in ((7, 5), (11, 5), (11,))]
    vectors, words, bias = tensors
    labels = torch.randint(0, 11, (7,))
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=dtype == torch.bfloat16):
        loss = vocabulary_cross_entropy(vectors, words, bias, labels)
    expected = cross_entropy(vectors @ words.T + bias, labels)
    assert loss.item() == pytest.approx(expected.item(), rel=near)
    for ours, exact in zip(
        torch.autograd.grad(3 * loss, tensors),
        torch.autograd.grad(3 * expected, tensors),
        strict=True,
    ):
        assert ours.dtype == exact.dtype
        torch.testing.assert_close(ours, exact, rtol=near, atol=near)


def test_an_impossible_word_has_a_large_loss_and_not_an_infinite_one() -> None:
    vectors, words = torch.tensor([[1000.0]]), torch.tensor([[1.0], [-1.0]])
    loss = vocabulary_cross_entropy(vectors, words, torch.zeros(2), torch.tensor([1]))
    assert 80 < loss.item() < math.inf


def test_places_beyond_the_last_one_share_its_vector() -> None:
    torch.manual_seed(0)
    head = SpanBoundaryHead(8, 1e-12)
    side = torch.randn(1, 8).expand(4, 8)
    vectors = head(side, side, torch.tensor([62, 63, 64, 500]))
    assert vectors.shape == (4, 8)
    assert torch.equal(vectors[1], vectors[2])
    assert torch.equal(vectors[1], vectors[3])
    assert not torch.allclose(vectors[0], vectors[1])


@pytest.fixture
def model() -> SpanPretrainingModel:
    """A small model without dropout."""
    torch.manual_seed(7)
    config: Any = BertConfig(
        vocab_size=60, hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=64, initializer_range=0.3,
    )  # fmt: skip
    return SpanPretrainingModel(BertForMaskedLM(config)).eval()


@pytest.fixture
def batch() -> dict[str, torch.Tensor]:
    """Two stretches of 40 words, masked."""
    rng = np.random.default_rng(3)
    borders = np.arange(41, dtype=np.int32)
    stretches = [Stretch(rng.integers(5, 60, 40).astype(np.int32), borders) for _ in range(2)]
    ordinary = np.arange(5, 60, dtype=np.int32)
    text = PretrainingText(stretches, Vocabulary(1, 2, 0, 3, ordinary), seed=1)
    [planned] = plan_batches(text, tokens=128, epoch=0)
    masked = mask_batch(text, planned, Masking())
    names = ("ids", "mask", "at", "left", "right", "place", "labels")
    return {name: torch.from_numpy(getattr(masked, name)) for name in names}


def boundary_scores(
    model: SpanPretrainingModel, hidden: torch.Tensor, batch: dict[str, torch.Tensor]
) -> torch.Tensor:
    """Words at the masked tokens, from the boundaries of their spans alone."""
    words = model.masked.get_input_embeddings().weight
    scores: torch.Tensor = model.boundary_vectors(hidden, batch) @ words.T + model.boundary_bias
    return scores


def gradient(scores: torch.Tensor, of: torch.Tensor) -> torch.Tensor:
    [grad] = torch.autograd.grad(scores.logsumexp(-1).sum(), [of])
    return grad


def test_the_boundary_objective_sees_the_boundaries_and_the_place_alone(
    model: SpanPretrainingModel, batch: dict[str, torch.Tensor]
) -> None:
    hidden = model.hidden(batch["ids"], batch["mask"]).detach().requires_grad_()
    target = len(batch["at"]) // 2
    grad = gradient(boundary_scores(model, hidden, batch)[target], hidden)
    touched = grad.flatten(0, 1).abs().sum(1).nonzero().flatten().tolist()
    assert touched == sorted([int(batch["left"][target]), int(batch["right"][target])])
    places = gradient(boundary_scores(model, hidden, batch)[target], model.boundary.places.weight)
    assert places.abs().sum(1).nonzero().flatten().tolist() == [int(batch["place"][target])]


def test_the_masked_objective_sees_the_token_itself_alone(
    model: SpanPretrainingModel,
    batch: dict[str, torch.Tensor],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    states = model.hidden(batch["ids"], batch["mask"]).detach().requires_grad_()
    nothing = torch.zeros(len(batch["at"]), states.shape[-1])
    monkeypatch.setattr(model, "hidden", lambda *_: states)
    monkeypatch.setattr(model, "boundary_vectors", lambda *_: nothing)
    [grad] = torch.autograd.grad(model(batch), [states])
    touched = grad.flatten(0, 1).abs().sum(1).nonzero().flatten().tolist()
    assert touched == sorted(batch["at"].tolist())


def test_the_loss_is_the_sum_of_both_and_the_output_is_tied_to_the_input(
    model: SpanPretrainingModel, batch: dict[str, torch.Tensor]
) -> None:
    hidden = model.hidden(batch["ids"], batch["mask"])
    own = model.masked.cls(hidden.flatten(0, 1)[batch["at"]])
    parts = [own, boundary_scores(model, hidden, batch)]
    expected = sum(cross_entropy(part, batch["labels"]).item() for part in parts)
    assert model(batch).item() == pytest.approx(expected, rel=1e-5)
    assert torch.equal(model.predict(batch), own.argmax(-1))
    words = model.masked.get_input_embeddings().weight
    assert model.masked.get_output_embeddings().weight is words
    bias = gradient(boundary_scores(model, hidden.detach(), batch), words)
    assert bias.abs().sum() > 0


def test_with_a_group_the_loss_is_the_reader_s(model: SpanPretrainingModel) -> None:
    ids = torch.randint(5, 60, (2, 6))
    context = torch.tensor([[0, 0, 0, 1, 1, 0]] * 2, dtype=torch.bool)
    batch = {
        "ids": ids,
        "mask": torch.ones_like(ids),
        "types": context.long(),
        "context": context,
        "start": torch.tensor([3, 4]),
        "end": torch.tensor([4, 4]),
    }
    hidden = model.hidden(ids, batch["mask"], batch["types"])
    start, end = model.qa_outputs(hidden).unbind(-1)
    expected = span_loss(start, end, batch, 1)
    assert model(batch, 1).item() == pytest.approx(expected.item())
    weights = [p for name, p in model.named_parameters() if name.startswith("boundary")]
    grads = torch.autograd.grad(model(batch, 1), weights, allow_unused=True)
    assert grads == (None,) * len(weights)
