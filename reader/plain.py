"""A span reader over `models.bert`: what most readers are, without the slow imports."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import torch
from torch import Tensor, nn

from ..models.runtimes.torch_bert import Bert, WordPieces, load_bert

__all__ = ["PlainReader", "load_plain"]


class Logits(NamedTuple):
    """One pair per token, shape (rows, length) each."""

    start_logits: Tensor
    end_logits: Tensor


class PlainReader(nn.Module):
    """BERT with a span head; called like transformers' model."""

    def __init__(self, bert: Bert, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.bert = bert
        self.config = SimpleNamespace(max_position_embeddings=bert.positions)
        self.qa_outputs = nn.Linear(bert.width, 2, device="meta")
        self.qa_outputs.load_state_dict({"weight": weight, "bias": bias}, assign=True)
        self.float()

    @property
    def device(self) -> torch.device:
        return self.qa_outputs.weight.device

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Logits:
        hidden = self.bert(input_ids, attention_mask, token_type_ids)
        start, end = self.qa_outputs(hidden).unbind(-1)
        return Logits(start, end)


def load_plain(folder: Path) -> tuple[PlainReader, WordPieces] | None:
    """The reader in a folder, in float32; None where it is not plain, or not a reader."""
    found = load_bert(folder)
    if found is None:
        return None
    bert, pieces, rest = found
    weight, bias = rest.get("qa_outputs.weight"), rest.get("qa_outputs.bias")
    if weight is None or bias is None or weight.shape != (2, bert.width):
        return None
    return PlainReader(bert, weight, bias), pieces
