"""SpanBERT in pre-training: masked words, the span-boundary objective, and the reader's head."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, linear

from .train import span_loss

__all__ = ["BoundaryHead", "SpanPretraining"]

_PLACES = 64
"""Tokens of a span that are told apart by their place in it; the last stands for all beyond."""
_PLACE_WIDTH = 200


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
        words, borders = self.masked_logits(hidden, batch), self.boundary_logits(hidden, batch)
        labels = batch["labels"]
        return cross_entropy(words.float(), labels) + cross_entropy(borders.float(), labels)

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
        flat = hidden.flatten(0, 1)
        vectors = self.boundary(flat[batch["left"]], flat[batch["right"]], batch["place"])
        words = self.masked.get_input_embeddings().weight
        return linear(vectors, words, self.boundary_bias)
