"""SpanBERT in pre-training: masked words, the span-boundary objective, and the reader's head."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from .fine_tuning import span_loss

__all__ = ["BoundaryHead", "SpanPretraining", "word_loss"]

_PLACES = 64
"""Tokens of a span that are told apart by their place in it; the last stands for all beyond."""
_PLACE_WIDTH = 200


class _WordLoss(torch.autograd.Function):
    """Cross entropy over a whole vocabulary, with one softmax in the precision of the products.

    The chain of linear layer, cast and `cross_entropy` copies the scores of all words in float32
    again and again; on two cores with AMX that took half of a step, and 4 times as long as this.
    """

    @staticmethod
    def forward(ctx: Any, vectors: Tensor, words: Tensor, bias: Tensor, labels: Tensor) -> Tensor:
        kind = vectors.device.type
        dtype = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else words.dtype
        low, table = vectors.to(dtype), words.to(dtype)
        grad = torch.softmax(torch.addmm(bias.to(dtype), low, table.t()), dim=-1)
        at = torch.arange(len(labels), device=labels.device), labels
        seen = grad[at]
        grad[at] = seen - 1
        ctx.save_for_backward(low, table, grad)
        ctx.dtypes = vectors.dtype, words.dtype
        return -seen.float().clamp_min(torch.finfo(torch.float32).tiny).log().mean()

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        low, table, grad = ctx.saved_tensors
        of_vectors, of_words = ctx.dtypes
        share = grads[0] / len(low)
        with torch.autocast(low.device.type, enabled=False):
            return (
                (grad @ table).to(of_vectors) * share,
                (grad.t() @ low).to(of_words) * share,
                (grad.new_ones(len(grad)) @ grad).to(of_words) * share,
                None,
            )


def word_loss(vectors: Tensor, words: Tensor, bias: Tensor, labels: Tensor) -> Tensor:
    """Mean cross entropy of `labels` (n,) under scores ``vectors @ words.T + bias``.

    `vectors` (n, width), `words` (vocabulary, width), `bias` (vocabulary,).
    """
    run: Any = _WordLoss.apply
    found: Tensor = run(vectors, words, bias, labels)
    return found


class BoundaryHead(nn.Module):
    """A masked token's vector from the tokens on both sides of its span, and its place in it.

    Two layers, each linear with GELU and layer norm (Joshi et al. 2020, section 3.2).
    """

    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.places = nn.Embedding(_PLACES, _PLACE_WIDTH)
        nn.init.normal_(self.places.weight, std=0.02)
        self.layers = nn.Sequential(
            nn.Linear(2 * width + _PLACE_WIDTH, width), nn.GELU(), nn.LayerNorm(width, eps),
            nn.Linear(width, width), nn.GELU(), nn.LayerNorm(width, eps),
        )  # fmt: skip

    def forward(self, left: Tensor, right: Tensor, place: Tensor) -> Tensor:
        """`left` and `right` (masked, width), `place` (masked,) -> (masked, width)."""
        where = self.places(place.clamp(max=_PLACES - 1))
        found: Tensor = self.layers(torch.cat([left, right, where], dim=-1))
        return found


class SpanPretraining(nn.Module):
    """A BERT with all heads of pre-training; `forward` is the loss of a batch of either kind."""

    def __init__(self, masked: Any) -> None:
        """`masked` is a `BertForMaskedLM`."""
        super().__init__()
        config = masked.config
        self.masked = masked
        self.boundary = BoundaryHead(config.hidden_size, config.layer_norm_eps)
        self.boundary_bias = nn.Parameter(torch.zeros(config.vocab_size))
        self.qa_outputs = nn.Linear(config.hidden_size, 2)

    def forward(self, batch: dict[str, Tensor], group: int = 0) -> Tensor:
        """The masked batch's loss, or with a `group` that of recurring spans."""
        if group:
            hidden = self._hidden(batch["ids"], batch["mask"], batch["types"])
            start, end = self.qa_outputs(hidden).float().unbind(-1)
            return span_loss(start, end, batch, group)
        hidden = self._hidden(batch["ids"], batch["mask"])
        last = self.masked.cls.predictions
        own, labels = last.transform(hidden.flatten(0, 1)[batch["at"]]), batch["labels"]
        words = self.masked.get_input_embeddings().weight
        return word_loss(own, words, last.decoder.bias, labels) + word_loss(
            self._between(hidden, batch), words, self.boundary_bias, labels
        )

    def _hidden(self, ids: Tensor, mask: Tensor, types: Tensor | None = None) -> Tensor:
        out = self.masked.bert(input_ids=ids, attention_mask=mask, token_type_ids=types)
        found: Tensor = out.last_hidden_state
        return found

    def guess(self, batch: dict[str, Tensor]) -> Tensor:
        """The likeliest words at the masked tokens, shape (masked,)."""
        return self.masked_logits(self._hidden(batch["ids"], batch["mask"]), batch).argmax(-1)

    def masked_logits(self, hidden: Tensor, batch: dict[str, Tensor]) -> Tensor:
        """Words at the masked tokens, from their own vectors: (masked, vocabulary)."""
        found: Tensor = self.masked.cls(hidden.flatten(0, 1)[batch["at"]])
        return found

    def boundary_logits(self, hidden: Tensor, batch: dict[str, Tensor]) -> Tensor:
        """The same, from the boundaries of their spans alone; the output is the word embedding."""
        words = self.masked.get_input_embeddings().weight
        return linear(self._between(hidden, batch), words, self.boundary_bias)

    def _between(self, hidden: Tensor, batch: dict[str, Tensor]) -> Tensor:
        flat = hidden.flatten(0, 1)
        found: Tensor = self.boundary(flat[batch["left"]], flat[batch["right"]], batch["place"])
        return found
