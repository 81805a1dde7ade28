"""Training objectives: the reader's span loss, and SpanBERT's masked words and span boundaries."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, kl_div, log_softmax

__all__ = [
    "SpanBoundaryHead",
    "SpanPretrainingModel",
    "soft_span_loss",
    "span_loss",
    "vocabulary_cross_entropy",
]

_PLACES = 64
"""Tokens of a span that are told apart by their place in it; the last stands for all beyond."""
_PLACE_WIDTH = 200


def span_loss(start: Tensor, end: Tensor, batch: dict[str, Tensor], group: int) -> Tensor:
    """Mean of a shared and a local cross entropy of the answers' starts and ends.

    *Shared*: under one softmax over the passage tokens of all `group` windows of a question
    (Clark & Gardner 2018, section 3.3), so that scores compare across passages; its target is the
    answer in the last window that holds one, and a question without an answer has none. *Local*:
    within each window over its passage tokens and ``[CLS]``, which is the target where the window
    holds no answer, so that a window alone can say "not here". A window of which nothing is known
    (`UNKNOWN`) has no local part, and its question no shared one.

    `start` and `end` are logits of shape (rows, length), float32; `batch` holds `context`, `start`
    and `end` of a `TrainingBatch`. A scalar.
    """
    lowest = torch.finfo(start.dtype).min
    context = batch["context"]
    local_mask = context.clone()
    local_mask[:, 0] = True
    rows, length = start.shape
    offset = torch.arange(rows, device=start.device).remainder(group) * length
    parts: list[Tensor] = []
    for logits, target in ((start, batch["start"]), (end, batch["end"])):
        if bool((target >= 0).any()):
            parts.append(cross_entropy(logits.masked_fill(~local_mask, lowest), target))
        shared = logits.masked_fill(~context, lowest).view(-1, group * length)
        gold = torch.where(target > 0, target + offset, -1).view(-1, group).amax(dim=1)
        gold = gold.masked_fill(target.view(-1, group).amin(dim=1) < 0, -1)
        if bool((gold >= 0).any()):
            parts.append(cross_entropy(shared, gold.masked_fill(gold < 0, -100)))
    return torch.stack(parts).mean() if parts else 0 * start.sum()


def soft_span_loss(
    start: Tensor, end: Tensor, marks: Tensor, context: Tensor, group: int, temperature: float
) -> Tensor:
    """Mean divergence of a reader's starts and ends from those that its teacher marks.

    Each is compared under the two normalizations of `span_loss`: over the passage tokens of all
    `group` windows of a question, and within each window over these and ``[CLS]``. Logits are
    divided by `temperature`, and the divergence times its square, so that gradients are of one
    size at all temperatures (Hinton et al. 2015, "Distilling the knowledge in a neural network").

    `start` and `end`: logits (rows, length), float32; `marks`: the teacher's (rows, length, 2), of
    which those outside `context` (rows, length) and ``[CLS]`` mean nothing. A scalar, 0 where both
    agree.
    """
    lowest = torch.finfo(start.dtype).min
    local = context.clone()
    local[:, 0] = True
    parts: list[Tensor] = []
    for logits, marked in ((start, marks[..., 0]), (end, marks[..., 1])):
        for mask, width in ((local, start.shape[1]), (context, group * start.shape[1])):
            ours, theirs = (
                log_softmax(
                    (x / temperature).clamp(min=lowest).masked_fill(~mask, lowest).view(-1, width),
                    dim=-1,
                )
                for x in (logits, marked)
            )
            parts.append(kl_div(ours, theirs, log_target=True, reduction="batchmean"))
    return temperature**2 * torch.stack(parts).mean()


class _VocabularyCrossEntropy(torch.autograd.Function):
    """Cross entropy over a whole vocabulary, with one softmax in the precision of the products.

    The chain of linear layer, cast and `cross_entropy` copies the scores of all words in float32
    again and again; on two cores with AMX that took half of a step, and 4 times as long as this.
    """

    @staticmethod
    def forward(ctx: Any, vectors: Tensor, words: Tensor, bias: Tensor, labels: Tensor) -> Tensor:
        device = vectors.device.type
        autocast = torch.is_autocast_enabled(device)
        dtype = torch.get_autocast_dtype(device) if autocast else words.dtype
        low, table = vectors.to(dtype), words.to(dtype)
        grad = torch.softmax(torch.addmm(bias.to(dtype), low, table.t()), dim=-1)
        at = torch.arange(len(labels), device=labels.device), labels
        likelihood = grad[at]
        grad[at] = likelihood - 1  # the gradient of the scores: softmax less the one-hot labels
        ctx.save_for_backward(low, table, grad)
        ctx.dtypes = vectors.dtype, words.dtype
        return -likelihood.float().clamp_min(torch.finfo(torch.float32).tiny).log().mean()

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        low, table, grad = ctx.saved_tensors
        vectors_dtype, words_dtype = ctx.dtypes
        share = grads[0] / len(low)
        with torch.autocast(low.device.type, enabled=False):
            return (
                (grad @ table).to(vectors_dtype) * share,
                (grad.t() @ low).to(words_dtype) * share,
                (grad.new_ones(len(grad)) @ grad).to(words_dtype) * share,
                None,
            )


def vocabulary_cross_entropy(
    vectors: Tensor, words: Tensor, bias: Tensor, labels: Tensor
) -> Tensor:
    """Mean cross entropy of `labels` (n,) under scores ``vectors @ words.T + bias``.

    `vectors` (n, width), `words` (vocabulary, width), `bias` (vocabulary,); a scalar in float32.
    """
    apply: Any = _VocabularyCrossEntropy.apply
    loss: Tensor = apply(vectors, words, bias, labels)
    return loss


class SpanBoundaryHead(nn.Module):
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
        place_vectors = self.places(place.clamp(max=_PLACES - 1))
        vectors: Tensor = self.layers(torch.cat([left, right, place_vectors], dim=-1))
        return vectors


class SpanPretrainingModel(nn.Module):
    """A BERT with all heads of pre-training; `forward` is the loss of a batch of either kind.

    Checkpoints of a run hold its parts by the names of its attributes.
    """

    def __init__(self, masked: Any) -> None:
        """`masked` is a `BertForMaskedLM`."""
        super().__init__()
        config = masked.config
        self.masked = masked
        self.boundary = SpanBoundaryHead(config.hidden_size, config.layer_norm_eps)
        self.boundary_bias = nn.Parameter(torch.zeros(config.vocab_size))
        self.qa_outputs = nn.Linear(config.hidden_size, 2)

    def forward(self, batch: dict[str, Tensor], group: int = 0) -> Tensor:
        """The loss of a masked batch, or with a `group` that of a batch of recurring spans.

        `batch` holds the arrays of a `MaskedBatch`, or of a `TrainingBatch` whose questions have
        `group` windows each. A scalar in float32.
        """
        if group:
            hidden = self.hidden(batch["ids"], batch["mask"], batch["types"])
            start, end = self.qa_outputs(hidden).float().unbind(-1)
            return span_loss(start, end, batch, group)
        hidden = self.hidden(batch["ids"], batch["mask"])
        head, labels = self.masked.cls.predictions, batch["labels"]
        own = head.transform(hidden.flatten(0, 1)[batch["at"]])
        words = self.masked.get_input_embeddings().weight
        return vocabulary_cross_entropy(
            own, words, head.decoder.bias, labels
        ) + vocabulary_cross_entropy(
            self.boundary_vectors(hidden, batch), words, self.boundary_bias, labels
        )

    def hidden(self, ids: Tensor, mask: Tensor, types: Tensor | None = None) -> Tensor:
        """BERT's last hidden states, shape (rows, length, width), of arrays (rows, length)."""
        out = self.masked.bert(input_ids=ids, attention_mask=mask, token_type_ids=types)
        states: Tensor = out.last_hidden_state
        return states

    def boundary_vectors(self, hidden: Tensor, batch: dict[str, Tensor]) -> Tensor:
        """The masked tokens' vectors from the boundaries of their spans alone: (masked, width)."""
        flat = hidden.flatten(0, 1)
        vectors: Tensor = self.boundary(flat[batch["left"]], flat[batch["right"]], batch["place"])
        return vectors

    def predict(self, batch: dict[str, Tensor]) -> Tensor:
        """The likeliest words at the masked tokens, from their own vectors: shape (masked,)."""
        hidden = self.hidden(batch["ids"], batch["mask"])
        scores: Tensor = self.masked.cls(hidden.flatten(0, 1)[batch["at"]])
        return scores.argmax(-1)
