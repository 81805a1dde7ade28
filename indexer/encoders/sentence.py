"""Encoders of sentence-transformers, the bundled one among them."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core.errors import ModelError, first_line
from ...core.records import Prompts, Vectors, encodable
from ...models import bundled
from ...models.checkpoints import quiet
from ...models.device import batch_tokens, fingerprint, placement
from ...models.hub import fetch

if TYPE_CHECKING:
    import torch

__all__ = ["SentenceEncoder"]

_OWNER = "sentence-transformers"
"""Whose a hub name without an owner is."""


class SentenceEncoder:
    """A sentence-transformers model; safe to use from several threads."""

    def __init__(
        self,
        model: str | Path | None = None,
        *,
        device: str = "auto",
        threads: int | None = None,
    ) -> None:
        """Load a folder or hub name; None: the bundled encoder.

        Raises ModelError where it cannot be had, InputError for a device that is not here.
        """
        import torch

        from .plain import load_plain

        if threads is not None:
            torch.set_num_threads(threads)
        folder = bundled("encoder") if model is None else fetch(str(model), owner=_OWNER)
        where, dtype = placement(device)
        plain = load_plain(folder)
        self._model: Any = (
            plain.to(device=where, dtype=dtype)
            if plain is not None
            else _load(folder, str(model or folder), where, dtype)
        )
        self._batch_tokens = batch_tokens(where)
        self._lock = threading.Lock()
        self.name = f"{folder.name}@{fingerprint(_weights(folder))}"
        self.prompts = Prompts()
        self.dim = int(self._model.get_embedding_dimension() or 0)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder.encode_queries`. Of texts too long for the model, the beginning counts."""
        return self._encode(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder.encode_passages`. Of texts too long for the model, the beginning counts."""
        return self._encode(texts)

    def _encode(self, texts: Sequence[str]) -> Vectors:
        import torch

        found = np.empty((len(texts), self.dim), np.float32)
        # Like lengths together: padding is what a batch of unlike ones mostly computes.
        order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        at = 0
        while at < len(order):
            # About four characters to a token, and no text longer than the model reads.
            longest = min(self._model.max_seq_length or 512, 2 + len(texts[order[at]]) // 4)
            rows = order[at : at + max(1, self._batch_tokens // longest)]
            with self._lock:
                inputs = self._model.preprocess([encodable(texts[i]) for i in rows])
            inputs = {
                k: v.to(self._model.device) if hasattr(v, "to") else v for k, v in inputs.items()
            }
            with torch.inference_mode():
                out = self._model.forward(inputs)["sentence_embedding"]
            found[rows] = torch.nn.functional.normalize(out.float(), dim=1).cpu().numpy()
            at += len(rows)
        return found


def _load(folder: Path, source: str, device: torch.device, dtype: torch.dtype) -> Any:
    from sentence_transformers import SentenceTransformer

    quiet()
    try:
        options = {"dtype": dtype}
        return SentenceTransformer(str(folder), device=str(device), model_kwargs=options).eval()
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise ModelError(
            f"{source} is no sentence-transformers model ({first_line(error)}); "
            "give the folder of one"
        ) from error


def _weights(folder: Path) -> list[Path]:
    """The files with the weights. Raises ModelError where there are none."""
    found = sorted(folder.rglob("*.safetensors")) or sorted(folder.rglob("pytorch_model*.bin"))
    if not found:
        raise ModelError(f"{folder} holds no weights; give the folder of a model")
    return found
