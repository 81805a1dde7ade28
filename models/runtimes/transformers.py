"""The backend `transformers`: any span reader of `transformers`, any `sentence-transformers` model.

It runs whatever those libraries run, and takes seconds to import: the last to be tried.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tokenizers
import torch
from torch import Tensor
from torch.nn.functional import normalize

from ...core.errors import ModelError, first_line
from ...core.forks import on_fork
from ..checkpoints import SPAN_HEADS, load_model, load_tokenizer, quiet
from ..device import batch_tokens, placement
from ..finite import check_loaded
from ..tokenizers import check_words
from .protocol import Floats, RuntimeOptions, Task
from .span_models import as_span_model, learned_positions, position_limit
from .threads import computing
from .torch_runtime import TorchRuntime, precision_of

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

__all__ = ["SentenceTransformerRuntime", "load_sentences", "load_spans", "span_runtime"]

_UNKNOWN_LENGTH = 512
"""Tokens of a text, for portions alone, where a model does not say how many it reads."""


def span_runtime(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, *, threads: int | None = None
) -> TorchRuntime:
    """A model that is loaded already, such as one in training, where it is."""
    limits = position_limit(model), tokenizer.model_max_length
    return TorchRuntime(
        as_span_model(model),
        tokenizer,  # pyright: ignore[reportArgumentType]  # its ids come by __getattr__
        max_length=min(limit for limit in limits if limit is not None),
        device=model.device,
        threads=threads,
        backend="transformers",
    )


def load_spans(
    folder: Path, source: str, options: RuntimeOptions, *, tokenizer: str | None
) -> TorchRuntime:
    """See `registry.Backend`: any model with a span head that has been trained."""
    from transformers import MODEL_FOR_QUESTION_ANSWERING_MAPPING

    device, dtype = placement(options.device, options.precision)
    model, untrained = load_model(
        folder,
        source,
        MODEL_FOR_QUESTION_ANSWERING_MAPPING,
        task="mark spans",
        new=SPAN_HEADS,
        num_labels=2,
    )
    if untrained:
        raise ModelError(
            f"{source} has no trained span head, so its answers would be random; fine-tune it "
            "first with `spanmem train reader`, naming it as `base`"
        )
    loaded_tokenizer = load_tokenizer(tokenizer, folder, model.config.vocab_size)
    model.to(device=device, dtype=dtype)
    return span_runtime(model, loaded_tokenizer, threads=options.threads)


class SentenceTransformerRuntime:
    """A `TextRuntime` over a `SentenceTransformer`, whatever modules it is made of."""

    backend = "transformers"

    @property
    def precision(self) -> str:
        """That of its weights, such as `float32`."""
        return precision_of(self.model)

    def __init__(self, model: Any, *, threads: int | None = None) -> None:
        self.model = model.eval()
        # Vectors are cut, and scaled again, by whoever asked for fewer dimensions.
        model.truncate_dim = None
        self.dim = int(model.get_embedding_dimension() or 0)
        # Of the 514 positions of RoBERTa and its kin, which a folder may give as its length, 512
        # are for tokens; the library reads on, and fails.
        positions = learned_positions(model)
        if positions is not None and (model.max_seq_length or sys.maxsize) > positions:
            model.max_seq_length = positions
        # Static embeddings read texts of any length, and say so by infinity.
        self.max_length = int(min(model.max_seq_length or _UNKNOWN_LENGTH, sys.maxsize))
        self.batch_tokens = batch_tokens(model.device)
        self.threads = threads or torch.get_num_threads()
        self._process = os.getpid()
        self._renew_lock()
        on_fork(self, SentenceTransformerRuntime._renew_lock)

    def _renew_lock(self) -> None:
        # Its tokenizers change their own settings as they are called.
        self._lock = threading.Lock()

    def embed(self, texts: Sequence[str], *, prompt: str, task: Task) -> Floats:
        """See `TextRuntime.embed`."""
        with self._lock:
            inputs = self.model.preprocess(list(texts), prompt=prompt, task=task)
        with computing(self.threads, self.model.device, self._process):
            moved = {
                name: value.to(self.model.device) if isinstance(value, Tensor) else value
                for name, value in inputs.items()
            }
            vectors = self.model.forward(moved, task=task)["sentence_embedding"]
            output: Floats = normalize(vectors.float(), dim=1).cpu().numpy()
        return output


def load_sentences(
    folder: Path, source: str, options: RuntimeOptions
) -> SentenceTransformerRuntime:
    """See `registry.Backend`: any model that `SentenceTransformer` opens."""
    from sentence_transformers import SentenceTransformer

    device, dtype = placement(options.device, options.precision)
    try:
        with quiet():
            model = SentenceTransformer(
                str(folder), device=str(device), model_kwargs={"dtype": dtype}
            )
    except Exception as error:  # modules, tensors and tokenizers raise whatever they like
        raise ModelError(
            f"{source} is no sentence-transformers model ({first_line(error)}); fetch it again if "
            "it should be one, or give the folder of one"
        ) from error
    check_loaded(source, model.named_parameters())
    tokenizer = getattr(model, "tokenizer", None)
    backend = getattr(tokenizer, "backend_tokenizer", tokenizer)
    if isinstance(backend, tokenizers.Tokenizer):
        check_words(backend, source)
    return SentenceTransformerRuntime(model, threads=options.threads)
