"""Our attention computes and learns what torch's own does."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import BertConfig, BertForQuestionAnswering

from spanmem.models.training.attention import attend, register, training_attention


def _step(implementation: str, *, bf16: bool) -> dict[str, torch.Tensor]:
    """Logits and gradients of one step of a small model, by name."""
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=50, hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=64, max_position_embeddings=32, hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0, initializer_range=0.3,
    )  # fmt: skip
    config._attn_implementation = implementation
    model: Any = BertForQuestionAnswering(config)
    ids = torch.randint(1, 50, (3, 12))
    mask = torch.ones_like(ids)
    mask[1, 7:] = 0
    with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        out = model(input_ids=ids, attention_mask=mask)
    (out.start_logits.float()[mask > 0].square().sum() + out.end_logits[0].float().sum()).backward()
    gradients = {name: p.grad for name, p in model.named_parameters()}
    return {"logits": out.start_logits[mask > 0].detach(), **gradients}


@pytest.mark.parametrize("bf16", [False, True])
def test_it_computes_and_learns_what_the_eager_one_does(bf16: bool) -> None:
    ours, theirs = (_step(name, bf16=bf16) for name in (register(), "eager"))
    # In bfloat16 both round, at different places: each is about as far from the exact result.
    exact = _step("eager", bf16=False)
    for name, wanted in theirs.items():
        scale = float(exact[name].abs().max()) + 1e-6
        allowed = 4 * float((wanted - exact[name]).abs().max()) + 1e-5 * scale if bf16 else 1e-4
        torch.testing.assert_close(ours[name].float(), wanted.float(), atol=allowed, rtol=0)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("scaling", [None, 0.3])
def test_output_and_gradients_are_those_of_torch_s_attention(
    masked: bool, scaling: float | None
) -> None:
    torch.manual_seed(5)
    parts = [torch.randn(2, 3, 7, 4, requires_grad=True) for _ in range(3)]
    query, key, value = parts
    mask = torch.zeros(2, 1, 7, 7)
    mask[1, :, :, 5:] = torch.finfo(torch.float32).min
    hidden = mask if masked else None
    ours, weights = attend(torch.nn.Identity(), query, key, value, hidden, scaling=scaling)
    theirs = scaled_dot_product_attention(query, key, value, attn_mask=hidden, scale=scaling)
    assert weights is None
    torch.testing.assert_close(ours, theirs.transpose(1, 2), rtol=1e-5, atol=1e-6)
    direction = torch.randn_like(ours)
    gradients = torch.autograd.grad(ours, parts, direction)
    expected = torch.autograd.grad(theirs.transpose(1, 2), parts, direction)
    for grad, exact in zip(gradients, expected, strict=True):
        torch.testing.assert_close(grad, exact, rtol=1e-4, atol=1e-6)


def test_dropout_is_refused() -> None:
    part = torch.zeros(1, 1, 2, 4)
    with pytest.raises(ValueError, match=r"no dropout, but 0\.1"):
        attend(torch.nn.Identity(), part, part, part, None, dropout=0.1)


def test_other_models_than_bert_keep_their_own() -> None:
    if torch.cuda.is_available():
        assert training_attention("bert") == "sdpa"
    else:
        assert (training_attention("bert"), training_attention("electra")) == ("spanmem", "eager")
