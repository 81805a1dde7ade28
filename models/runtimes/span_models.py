"""Span readers of `transformers` as modules of one signature: ids, mask and types in, logits out.

What families do differently is settled here: which of them know segments, how many tokens their
positions suffice for, what Longformer attends to everywhere, and when BigBird attends sparsely.
"""

from __future__ import annotations

import inspect
import threading
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from ...core.forks import on_fork

if TYPE_CHECKING:
    from transformers import PreTrainedModel

__all__ = ["SpanModel", "as_span_model", "has_segments", "learned_positions", "position_limit"]


def has_segments(model: PreTrainedModel) -> bool:
    """Whether the model tells the question from the passage by token types.

    DistilBERT takes none; RoBERTa takes them, but knows one alone, and DeBERTa v3 not even that.
    """
    config: Any = model.config
    return (
        "token_type_ids" in inspect.signature(model.forward).parameters
        and (getattr(config, "type_vocab_size", None) or 0) > 1
    )


def position_limit(model: PreTrainedModel) -> int | None:
    """Tokens that a row may have by the model's positions; None: they set no limit.

    RoBERTa and its kin count positions from the padding's number on, so that of 514 in their
    configuration 512 are left; relative positions of XLNet and T5 have no end.
    """
    limit = getattr(model.config, "max_position_embeddings", None)
    limits = [limit if isinstance(limit, int) and limit > 0 else None, learned_positions(model)]
    return min((limit for limit in limits if limit is not None), default=None)


def learned_positions(model: nn.Module) -> int | None:
    """Tokens for which a model has a vector of their position; None: it has no such vectors."""
    limits = []
    for name, module in model.named_modules():
        weight, padding = getattr(module, "weight", None), getattr(module, "padding_idx", None)
        if name.endswith("position_embeddings") and isinstance(weight, Tensor):
            limits.append(len(weight) - (0 if padding is None else padding + 1))
    return min(limits, default=None)


class SpanModel(nn.Module):
    """A model with a span head, called as runtimes call it."""

    def __init__(self, model: PreTrainedModel) -> None:
        super().__init__()
        self.model: Any = model
        self._has_segments = has_segments(model)
        self._has_mask = "attention_mask" in inspect.signature(model.forward).parameters

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor) -> Tensor:
        """Start and end logits: three times (rows, length) -> (rows, length, 2)."""
        output = self.model(input_ids=ids, **self.extra_inputs(ids, mask, types))
        return torch.stack((output.start_logits, output.end_logits), dim=-1)

    def extra_inputs(self, ids: Tensor, mask: Tensor, types: Tensor) -> dict[str, Tensor]:
        """What the model takes beside the ids."""
        segments = {"token_type_ids": types} if self._has_segments else {}
        return {**segments, "attention_mask": mask} if self._has_mask else segments


class _ByLength(SpanModel):
    """A model in which padding is seen, or may be: rows of one length are computed together.

    MobileBERT joins each token with its neighbors, ConvBERT convolves them, FNet mixes all.
    """

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor) -> Tensor:
        """See `SpanModel.forward`; the logits of padding are 0."""
        lengths = mask.sum(1)
        logits = torch.zeros((*ids.shape, 2), dtype=self.model.dtype, device=ids.device)
        for length in sorted(set(lengths.tolist())):
            rows = lengths == length
            logits[rows, :length] = self.whole_rows(*(x[rows, :length] for x in (ids, mask, types)))
        return logits

    def whole_rows(self, ids: Tensor, mask: Tensor, types: Tensor) -> Tensor:
        """Logits of rows without padding."""
        return super().forward(ids, mask, types)


class _Longformer(SpanModel):
    """Longformer, whose question attends to, and is attended by, all (Beltagy et al. 2020, 3.1).

    The library finds the question itself, but only in rows with exactly three separators, which a
    title or a passage that quotes one has not.
    """

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor) -> Tensor:
        """See `SpanModel.forward`; rows are filled up to whole windows of attention."""
        length, config = ids.shape[1], self.model.config
        windows = config.attention_window
        missing = -length % (windows if isinstance(windows, int) else max(windows))
        filled = pad(ids, (0, missing), value=config.pad_token_id)
        more = (pad(array, (0, missing)) for array in (mask, types))
        return super().forward(filled, *more)[:, :length]

    def extra_inputs(self, ids: Tensor, mask: Tensor, types: Tensor) -> dict[str, Tensor]:
        separators = ids.eq(self.model.config.sep_token_id)
        everywhere = separators.cumsum(1).eq(0) & mask.bool()
        extra = super().extra_inputs(ids, mask, types)
        return {**extra, "global_attention_mask": everywhere.long()}


class _BigBird(_ByLength):
    """BigBird, which attends sparsely to rows of more than some 700 tokens (Zaheer et al. 2020).

    The library goes over to full attention with the first short row, for good, and its sparse one
    sees the padding of a batch. Here each row is computed as it would be alone and first.
    """

    def __init__(self, model: PreTrainedModel) -> None:
        super().__init__(model)
        config = self.model.config
        self._is_sparse = config.attention_type == "block_sparse"
        self._longest_full = (5 + 2 * config.num_random_blocks) * config.block_size
        self._renew_lock()
        on_fork(self, _BigBird._renew_lock)

    def _renew_lock(self) -> None:
        # How the model attends is a state of it.
        self._lock = threading.Lock()

    def whole_rows(self, ids: Tensor, mask: Tensor, types: Tensor) -> Tensor:
        """See `_ByLength.whole_rows`."""
        sparse = self._is_sparse and ids.shape[1] > self._longest_full
        with self._lock:
            self.model.bert.set_attention_type("block_sparse" if sparse else "original_full")
            return super().whole_rows(ids, mask, types)


_UNSEEN_PADDING = frozenset(
    [
        *("albert", "bert", "camembert", "data2vec-text", "deberta", "deberta-v2", "distilbert"),
        *("electra", "ernie", "megatron-bert", "modernbert", "mpnet", "rembert", "roberta"),
        *("roberta-prelayernorm", "xlm-roberta", "xlm-roberta-xl", "xmod"),
    ]
)
"""Model types in which padding changes nothing, so that rows of any length are computed at once."""
_KINDS: dict[str, type[SpanModel]] = {"longformer": _Longformer, "big_bird": _BigBird}


def as_span_model(model: PreTrainedModel) -> SpanModel:
    """A model with a span head as a module that a runtime can run."""
    kind = str(model.config.model_type)
    default = SpanModel if kind in _UNSEEN_PADDING else _ByLength
    return _KINDS.get(kind, default)(model)
