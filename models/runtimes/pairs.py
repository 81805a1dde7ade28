"""Cross-encoder of two short texts: both in one row, one logit out, over a reader's word vectors.

The head is a noisy-or over tokens: each tells how much it has no counterpart in the other text, and
the pair asks the same if none does. Which tokens stand in both texts is marked in the input, as by
the exact-match feature of Chen et al. 2017, "Reading Wikipedia to Answer Open-Domain Questions".
The folder holds layers and head alone: the word vectors, more than half of such a small model, are
those of the model it was trained from, and so is the tokenizer.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from ...core.errors import ModelError, first_line
from ..device import fingerprint, placement
from ..finite import check_loaded
from .protocol import Floats, Ids, RuntimeOptions
from .threads import loading
from .torch_bert import Bert, WordPieceTokenizer, load_bert
from .torch_runtime import TorchRuntime

if TYPE_CHECKING:
    import tokenizers

__all__ = [
    "BORROWED",
    "LONGEST",
    "PairHead",
    "PairRuntime",
    "load_pairs",
    "pair_arrays",
    "start_pairs",
]

BORROWED = "bert.word_embeddings"
"""The tensor that the folder lacks, by its name in `PairHead`."""
LONGEST = 192
"""Tokens of a pair; longer ones are cut."""
_SEGMENTS = 2


class PairHead(nn.Module):
    """BERT whose tokens each have a mismatch score, joined to one logit for "the same"."""

    def __init__(self, bert: Bert) -> None:
        super().__init__()
        self.bert = bert
        self.mismatch = nn.Linear(bert.width, 1)
        self.bias = nn.Parameter(torch.tensor(3.0))

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor) -> Tensor:
        """Logits: three times (rows, length) -> (rows,), float32. `types` as in `pair_arrays`."""
        scores = self.mismatch(self.bert(ids, mask, types)).squeeze(-1).float()
        scores = scores.masked_fill(mask == 0, -1e4)
        logits: Tensor = self.bias.float() - torch.logsumexp(scores, dim=1)
        return logits


def pair_arrays(
    tokenizer: tokenizers.Tokenizer, pairs: Sequence[tuple[str, str]]
) -> tuple[Ids, Ids, Ids]:
    """Ids, mask and types of pairs, each of shape (pairs, length), padded on the right.

    A type is 0 in the first text and 1 in the second, and 2 more where the token stands in both.
    """
    tokenizer.enable_truncation(LONGEST)
    tokenizer.enable_padding()
    encodings = tokenizer.encode_batch(list(pairs))
    ids, mask, types, special = (
        np.array([getattr(encoding, name) for encoding in encodings], np.int64)
        for name in ("ids", "attention_mask", "type_ids", "special_tokens_mask")
    )
    for row in range(len(pairs)):
        words = special[row] == 0
        first, second = words & (types[row] == 0), words & (types[row] == 1)
        both = np.intersect1d(ids[row, first], ids[row, second])
        types[row, words & np.isin(ids[row], both)] += _SEGMENTS
    return ids, mask, types


def start_pairs(folder: Path, layers: int) -> tuple[PairHead, WordPieceTokenizer]:
    """The first `layers` of a plain BERT under a new head, and its tokenizer.

    Raises ModelError where the folder holds none.
    """
    checkpoint = load_bert(folder)
    if checkpoint is None:
        raise ModelError(f"{folder} holds no plain BERT in safetensors; give one that is")
    bert = checkpoint.bert
    bert.layers = bert.layers[:layers]
    # The marked tokens begin as what they are unmarked.
    bert.type_embeddings = nn.Parameter(bert.type_embeddings.detach()[:_SEGMENTS].repeat(2, 1))
    return PairHead(bert), checkpoint.tokenizer


class PairRuntime:
    """Scores pairs of texts with a trained `PairHead`. Safe in several threads."""

    def __init__(self, runtime: TorchRuntime, facts: dict[str, Any]) -> None:
        self.threshold = float(facts["threshold"])
        self.sure = float(facts["sure"])
        self._runtime = runtime

    def scores(self, pairs: Sequence[tuple[str, str]]) -> Floats:
        """The probability, 0..1, that the texts of each pair ask the same; shape (pairs,)."""
        arrays = pair_arrays(self._runtime.tokenizer.backend_tokenizer, pairs)
        scores: Floats = (1 / (1 + np.exp(-self._runtime.run(*arrays)))).astype(np.float32)
        return scores


def load_pairs(folder: Path, base: Path, options: RuntimeOptions) -> PairRuntime:
    """The cross-encoder in `folder`, which was trained on the word vectors of the model in `base`.

    Raises ModelError where either cannot be used, or they do not belong together.
    """
    with loading():
        return _load_pairs(folder, base, options)


def _load_pairs(folder: Path, base: Path, options: RuntimeOptions) -> PairRuntime:
    try:
        facts = json.loads((folder / "spanmem.json").read_text(encoding="utf-8"))
        state = load_file(folder / "model.safetensors")
        trained_on = fingerprint([base / "model.safetensors"])
    except (OSError, ValueError, SafetensorError) as error:
        raise ModelError(
            f"{folder} is no verifier ({first_line(error)}); fetch it again"
        ) from error
    if facts.get("base_sha256") != trained_on:
        raise ModelError(
            f"{folder} was trained on another model than that in {base}; train it anew with "
            "`spanmem train verifier`"
        )
    check_loaded(folder, state.items())
    device, dtype = placement(options.device)
    try:
        with torch.random.fork_rng(devices=[]):  # its first values are drawn, and not needed
            head, tokenizer = start_pairs(base, int(facts["training"]["layers"]))
        head.load_state_dict(state | {BORROWED: head.bert.word_embeddings.detach()})
    except (RuntimeError, KeyError, ValueError) as error:
        raise ModelError(f"{folder}: its weights do not fit ({first_line(error)})") from error
    runtime = TorchRuntime(
        head.to(device=device, dtype=dtype),
        tokenizer,
        max_length=LONGEST,
        device=device,
        threads=options.threads,
    )
    return PairRuntime(runtime, facts)
