"""Reads passages with a model: questions in, candidate spans with their places out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ..core.records import Passage
from ..models.device import batch_tokens
from .calibration import Calibration
from .provenance import Provenance
from .spans import Floats, Reading, Span, decode
from .windows import Featurizer, Window, pad_batch

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

    from ..models.runtimes.torch_bert import WordPieces
    from .plain import PlainReader

__all__ = ["ReadRequest", "Reader", "Reading", "Span", "SpanReader"]


_NOTHING: Floats = np.empty(0, np.float32)


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """One question and the passages to look for its answer in."""

    question: str
    passages: tuple[Passage, ...]


class Reader(Protocol):
    """Finds answer spans; `tests/reader/test_reader.py` is what each must pass."""

    @property
    def name(self) -> str:
        """Identifies the weights; remembered with every answer."""
        ...

    @property
    def calibration(self) -> Calibration:
        """How its scores become confidences."""
        ...

    @property
    def provenance(self) -> Provenance:
        """What it was trained on, as far as that is known."""
        ...

    def read(self, requests: Sequence[ReadRequest]) -> list[Reading]:
        """One reading per request, in order; an empty one where no passage holds a token."""
        ...


class SpanReader:
    """A SpanBERT or BERT span head over token windows.

    Windows of all requests are sorted by length and batched by token budget, so short passages
    never wait on long ones. Safe to call from several threads.
    """

    def __init__(
        self,
        model: PreTrainedModel | PlainReader,
        tokenizer: PreTrainedTokenizerFast | WordPieces,
        *,
        name: str,
        calibration: Calibration | None = None,
        provenance: Provenance | None = None,
        window: int = 256,
        overlap: int = 64,
        max_answer_tokens: int = 30,
    ) -> None:
        self.name = name
        self.calibration = calibration or Calibration()
        self.provenance = provenance or Provenance()
        self.model = model.eval()
        self._batch_tokens = batch_tokens(model.device)
        self._tokenizer = tokenizer
        self.resize(window=window, overlap=overlap, max_answer_tokens=max_answer_tokens)

    def resize(self, *, window: int, overlap: int, max_answer_tokens: int) -> None:
        """Read in other windows, and find answers of another length, from now on."""
        limit = int(getattr(self.model.config, "max_position_embeddings", window))
        self.featurizer = Featurizer(self._tokenizer, size=min(window, limit), overlap=overlap)
        self.max_answer_tokens = max_answer_tokens

    @classmethod
    def load(
        cls,
        source: str | Path | None = None,
        *,
        tokenizer: str | None = None,
        device: str = "auto",
        window: int = 256,
        overlap: int = 64,
        max_answer_tokens: int = 30,
    ) -> SpanReader:
        """Load a fine-tuned reader: a folder, a hub name, or None for the bundled one.

        Raises ModelError where it cannot be had, or has no trained span head.
        """
        from .model import load_reader

        found = load_reader(source, tokenizer=tokenizer, device=device)
        return cls(
            found.model,
            found.tokenizer,
            name=found.name,
            calibration=Calibration.load(found.folder),
            provenance=Provenance.load(found.folder),
            window=window,
            overlap=overlap,
            max_answer_tokens=max_answer_tokens,
        )

    def read(self, requests: Sequence[ReadRequest]) -> list[Reading]:
        """See `Reader.read`."""
        grouped = [self.featurizer.windows(r.question, r.passages) for r in requests]
        logits = iter(self._logits([w for windows in grouped for w in windows]))
        readings: list[Reading] = []
        for request, windows in zip(requests, grouped, strict=True):
            pairs = [next(logits) for _ in windows]
            readings.append(
                decode(
                    windows,
                    [start for start, _ in pairs],
                    [end for _, end in pairs],
                    request.passages,
                    max_tokens=self.max_answer_tokens,
                )
            )
        return readings

    def _logits(self, windows: Sequence[Window]) -> list[tuple[Floats, Floats]]:
        """Start and end logits of each window, each of the window's own length."""
        import torch

        found: list[tuple[Floats, Floats]] = [(_NOTHING, _NOTHING)] * len(windows)
        order = sorted(range(len(windows)), key=lambda i: -len(windows[i].ids))
        at = 0
        while at < len(order):
            width = len(windows[order[at]].ids)
            rows = order[at : at + max(1, self._batch_tokens // width)]
            batch = pad_batch([windows[i] for i in rows], self.featurizer.pad)
            with torch.inference_mode():
                start, end = self._forward(
                    torch.from_numpy(batch.ids),
                    torch.from_numpy(batch.mask),
                    torch.from_numpy(batch.types),
                )
            for row, i in enumerate(rows):
                n = len(windows[i].ids)
                found[i] = (start[row, :n], end[row, :n])
            at += len(rows)
        return found

    def _forward(
        self, ids: torch.Tensor, mask: torch.Tensor, types: torch.Tensor
    ) -> tuple[Floats, Floats]:
        device = self.model.device
        out = self.model(
            input_ids=ids.to(device),
            attention_mask=mask.to(device),
            token_type_ids=types.to(device),
        )
        return out.start_logits.float().cpu().numpy(), out.end_logits.float().cpu().numpy()
