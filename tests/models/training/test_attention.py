from __future__ import annotations

from typing import Any

import pytest
import torch
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


def test_dropout_is_refused() -> None:
    part = torch.zeros(1, 1, 2, 4)
    with pytest.raises(ValueError, match=r"no dropout, but 0\.1"):
        attend(torch.nn.Identity(), part, part, part, None, dropout=0.1)


def test_other_models_than_bert_keep_their_own() -> None:
    if torch.cuda.is_available():
        assert training_attention("bert") == "sdpa"
    else:
        assert (training_attention("bert"), training_attention("electra")) == ("spanmem", "eager")
